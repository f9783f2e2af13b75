//! What a client may still try in this hour, and all clients together at codes that
//! are built from a name. An attempt is counted as failed before it is made, and
//! given back if it succeeds: so no number of attempts at the same moment gets more
//! answers than the limit, and one that is cut off has failed. What the database
//! keeps from an answer is no attempt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use crate::client::Client;
use crate::error::{Denial, Error, Result};
use crate::limits::applied::{Limit, limits_of};
use crate::limits::clients::{self, MAX_COUNTERS, Taken};
use crate::limits::guesses::Guessable;
use crate::limits::{Limited, window_end, window_of};
use crate::model::reference::Reference;
use crate::service::Service;
use crate::store::tables::invites;
use crate::store::tables::limits as rows;
use crate::store::tables::limits::Counter;
use crate::store::{Session, in_transaction, reading};

/// How long a caller that got no answer waits for its attempt to be given back;
/// with a short timeout, a tenth of that.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a client tries.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attempt {
    Validate,
    Use,
}

/// A try that was counted.
#[derive(Debug)]
pub(crate) struct Try {
    window: DateTime<Utc>,
    hits: Vec<Hit>,
}

/// What one counter was raised by.
#[derive(Debug)]
struct Hit {
    bucket: String,
    by: i64,
    is_of_failures: bool,
}

/// Counts a client's try at an invite, and counts it as failed; nothing for
/// nobody.
///
/// The limits are those of every policy that such a text may have been meant
/// for. So a client whose hour is over is told the same of a code whether it
/// exists or not, and what is refused by one policy is no answer from another.
///
/// Where the answer to the counting itself is lost, it may count twice: that
/// is over with the hour, and is worth no record of each look.
///
/// # Errors
/// [`Error::Refused`] with [`Denial::RateLimited`] if a limit is reached; then
/// nothing was counted.
pub(crate) async fn take_try(
    service: &Service,
    client: Option<&Client>,
    attempt: Attempt,
    reference: &Reference,
) -> Result<Option<Try>> {
    let Some(client) = client else { return Ok(None) };
    let tried = match attempt {
        Attempt::Validate => Limited::Validate,
        Attempt::Use => Limited::Use,
    };
    // Whoever guesses codes must not keep others from writing: what is refused
    // is mostly refused here, without a turn to write.
    let (limits, groups) = reading!(service.db(), |session| {
        let found = match reference {
            // The text alone says it.
            Reference::Code(_) => None,
            _ => invites::find(session, reference).await?.map(|invite| invite.policy),
        };
        let now = service.now();
        let limits = limits_of(service.policies(), client, tried, reference, found.as_deref());
        refuse_if_full(session, &limits, now).await?;
        // Where no code is active, nothing can be guessed, and nothing is counted.
        let mut groups = Guessable::of(service.policies(), reference);
        let mut at = 0;
        while let Some(group) = groups.get(at) {
            let seen = group.look(session, now).await?;
            if seen.budget.is_spent() {
                return Err(Error::Refused(Denial::RateLimited(group.until(&seen, now))));
            }
            if seen.active == 0 {
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
        clients::sweep(service).await;
    }
    Ok(Some(counted))
}

/// Counts an attempt with all of its limits, or with none; also tells whether it
/// is the first of an hour.
async fn count(
    session: &mut Session,
    limits: &[Limit],
    groups: &[Guessable<'_>],
    now: DateTime<Utc>,
) -> Result<(Try, bool)> {
    let window = window_of(now);
    let (mut hits, mut is_first) = (Vec::with_capacity(limits.len() + groups.len()), false);
    for limit in limits {
        let Some(Taken { bucket, opens_hour }) = clients::take(session, limit, window).await? else {
            return Err(refusal(now));
        };
        is_first |= opens_hour;
        hits.push(Hit { bucket, by: 1, is_of_failures: limit.is_of_failures });
    }
    // Behind those of the client, as where codes are created.
    for group in groups {
        match group.spend(session, now).await? {
            Ok(units) => hits.push(Hit { bucket: group.bucket(), by: units, is_of_failures: true }),
            Err(seen) => return Err(Error::Refused(Denial::RateLimited(group.until(&seen, now)))),
        }
    }
    Ok((Try { window, hits }, is_first))
}

impl Try {
    /// Gives back what an answer shows to be wrongly counted: as failed, what
    /// was no guess; all of it, where the database failed, for then nothing
    /// was told of the code. Where that cannot be written down, it stays
    /// counted: the answer is right all the same.
    pub(crate) async fn settle<T>(&self, service: &Service, outcome: &Result<T>, is_no_guess: impl FnOnce(&T) -> bool) {
        let patience = PATIENCE.min(service.db().timeout() / 10);
        match outcome {
            Ok(answer) if is_no_guess(answer) => {
                let _ = timeout(patience, self.give_back(service, |hit| hit.is_of_failures)).await;
            }
            Err(Error::Database(_) | Error::Unavailable(_)) => {
                // They have waited for the database once already.
                let _ = timeout(patience, self.give_back(service, |_| true)).await;
            }
            _ => {}
        }
    }

    async fn give_back(&self, service: &Service, is_meant: impl Fn(&Hit) -> bool) -> Result<()> {
        let hits: Vec<&Hit> = self.hits.iter().filter(|hit| hit.by > 0 && is_meant(hit)).collect();
        if hits.is_empty() {
            return Ok(());
        }
        in_transaction!(service.db(), |session| {
            for hit in &hits {
                rows::give_back(session, &Counter { bucket: &hit.bucket, window: self.window }, hit.by).await?;
            }
            Ok(())
        })
    }
}

async fn refuse_if_full(session: &mut Session, limits: &[Limit], now: DateTime<Utc>) -> Result<()> {
    if limits.is_empty() {
        return Ok(());
    }
    let shared = |limit: &Limit| [clients::shared(limit), clients::counters_of(&limit.policy)];
    let others: Vec<String> = limits.iter().flat_map(shared).collect();
    let buckets: Vec<&str> =
        limits.iter().map(|limit| limit.bucket.as_str()).chain(others.iter().map(String::as_str)).collect();
    let counts = rows::peek(session, &buckets, window_of(now)).await?;
    let hits = |bucket: &str| counts.iter().find(|count| count.bucket == bucket).map(|count| count.hits);
    let is_full = |limit: &Limit| {
        let [shared, counters] = shared(limit);
        let is_full_of_others = hits(&counters).is_some_and(|count| count >= MAX_COUNTERS)
            && hits(&shared).is_some_and(|hits| hits >= limit.most);
        hits(&limit.bucket).map_or(is_full_of_others, |hits| hits >= limit.most)
    };
    if limits.iter().any(is_full) { Err(refusal(now)) } else { Ok(()) }
}

fn refusal(now: DateTime<Utc>) -> Error {
    Error::Refused(Denial::RateLimited(window_end(now)))
}
