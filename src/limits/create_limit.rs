//! The limit of invites that a user may create per hour. They are counted in the
//! transaction that creates them.

use chrono::{DateTime, Utc};

use crate::error::{Denial, Error, Result};
use crate::limits::kind::LimitKind;
use crate::limits::window::Window;
use crate::policy::Policy;
use crate::store::Session;
use crate::store::tables::limits as rows;
use crate::store::tables::limits::Counter;

/// Counts `wanted` invites that a user is about to create, all of them or none.
///
/// # Errors
/// [`Error::Refused`] with [`Denial::CreateLimit`] if that exceeds the limit.
pub(crate) async fn consume_creates(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    now: DateTime<Utc>,
    wanted: u64,
) -> Result<()> {
    let taken = consume_creates_up_to(session, policy, user, now, wanted).await?;
    if taken == wanted {
        return Ok(());
    }
    refund_creates(session, policy, user, now, taken).await?;
    Err(Error::Refused(create_limit_denial(session, policy, user, now, wanted).await?))
}

/// Returns the denial for `wanted` invites that exceed the limit of the user.
pub(crate) async fn create_limit_denial(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    now: DateTime<Utc>,
    wanted: u64,
) -> Result<Denial> {
    let bucket = LimitKind::Create.bucket(&policy.name, user);
    let created = rows::hits(session, &Counter { bucket: &bucket, window: Window::Hour.start(now) }).await?;
    Ok(denial(policy, user, created, wanted, now))
}

/// Checks whether [`consume_creates`] would succeed, and counts nothing.
///
/// # Errors
/// As [`consume_creates`].
pub(crate) async fn check_create_limit(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    now: DateTime<Utc>,
    wanted: u64,
) -> Result<()> {
    let Some(limit) = LimitKind::Create.limit(policy) else { return Ok(()) };
    let bucket = LimitKind::Create.bucket(&policy.name, user);
    let counts = rows::counts(session, &[&bucket], Window::Hour.start(now)).await?;
    let created = counts.first().map_or(0, |count| count.hits);
    if i64::try_from(wanted).is_ok_and(|wanted| wanted <= limit.saturating_sub(created)) {
        return Ok(());
    }
    Err(Error::Refused(denial(policy, user, created, wanted, now)))
}

fn denial(policy: &Policy, user: &str, created: i64, wanted: u64, now: DateTime<Utc>) -> Denial {
    Denial::CreateLimit {
        user: user.to_owned(),
        policy: policy.name.clone(),
        created,
        limit: LimitKind::Create.limit(policy).unwrap_or(i64::MAX),
        requested: wanted,
        until: Window::Hour.end(now),
    }
}

/// Counts `wanted` invites that a user is about to create, or as many as the limit
/// leaves, and returns how many. The counter is locked until the transaction ends.
pub(crate) async fn consume_creates_up_to(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    now: DateTime<Utc>,
    wanted: u64,
) -> Result<u64> {
    let Some(limit) = LimitKind::Create.limit(policy) else { return Ok(wanted) };
    let bucket = LimitKind::Create.bucket(&policy.name, user);
    let counter = Counter { bucket: &bucket, window: Window::Hour.start(now) };
    let left = limit.saturating_sub(rows::hits(session, &counter).await?).max(0);
    let taken = left.min(i64::try_from(wanted).unwrap_or(i64::MAX));
    if taken > 0 && !rows::consume(session, &counter, taken, limit).await? {
        return Err(session.conflict());
    }
    Ok(taken.unsigned_abs())
}

/// Refunds invites that were counted at an instant and not created.
pub(crate) async fn refund_creates(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    taken_at: DateTime<Utc>,
    not_created: u64,
) -> Result<()> {
    if not_created == 0 || LimitKind::Create.limit(policy).is_none() {
        return Ok(());
    }
    let bucket = LimitKind::Create.bucket(&policy.name, user);
    let counter = Counter { bucket: &bucket, window: Window::Hour.start(taken_at) };
    rows::refund(session, &counter, i64::try_from(not_created).unwrap_or(i64::MAX)).await
}
