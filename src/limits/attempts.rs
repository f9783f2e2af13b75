//! Attempts of clients to validate or redeem an invite. An attempt is counted as failed
//! before it is made, and refunded if it succeeds. Thus concurrent attempts cannot exceed
//! the limit, and an attempt that is cut off counts as failed. An attempt that fails
//! because of the database does not count.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use crate::client::Client;
use crate::error::{Denial, Error, Result};
use crate::limits::client_counters::{self, CountedHit, MAX_COUNTERS};
use crate::limits::client_limits::{ClientLimit, limits_of};
use crate::limits::guesses::CodeGroup;
use crate::limits::kind::LimitKind;
use crate::limits::sweep::sweep_ended;
use crate::limits::window::Window;
use crate::model::reference::Reference;
use crate::service::Service;
use crate::store::tables::invites;
use crate::store::tables::limits as rows;
use crate::store::tables::limits::Counter;
use crate::store::{Session, in_transaction, reading};

/// Maximum time that a caller waits for the refund of its attempt; a tenth of the
/// database timeout if that is shorter.
const REFUND_TIMEOUT: Duration = Duration::from_secs(5);

/// An action of a client that counts as an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AttemptKind {
    Validate,
    Use,
}

/// A counted attempt.
#[derive(Debug)]
pub(crate) struct Attempt {
    window: DateTime<Utc>,
    hits: Vec<Hit>,
}

/// The hits by which one counter was raised.
#[derive(Debug)]
struct Hit {
    bucket: String,
    by: i64,
    counts_failures: bool,
}

/// Counts an attempt of a client as failed, and returns it for a refund; `None` if nothing
/// is counted, which is always the case without a client.
///
/// The limits of every policy apply whose format matches the text. Thus a client that
/// reached a limit gets the same answer whether a code exists or not.
///
/// If the answer to the commit is lost, the attempt may count twice until the window
/// ends.
///
/// # Errors
/// [`Error::Refused`] with [`Denial::RateLimited`] if a limit is reached; then nothing is
/// counted.
pub(crate) async fn consume_attempt(
    service: &Service,
    client: Option<&Client>,
    kind: AttemptKind,
    reference: &Reference,
) -> Result<Option<Attempt>> {
    let Some(client) = client else { return Ok(None) };
    let limit_kind = match kind {
        AttemptKind::Validate => LimitKind::Validate,
        AttemptKind::Use => LimitKind::Use,
    };
    // Most refusals happen in this read-only transaction, so that guesses do not delay
    // writers.
    let (limits, groups) = reading!(service.db(), |session| {
        let found = match reference {
            // The text alone decides.
            Reference::Code(_) => None,
            _ => invites::find(session, reference).await?.map(|invite| invite.policy),
        };
        let now = service.now();
        let limits = limits_of(service.policies(), client, limit_kind, reference, found.as_deref());
        check_limits(session, &limits, now).await?;
        // Groups without active codes cannot be guessed, so nothing is counted.
        let mut groups = CodeGroup::of(service.policies(), reference);
        let mut at = 0;
        while let Some(group) = groups.get(at) {
            let state = group.state(session, now).await?;
            if state.budget.is_spent() {
                return Err(Error::Refused(Denial::RateLimited(group.until(&state, now))));
            }
            if state.active == 0 {
                groups.remove(at);
            } else {
                at += 1;
            }
        }
        Ok((limits, groups))
    })?;
    if limits.is_empty() && groups.is_empty() {
        return Ok(None);
    }
    let (counted, opens_hour) =
        in_transaction!(service.db(), |session| { count(session, &limits, &groups, service.now()).await })?;
    if opens_hour {
        sweep_ended(service).await;
    }
    Ok(Some(counted))
}

/// Counts an attempt against all of its limits, or none. Also returns true if it is the
/// first of an hour.
async fn count(
    session: &mut Session,
    limits: &[ClientLimit],
    groups: &[CodeGroup<'_>],
    now: DateTime<Utc>,
) -> Result<(Attempt, bool)> {
    let window = Window::Hour.start(now);
    let (mut hits, mut is_first) = (Vec::with_capacity(limits.len() + groups.len()), false);
    for limit in limits {
        let Some(CountedHit { bucket, opens_hour }) = client_counters::consume_hit(session, limit, window).await?
        else {
            return Err(rate_limited(now));
        };
        is_first |= opens_hour;
        hits.push(Hit { bucket, by: 1, counts_failures: limit.counts_failures });
    }
    // Lock the group after the counters of the client, as the creation of codes does.
    for group in groups {
        match group.spend(session, now).await? {
            Ok(units) => hits.push(Hit { bucket: group.bucket(), by: units, counts_failures: true }),
            Err(state) => return Err(Error::Refused(Denial::RateLimited(group.until(&state, now)))),
        }
    }
    Ok((Attempt { window, hits }, is_first))
}

impl Attempt {
    /// Refunds what the outcome shows to be wrongly counted: the failure of an attempt that
    /// succeeded, or all of it if the database failed, because then the client learned
    /// nothing. Errors are ignored; the attempt then stays counted.
    pub(crate) async fn refund<T>(&self, service: &Service, outcome: &Result<T>, is_success: impl FnOnce(&T) -> bool) {
        let limit = REFUND_TIMEOUT.min(service.db().timeout() / 10);
        match outcome {
            Ok(answer) if is_success(answer) => {
                let _ = timeout(limit, self.refund_hits(service, |hit| hit.counts_failures)).await;
            }
            Err(Error::Database(_) | Error::Unavailable(_)) => {
                let _ = timeout(limit, self.refund_hits(service, |_| true)).await;
            }
            _ => {}
        }
    }

    /// Refunds the failure of an attempt that succeeded, in the transaction of its success.
    pub(crate) async fn refund_failure(&self, session: &mut Session) -> Result<()> {
        self.subtract(session, |hit| hit.counts_failures).await
    }

    async fn refund_hits(&self, service: &Service, is_refunded: impl Fn(&Hit) -> bool + Copy) -> Result<()> {
        if !self.hits.iter().any(|hit| hit.by > 0 && is_refunded(hit)) {
            return Ok(());
        }
        in_transaction!(service.db(), |session| { self.subtract(session, is_refunded).await })
    }

    async fn subtract(&self, session: &mut Session, is_refunded: impl Fn(&Hit) -> bool) -> Result<()> {
        for hit in self.hits.iter().filter(|hit| hit.by > 0 && is_refunded(hit)) {
            rows::refund(session, &Counter { bucket: &hit.bucket, window: self.window }, hit.by).await?;
        }
        Ok(())
    }
}

/// Checks the limits of a client without counting anything.
///
/// A client without a counter of its own gets one with its first hit, as long as fewer than
/// [`MAX_COUNTERS`] clients of the policy have one. After that, its hits are counted in a shared
/// counter. Thus a shared counter refuses only a client that can get no counter of its own.
///
/// # Errors
/// [`Error::Refused`] with [`Denial::RateLimited`] if a limit is reached.
async fn check_limits(session: &mut Session, limits: &[ClientLimit], now: DateTime<Utc>) -> Result<()> {
    if limits.is_empty() {
        return Ok(());
    }
    let buckets_of = |limit: &ClientLimit| {
        [limit.bucket.clone(), client_counters::shared_bucket(limit), client_counters::admission_bucket(&limit.policy)]
    };
    let buckets: Vec<String> = limits.iter().flat_map(buckets_of).collect();
    let buckets: Vec<&str> = buckets.iter().map(String::as_str).collect();
    let counts = rows::counts(session, &buckets, Window::Hour.start(now)).await?;
    let hits = |bucket: &str| counts.iter().find(|count| count.bucket == bucket).map(|count| count.hits);
    let is_reached = |limit: &ClientLimit| {
        let [own, shared, admissions] = buckets_of(limit);
        match hits(&own) {
            Some(hits) => hits >= limit.max_hits,
            None => {
                hits(&admissions).is_some_and(|clients| clients >= MAX_COUNTERS)
                    && hits(&shared).is_some_and(|hits| hits >= limit.max_hits)
            }
        }
    };
    if limits.iter().any(is_reached) { Err(rate_limited(now)) } else { Ok(()) }
}

fn rate_limited(now: DateTime<Utc>) -> Error {
    Error::Refused(Denial::RateLimited(Window::Hour.end(now)))
}
