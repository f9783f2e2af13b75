//! The table `invites`: making, redeeming, changing and closing; finding has a
//! file of its own.

pub(crate) mod counting;
pub(crate) mod find;
pub(crate) mod numbers;
pub(crate) mod sending;
pub(crate) mod using;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::model::code::{Code, CodeKey};
use crate::model::invite::{Closed, Invite};
use crate::store::db::row::Arg;
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::dialect::row_set;
use crate::store::tables::access_filter::Permitted;
use crate::store::tables::spaces::IS_ACTIVE;

pub(crate) use crate::store::tables::invites::counting::count_live;
pub(crate) use crate::store::tables::invites::find::{COLUMNS, FROM, OF_SPACE, SELECT, read, take};
pub(crate) use crate::store::tables::invites::find::{
    find, find_by_slot, find_many, get, graced, holders, id_of_key, is_creator, not_found,
};
pub(crate) use crate::store::tables::invites::sending::{Reissue, count_send, give_up, hold, not_sent, reissue, sent};
pub(crate) use crate::store::tables::invites::using::use_at_once;
pub(crate) use crate::store::tables::invites::using::{
    Entered, Entry, Together, enter, enter_together, held_to_use, hold_to_use,
};

/// Not closed, not past its end, not used up: the guard of every change. What
/// is closed is closed whatever any clock says; only a replaced code with a
/// grace is closed from a later instant.
pub(crate) const LIVE: &str = "(closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > :now)) \
     AND (expires_at IS NULL OR expires_at > :now) AND (max_uses IS NULL OR uses < max_uses)";

/// Guard of sending: valid, or unsent and not valid only because it expired.
/// An invitation that nobody received is renewed by sending it.
pub(crate) const SENDABLE: &str = "(closed_at IS NULL OR closed_reason = 'expired') \
     AND (max_uses IS NULL OR uses < max_uses) \
     AND (send_after IS NOT NULL OR closed_at IS NULL AND (expires_at IS NULL OR expires_at > :now))";

/// Guard of sending: no member of the space has the address. Only the `WHERE`
/// of an `UPDATE invites` can hold it.
const NO_MEMBER: &str = " AND NOT EXISTS (SELECT 1 FROM invite_users AS u \
     JOIN invite_members AS m ON m.user_id = u.id \
     WHERE u.email = invites.email AND m.space_id = invites.space_id)";

/// An invite to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewInvite<'d> {
    /// Its id.
    pub id: Uuid,
    /// The space that it lets into.
    pub space_id: &'d str,
    /// The role that it grants.
    pub role: &'d str,
    /// The code, where it is kept.
    pub code: Option<&'d Code>,
    /// What look-ups compare.
    pub code_key: CodeKey,
    /// The address that it is bound to.
    pub email: Option<&'d str>,
    /// A note.
    pub note: Option<&'d str>,
    /// The user who makes it.
    pub created_by: Option<&'d str>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// From when it can be used.
    pub starts_at: Option<DateTime<Utc>>,
    /// From when it cannot.
    pub expires_at: Option<DateTime<Utc>>,
    /// How often it can be used.
    pub max_uses: Option<i64>,
    /// The place that it holds alone.
    pub slot: Option<&'d str>,
    /// From when its e-mail may be sent; none: it is not to be sent.
    pub send_after: Option<DateTime<Utc>>,
    /// The operation that makes it.
    pub created_op: Uuid,
}

const INSERT: &str = "{insert_new} invites (id, space_id, role, code, code_key, email, note, created_by, created_at, \
     starts_at, expires_at, max_uses, slot, send_after, created_op) \
     SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at, r.starts_at, \
     r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op FROM {rows:invites} AS r WHERE true {skip_conflicts}";

/// Makes invites, leaving out those whose code or slot is taken; answers how
/// many were made.
pub(crate) async fn insert(session: &mut Session, invites: &[NewInvite<'_>]) -> Result<u64> {
    let row = |invite: &&NewInvite<'_>| -> [Arg; 15] {
        [
            invite.id.into(),
            invite.space_id.into(),
            invite.role.into(),
            invite.code.map(Code::reveal).into(),
            invite.code_key.as_str().into(),
            invite.email.into(),
            invite.note.into(),
            invite.created_by.into(),
            invite.created_at.into(),
            invite.starts_at.into(),
            invite.expires_at.into(),
            invite.max_uses.into(),
            invite.slot.into(),
            invite.send_after.into(),
            invite.created_op.into(),
        ]
    };
    // In one order for all: two runs that want the same places wait for each
    // other, and do not each hold what the other wants. Of several for one place
    // the first stays first.
    let mut sorted: Vec<&NewInvite<'_>> = invites.iter().collect();
    sorted.sort_by(|a, b| place(a).cmp(&place(b)));
    session.load(INSERT, &row_set::INVITES, &sorted, row).await
}

fn place<'i>(invite: &'i NewInvite<'_>) -> (Option<&'i str>, Option<&'i str>) {
    (invite.slot, invite.slot.is_none().then(|| invite.code_key.as_str()))
}

const PRESENT: &str = "SELECT id FROM invites{by:PRIMARY} WHERE id {in_ids:list}";

/// Those of these ids that exist.
pub(crate) async fn present(session: &mut Session, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows = session.all(PRESENT, &[("list", Arg::ids(ids))]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

const TAKEN_SLOTS: &str = "SELECT slot FROM invites{by:slot} WHERE slot {in_texts:list}";

/// Those of these slots that an invite holds.
pub(crate) async fn taken_slots(session: &mut Session, slots: &[&str]) -> Result<Vec<String>> {
    let rows = session.all(TAKEN_SLOTS, &[("list", Arg::texts(slots))]).await?;
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
    let statement = Statement::from("UPDATE invites{by:slot}{many} SET ")
        .push(CLOSE_DEAD)
        .push(" WHERE slot {in_texts:list} AND ")
        .push(DEAD);
    let values = &[("list", Arg::texts(slots)), ("now", now.into()), ("operation", operation.into())];
    session.exec(statement, values).await
}

/// Dead by the clock or by its uses, and not closed yet.
const DEAD: &str = "closed_at IS NULL AND (expires_at <= :now OR uses >= max_uses)";

/// What closing a dead invite sets. Used up comes first: a use counts only
/// while the invite is alive.
pub(crate) const CLOSE_DEAD: &str = "closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, \
     closed_at = :now, closed_op = :operation, slot = NULL";

const LOCK: &str = "SELECT id FROM invites WHERE id = :id {lock}";

/// Keeps an invite as it is till the transaction ends, so that what is read of
/// it next holds. The guards of changes do without.
pub(crate) async fn lock(session: &mut Session, id: Uuid) -> Result<()> {
    if !session.writes_alone() {
        session.maybe_one(LOCK, &[("id", id.into())]).await?;
    }
    Ok(())
}

const LOCK_STANDING: &str = "SELECT id FROM invites WHERE space_id = :space AND (slot = :slot \
     OR (closed_reason = 'replaced' AND closed_at > :beyond)) ORDER BY id {lock}";

/// The same for the standing invite of a space, and those of its replaced ones
/// that live on beyond an instant.
pub(crate) async fn lock_standing(session: &mut Session, space: &str, slot: &str, beyond: DateTime<Utc>) -> Result<()> {
    if !session.writes_alone() {
        let values = &[("space", space.into()), ("slot", slot.into()), ("beyond", beyond.into())];
        session.all(LOCK_STANDING, values).await?;
    }
    Ok(())
}

const CLOSINGS: &str = "SELECT id, closed_at, closed_reason, closed_op FROM invites{by:PRIMARY} \
     WHERE id {in_ids:list} ORDER BY id {lock}";

/// How these invites were closed, if they are; they stay so till the
/// transaction ends.
pub(crate) async fn closings(session: &mut Session, ids: &[Uuid]) -> Result<Vec<(Uuid, Option<Closed>, Option<Uuid>)>> {
    let rows = session.all(CLOSINGS, &[("list", Arg::ids(ids))]).await?;
    rows.iter().map(|row| Ok((row.id("id")?, find::closed(row)?, row.maybe_id("closed_op")?))).collect()
}

/// What protects live invites from a bulk change.
#[derive(Debug, Clone)]
pub(crate) struct ChangeGuard {
    /// Used ones of these policies stay as they are,
    pub keep_used_of: Vec<String>,
    /// and so does what this user may not change, where one is given.
    pub permitted: Option<Permitted>,
}

/// Closes live invites as revoked, as far as the guard lets them. Answers how
/// many were closed.
pub(crate) async fn revoke(
    session: &mut Session,
    ids: &[Uuid],
    guard: &ChangeGuard,
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let mut statement = Statement::from(
        "UPDATE invites{by:PRIMARY}{many} SET closed_at = :now, closed_reason = 'revoked', \
         closed_op = :operation, slot = NULL \
         WHERE id {in_ids:list} AND (uses = 0 OR NOT EXISTS \
         (SELECT 1 FROM invite_spaces AS s WHERE s.id = invites.space_id AND s.policy {in_texts:policies})) AND ",
    )
    .push(LIVE);
    let mut values = vec![
        ("list", Arg::ids(ids)),
        ("policies", Arg::texts(&guard.keep_used_of)),
        ("now", now.into()),
        ("operation", operation.into()),
    ];
    if let Some(permitted) = &guard.permitted {
        let (condition, bound) = permitted.condition(["invites.space_id", "invites.created_by"]);
        statement = statement.join(&condition);
        values.extend(bound);
    }
    session.exec(statement, &values).await
}

/// Those of these ids that an operation closed.
pub(crate) async fn closed_by(session: &mut Session, ids: &[Uuid], operation: Uuid) -> Result<Vec<Uuid>> {
    let statement = "SELECT id FROM invites{by:PRIMARY} WHERE id {in_ids:list} AND closed_op = :operation";
    let rows = session.all(statement, &[("list", Arg::ids(ids)), ("operation", operation.into())]).await?;
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
     AND (expires_at IS NULL AND :was IS NULL OR expires_at = :was) \
     AND (max_uses IS NULL AND :max_was IS NULL OR max_uses = :max_was) \
     AND (closed_op IS NULL AND :closed_was IS NULL OR closed_op = :closed_was) AND ";

/// Gives an invite another end and limit and opens it again if only its end or
/// its uses had closed it. The guard is what the caller saw: answers false if
/// it was used, extended or revoked since, or if its space was removed.
pub(crate) async fn extend(session: &mut Session, seen: &Invite, extension: &Extension) -> Result<bool> {
    let values = &[
        ("id", seen.id.into()),
        ("uses", seen.uses.into()),
        ("was", seen.expires_at.into()),
        ("max_was", seen.max_uses.into()),
        ("closed_was", seen.closed_op.into()),
        ("expires", extension.expires_at.into()),
        ("max", extension.max_uses.into()),
        ("slot", extension.slot.clone().into()),
    ];
    Ok(session.exec([EXTEND, IS_ACTIVE], values).await? == 1)
}
