//! How many invites a user may still make in this hour. Counted in the
//! transaction that makes them.

use chrono::{DateTime, Utc};

use crate::error::{Denial, Error, Result};
use crate::limits::{Limited, window_end, window_of};
use crate::policy::Policy;
use crate::store::Session;
use crate::store::tables::limits as rows;
use crate::store::tables::limits::Counter;

/// Counts so many invites that a user is about to make, all of them or none.
///
/// # Errors
/// [`Error::Refused`] with [`Denial::CreateLimit`] if the hour has no room for
/// all.
pub(crate) async fn take_all_created(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    now: DateTime<Utc>,
    wanted: u64,
) -> Result<()> {
    let taken = take_created(session, policy, user, now, wanted).await?;
    if taken == wanted {
        return Ok(());
    }
    give_back_created(session, policy, user, now, taken).await?;
    Err(Error::Refused(made_too_many(session, policy, user, now, wanted).await?))
}

/// The refusal of so many invites more than the user's hour has room for.
pub(crate) async fn made_too_many(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    now: DateTime<Utc>,
    wanted: u64,
) -> Result<Denial> {
    let bucket = Limited::Create.bucket(&policy.name, user);
    let made = rows::hits(session, &Counter { bucket: &bucket, window: window_of(now) }).await?;
    Ok(denial(policy, user, made, wanted, now))
}

/// What [`take_all_created`] would say at this moment; counts nothing.
///
/// # Errors
/// As there.
pub(crate) async fn look_for_room(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    now: DateTime<Utc>,
    wanted: u64,
) -> Result<()> {
    let Some(limit) = Limited::Create.limit(policy) else { return Ok(()) };
    let bucket = Limited::Create.bucket(&policy.name, user);
    let counts = rows::peek(session, &[&bucket], window_of(now)).await?;
    let made = counts.first().map_or(0, |count| count.hits);
    if i64::try_from(wanted).is_ok_and(|wanted| wanted <= limit.saturating_sub(made)) {
        return Ok(());
    }
    Err(Error::Refused(denial(policy, user, made, wanted, now)))
}

fn denial(policy: &Policy, user: &str, made: i64, wanted: u64, now: DateTime<Utc>) -> Denial {
    Denial::CreateLimit {
        user: user.to_owned(),
        policy: policy.name.clone(),
        created: made,
        limit: Limited::Create.limit(policy).unwrap_or(i64::MAX),
        requested: wanted,
        until: window_end(now),
    }
}

/// Counts so many invites that a user is about to make, or as many of them as
/// the policy's limit leaves; answers how many that are. The counter is this
/// transaction's own until it ends.
pub(crate) async fn take_created(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    now: DateTime<Utc>,
    wanted: u64,
) -> Result<u64> {
    let Some(limit) = Limited::Create.limit(policy) else { return Ok(wanted) };
    let bucket = Limited::Create.bucket(&policy.name, user);
    let counter = Counter { bucket: &bucket, window: window_of(now) };
    let left = limit.saturating_sub(rows::hits(session, &counter).await?).max(0);
    let taken = left.min(i64::try_from(wanted).unwrap_or(i64::MAX));
    if taken > 0 && !rows::take(session, &counter, taken, limit).await? {
        return Err(session.conflict());
    }
    Ok(taken.unsigned_abs())
}

/// Takes back what was counted at an instant for invites that were not made
/// after all.
pub(crate) async fn give_back_created(
    session: &mut Session,
    policy: &Policy,
    user: &str,
    taken_at: DateTime<Utc>,
    unmade: u64,
) -> Result<()> {
    if unmade == 0 || Limited::Create.limit(policy).is_none() {
        return Ok(());
    }
    let bucket = Limited::Create.bucket(&policy.name, user);
    let counter = Counter { bucket: &bucket, window: window_of(taken_at) };
    rows::give_back(session, &counter, i64::try_from(unmade).unwrap_or(i64::MAX)).await
}
