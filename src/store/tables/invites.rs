//! The table `invites`: creating, changing and closing. Lookups are in `find.rs`, uses in
//! `record_use.rs`, sending in `sending.rs`.

pub(crate) mod find;
pub(crate) mod guards;
pub(crate) mod numbers;
pub(crate) mod record_use;
pub(crate) mod sending;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::model::code::{Code, CodeKey};
use crate::model::invite::{Closed, Invite};
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::shapes;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::access_filter::AccessFilter;
use crate::store::tables::invites::guards::{CLOSE_EXPIRED_OR_USED_UP, EXPIRED_OR_USED_UP, IS_ACTIVE, OPEN};

pub(crate) use crate::store::tables::invites::find::{COLUMNS, FROM, OF_SPACE, SELECT, read, take};
pub(crate) use crate::store::tables::invites::find::{
    find, find_by_slot, find_many, get, graced, holders, id_of_key, is_creator, not_found,
};
pub(crate) use crate::store::tables::invites::record_use::{
    GroupedUse, NewUse, UseOutcome, locked_invite, record_use, record_use_in_group, select_for_update,
};
pub(crate) use crate::store::tables::invites::sending::{Reissue, count_send, give_up, lease, not_sent, reissue, sent};

/// A new invite.
#[derive(Debug, Clone)]
pub(crate) struct NewInvite<'d> {
    /// The ID.
    pub id: Uuid,
    /// The space that the invite grants access to.
    pub space_id: &'d str,
    /// The role that the invite grants.
    pub role: &'d str,
    /// The code, if it is stored.
    pub code: Option<&'d Code>,
    /// The key of lookups by code.
    pub code_key: CodeKey,
    /// The address that the invite is bound to.
    pub email: Option<&'d str>,
    /// A note.
    pub note: Option<&'d str>,
    /// The user who creates the invite.
    pub created_by: Option<&'d str>,
    /// Time at which the invite is created.
    pub created_at: DateTime<Utc>,
    /// Time at which the invite becomes valid.
    pub starts_at: Option<DateTime<Utc>>,
    /// Time at which the invite expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// The usage limit.
    pub max_uses: Option<i64>,
    /// The slot, which one open invite at a time holds.
    pub slot: Option<&'d str>,
    /// Time from which the e-mail may be sent; `None` if it is not to be sent.
    pub send_after: Option<DateTime<Utc>>,
    /// The operation that creates the invite.
    pub created_op: Uuid,
}

const INSERT: Sql = sql!(
    "{insert_new} invites (id, space_id, role, code, code_key, email, note, created_by, created_at, \
     starts_at, expires_at, max_uses, slot, send_after, created_op) \
     SELECT r.id, r.space_id, r.role, r.code, r.code_key, r.email, r.note, r.created_by, r.created_at, r.starts_at, \
     r.expires_at, r.max_uses, r.slot, r.send_after, r.created_op FROM {rows:invites} AS r WHERE true {skip_conflicts}"
);

/// Creates invites, skipping those whose code or slot is taken; returns the number of created
/// invites.
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
    // All transactions insert in the same order, so that two of them wait for each other instead of
    // deadlocking. The sort is stable: of several invites for one slot the first stays first.
    let mut sorted: Vec<&NewInvite<'_>> = invites.iter().collect();
    sorted.sort_by(|a, b| insert_order(a).cmp(&insert_order(b)));
    session.load(INSERT, &shapes::INVITES, &sorted, row).await
}

fn insert_order<'i>(invite: &'i NewInvite<'_>) -> (Option<&'i str>, Option<&'i str>) {
    (invite.slot, invite.slot.is_none().then(|| invite.code_key.as_str()))
}

const PRESENT: Sql = sql!("SELECT id FROM invites{by:PRIMARY} WHERE id {in_ids:list}");

/// Returns the existing ones of these IDs.
pub(crate) async fn present(session: &mut Session, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let rows = session.all(PRESENT, &[("list", Arg::ids(ids))]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

const TAKEN_SLOTS: Sql = sql!("SELECT slot FROM invites{by:slot} WHERE slot {in_texts:list}");

/// Returns the slots among these that an invite holds.
pub(crate) async fn taken_slots(session: &mut Session, slots: &[&str]) -> Result<Vec<String>> {
    let rows = session.all(TAKEN_SLOTS, &[("list", Arg::texts(slots))]).await?;
    rows.iter().map(|row| row.text("slot")).collect()
}

/// Closes expired and used-up holders of these slots, so that a new invite can take a slot even if
/// no cleanup has run.
pub(crate) async fn free_invalid_slots(
    session: &mut Session,
    slots: &[&str],
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let statement = Statement::from(sql!("UPDATE invites{by:slot}{many} SET "))
        .push(CLOSE_EXPIRED_OR_USED_UP)
        .push(sql!(" WHERE slot {in_texts:list} AND "))
        .push(EXPIRED_OR_USED_UP);
    let values = &[("list", Arg::texts(slots)), ("now", now.into()), ("operation", operation.into())];
    session.exec(statement, values).await
}

const LOCK: Sql = sql!("SELECT id FROM invites WHERE id = :id {lock}");

/// Locks an invite until the transaction ends, so that what is read of it next stays true. Changes
/// with a guard do not need this.
pub(crate) async fn lock(session: &mut Session, id: Uuid) -> Result<()> {
    if !session.is_single_writer() {
        session.maybe_one(LOCK, &[("id", id.into())]).await?;
    }
    Ok(())
}

const LOCK_STANDING: Sql = sql!(
    "SELECT id FROM invites WHERE space_id = :space AND (slot = :slot \
     OR (closed_reason = 'replaced' AND closed_at > :beyond)) ORDER BY id {lock}"
);

/// Locks the standing invite of a space, and its replaced invites with a grace period beyond an
/// instant.
pub(crate) async fn lock_standing(session: &mut Session, space: &str, slot: &str, beyond: DateTime<Utc>) -> Result<()> {
    if !session.is_single_writer() {
        let values = &[("space", space.into()), ("slot", slot.into()), ("beyond", beyond.into())];
        session.all(LOCK_STANDING, values).await?;
    }
    Ok(())
}

const CLOSINGS: Sql = sql!(
    "SELECT id, closed_at, closed_reason, closed_op FROM invites{by:PRIMARY} \
     WHERE id {in_ids:list} ORDER BY id {lock}"
);

/// Locks invites, and returns the time and reason of the closing of each closed one.
pub(crate) async fn closings(session: &mut Session, ids: &[Uuid]) -> Result<Vec<(Uuid, Option<Closed>, Option<Uuid>)>> {
    let rows = session.all(CLOSINGS, &[("list", Arg::ids(ids))]).await?;
    rows.iter().map(|row| Ok((row.id("id")?, find::closed(row)?, row.maybe_id("closed_op")?))).collect()
}

/// Conditions that exclude open invites from a bulk change.
#[derive(Debug, Clone)]
pub(crate) struct ChangeGuard {
    /// Policies whose used invites stay unchanged.
    pub keep_used_of: Vec<String>,
    /// The permissions of the actor, if there is one.
    pub access: Option<AccessFilter>,
}

/// Revokes open invites as far as the guard allows; returns the number of revoked invites.
pub(crate) async fn revoke(
    session: &mut Session,
    ids: &[Uuid],
    guard: &ChangeGuard,
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let mut statement = Statement::from(sql!(
        "UPDATE invites{by:PRIMARY}{many} SET closed_at = :now, closed_reason = 'revoked', \
         closed_op = :operation, slot = NULL \
         WHERE id {in_ids:list} AND (uses = 0 OR NOT EXISTS \
         (SELECT 1 FROM invite_spaces AS s WHERE s.id = invites.space_id AND s.policy {in_texts:policies})) AND "
    ))
    .push(OPEN);
    let mut values = vec![
        ("list", Arg::ids(ids)),
        ("policies", Arg::texts(&guard.keep_used_of)),
        ("now", now.into()),
        ("operation", operation.into()),
    ];
    if let Some(access) = &guard.access {
        let (condition, bound) = access.condition([sql!("invites.space_id"), sql!("invites.created_by")]);
        statement = statement.join(&condition);
        values.extend(bound);
    }
    session.exec(statement, &values).await
}

/// Returns the IDs among these that an operation closed.
pub(crate) async fn closed_by(session: &mut Session, ids: &[Uuid], operation: Uuid) -> Result<Vec<Uuid>> {
    let statement = sql!("SELECT id FROM invites{by:PRIMARY} WHERE id {in_ids:list} AND closed_op = :operation");
    let rows = session.all(statement, &[("list", Arg::ids(ids)), ("operation", operation.into())]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

const REPLACE: Sql = sql!(
    "UPDATE invites SET closed_at = :at, closed_reason = 'replaced', closed_op = :operation, \
     slot = NULL WHERE id = :id AND slot = :slot"
);

/// Closes a standing invite because a newer one takes its slot; `at` may be in the future. Returns
/// false if it does not hold the slot any more.
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

const SHORTEN: Sql = sql!(
    "UPDATE invites SET closed_at = :at \
     WHERE space_id = :space AND closed_reason = 'replaced' AND closed_at > :at"
);

/// Shortens the grace periods of a space's replaced codes to this instant; returns the number of
/// changed invites.
pub(crate) async fn shorten_graces(session: &mut Session, space: &str, at: DateTime<Utc>) -> Result<u64> {
    session.exec(SHORTEN, &[("space", space.into()), ("at", at.into())]).await
}

/// The new values of an extended invite.
#[derive(Debug, Clone)]
pub(crate) struct Extension {
    /// The new expiry.
    pub expires_at: Option<DateTime<Utc>>,
    /// The new usage limit.
    pub max_uses: Option<i64>,
    /// The slot that the invite holds while it is open.
    pub slot: Option<String>,
}

const EXTEND: Sql = sql!(
    "UPDATE invites SET expires_at = :expires, max_uses = :max, slot = :slot, \
     closed_at = NULL, closed_reason = NULL, closed_op = NULL \
     WHERE id = :id AND uses = :uses AND (closed_reason IS NULL OR closed_reason IN ('expired', 'used_up')) \
     AND (expires_at IS NULL AND :was IS NULL OR expires_at = :was) \
     AND (max_uses IS NULL AND :max_was IS NULL OR max_uses = :max_was) \
     AND (closed_op IS NULL AND :closed_was IS NULL OR closed_op = :closed_was) AND "
);

/// Changes the expiry and usage limit of an invite, and reopens it if only these had closed it.
/// Returns false if the invite is not as `expected` any more (used, extended or revoked), or if its
/// space was removed.
pub(crate) async fn extend(session: &mut Session, expected: &Invite, extension: &Extension) -> Result<bool> {
    let values = &[
        ("id", expected.id.into()),
        ("uses", expected.uses.into()),
        ("was", expected.expires_at.into()),
        ("max_was", expected.max_uses.into()),
        ("closed_was", expected.closed_op.into()),
        ("expires", extension.expires_at.into()),
        ("max", extension.max_uses.into()),
        ("slot", extension.slot.clone().into()),
    ];
    Ok(session.exec([EXTEND, IS_ACTIVE], values).await? == 1)
}
