//! The table `invite_members`.

use std::collections::HashMap;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::shapes;
use crate::store::dialect::{Sql, Statement, sql};

/// A member of a space.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Member {
    /// The ID of the space.
    pub space_id: String,
    /// The ID of the user.
    pub user_id: String,
    /// The name of the user, if known.
    pub name: Option<String>,
    /// The address of the user, if known.
    pub email: Option<String>,
    /// The role of the member.
    pub role: String,
    /// Time at which the user joined the space.
    pub joined_at: DateTime<Utc>,
    /// The invite that the user redeemed, if any.
    pub invite_id: Option<Uuid>,
}

pub(crate) const INSERT: Sql = sql!(
    "{insert_new} invite_members (space_id, user_id, role, joined_at, invite_id) \
     VALUES (:space, :user, :role, :now, :invite)"
);

/// The memberships of a removed space are kept, but do not count.
const OF_ACTIVE: Sql = sql!(
    " AND EXISTS (SELECT 1 FROM {invite_spaces AS s} WHERE s.id = invite_members.space_id AND s.removed_at IS NULL)"
);

const ROLE: Sql = sql!("SELECT role FROM {invite_members} WHERE space_id = :space AND user_id = :user");

const MEMBERSHIP: Sql =
    sql!("SELECT role, joined_at FROM {invite_members} WHERE space_id = :space AND user_id = :user");

const ROLES_OF: Sql = sql!(
    "SELECT space_id, role FROM {invite_members:PRIMARY} \
     WHERE user_id = :user AND space_id {in_texts:list}"
);

const SET_ROLE: Sql =
    sql!("UPDATE invite_members SET role = :role WHERE space_id = :space AND user_id = :user AND role <> :role");

const DELETE: Sql = sql!("DELETE FROM invite_members WHERE space_id = :space AND user_id = :user");

const ROLES_OF_ADDRESSES: Sql = sql!(
    "SELECT r.row_space, r.row_email, m.role FROM {joined_rows:addresses} AS r \
     JOIN {invite_users AS u} ON u.email = r.row_email \
     JOIN {invite_members AS m} ON m.user_id = u.id AND m.space_id = r.row_space"
);

/// Adds a member; returns false if the user is one already.
pub(crate) async fn insert(
    session: &mut Session,
    space: &str,
    user: &str,
    role: &str,
    joined_at: DateTime<Utc>,
    invite: Option<Uuid>,
) -> Result<bool> {
    let values = &[
        ("space", space.into()),
        ("user", user.into()),
        ("role", role.into()),
        ("now", joined_at.into()),
        ("invite", invite.into()),
    ];
    Ok(session.insert([INSERT, sql!(" {skip_conflicts}")], values, 1).await? == 1)
}

/// The space, user and role of a new member.
pub(crate) type NewMember<'a> = (&'a str, &'a str, &'a str);

// The lock on the spaces prevents a removal that would overlook the new members.
const INSERT_MANY: Sql = sql!(
    "{insert_new} invite_members (space_id, user_id, role, joined_at) \
     SELECT r.row_space, r.row_user, r.row_role, :now FROM {joined_rows:members} AS r \
     JOIN invite_spaces AS s ON s.id = r.row_space AND s.removed_at IS NULL WHERE true {share_of:s} {skip_conflicts}"
);

const FIND_MANY: Sql = sql!(
    "SELECT m.space_id, m.user_id, m.role FROM {joined_rows:members} AS r \
     JOIN {invite_members AS m} ON m.space_id = r.row_space AND m.user_id = r.row_user"
);

/// Sorts the members, so that two transactions lock rows in the same order.
fn in_order<'a>(members: &[NewMember<'a>]) -> Vec<NewMember<'a>> {
    let mut sorted = members.to_vec();
    sorted.sort_unstable();
    sorted
}

fn row_of((space, user, role): &NewMember<'_>) -> [Arg; 3] {
    [Arg::from(*space), Arg::from(*user), Arg::from(*role)]
}

/// Adds members, skipping existing ones and those of removed spaces; returns the number of added
/// members.
pub(crate) async fn insert_many(session: &mut Session, members: &[NewMember<'_>], now: DateTime<Utc>) -> Result<u64> {
    session.with_rows(INSERT_MANY, &shapes::MEMBERS, (&in_order(members), row_of), &[("now", now.into())]).await
}

const SET_ROLES: Sql = sql!(
    "UPDATE invite_members{with:members} SET role = r.row_role {from:members} \
     WHERE space_id = r.row_space AND user_id = r.row_user \
     AND EXISTS (SELECT 1 FROM invite_spaces AS s WHERE s.id = invite_members.space_id AND s.removed_at IS NULL {share})"
);

/// Changes the roles of members of active spaces.
pub(crate) async fn set_roles(session: &mut Session, members: &[NewMember<'_>]) -> Result<u64> {
    session.with_rows(SET_ROLES, &shapes::MEMBERS, (&in_order(members), row_of), &[]).await
}

/// Returns those of these users who are members already, with their current roles.
pub(crate) async fn find_many(
    session: &mut Session,
    members: &[NewMember<'_>],
) -> Result<Vec<(String, String, String)>> {
    let rows = session.all(FIND_MANY, &[("rows", shapes::MEMBERS.rows(&in_order(members), row_of))]).await?;
    rows.iter().map(|row| Ok((row.text("space_id")?, row.text("user_id")?, row.text("role")?))).collect()
}

/// Returns the role of a user in an active space.
pub(crate) async fn role(session: &mut Session, space: &str, user: &str) -> Result<Option<String>> {
    let values = &[("space", space.into()), ("user", user.into())];
    let row = session.maybe_one([ROLE, OF_ACTIVE], values).await?;
    row.map(|row| row.text("role")).transpose()
}

/// Returns the role of a user in an active space, and when they joined.
pub(crate) async fn membership(
    session: &mut Session,
    space: &str,
    user: &str,
) -> Result<Option<(String, DateTime<Utc>)>> {
    let values = &[("space", space.into()), ("user", user.into())];
    let row = session.maybe_one([MEMBERSHIP, OF_ACTIVE], values).await?;
    row.map(|row| Ok((row.text("role")?, row.time("joined_at")?))).transpose()
}

/// Returns the role of a user in an active space, and locks it until the transaction ends.
pub(crate) async fn lock_role(session: &mut Session, space: &str, user: &str) -> Result<Option<String>> {
    let values = &[("space", space.into()), ("user", user.into())];
    let row = session.maybe_one([ROLE, OF_ACTIVE, sql!(" {hold}")], values).await?;
    row.map(|row| row.text("role")).transpose()
}

const FIRST_OF_USER: Sql = sql!(
    "SELECT m.space_id, m.role, p.policy FROM {invite_members AS m} \
     JOIN {invite_spaces AS p} ON p.id = m.space_id AND p.removed_at IS NULL \
     WHERE m.user_id = :user AND (:policy IS NULL OR p.policy = :policy) ORDER BY m.space_id LIMIT 1"
);

/// A space of a user.
#[derive(Debug)]
pub(crate) struct UserSpace {
    pub space: String,
    pub role: String,
    pub policy: String,
}

/// Returns the first space of a user, of one policy or of any.
pub(crate) async fn first_of_user(
    session: &mut Session,
    user: &str,
    policy: Option<&str>,
) -> Result<Option<UserSpace>> {
    let row = session.maybe_one(FIRST_OF_USER, &[("user", user.into()), ("policy", policy.into())]).await?;
    let read =
        |row: Row| Ok(UserSpace { space: row.text("space_id")?, role: row.text("role")?, policy: row.text("policy")? });
    row.map(read).transpose()
}

/// Returns the roles of a user by space, without removed spaces.
pub(crate) async fn roles_of(session: &mut Session, user: &str, spaces: &[&str]) -> Result<HashMap<String, String>> {
    roles_in(session, [ROLES_OF, OF_ACTIVE].into(), user, spaces).await
}

/// Returns the roles of a user by space, and locks them until the transaction ends.
pub(crate) async fn lock_roles(session: &mut Session, user: &str, spaces: &[&str]) -> Result<HashMap<String, String>> {
    // All transactions lock rows in the same order.
    roles_in(session, [ROLES_OF, OF_ACTIVE, sql!(" ORDER BY space_id {hold}")].into(), user, spaces).await
}

async fn roles_in(
    session: &mut Session,
    statement: Statement,
    user: &str,
    spaces: &[&str],
) -> Result<HashMap<String, String>> {
    let rows = session.all(statement, &[("user", user.into()), ("list", Arg::texts(spaces))]).await?;
    rows.iter().map(|row| Ok((row.text("space_id")?, row.text("role")?))).collect()
}

/// Returns, for pairs of a space and an address, the roles of those whose user is a member already.
pub(crate) async fn roles_of_addresses(
    session: &mut Session,
    pairs: &[(&str, &str)],
) -> Result<HashMap<(String, String), String>> {
    let row = |(space, email): &(&str, &str)| [Arg::from(*space), Arg::from(*email)];
    let pairs = shapes::ADDRESSES.rows(pairs, row);
    let rows = session.all(ROLES_OF_ADDRESSES, &[("rows", pairs)]).await?;
    rows.iter().map(|row| Ok(((row.text("row_space")?, row.text("row_email")?), row.text("role")?))).collect()
}

/// Changes the role of a member; returns false if nothing changed.
pub(crate) async fn set_role(session: &mut Session, space: &str, user: &str, role: &str) -> Result<bool> {
    let values = &[("space", space.into()), ("user", user.into()), ("role", role.into())];
    Ok(session.exec(SET_ROLE, values).await? == 1)
}

/// Removes a member; returns false if there was none.
pub(crate) async fn delete(session: &mut Session, space: &str, user: &str) -> Result<bool> {
    Ok(session.exec(DELETE, &[("space", space.into()), ("user", user.into())]).await? == 1)
}

/// Members of active spaces. Removed spaces are few, and no planner begins with them.
const OF_ALL: Sql = sql!(" WHERE m.space_id NOT IN (SELECT id FROM {invite_spaces} WHERE removed_at IS NOT NULL)");

/// Completes a statement for the members of one space, or of all active ones.
fn of_space(start: Sql, space: Option<&str>) -> (Statement, Vec<(&'static str, Arg)>) {
    match space {
        None => (Statement::from([start, OF_ALL]), Vec::new()),
        Some(space) => (Statement::from(start).push(sql!(" WHERE m.space_id = :space")), vec![("space", space.into())]),
    }
}

/// Counts the members of one space, or of all active ones.
pub(crate) async fn count(session: &mut Session, space: Option<&str>) -> Result<i64> {
    let (statement, args) = of_space(sql!("SELECT count(*) AS total FROM {invite_members AS m}"), space);
    session.one(statement, &args).await?.int("total")
}

const COUNT_BY_ROLE: Sql =
    sql!("SELECT role, count(*) AS total FROM {invite_members} WHERE space_id = :space GROUP BY role ORDER BY role");

/// Counts the members of a space by role.
pub(crate) async fn count_by_role(session: &mut Session, space: &str) -> Result<Vec<(String, u64)>> {
    let rows = session.all(COUNT_BY_ROLE, &[("space", space.into())]).await?;
    rows.iter().map(|row| Ok((row.text("role")?, row.int("total")?.unsigned_abs()))).collect()
}

/// Calls `each` for the members of one space, or of all active ones, by space and user.
pub(crate) async fn list(
    session: &mut Session,
    space: Option<&str>,
    limit: i64,
    mut each: impl FnMut(Member) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let start = sql!(
        "SELECT m.space_id, m.user_id, u.name, u.email, m.role, m.joined_at, m.invite_id \
         FROM {invite_members AS m} LEFT JOIN {invite_users AS u} ON u.id = m.user_id"
    );
    let (statement, mut args) = of_space(start, space);
    args.push(("limit", limit.into()));
    let statement = statement.push(sql!(" ORDER BY m.space_id, m.user_id LIMIT :limit"));
    session.stream(statement, &args, |row| each(read(&row)?)).await
}

fn read(row: &Row) -> Result<Member> {
    Ok(Member {
        space_id: row.text("space_id")?,
        user_id: row.text("user_id")?,
        name: row.maybe_text("name")?,
        email: row.maybe_text("email")?,
        role: row.text("role")?,
        joined_at: row.time("joined_at")?,
        invite_id: row.maybe_id("invite_id")?,
    })
}
