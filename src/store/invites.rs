//! The table `invites`: making, redeeming, changing and closing; finding has a
//! file of its own.

mod find;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Session;
use super::dialect::Statement;
use crate::error::Result;
use crate::invite::code::Code;
use crate::invite::{CodeKey, Invite};

pub(super) use find::{SELECT, id_list, read};
pub(crate) use find::{find_by_slot, find_many, get, graced, holders, keys_between};

/// Not closed, not past its end, not used up: the guard of every change. What
/// is closed is closed whatever any clock says; only a replaced code with a
/// grace is closed from a later instant.
pub(super) const LIVE: &str = "(closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > :now)) \
     AND (expires_at IS NULL OR expires_at > :now) AND (max_uses IS NULL OR uses < max_uses)";

/// An invite to be made.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// Its id.
    pub id: Uuid,
    /// The space that it lets into.
    pub space_id: String,
    /// The role that it grants.
    pub role: String,
    /// The code, where it is kept.
    pub code: Option<Code>,
    /// What look-ups compare.
    pub code_key: CodeKey,
    /// The address that it is bound to.
    pub email: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// The user who makes it.
    pub created_by: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// From when it can be used.
    pub starts_at: Option<DateTime<Utc>>,
    /// From when it cannot.
    pub expires_at: Option<DateTime<Utc>>,
    /// How often it can be used.
    pub max_uses: Option<i64>,
    /// The place that it holds alone.
    pub slot: Option<String>,
    /// The operation that makes it.
    pub created_op: Uuid,
}

const INSERT: &str = "{insert_new} invites (id, space_id, role, code, code_key, email, note, created_by, created_at, \
     starts_at, expires_at, max_uses, slot, created_op) \
     SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at, r.starts_at, \
     r.expires_at, r.max_uses, r.slot, r.created_op FROM {rows:invites} AS r WHERE true {skip_conflicts}";

/// Makes invites, leaving out those whose code or slot is taken; answers how
/// many were made.
pub(crate) async fn insert(session: &mut Session, invites: &[NewInvite]) -> Result<u64> {
    let micros = |instant: Option<DateTime<Utc>>| instant.map(|instant| instant.timestamp_micros());
    let rows: Vec<Value> = invites
        .iter()
        .map(|invite| {
            json!([
                invite.id.to_string(),
                invite.space_id,
                invite.role,
                invite.code.as_ref().map(Code::reveal),
                invite.code_key.as_str(),
                invite.email,
                invite.note,
                invite.created_by,
                invite.created_at.timestamp_micros(),
                micros(invite.starts_at),
                micros(invite.expires_at),
                invite.max_uses,
                invite.slot,
                invite.created_op.to_string(),
            ])
        })
        .collect();
    session.exec(INSERT, &[("rows", Value::from(rows).to_string().into())]).await
}

const PRESENT: &str = "SELECT id FROM invites WHERE id IN {texts:list}";

/// Those of these ids that exist.
pub(crate) async fn present(session: &mut Session, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows = session.all(PRESENT, &[("list", id_list(ids))]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

const TAKEN_SLOTS: &str = "SELECT slot FROM invites WHERE slot IN {texts:list}";

/// Those of these slots that an invite holds.
pub(crate) async fn taken_slots(session: &mut Session, slots: &[&str]) -> Result<Vec<String>> {
    let rows = session.all(TAKEN_SLOTS, &[("list", json!(slots).to_string().into())]).await?;
    rows.iter().map(|row| row.text("slot")).collect()
}

/// Closes the holders of these slots that are dead already, so that a new
/// invite can take their place whether or not cleanup has run.
pub(crate) async fn free_dead_slots(
    session: &mut Session,
    slots: &[&str],
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let statement =
        Statement::from("UPDATE invites SET ").push(CLOSE_DEAD).push(" WHERE slot IN {texts:list} AND ").push(DEAD);
    let values = &[("list", json!(slots).to_string().into()), ("now", now.into()), ("operation", operation.into())];
    session.exec(statement, values).await
}

/// Dead by the clock or by its uses, and not closed yet.
const DEAD: &str = "closed_at IS NULL AND (expires_at <= :now OR uses >= max_uses)";

/// What closing a dead invite sets. Used up comes first: a use counts only
/// while the invite is alive.
pub(super) const CLOSE_DEAD: &str = "closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, \
     closed_at = :now, closed_op = :operation, slot = NULL";

/// Counts one use, if the invite is live, has begun and is for this address;
/// closes it with its last use. Answers false if the guard refused.
pub(crate) async fn redeem(
    session: &mut Session,
    id: Uuid,
    email: Option<&str>,
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<bool> {
    // Some engines read the values already set, so what the others depend on
    // is set last. One that is replaced with a grace stays so.
    let statement = Statement::from(
        "UPDATE invites SET \
         closed_reason = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN 'used_up' ELSE closed_reason END, \
         closed_op = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN :operation ELSE closed_op END, \
         closed_at = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN :now ELSE closed_at END, \
         slot = CASE WHEN uses + 1 >= max_uses THEN NULL ELSE slot END, \
         uses = uses + 1 \
         WHERE id = :id AND (starts_at IS NULL OR starts_at <= :now) AND (email IS NULL OR email = :email) AND ",
    )
    .push(LIVE);
    let values = &[("id", id.into()), ("email", email.into()), ("now", now.into()), ("operation", operation.into())];
    Ok(session.exec(statement, values).await? == 1)
}

/// Closes live invites as revoked; leaves used ones of these policies alone.
/// Answers how many were closed.
pub(crate) async fn revoke(
    session: &mut Session,
    ids: &[Uuid],
    keep_used_of: &[String],
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let statement = Statement::from(
        "UPDATE invites SET closed_at = :now, closed_reason = 'revoked', closed_op = :operation, slot = NULL \
         WHERE id IN {texts:list} AND (uses = 0 OR space_id NOT IN \
         (SELECT s.id FROM invite_spaces AS s WHERE s.id = invites.space_id AND s.policy IN {texts:policies})) AND ",
    )
    .push(LIVE);
    let values = &[
        ("list", id_list(ids)),
        ("policies", json!(keep_used_of).to_string().into()),
        ("now", now.into()),
        ("operation", operation.into()),
    ];
    session.exec(statement, values).await
}

/// Those of these ids that an operation closed.
pub(crate) async fn closed_by(session: &mut Session, ids: &[Uuid], operation: Uuid) -> Result<Vec<Uuid>> {
    let statement = "SELECT id FROM invites WHERE id IN {texts:list} AND closed_op = :operation";
    let rows = session.all(statement, &[("list", id_list(ids)), ("operation", operation.into())]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

const REPLACE: &str = "UPDATE invites SET closed_at = :at, closed_reason = 'replaced', closed_op = :operation, \
     slot = NULL WHERE id = :id AND slot = :slot";

/// Closes a standing invite because a newer one takes its slot; `at` may lie
/// ahead. Answers false if it does not hold the slot any more.
pub(crate) async fn replace(
    session: &mut Session,
    id: Uuid,
    slot: &str,
    at: DateTime<Utc>,
    operation: Uuid,
) -> Result<bool> {
    let values = &[("id", id.into()), ("slot", slot.into()), ("at", at.into()), ("operation", operation.into())];
    Ok(session.exec(REPLACE, values).await? == 1)
}

const SHORTEN: &str = "UPDATE invites SET closed_at = :at \
     WHERE space_id = :space AND closed_reason = 'replaced' AND closed_at > :at";

/// Lets the replaced codes of a space that live on in a grace die at this
/// instant, if not before; answers how many.
pub(crate) async fn shorten_graces(session: &mut Session, space: &str, at: DateTime<Utc>) -> Result<u64> {
    session.exec(SHORTEN, &[("space", space.into()), ("at", at.into())]).await
}

/// What an invite is extended to.
#[derive(Debug, Clone)]
pub(crate) struct Extension {
    /// The new end.
    pub expires_at: Option<DateTime<Utc>>,
    /// The new limit.
    pub max_uses: Option<i64>,
    /// The slot that it holds while it lives.
    pub slot: Option<String>,
}

const EXTEND: &str = "UPDATE invites SET expires_at = :expires, max_uses = :max, slot = :slot, \
     closed_at = NULL, closed_reason = NULL, closed_op = NULL \
     WHERE id = :id AND uses = :uses AND (closed_reason IS NULL OR closed_reason IN ('expired', 'used_up')) \
     AND (expires_at IS NULL AND :was IS NULL OR expires_at = :was)";

/// Gives an invite another end and limit and opens it again if only its end or
/// its uses had closed it. The guard is what the caller saw: answers false if
/// it was used, extended or revoked since.
pub(crate) async fn extend(session: &mut Session, seen: &Invite, extension: &Extension) -> Result<bool> {
    let values = &[
        ("id", seen.id.into()),
        ("uses", seen.uses.into()),
        ("was", seen.expires_at.into()),
        ("expires", extension.expires_at.into()),
        ("max", extension.max_uses.into()),
        ("slot", extension.slot.clone().into()),
    ];
    Ok(session.exec(EXTEND, values).await? == 1)
}

const DELETE_OF_SPACE: [&str; 3] = [
    "DELETE FROM invite_uses WHERE invite_id IN (SELECT id FROM invites WHERE space_id = :space)",
    "DELETE FROM invite_changes WHERE invite_id IN (SELECT id FROM invites WHERE space_id = :space)",
    "DELETE FROM invites WHERE space_id = :space",
];

/// Removes every invite of a space with its uses; answers how many invites.
pub(crate) async fn delete_of_space(session: &mut Session, space: &str) -> Result<u64> {
    let mut deleted = 0;
    for statement in DELETE_OF_SPACE {
        deleted = session.exec(statement, &[("space", space.into())]).await?;
    }
    Ok(deleted)
}
