//! How many invites a user may still make in this hour. Counted in the
//! transaction that makes them.

use chrono::{DateTime, Utc};

use super::{Limited, window_of};
use crate::error::Result;
use crate::policy::Policy;
use crate::store::Session;
use crate::store::limits::{self as rows, Counter};

/// Counts so many invites that a user is about to make, or as many of them as
/// the policy's limit leaves; answers how many that are. The counter is this
/// transaction's own until it ends.
pub(in crate::actions) async fn take_created(
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
pub(in crate::actions) async fn give_back_created(
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
