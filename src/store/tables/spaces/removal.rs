//! Removing spaces: marking them, closing their invites, restoring them, and deleting them for
//! good.
//!
//! Every statement that creates or reopens an invite holds a share lock on its space: by the
//! foreign key, by `hold`, or by [`IS_ACTIVE`](crate::store::tables::invites::guards::IS_ACTIVE).
//! Removal takes the exclusive lock, so it waits for such transactions and closes their invites;
//! later ones see the mark.
//!
//! On a cluster a lock holds on its node only, and another node can commit an invite after the
//! removal: a stray. It is invalid because its space is marked, which every reader and the guard of
//! a use check; cleanup and restoration close it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, sql};
use crate::store::tables::cleanup::purge::Purge;
use crate::store::tables::invites::guards::OPEN;

const LOCK_OPEN: Sql = sql!(
    "SELECT count(*) AS total FROM (SELECT id FROM invites WHERE space_id = :space \
     AND (closed_at IS NULL OR "
);

/// Locks the open invites of a space before the space itself is locked: uses and extensions lock in
/// the same order.
pub(crate) async fn lock_open_invites(session: &mut Session, space: &str, now: DateTime<Utc>) -> Result<()> {
    if !session.is_single_writer() {
        let values = &[("space", space.into()), ("now", now.into())];
        session.one([LOCK_OPEN, OPEN, sql!(") ORDER BY id {lock}) AS held")], values).await?;
    }
    Ok(())
}

const MARK: Sql =
    sql!("UPDATE invite_spaces SET removed_at = :now, removed_op = :operation WHERE id = :id AND removed_at IS NULL");

/// Marks a space as removed; returns false if it is removed already.
pub(crate) async fn mark_removed(session: &mut Session, id: &str, now: DateTime<Utc>, operation: Uuid) -> Result<bool> {
    let values = &[("id", id.into()), ("now", now.into()), ("operation", operation.into())];
    Ok(session.exec(MARK, values).await? == 1)
}

/// An invite that was already invalid keeps its own reason.
const CLOSE: Sql = sql!(
    "UPDATE invites SET \
     closed_reason = CASE WHEN closed_at IS NULL AND uses >= max_uses THEN 'used_up' \
     WHEN closed_at IS NULL AND expires_at <= :now THEN 'expired' ELSE 'revoked' END, \
     closed_op = :operation, closed_at = :now, slot = NULL \
     WHERE space_id = :space AND (closed_at IS NULL OR "
);

/// Closes every open invite of a space, and ends the grace period of replaced ones; returns their
/// number. The caller has locked the space.
pub(crate) async fn close_invites(
    session: &mut Session,
    space: &str,
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let values = &[("space", space.into()), ("now", now.into()), ("operation", operation.into())];
    session.exec([CLOSE, OPEN, sql!(")")], values).await
}

/// Tests for an open invite of the removed space `s`.
const STRAY: Sql = sql!("(i.closed_at IS NULL OR i.closed_reason = 'replaced' AND i.closed_at > s.removed_at)");

/// Starts from the removed spaces, which are few; an index finds their invites.
const COUNT_STRAYS: [Sql; 3] = [
    sql!("SELECT count(i.id) AS total FROM invite_spaces AS s LEFT JOIN invites AS i ON i.space_id = s.id AND "),
    STRAY,
    sql!(" WHERE s.removed_at IS NOT NULL"),
];

/// Counts the open invites of removed spaces.
pub(crate) async fn count_strays(session: &mut Session) -> Result<u64> {
    Ok(session.one(COUNT_STRAYS, &[]).await?.int("total")?.unsigned_abs())
}

/// A sub-select, because for a join a planner would read all invites.
const WITH_STRAYS: [Sql; 3] = [
    sql!(
        "SELECT s.id FROM invite_spaces AS s WHERE s.id > :after AND s.removed_at IS NOT NULL \
     AND CASE WHEN EXISTS (SELECT 1 FROM invites AS i WHERE i.space_id = s.id AND "
    ),
    STRAY,
    sql!(") THEN 1 ELSE 0 END = 1 ORDER BY s.id LIMIT :size"),
];

/// Returns the next removed spaces after an ID that have open invites.
pub(crate) async fn with_strays(session: &mut Session, after: &str, size: i64) -> Result<Vec<String>> {
    let values = &[("after", after.into()), ("size", size.into())];
    session.all(WITH_STRAYS, values).await?.iter().map(|row| row.text("id")).collect()
}

const CLOSE_STRAYS: Sql = sql!(
    "UPDATE invites SET closed_reason = 'revoked', closed_op = :operation, closed_at = :now, \
     slot = NULL WHERE space_id = :space AND EXISTS (SELECT 1 FROM invite_spaces AS s WHERE s.id = :space \
     AND (invites.closed_at IS NULL OR invites.closed_reason = 'replaced' AND invites.closed_at > s.removed_at) \
     AND s.removed_at IS NOT NULL {share})"
);

/// Closes the open invites of a removed space as revoked, and returns their number; closes none in
/// an active space.
pub(crate) async fn close_strays(
    session: &mut Session,
    space: &str,
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let values = &[("space", space.into()), ("now", now.into()), ("operation", operation.into())];
    session.exec(CLOSE_STRAYS, values).await
}

const RESTORE: Sql = sql!(
    "UPDATE invite_spaces SET removed_at = NULL, removed_op = NULL, changed_op = :operation \
     WHERE id = :id AND removed_at IS NOT NULL AND purge_op IS NULL"
);

/// Restores a removed space; returns false if it is active, or if a purge has begun to delete it.
pub(crate) async fn restore(session: &mut Session, id: &str, operation: Uuid) -> Result<bool> {
    Ok(session.exec(RESTORE, &[("id", id.into()), ("operation", operation.into())]).await? == 1)
}

const REMOVED_BETWEEN: Sql =
    sql!("SELECT id FROM invite_spaces WHERE id >= :least AND id <= :greatest AND removed_at IS NOT NULL ORDER BY id");

/// Returns the removed spaces between two IDs, both included.
pub(crate) async fn removed_between(session: &mut Session, least: &str, greatest: &str) -> Result<Vec<String>> {
    let values = &[("least", least.into()), ("greatest", greatest.into())];
    session.all(REMOVED_BETWEEN, values).await?.iter().map(|row| row.text("id")).collect()
}

const COUNT_PURGEABLE: Sql = sql!(
    "SELECT count(*) AS total, count(CASE WHEN NOT EXISTS \
     (SELECT 1 FROM invites AS i WHERE i.space_id = p.id \
     AND NOT (i.closed_at IS NOT NULL AND i.closed_at <= :before AND (i.uses = 0 OR :used = 1))) THEN 1 END) AS free \
     FROM invite_spaces AS p WHERE p.removed_at <= :before"
);

/// Counts the spaces that were removed early enough to be deleted, and those of them that will have
/// no invites left after the purge of invites.
pub(crate) async fn purgeable(session: &mut Session, purge: &Purge) -> Result<(u64, u64)> {
    let values = &[("before", purge.closed_before.into()), ("used", i64::from(purge.include_used).into())];
    let row = session.one(COUNT_PURGEABLE, values).await?;
    Ok((row.int("total")?.unsigned_abs(), row.int("free")?.unsigned_abs()))
}

const READY: Sql = sql!(
    "SELECT id FROM invite_spaces WHERE id > :after AND removed_at <= :before \
     AND NOT EXISTS (SELECT 1 FROM invites AS i WHERE i.space_id = invite_spaces.id) ORDER BY id LIMIT :size"
);

/// Returns the next spaces after an ID that were removed early enough and have no invites.
pub(crate) async fn ready_to_purge(
    session: &mut Session,
    after: &str,
    before: DateTime<Utc>,
    size: i64,
) -> Result<Vec<String>> {
    let values = &[("after", after.into()), ("before", before.into()), ("size", size.into())];
    session.all(READY, values).await?.iter().map(|row| row.text("id")).collect()
}

const MARK_PURGED: Sql = sql!(
    "UPDATE invite_spaces{by:PRIMARY}{many} SET purge_op = :operation \
     WHERE id {in_texts:list} AND removed_at <= :before \
     AND NOT EXISTS (SELECT 1 FROM invites AS i WHERE i.space_id = invite_spaces.id)"
);

/// Marks removed spaces without invites for deletion, so that none of them is restored while its
/// members are deleted.
pub(crate) async fn mark_purged(
    session: &mut Session,
    ids: &[&str],
    before: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let values = &[("list", Arg::texts(ids)), ("before", before.into()), ("operation", operation.into())];
    session.exec(MARK_PURGED, values).await
}

const MEMBERS_END: Sql = sql!(
    "SELECT space_id, user_id FROM invite_members{by:PRIMARY} WHERE space_id {in_texts:list} \
     ORDER BY space_id, user_id LIMIT 1 OFFSET :skipped"
);

const DELETE_MEMBERS: Sql = sql!(
    "{delete:invite_members}{by:PRIMARY} WHERE space_id {in_texts:list} \
     AND space_id IN (SELECT id FROM invite_spaces WHERE purge_op IS NOT NULL AND id {in_texts:list})"
);

const UP_TO: Sql = sql!(" AND (space_id < :space OR space_id = :space AND user_id <= :user)");

const DELETE: Sql = sql!("{delete:invite_spaces}{by:PRIMARY} WHERE id {in_texts:list} AND purge_op IS NOT NULL");

/// Counts of the rows that one transaction of a purge deleted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purged {
    pub members: u64,
    /// `None` while some of their members are left.
    pub spaces: Option<u64>,
}

/// Deletes the next members of spaces that [`mark_purged`] marked, at most `size`; deletes the
/// spaces themselves once no member is left.
pub(crate) async fn delete_purged(session: &mut Session, ids: &[&str], size: i64) -> Result<Purged> {
    let list = ("list", Arg::texts(ids));
    let end = session.maybe_one(MEMBERS_END, &[list.clone(), ("skipped", (size - 1).into())]).await?;
    let mut values = vec![list];
    let Some(end) = end else {
        let members = session.exec(DELETE_MEMBERS, &values).await?;
        return Ok(Purged { members, spaces: Some(session.exec(DELETE, &values).await?) });
    };
    let key = |row: &Row| Ok::<_, crate::error::Error>((row.text("space_id")?, row.text("user_id")?));
    let (space, user) = key(&end)?;
    values.extend([("space", space.into()), ("user", user.into())]);
    let members = session.exec([DELETE_MEMBERS, UP_TO], &values).await?;
    Ok(Purged { members, spaces: None })
}
