//! The counters of clients. Their number is bounded, so that a client with many
//! addresses cannot fill the table.
//!
//! In each hour, the first clients of a policy get counters of their own; later ones
//! share a fixed number of counters. What an hour leaves behind is
//! deleted by the first client of the next one, and by a cleanup.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use crate::error::Result;
use crate::limits::applied::Limit;
use crate::limits::reset::{ended_page, sweep_page};
use crate::limits::windows::swept;
use crate::model::code::hash;
use crate::service::Service;
use crate::store::Session;
use crate::store::tables::limits as rows;
use crate::store::tables::limits::Counter;

/// How many counters of clients a policy gets in an hour.
pub(crate) const MAX_COUNTERS: i64 = 50_000;

/// How many counters those share that come later.
const SHARED: u32 = 1_024;

/// How long the first client of an hour deletes the counters of hours before.
const SWEEPING: Duration = Duration::from_secs(2);

/// The bucket that counts the counters of a policy.
pub(crate) fn counters_of(policy: &str) -> String {
    format!("~counters:{policy}")
}

/// The bucket of a limit that a client shares with others.
pub(crate) fn shared(limit: &Limit) -> String {
    let place = hash(&limit.bucket).get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0);
    limit.kind.bucket(&limit.policy, &format!("(shared {:04})", place % SHARED))
}

/// A hit that was counted.
pub(crate) struct Taken {
    /// Where it was.
    pub(crate) bucket: String,
    /// Whether it was the first of its policy in this hour.
    pub(crate) opens_hour: bool,
}

/// Counts one hit of a client; none where its limit is reached.
pub(crate) async fn take(session: &mut Session, limit: &Limit, window: DateTime<Utc>) -> Result<Option<Taken>> {
    let own = Counter { bucket: &limit.bucket, window };
    let taken = |is_taken: bool, bucket: &str, opens_hour: bool| {
        is_taken.then(|| Taken { bucket: bucket.to_owned(), opens_hour })
    };
    if let Some(is_taken) = rows::take_of_known(session, &own, 1, limit.most).await? {
        return Ok(taken(is_taken, &limit.bucket, false));
    }
    let counters = counters_of(&limit.policy);
    let counters = Counter { bucket: &counters, window };
    let (is_admitted, opens_hour) = match rows::take_of_known(session, &counters, 1, MAX_COUNTERS).await? {
        Some(is_admitted) => (is_admitted, false),
        None => (rows::take(session, &counters, 1, MAX_COUNTERS).await?, true),
    };
    if is_admitted {
        return Ok(taken(rows::take(session, &own, 1, limit.most).await?, &limit.bucket, opens_hour));
    }
    let shared = shared(limit);
    let is_taken = rows::take(session, &Counter { bucket: &shared, window }, 1, limit.most).await?;
    Ok(taken(is_taken, &shared, opens_hour))
}

/// Deletes the counters of windows that have ended, as far as a moment goes; what is
/// left is for the next hour, or for a cleanup.
pub(crate) async fn sweep(service: &Service) {
    let pages = async {
        for mut buckets in swept() {
            while let Some(last) = ended_page(service, &buckets).await? {
                sweep_page(service, &mut buckets, &last).await?;
            }
        }
        Ok::<(), crate::error::Error>(())
    };
    // The attempt is counted; it does not fail for want of a deletion.
    let _ = timeout(SWEEPING, pages).await;
}
