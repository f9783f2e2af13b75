//! What a client may still try in this hour. A try is counted as failed before
//! it is made, and given back if it succeeds: so no number of tries at the same
//! moment gets more answers than the limit, and one that is cut off has failed.
//! What the database keeps from an answer is no try.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use super::applied::{Limit, limits_of};
use super::{Limited, window_end, window_of};
use crate::actions::Service;
use crate::client::Client;
use crate::error::{Denial, Error, Result};
use crate::invite::reference::Reference;
use crate::store::limits::{self as rows, Counter};
use crate::store::{Session, in_transaction, invites, reading};

/// How long a caller that got no answer waits for its attempt to be given back;
/// with a short timeout, a tenth of that.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a client tries.
#[derive(Debug, Clone, Copy)]
pub(in crate::actions) enum Attempt {
    Validate,
    Use,
}

/// A try that was counted.
#[derive(Debug)]
pub(in crate::actions) struct Try {
    window: DateTime<Utc>,
    limits: Vec<Limit>,
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
pub(in crate::actions) async fn take_try(
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
    let limits = reading!(service.db(), |session| {
        let found = match reference {
            // The text alone says it.
            Reference::Code(_) => None,
            _ => invites::find(session, reference).await?.map(|invite| invite.policy),
        };
        let limits = limits_of(service.policies(), client, tried, reference, found.as_deref());
        refuse_if_full(session, &limits, service.now()).await?;
        Ok(limits)
    })?;
    if limits.is_empty() {
        return Ok(None);
    }
    let window = in_transaction!(service.db(), |session| {
        let now = service.now();
        let window = window_of(now);
        for limit in &limits {
            let counter = Counter { bucket: &limit.bucket, window };
            if !rows::take(session, &counter, 1, limit.most).await? {
                return Err(refusal(now));
            }
        }
        Ok(window)
    })?;
    Ok(Some(Try { window, limits }))
}

impl Try {
    /// Gives back what an answer shows to be wrongly counted: as failed, what
    /// was no guess; all of it, where the database failed, for then nothing
    /// was told of the code. Where that cannot be written down, it stays
    /// counted: the answer is right all the same.
    pub(in crate::actions) async fn settle<T>(
        &self,
        service: &Service,
        outcome: &Result<T>,
        is_no_guess: impl FnOnce(&T) -> bool,
    ) {
        let patience = PATIENCE.min(service.db().timeout() / 10);
        match outcome {
            Ok(answer) if is_no_guess(answer) => {
                let _ = timeout(patience, self.give_back(service, |limit| limit.is_of_failures)).await;
            }
            Err(Error::Database(_) | Error::Unavailable(_)) => {
                // They have waited for the database once already.
                let _ = timeout(patience, self.give_back(service, |_| true)).await;
            }
            _ => {}
        }
    }

    async fn give_back(&self, service: &Service, is_meant: impl Fn(&Limit) -> bool) -> Result<()> {
        let limits: Vec<&Limit> = self.limits.iter().filter(|limit| is_meant(limit)).collect();
        if limits.is_empty() {
            return Ok(());
        }
        in_transaction!(service.db(), |session| {
            for limit in &limits {
                rows::give_back(session, &Counter { bucket: &limit.bucket, window: self.window }, 1).await?;
            }
            Ok(())
        })
    }
}

async fn refuse_if_full(session: &mut Session, limits: &[Limit], now: DateTime<Utc>) -> Result<()> {
    let buckets: Vec<&str> = limits.iter().map(|limit| limit.bucket.as_str()).collect();
    if buckets.is_empty() {
        return Ok(());
    }
    let counts = rows::peek(session, &buckets, window_of(now)).await?;
    let is_full = |limit: &Limit| counts.iter().any(|count| count.bucket == limit.bucket && count.hits >= limit.most);
    if limits.iter().any(is_full) { Err(refusal(now)) } else { Ok(()) }
}

fn refusal(now: DateTime<Utc>) -> Error {
    Error::Refused(Denial::RateLimited(window_end(now)))
}
