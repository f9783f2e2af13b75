//! Using an invite: it is read and held in one statement, and counted in one.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Result;
use crate::model::invite::Invite;
use crate::store::db::database::Db;
use crate::store::db::group_commit::TOO_OLD;
use crate::store::db::row::{Arg, Row};
use crate::store::db::session::Session;
use crate::store::db::transaction::First;
use crate::store::dialect::Statement;
use crate::store::tables::invites::LIVE;
use crate::store::tables::invites::find::read;
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::users::{self, User};
use crate::store::tables::{members, uses};

/// Without its space, which a join would hold too: uses of two invites of a space
/// do not wait for each other. Nor by sub-selects: a Galera node that takes the
/// transaction back meanwhile answers nulls for them, and not that it did.
const HOLD: &str = "SELECT i.id, i.space_id, '' AS name, '' AS policy, \
     i.role, i.code, i.code_key, i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, \
     i.uses, i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, \
     i.closed_op, NULL AS removed_at FROM invites AS i WHERE i.id = :id {lock}";

/// A use begins with the invite, as it is now: it stays so till the transaction
/// ends.
pub(crate) fn hold_to_use(seen: &Invite) -> First {
    First { statement: HOLD.into(), values: vec![("id", seen.id.into())] }
}

/// The invite that is held, as if its space was active. What is said of its space is
/// what was seen.
pub(crate) fn held_to_use(row: Option<&Row>, seen: &Invite) -> Result<Option<Invite>> {
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Invite { space_name: seen.space_name.clone(), policy: seen.policy.clone(), ..read(row)? }))
}

/// One use of an invite, and who comes in by it.
pub(crate) struct Entry<'e> {
    pub use_id: Uuid,
    pub invite: &'e Invite,
    pub user: &'e User,
    /// The address that the invite is held against.
    pub email: Option<&'e str>,
    pub now: DateTime<Utc>,
    pub operation: &'e Operation,
}

/// What came of it.
pub(crate) enum Entered {
    /// They are in.
    Whole,
    /// The guard refused, and nothing was written.
    NotCounted,
    /// The user has used it, or is in the space: the transaction is to be rolled
    /// back.
    Known,
}

/// Counts one use, if the invite is live, has begun and is for this address;
/// closes it with its last use. Some engines read the values already set, so
/// what the others depend on is set last. One that is replaced with a grace
/// stays so.
///
/// The space is read by its key, and not locked: a removal locks the invites too, and
/// where it cannot, on another node of a cluster, a lock would not help.
const COUNT: &str = "UPDATE invites SET \
     closed_reason = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN 'used_up' ELSE closed_reason END, \
     closed_op = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN :operation ELSE closed_op END, \
     closed_at = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN :now ELSE closed_at END, \
     slot = CASE WHEN uses + 1 >= max_uses THEN NULL ELSE slot END, \
     uses = uses + 1 \
     WHERE id = :invite AND (starts_at IS NULL OR starts_at <= :now) AND (email IS NULL OR email = :email) \
     AND EXISTS (SELECT 1 FROM invite_spaces WHERE id = :space AND removed_at IS NULL) AND ";

/// Counts a use and writes it down: the ledger, the membership, what is known of
/// the user, the operation.
pub(crate) async fn enter(session: &mut Session, entry: &Entry<'_>) -> Result<Entered> {
    let statements = [
        Statement::from(COUNT).push(LIVE),
        uses::INSERT.into(),
        members::INSERT.into(),
        users::FILL_IN.into(),
        operations::INSERT.into(),
    ];
    match session.exec_each(&statements, &values(entry, session.step())).await? {
        Some(0) => Ok(Entered::NotCounted),
        Some(_) => Ok(Entered::Known),
        None => {
            session.recorded_in(entry.operation);
            Ok(Entered::Whole)
        }
    }
}

/// Guards the same where the instant is of before the wait for the file: an end
/// that came meanwhile must not be missed, so it must not be older than so many
/// milliseconds; and what another process replaced must not look as if it had a grace, so
/// only what is open passes, and with the code that was looked up. The last of several uses closes the invite, and is not
/// to be dated before the others, which may have come between: it goes the usual way.
const OPEN_AND_AT_ONCE: &str = " AND closed_at IS NULL AND code_key = :key AND (max_uses IS NULL OR uses = 0 OR uses + 1 < max_uses) \
     AND CAST(unixepoch('subsec') * 1000 AS INTEGER) - :asked BETWEEN 0 AND :too_old";

/// Fails where the statement before it changed nothing: no user is without an
/// id.
const OR_FAIL: &str = "INSERT INTO invite_users (id, created_at) SELECT NULL, 0 WHERE changes() = 0";

/// All statements of a use as one text, for an embedded engine: the hold on the
/// invite, whose row it gives, the guard, and what is written with it. One of
/// them fails where the usual way would find a reason.
pub(crate) fn use_at_once() -> Statement {
    let count = Statement::from(COUNT).push(LIVE).push(OPEN_AND_AT_ONCE).push("; ").push(OR_FAIL);
    let written = [uses::ADD, members::ADD, users::FILL_IN, operations::INSERT];
    let whole = Statement::from(HOLD).push("; ").join(&count);
    written.into_iter().fold(whole, |whole, one| whole.push("; ").push(one))
}

/// A use that is made together with others; the clock is the database's, which is
/// this machine's.
pub(crate) struct Together {
    /// Drawn before the wait, and so perhaps before the ids of some who came first.
    pub use_id: Uuid,
    pub user: User,
    pub operation: Operation,
    pub clock: Clock,
}

/// Uses an invite together with others who do, in one turn of an embedded engine;
/// answers the invite as it was before, and when it was used. None: nothing is
/// written, and the usual way tells why.
///
/// Of an invite, what it is for never changes: its space, its role and its address
/// are taken as they were seen.
pub(crate) async fn enter_together(db: &Db, seen: &Invite, wish: Together) -> Result<Option<(Invite, DateTime<Utc>)>> {
    let (invite, operation) = (seen.clone(), wish.operation.id);
    let make = move |step| {
        let now = wish.clock.now();
        let Together { use_id, user, operation, .. } = &wish;
        let operation = &Operation { at: now, ..operation.clone() };
        let entry = Entry { use_id: *use_id, invite: &invite, user, email: user.email.as_deref(), now, operation };
        let mut values = values(&entry, step);
        let asked = Clock::System.now().timestamp_millis();
        let too_old = i64::try_from(TOO_OLD.as_millis()).unwrap_or(i64::MAX);
        let key = invite.code_key.as_str().into();
        values.extend([("id", invite.id.into()), ("key", key), ("asked", asked.into()), ("too_old", too_old.into())]);
        (values, now)
    };
    let Some((row, now)) = db.use_in_group(Box::new(make)).await? else { return Ok(None) };
    db.note_operation(operation);
    Ok(held_to_use(Some(&row), seen)?.map(|invite| (invite, now)))
}

fn values(entry: &Entry<'_>, step: i64) -> Vec<(&'static str, Arg)> {
    let &Entry { invite, user, operation, now, .. } = entry;
    let mut values = vec![
        ("use", entry.use_id.into()),
        ("invite", invite.id.into()),
        ("space", invite.space_id.as_str().into()),
        ("role", invite.role.as_str().into()),
        ("user", user.id.as_str().into()),
        ("name", user.name.as_deref().into()),
        ("given", user.email.as_deref().into()),
        ("email", entry.email.into()),
        ("now", now.into()),
    ];
    values.extend(operations::values(operation, Some(now), 1, 0, step));
    values
}
