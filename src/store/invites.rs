//! The table `invites`: making, finding, redeeming, changing and closing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::dialect::Statement;
use super::{Row, Session};
use crate::error::{Error, Result};
use crate::invite::code::Code;
use crate::invite::reference::{Reference, candidate_keys};
use crate::invite::{Closed, ClosedReason, CodeKey, Invite};

/// What every reader selects: an invite with its space's name and policy.
pub(super) const SELECT: &str = "SELECT i.id, i.space_id, s.name AS space_name, s.policy, i.role, i.code, i.code_key, \
     i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, \
     i.closed_reason, i.sends, i.last_sent_at, i.last_send_error, i.created_op, i.closed_op \
     FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id ";

/// Not closed, not past its end, not used up: the guard of every change.
pub(super) const LIVE: &str = "(closed_at IS NULL OR closed_at > :now) \
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

const HOLDERS: &str = "SELECT code_key, space_id, slot FROM invites WHERE code_key IN {texts:list}";

/// Who has these keys: by key, the space and the slot that its invite holds.
pub(crate) async fn holders(
    session: &mut Session,
    keys: &[&CodeKey],
) -> Result<HashMap<CodeKey, (String, Option<String>)>> {
    let texts: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
    let rows = session.all(HOLDERS, &[("list", json!(texts).to_string().into())]).await?;
    let read = |row: &Row| Ok((CodeKey::new(row.text("code_key")?), (row.text("space_id")?, row.maybe_text("slot")?)));
    rows.iter().map(read).collect()
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

const KEYS_BEHIND: &str = "SELECT code_key FROM invites WHERE code_key >= :low AND code_key < :high";

/// The keys from `low` up to and without `high`. The caller asks for ranges
/// that its format keeps small.
pub(crate) async fn keys_between(session: &mut Session, low: &str, high: &str) -> Result<Vec<String>> {
    let rows = session.all(KEYS_BEHIND, &[("low", low.into()), ("high", high.into())]).await?;
    rows.iter().map(|row| row.text("code_key")).collect()
}

/// The invite that a reference names, in whatever state.
///
/// # Errors
/// [`Error::Invalid`] for a fingerprint that several share.
pub(crate) async fn find(session: &mut Session, reference: &Reference) -> Result<Option<Invite>> {
    let start = Statement::from(SELECT);
    let rows = match reference {
        Reference::Id(id) => session.all(start.push("WHERE i.id = :id"), &[("id", (*id).into())]).await?,
        Reference::Code(code) => {
            let [text, hash] = candidate_keys(code);
            let keys = &[("text", text.as_str().into()), ("hash", hash.as_str().into())];
            session.all(start.push("WHERE i.code_key IN (:text, :hash)"), keys).await?
        }
        Reference::Fingerprint(digits) => {
            // The digits are hexadecimal, and g follows f.
            let range = &[("low", digits.as_str().into()), ("high", format!("{digits}g").into())];
            let tail = "WHERE i.code_key >= :low AND i.code_key < :high AND i.code IS NULL LIMIT 2";
            session.all(start.push(tail), range).await?
        }
    };
    if let Reference::Fingerprint(digits) = reference
        && rows.len() > 1
    {
        return Err(Error::invalid(format!("several invites have the fingerprint #{digits}"))
            .hint("write the full id, which invite list -o json shows"));
    }
    rows.first().map(read).transpose()
}

/// The invite that a reference names, which must be there.
///
/// # Errors
/// [`Error::NotFound`] in the words of seed 004, without the code.
pub(crate) async fn get(session: &mut Session, reference: &Reference) -> Result<Invite> {
    find(session, reference).await?.ok_or_else(|| match reference {
        Reference::Code(_) => Error::not_found("Invalid invite code: no invite has it")
            .hint("the whole code is needed, or the whole link; invite list shows what there is"),
        other => Error::not_found(format!("no invite has {}", other.described()))
            .hint("list them: invite list --all -o wide"),
    })
}

/// The standing invite of a space, if one holds its slot.
pub(crate) async fn find_by_slot(session: &mut Session, slot: &str) -> Result<Option<Invite>> {
    let row = session.maybe_one(Statement::from(SELECT).push("WHERE i.slot = :slot"), &[("slot", slot.into())]).await?;
    row.map(|row| read(&row)).transpose()
}

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

pub(super) fn id_list(ids: &[Uuid]) -> super::Arg {
    let texts: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    json!(texts).to_string().into()
}

pub(super) fn read(row: &Row) -> Result<Invite> {
    let closed = match (row.maybe_time("closed_at")?, row.maybe_text("closed_reason")?) {
        (Some(at), Some(word)) => {
            let reason = ClosedReason::from_word(&word)
                .ok_or_else(|| Error::database(format!("an invite is closed for an unknown reason: {word}")))?;
            Some(Closed { at, reason })
        }
        _ => None,
    };
    Ok(Invite {
        id: row.id("id")?,
        space_id: row.text("space_id")?,
        space_name: row.text("space_name")?,
        policy: row.text("policy")?,
        role: row.text("role")?,
        code: row.maybe_text("code")?.map(Code::new),
        code_key: CodeKey::new(row.text("code_key")?),
        email: row.maybe_text("email")?,
        note: row.maybe_text("note")?,
        created_by: row.maybe_text("created_by")?,
        created_at: row.time("created_at")?,
        starts_at: row.maybe_time("starts_at")?,
        expires_at: row.maybe_time("expires_at")?,
        max_uses: row.maybe_int("max_uses")?,
        uses: row.int("uses")?,
        closed,
        sends: row.int("sends")?,
        last_sent_at: row.maybe_time("last_sent_at")?,
        last_send_error: row.maybe_text("last_send_error")?,
        created_op: row.id("created_op")?,
        closed_op: row.maybe_id("closed_op")?,
    })
}
