//! Records the use of an invite, in a transaction of its own or in a group commit. One statement
//! reads and locks the invite, another counts the use.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Result;
use crate::model::invite::Invite;
use crate::store::db::database::Db;
use crate::store::db::group_commit::MAX_AGE;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{BoundStatement, Sql, Statement, sql};
use crate::store::tables::invites::find::read;
use crate::store::tables::invites::guards::OPEN;
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::users::{self, User};
use crate::store::tables::{members, uses};

/// Reads the invite without its space: a join would lock the space too, and uses of two invites of
/// a space would wait for each other. A sub-select is no alternative, because a Galera node that
/// rolls the transaction back meanwhile returns NULL for it instead of an error.
const SELECT_FOR_UPDATE: Sql = sql!(
    "SELECT i.id, i.space_id, '' AS name, '' AS policy, \
     i.role, i.code, i.code_key, i.email, i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, \
     i.uses, i.closed_at, i.closed_reason, i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, \
     i.closed_op, NULL AS removed_at FROM invites AS i WHERE i.id = :id {lock}"
);

/// Returns the statement that reads an invite and locks it until the transaction ends.
pub(crate) fn select_for_update(found: &Invite) -> BoundStatement {
    BoundStatement { statement: SELECT_FOR_UPDATE.into(), args: vec![("id", found.id.into())] }
}

/// Reads the locked invite as if its space were active; the name and policy of the space are taken
/// from `found`.
pub(crate) fn locked_invite(row: Option<&Row>, found: &Invite) -> Result<Option<Invite>> {
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Invite { space_name: found.space_name.clone(), policy: found.policy.clone(), ..read(row)? }))
}

/// A use of an invite.
pub(crate) struct NewUse<'e> {
    pub use_id: Uuid,
    pub invite: &'e Invite,
    pub user: &'e User,
    /// The address that is compared with that of the invite.
    pub email: Option<&'e str>,
    pub now: DateTime<Utc>,
    pub operation: &'e Operation,
}

/// The result of recording a use.
pub(crate) enum UseOutcome {
    /// The use is recorded.
    Recorded,
    /// The guard refused the use; nothing was written.
    Refused,
    /// The user has used the invite before or is a member of the space: the transaction must be
    /// rolled back.
    AlreadyKnown,
}

/// Counts a use if the invite is open, has started and is bound to this address or to none. The last
/// use closes the invite as used up, unless it was replaced and is in its grace period: then its
/// closing stays as it is.
///
/// `uses` and `closed_at` are assigned after the columns that depend on them, because `MariaDB` and
/// `MySQL` read the new value of a column that was assigned earlier in the statement.
///
/// The space is not locked. Its removal waits for the lock of the invite, and a lock would not be
/// seen by the other nodes of a cluster.
const COUNT: Sql = sql!(
    "UPDATE invites SET \
     closed_reason = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN 'used_up' ELSE closed_reason END, \
     closed_op = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN :operation ELSE closed_op END, \
     closed_at = CASE WHEN uses + 1 >= max_uses AND closed_at IS NULL THEN :now ELSE closed_at END, \
     slot = CASE WHEN uses + 1 >= max_uses THEN NULL ELSE slot END, \
     uses = uses + 1 \
     WHERE id = :invite AND (starts_at IS NULL OR starts_at <= :now) AND (email IS NULL OR email = :email) \
     AND EXISTS (SELECT 1 FROM invite_spaces WHERE id = :space AND removed_at IS NULL) AND "
);

/// What happens to a use whose user has used the invite before, or is a member of the space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KnownUser {
    /// The row is skipped, and the caller sees that nothing was inserted.
    Skipped,
    /// The statement fails.
    Fails,
}

/// Returns the statements of a use: they count it under the conditions of `guard`, and insert its
/// rows: the use, the membership and the operation. Also stores the name and address of the user if
/// they are unknown.
fn statements_of_use(guard: &[Sql], known: KnownUser) -> [Statement; 5] {
    let insert = |insert: Sql| {
        let statement = Statement::from(insert);
        if known == KnownUser::Skipped { statement.push(sql!(" {skip_conflicts}")) } else { statement }
    };
    [
        guard.iter().fold(Statement::from(COUNT), |count, condition| count.push(*condition)),
        insert(uses::INSERT),
        insert(members::INSERT),
        users::FILL_IN.into(),
        operations::INSERT.into(),
    ]
}

/// Records a use in the transaction of a session.
pub(crate) async fn record_use(session: &mut Session, new_use: &NewUse<'_>) -> Result<UseOutcome> {
    let statements = statements_of_use(&[OPEN], KnownUser::Skipped);
    match session.exec_each(&statements, &values(new_use, session.step())).await? {
        // The first statement changed no row, so nothing was written.
        Some(0) => Ok(UseOutcome::Refused),
        // The use is counted, but a row exists.
        Some(_) => Ok(UseOutcome::AlreadyKnown),
        None => {
            session.recorded_in(operations::recorded_step(new_use.operation));
            Ok(UseOutcome::Recorded)
        }
    }
}

/// Conditions of a use in a group commit, in addition to [`OPEN`]. The time of such a use is taken
/// before the statement waits for the lock of the file, so it may be outdated:
///
/// - It is at most `:too_old` milliseconds old, since the invite may have expired during the wait.
/// - The invite has no closing time: if another process replaced its code during the wait, the
///   outdated time would be in the grace period.
/// - The invite still has the code that was looked up.
/// - It is not the last of several uses, which closes the invite and must not be dated before the
///   others.
///
/// A use that is refused is repeated in a transaction of its own.
const OPEN_AND_RECENT: Sql = sql!(
    " AND closed_at IS NULL AND code_key = :key AND (max_uses IS NULL OR uses = 0 OR uses + 1 < max_uses) \
     AND CAST(unixepoch('subsec') * 1000 AS INTEGER) - :asked BETWEEN 0 AND :too_old"
);

/// Inserts a user without an ID, which fails, if the statement before it changed no row.
const OR_FAIL: Sql = sql!("INSERT INTO invite_users (id, created_at) SELECT NULL, 0 WHERE changes() = 0");

/// Returns the statements of a use in a group commit, which only `SQLite` has: they return the row of
/// the invite, count the use and insert its rows. If the use is not possible, one of them fails.
pub(crate) fn grouped_use() -> Statement {
    let [count, inserts @ ..] = statements_of_use(&[OPEN, OPEN_AND_RECENT], KnownUser::Fails);
    let counted = Statement::from(SELECT_FOR_UPDATE).push(sql!("; ")).join(&count).push(sql!("; ")).push(OR_FAIL);
    inserts.iter().fold(counted, |whole, insert| whole.push(sql!("; ")).join(insert))
}

/// A use that is recorded in a group commit.
pub(crate) struct GroupedUse {
    pub user: User,
    pub operation: Operation,
    pub clock: Clock,
}

/// Returns true if a use is recorded in a group commit: the engine supports it, and the use will
/// probably succeed. A failure would roll back the whole group.
fn joins_group(db: &Db, found: &Invite, grouped: &GroupedUse) -> bool {
    let is_open = found.closed.is_none() && found.starts_at.is_none_or(|start| start <= grouped.clock.now());
    let is_theirs = found.email.is_none() || found.email == grouped.user.email;
    let is_last_of_several = found.max_uses.is_some_and(|most| found.uses > 0 && found.uses + 1 >= most);
    db.supports_group_commit() && is_open && is_theirs && !is_last_of_several
}

/// Records a use in a group commit; returns the invite as it was before, and the instant of the
/// use. Returns `None` if nothing was written: the use needs a transaction of its own, which also
/// finds the reason of a failure.
///
/// The space, role and address of an invite never change, so the arguments take them from `found`. The ID of
/// the use is created before the wait, so it may be smaller than those of earlier uses.
pub(crate) async fn record_use_in_group(
    db: &Db,
    found: &Invite,
    grouped: GroupedUse,
    new_id: impl FnOnce() -> Uuid,
) -> Result<Option<(Invite, DateTime<Utc>)>> {
    if !joins_group(db, found, &grouped) {
        return Ok(None);
    }
    let (invite, operation, use_id) = (found.clone(), grouped.operation.id, new_id());
    let args_of = move |step| {
        let now = grouped.clock.now();
        let GroupedUse { user, operation, .. } = &grouped;
        let operation = &Operation { at: now, ..operation.clone() };
        let new_use = NewUse { use_id, invite: &invite, user, email: user.email.as_deref(), now, operation };
        let mut values = values(&new_use, step);
        let asked = Clock::System.now().timestamp_millis();
        let too_old = i64::try_from(MAX_AGE.as_millis()).unwrap_or(i64::MAX);
        let key = invite.code_key.as_str().into();
        values.extend([("id", invite.id.into()), ("key", key), ("asked", asked.into()), ("too_old", too_old.into())]);
        (values, now)
    };
    let Some((row, now)) = db.run_in_group(grouped_use, Box::new(args_of)).await? else { return Ok(None) };
    db.note_operation(operation);
    Ok(locked_invite(Some(&row), found)?.map(|invite| (invite, now)))
}

fn values(new_use: &NewUse<'_>, step: i64) -> Vec<(&'static str, Arg)> {
    let &NewUse { invite, user, operation, now, .. } = new_use;
    let mut values = vec![
        ("use", new_use.use_id.into()),
        ("invite", invite.id.into()),
        ("space", invite.space_id.as_str().into()),
        ("role", invite.role.as_str().into()),
        ("user", user.id.as_str().into()),
        ("name", user.name.as_deref().into()),
        ("given", user.email.as_deref().into()),
        ("email", new_use.email.into()),
        ("now", now.into()),
    ];
    values.extend(operations::values(operation, Some(now), 1, 0, step));
    values
}
