//! The table `invite_spaces`. Spaces without a standing invite are in `missing_standing.rs`, the
//! removal of spaces in `removal.rs`.

pub(crate) mod missing_standing;
pub(crate) mod removal;
pub(crate) mod scope;
pub(crate) mod space;

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result, readable};
use crate::shell::word;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::shapes;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::invites::guards::OPEN;
use crate::store::tables::spaces::space::read;
use crate::text::{MAX_ID, shortened};

pub(crate) use crate::store::tables::spaces::missing_standing::{Survey, page_without_standing, survey};
pub(crate) use crate::store::tables::spaces::removal::{
    close_invites, close_strays, count_strays, delete_purged, lock_open_invites, mark_purged, mark_removed, purgeable,
    ready_to_purge, removed_between, restore, with_strays,
};
pub(crate) use crate::store::tables::spaces::scope::Scope;
pub(crate) use crate::store::tables::spaces::space::removed_error;
pub use crate::store::tables::spaces::space::{Removed, Space, StoredSpace};

const FIND: Sql =
    sql!("SELECT id, policy, name, created_at, changed_op, removed_at, removed_op FROM {invite_spaces} WHERE id = :id");

const FIND_MANY: Sql = sql!(
    "SELECT id, policy, name, created_at, changed_op, removed_at, removed_op FROM {invite_spaces} \
     WHERE id {in_texts:list}"
);

const INSERT: Sql = sql!(
    "{insert_new} invite_spaces (id, policy, name, created_at, changed_op) \
     SELECT r.id, r.policy, r.name, r.created_at, r.changed_op FROM {rows:new_spaces} AS r WHERE true {skip_conflicts}"
);

const RENAME: Sql = sql!(
    "UPDATE invite_spaces{with:spaces} SET name = r.row_name, changed_op = :operation {from:spaces} \
     WHERE id = r.row_id AND policy = r.row_policy AND removed_at IS NULL"
);

const COUNT: Sql = sql!("SELECT count(*) AS total FROM {invite_spaces AS s}");

const LIST: Sql = sql!(
    "SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot, \
     i.code FROM {invite_spaces AS s}"
);

const WITH_ROLE: Sql = sql!(
    "SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot, \
     i.code, own.role FROM {invite_spaces AS s}"
);

/// The spaces of one member.
const OWN: Sql = sql!(" JOIN {invite_members AS own} ON own.space_id = s.id AND own.user_id = :member");

/// The open standing invite of the space `s`, if any.
const STANDING: [Sql; 2] = [sql!(" LEFT JOIN {invites AS i} ON i.slot = 'standing:' || s.id AND "), OPEN];

const OF_POLICY: Sql = sql!(" WHERE (:policy IS NULL OR s.policy = :policy)");

const ACTIVE: Sql = sql!(" AND s.removed_at IS NULL");
const REMOVED: Sql = sql!(" AND s.removed_at IS NOT NULL");

/// Returns a space, active or removed.
pub(crate) async fn find(session: &mut Session, id: &str) -> Result<Option<StoredSpace>> {
    let row = session.maybe_one(FIND, &[("id", id.into())]).await?;
    row.map(|row| read(&row)).transpose()
}

/// Returns an active space.
///
/// # Errors
/// [`Error::NotFound`] if the space does not exist, or was removed; then with the time of the
/// removal.
pub(crate) async fn get(session: &mut Session, id: &str) -> Result<StoredSpace> {
    find(session, id).await?.ok_or_else(|| not_found(id))?.active()
}

/// Returns an active space, and prevents its removal until the transaction ends.
///
/// # Errors
/// As [`get`].
pub(crate) async fn lock_shared(session: &mut Session, id: &str) -> Result<StoredSpace> {
    lock_shared_any(session, id).await?.active()
}

/// Returns a space, active or removed, and prevents its removal until the transaction ends.
pub(crate) async fn lock_shared_any(session: &mut Session, id: &str) -> Result<StoredSpace> {
    let row = session.maybe_one(Statement::from(FIND).push(sql!(" {share}")), &[("id", id.into())]).await?;
    row.map(|row| read(&row)).transpose()?.ok_or_else(|| not_found(id))
}

/// Locks a space, active or removed, before it is removed or restored: until the transaction ends,
/// no other one creates or reopens an invite of the space.
pub(crate) async fn lock(session: &mut Session, id: &str) -> Result<StoredSpace> {
    let row = session.maybe_one(Statement::from(FIND).push(sql!(" {lock}")), &[("id", id.into())]).await?;
    row.map(|row| read(&row)).transpose()?.ok_or_else(|| not_found(id))
}

/// Returns the error for an ID that a removed space has.
pub(crate) fn removed_space_exists(id: &str, removed: Removed) -> Error {
    Error::duplicate(format!("the space {id} exists and was removed at {}", readable(removed.at)))
        .with_hint(format!("restore it: invite space restore {}; or choose another identifier", word(id)))
}

/// Returns the error for a missing space, with the wording of the first system.
pub(crate) fn not_found(id: &str) -> Error {
    Error::not_found(format!("Space {} not found", shortened(id, MAX_ID)))
        .with_hint("list the spaces: invite space list")
}

/// Returns the spaces with these IDs that exist, including removed ones.
pub(crate) async fn find_many(session: &mut Session, ids: &[&str]) -> Result<Vec<StoredSpace>> {
    let rows = session.all(FIND_MANY, &[("list", Arg::texts(ids))]).await?;
    rows.iter().map(read).collect()
}

/// Returns the spaces with these IDs that exist, including removed ones, and prevents their removal
/// until the transaction ends.
pub(crate) async fn lock_shared_many(session: &mut Session, ids: &[&str]) -> Result<Vec<StoredSpace>> {
    // All transactions lock rows in the same order, which prevents deadlocks.
    let statement = Statement::from(FIND_MANY).push(sql!(" ORDER BY id {share}"));
    let rows = session.all(statement, &[("list", Arg::texts(ids))]).await?;
    rows.iter().map(read).collect()
}

/// Adds spaces, skipping existing IDs; returns the number of added spaces.
pub(crate) async fn insert(
    session: &mut Session,
    spaces: &[&Space],
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let row = |space: &&Space| {
        let [id, policy, name] = row_of(space);
        [id, policy, name, now.into(), operation.into()]
    };
    session.load(INSERT, &shapes::NEW_SPACES, &in_order(spaces), row).await
}

fn row_of(space: &Space) -> [Arg; 3] {
    [space.id.as_str().into(), space.policy.as_str().into(), space.name.as_str().into()]
}

/// Sorts the spaces, so that two transactions lock rows in the same order.
fn in_order<'a>(spaces: &[&'a Space]) -> Vec<&'a Space> {
    let mut sorted = spaces.to_vec();
    sorted.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    sorted
}

/// Renames spaces, except those that were removed or have another policy now; returns the number of
/// renamed spaces.
pub(crate) async fn rename(session: &mut Session, spaces: &[&Space], operation: Uuid) -> Result<u64> {
    let rows = in_order(spaces);
    let row = |space: &&Space| row_of(space);
    session.with_rows(RENAME, &shapes::SPACES, (&rows, row), &[("operation", operation.into())]).await
}

/// A filter of spaces.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Listing<'a> {
    /// The policy of the spaces, if given.
    pub policy: Option<&'a str>,
    /// A member of the spaces, if given.
    pub member: Option<&'a str>,
    /// True for the removed spaces instead of the active ones.
    pub removed: bool,
}

impl Listing<'_> {
    fn values(self) -> Vec<(&'static str, Arg)> {
        let member = self.member.map(|member| ("member", member.into()));
        std::iter::once(("policy", self.policy.into())).chain(member).collect()
    }

    fn own(self) -> Statement {
        self.member.map_or_else(|| Statement::from(sql!("")), |_| Statement::from(OWN))
    }

    fn condition(self) -> Statement {
        Statement::from([OF_POLICY, if self.removed { REMOVED } else { ACTIVE }])
    }
}

/// Counts the spaces of a list.
pub(crate) async fn count(session: &mut Session, listing: Listing<'_>) -> Result<i64> {
    let statement = Statement::from(COUNT).join(&listing.own()).join(&listing.condition());
    session.one(statement, &listing.values()).await?.int("total")
}

/// A space of a list.
#[derive(Debug)]
pub(crate) struct ListedSpace {
    pub stored: StoredSpace,
    /// True if the space has an open standing invite.
    pub has_standing: bool,
    /// The code of the standing invite, if it is stored.
    pub code: Option<String>,
    /// The role of the member whose spaces are listed.
    pub role: Option<String>,
}

/// Calls `each` for the spaces of a list, by ID, each with its open standing invite.
pub(crate) async fn list(
    session: &mut Session,
    listing: Listing<'_>,
    (limit, now): (i64, DateTime<Utc>),
    mut each: impl FnMut(ListedSpace) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let of_member = listing.member.is_some();
    let statement = Statement::from(if of_member { WITH_ROLE } else { LIST })
        .join(&listing.own())
        .join(&STANDING.into())
        .join(&listing.condition())
        .push(sql!(" ORDER BY s.id LIMIT :limit"));
    let mut values = listing.values();
    values.extend([("limit", limit.into()), ("now", now.into())]);
    let read = |row: &Row| {
        Ok(ListedSpace {
            stored: read(row)?,
            has_standing: row.maybe_text("slot")?.is_some(),
            code: row.maybe_text("code")?,
            role: if of_member { row.maybe_text("role")? } else { None },
        })
    };
    session.stream(statement, &values, |row| each(read(&row)?)).await
}

/// Counts the spaces of a scope.
pub(crate) async fn count_in_scope(session: &mut Session, scope: &Scope<'_>) -> Result<i64> {
    let statement =
        Statement::from(sql!("SELECT count(*) AS total FROM {invite_spaces} WHERE ")).join(&scope.condition());
    session.one(statement, &scope.values()).await?.int("total")
}

const OTHER_POLICIES: Sql = sql!(
    "SELECT policy, count(*) AS total FROM {invite_spaces} \
     WHERE policy {not_in_texts:policies} AND removed_at IS NULL GROUP BY policy ORDER BY policy"
);

/// Counts the active spaces of every policy that is not in the list.
pub(crate) async fn other_policies(session: &mut Session, these: &[String]) -> Result<Vec<(String, i64)>> {
    let rows = session.all(OTHER_POLICIES, &[("policies", Arg::texts(these))]).await?;
    rows.iter().map(|row| Ok((row.text("policy")?, row.int("total")?))).collect()
}
