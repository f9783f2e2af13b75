//! The table `invite_spaces`; which spaces lack a standing invite, and the removal
//! of spaces, have files of their own.

pub(crate) mod lacking;
pub(crate) mod removal;

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result, readable};
use crate::shell::word;
use crate::store::db::row::{Arg, Row};
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::dialect::row_set;
use crate::store::tables::invites::LIVE;
use crate::text::{MAX_ID, shortened};

pub(crate) use crate::store::tables::spaces::lacking::{Survey, page_lacking_standing, survey};
pub(crate) use crate::store::tables::spaces::removal::{IS_ACTIVE, OF_ACTIVE};
pub(crate) use crate::store::tables::spaces::removal::{
    close_invites, close_strays, count_strays, delete_purged, lock_open_invites, mark_purged, mark_removed, purgeable,
    ready_to_purge, removed_between, restore, with_strays,
};

/// What people join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// The application's own id.
    pub id: String,
    /// Its policy.
    pub policy: String,
    /// Its name; in the director system, the director's.
    pub name: String,
}

/// A space as it is stored, with what made it so.
#[derive(Debug, Clone)]
pub struct StoredSpace {
    /// The space.
    pub space: Space,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// The operation that added or last changed it.
    pub changed_op: Uuid,
    /// How it was removed; `None`: it is active.
    pub removed: Option<Removed>,
}

/// The removal of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// When.
    pub at: DateTime<Utc>,
    /// The operation that removed it.
    pub operation: Uuid,
}

impl StoredSpace {
    /// The space itself, if it is active.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the time of its removal.
    pub(crate) fn active(self) -> Result<Self> {
        match self.removed {
            None => Ok(self),
            Some(removed) => Err(gone(&self.space.id, removed)),
        }
    }
}

const FIND: &str =
    "SELECT id, policy, name, created_at, changed_op, removed_at, removed_op FROM invite_spaces WHERE id = :id";

const FIND_MANY: &str = "SELECT id, policy, name, created_at, changed_op, removed_at, removed_op FROM invite_spaces \
     WHERE id {in_texts:list}";

const INSERT: &str = "{insert_new} invite_spaces (id, policy, name, created_at, changed_op) \
     SELECT r.id, r.policy, r.name, r.created_at, r.changed_op FROM {rows:new_spaces} AS r WHERE true {skip_conflicts}";

const RENAME: &str = "UPDATE invite_spaces{with:spaces} SET name = r.row_name, changed_op = :operation {from:spaces} \
     WHERE id = r.row_id AND policy = r.row_policy AND removed_at IS NULL";

const COUNT: &str = "SELECT count(*) AS total FROM invite_spaces AS s";

const LIST: &str = "SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot, \
     i.code FROM invite_spaces AS s";

const WITH_ROLE: &str = "SELECT s.id, s.policy, s.name, s.created_at, s.changed_op, s.removed_at, s.removed_op, i.slot, \
     i.code, own.role FROM invite_spaces AS s";

/// The spaces of one member.
const OWN: &str = " JOIN invite_members AS own ON own.space_id = s.id AND own.user_id = :member";

/// The live standing invite of the space `s`, if it has one.
const STANDING: [&str; 2] = [" LEFT JOIN invites AS i ON i.slot = 'standing:' || s.id AND ", LIVE];

const OF_POLICY: &str = " WHERE (:policy IS NULL OR s.policy = :policy)";

const ACTIVE: &str = " AND s.removed_at IS NULL";
const REMOVED: &str = " AND s.removed_at IS NOT NULL";

/// The space of an id, also if it was removed.
pub(crate) async fn find(session: &mut Session, id: &str) -> Result<Option<StoredSpace>> {
    let row = session.maybe_one(FIND, &[("id", id.into())]).await?;
    row.map(|row| read(&row)).transpose()
}

/// The space of an id, which must be there and active.
///
/// # Errors
/// [`Error::NotFound`] for an id that no space has, and for a removed space with
/// the time of its removal.
pub(crate) async fn get(session: &mut Session, id: &str) -> Result<StoredSpace> {
    find(session, id).await?.ok_or_else(|| not_found(id))?.active()
}

/// An active space, which no other transaction can remove until this one ends.
///
/// # Errors
/// As [`get`].
pub(crate) async fn hold(session: &mut Session, id: &str) -> Result<StoredSpace> {
    hold_any(session, id).await?.active()
}

/// A space, active or removed, which no other transaction can remove until this one
/// ends.
pub(crate) async fn hold_any(session: &mut Session, id: &str) -> Result<StoredSpace> {
    let row = session.maybe_one(Statement::from(FIND).push(" {share}"), &[("id", id.into())]).await?;
    row.map(|row| read(&row)).transpose()?.ok_or_else(|| not_found(id))
}

/// Locks a space, active or removed, before it is removed or restored: no other
/// transaction creates or reopens an invite of it until this one ends.
pub(crate) async fn lock(session: &mut Session, id: &str) -> Result<StoredSpace> {
    let row = session.maybe_one(Statement::from(FIND).push(" {lock}"), &[("id", id.into())]).await?;
    row.map(|row| read(&row)).transpose()?.ok_or_else(|| not_found(id))
}

/// The error for a space that was removed.
pub(crate) fn gone(id: &str, removed: Removed) -> Error {
    Error::not_found(format!("Space {} was removed at {}", shortened(id, MAX_ID), readable(removed.at)))
        .with_hint(format!("restore it: invite space restore {}", word(&shortened(id, MAX_ID))))
}

/// The error for an id that a removed space has.
pub(crate) fn taken_by_removed(id: &str, removed: Removed) -> Error {
    Error::duplicate(format!("the space {id} exists and was removed at {}", readable(removed.at)))
        .with_hint(format!("restore it: invite space restore {}; or choose another identifier", word(id)))
}

/// The error for a space that is not there, in the words of seed 001.
pub(crate) fn not_found(id: &str) -> Error {
    Error::not_found(format!("Space {} not found", shortened(id, MAX_ID)))
        .with_hint("list the spaces: invite space list")
}

/// The spaces of these ids, as far as there are any, removed ones included.
pub(crate) async fn find_many(session: &mut Session, ids: &[&str]) -> Result<Vec<StoredSpace>> {
    let rows = session.all(FIND_MANY, &[("list", Arg::texts(ids))]).await?;
    rows.iter().map(read).collect()
}

/// The spaces of these ids, removed ones included; no other transaction can remove
/// one until this one ends.
pub(crate) async fn hold_many(session: &mut Session, ids: &[&str]) -> Result<Vec<StoredSpace>> {
    // In one order for all transactions, so that none waits for another in a circle.
    let statement = Statement::from(FIND_MANY).push(" ORDER BY id {share}");
    let rows = session.all(statement, &[("list", Arg::texts(ids))]).await?;
    rows.iter().map(read).collect()
}

/// Adds spaces, leaving out those whose id is taken; answers how many.
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
    session.load(INSERT, &row_set::NEW_SPACES, &in_order(spaces), row).await
}

fn row_of(space: &Space) -> [Arg; 3] {
    [space.id.as_str().into(), space.policy.as_str().into(), space.name.as_str().into()]
}

/// In one order for all, so that two runs wait for each other in the same
/// places.
fn in_order<'a>(spaces: &[&'a Space]) -> Vec<&'a Space> {
    let mut sorted = spaces.to_vec();
    sorted.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    sorted
}

/// Gives spaces other names; leaves those alone that are not there under the
/// same policy any more. Answers how many.
pub(crate) async fn rename(session: &mut Session, spaces: &[&Space], operation: Uuid) -> Result<u64> {
    let rows = in_order(spaces);
    let row = |space: &&Space| row_of(space);
    session.with_rows(RENAME, &row_set::SPACES, (&rows, row), &[("operation", operation.into())]).await
}

/// Which spaces a list has.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Listing<'a> {
    /// Only those of this policy.
    pub policy: Option<&'a str>,
    /// Only those that this user is a member of.
    pub member: Option<&'a str>,
    /// The removed spaces instead of the active ones.
    pub removed: bool,
}

impl Listing<'_> {
    fn values(self) -> Vec<(&'static str, Arg)> {
        let member = self.member.map(|member| ("member", member.into()));
        std::iter::once(("policy", self.policy.into())).chain(member).collect()
    }

    fn own(self) -> Statement {
        self.member.map_or_else(|| Statement::from(""), |_| Statement::from(OWN))
    }

    fn condition(self) -> Statement {
        Statement::from([OF_POLICY, if self.removed { REMOVED } else { ACTIVE }])
    }
}

/// How many spaces a list has.
pub(crate) async fn count(session: &mut Session, listing: Listing<'_>) -> Result<i64> {
    let statement = Statement::from(COUNT).join(&listing.own()).join(&listing.condition());
    session.one(statement, &listing.values()).await?.int("total")
}

/// A space in a list.
#[derive(Debug)]
pub(crate) struct ListedSpace {
    pub stored: StoredSpace,
    /// Whether it has a live standing invite.
    pub has_standing: bool,
    /// The code of that, where it is kept.
    pub code: Option<String>,
    /// The role of the member whose spaces are listed.
    pub role: Option<String>,
}

/// Spaces by id, each with its live standing invite.
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
        .push(" ORDER BY s.id LIMIT :limit");
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

/// Which active spaces a walk looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Those of these policies.
    pub policies: &'a [String],
    /// And of them only these ids, where some are given.
    pub ids: Option<&'a [String]>,
}

impl Scope<'_> {
    fn condition(&self) -> Statement {
        let policies = Statement::from("policy {in_texts:policies} AND removed_at IS NULL");
        if self.ids.is_some() { policies.push(" AND id {in_texts:list}") } else { policies }
    }

    /// The same of the space `p`.
    fn condition_of_p(&self) -> Statement {
        let policies = Statement::from("p.policy {in_texts:policies} AND p.removed_at IS NULL");
        if self.ids.is_some() { policies.push(" AND p.id {in_texts:list}") } else { policies }
    }

    fn values(&self) -> Vec<(&'static str, Arg)> {
        let mut values = vec![("policies", Arg::texts(self.policies))];
        values.extend(self.ids.map(|ids| ("list", Arg::texts(ids))));
        values
    }
}

/// How many spaces a walk will look at.
pub(crate) async fn count_in_scope(session: &mut Session, scope: &Scope<'_>) -> Result<i64> {
    let statement = Statement::from("SELECT count(*) AS total FROM invite_spaces WHERE ").join(&scope.condition());
    session.one(statement, &scope.values()).await?.int("total")
}

const OTHER_POLICIES: &str = "SELECT policy, count(*) AS total FROM invite_spaces \
     WHERE policy {not_in_texts:policies} AND removed_at IS NULL GROUP BY policy ORDER BY policy";

/// Policies that active spaces carry and that are none of these, with how many do.
pub(crate) async fn other_policies(session: &mut Session, these: &[String]) -> Result<Vec<(String, i64)>> {
    let rows = session.all(OTHER_POLICIES, &[("policies", Arg::texts(these))]).await?;
    rows.iter().map(|row| Ok((row.text("policy")?, row.int("total")?))).collect()
}

fn space(row: &Row) -> Result<Space> {
    Ok(Space { id: row.text("id")?, policy: row.text("policy")?, name: row.text("name")? })
}

fn read(row: &Row) -> Result<StoredSpace> {
    let removed = row.maybe_time("removed_at")?.zip(row.maybe_id("removed_op")?);
    Ok(StoredSpace {
        space: space(row)?,
        created_at: row.time("created_at")?,
        changed_op: row.id("changed_op")?,
        removed: removed.map(|(at, operation)| Removed { at, operation }),
    })
}
