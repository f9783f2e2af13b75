//! Where the hits of a client are counted; `client_limits.rs` decides which limits apply.
//!
//! The number of counters is bounded, so that a client with many addresses cannot fill the
//! table. In each hour, the first [`MAX_COUNTERS`] clients of a policy get counters of their
//! own; later ones share [`SHARED`] counters. The first client of the next hour and every
//! cleanup delete the counters of earlier hours.

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::limits::client_limits::ClientLimit;
use crate::model::code::hash;
use crate::store::Session;
use crate::store::tables::limits as rows;
use crate::store::tables::limits::Counter;

/// Maximum number of own counters of clients, per policy and hour.
pub(crate) const MAX_COUNTERS: i64 = 50_000;

/// Number of counters that later clients share.
const SHARED: u32 = 1_024;

/// Returns the bucket that counts how many clients of a policy have a counter of their own.
pub(crate) fn admission_bucket(policy: &str) -> String {
    format!("~counters:{policy}")
}

/// Returns the shared bucket that a client without a counter of its own uses.
pub(crate) fn shared_bucket(limit: &ClientLimit) -> String {
    let number = hash(&limit.bucket).get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0);
    limit.kind.bucket(&limit.policy, &format!("(shared {:04})", number % SHARED))
}

/// A hit of a client that was counted.
pub(crate) struct CountedHit {
    /// The bucket in which the hit was counted.
    pub(crate) bucket: String,
    /// True if the hit was the first of its policy in this window.
    pub(crate) opens_hour: bool,
}

/// Counts one hit of a client; `None` if its limit is reached.
pub(crate) async fn consume_hit(
    session: &mut Session,
    limit: &ClientLimit,
    window: DateTime<Utc>,
) -> Result<Option<CountedHit>> {
    let own = Counter { bucket: &limit.bucket, window };
    let counted = |is_counted: bool, bucket: &str, opens_hour: bool| {
        is_counted.then(|| CountedHit { bucket: bucket.to_owned(), opens_hour })
    };
    if let Some(is_counted) = rows::consume_existing(session, &own, 1, limit.max_hits).await? {
        return Ok(counted(is_counted, &limit.bucket, false));
    }
    let admissions = admission_bucket(&limit.policy);
    let admissions = Counter { bucket: &admissions, window };
    let (is_admitted, opens_hour) = match rows::consume_existing(session, &admissions, 1, MAX_COUNTERS).await? {
        Some(is_admitted) => (is_admitted, false),
        None => (rows::consume(session, &admissions, 1, MAX_COUNTERS).await?, true),
    };
    if is_admitted {
        return Ok(counted(rows::consume(session, &own, 1, limit.max_hits).await?, &limit.bucket, opens_hour));
    }
    let shared = shared_bucket(limit);
    let is_counted = rows::consume(session, &Counter { bucket: &shared, window }, 1, limit.max_hits).await?;
    Ok(counted(is_counted, &shared, opens_hour))
}
