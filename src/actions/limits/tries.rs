//! What a client may still try in this hour. A try is counted as failed before
//! it is made, and given back if it succeeds: so no number of tries at the same
//! moment gets more answers than the limit, and one that is cut off has failed.

use chrono::{DateTime, Utc};

use super::{Limited, window_end, window_of};
use crate::actions::Service;
use crate::client::Client;
use crate::error::{Denial, Error, Result};
use crate::invite::Invite;
use crate::invite::code::could_make;
use crate::invite::reference::Reference;
use crate::policy::{KeptAs, Policy};
use crate::store::limits::{self as rows, Counter};
use crate::store::{Session, in_transaction, invites, reading};

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
    /// The counters that it is given back to if it succeeds.
    failed: Vec<String>,
}

/// One counter with its limit.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Limit {
    bucket: String,
    most: i64,
    is_of_failures: bool,
}

/// Counts a client's try at an invite, and counts it as failed; nothing for
/// nobody.
///
/// The limits are those of the invite's policy; where no invite is named so,
/// those of every policy that such a text may have been meant for. So a client
/// whose hour is over is told the same of a code whether it exists or not.
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
    // Whoever guesses codes must not keep others from writing: what is refused
    // is mostly refused here, without a turn to write.
    let limits = reading!(service.db(), |session| {
        let found = invites::find(session, reference).await?;
        let limits = limits_of(service, client, attempt, reference, found.as_ref());
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
    let failed = limits.into_iter().filter(|limit| limit.is_of_failures).map(|limit| limit.bucket).collect();
    Ok(Some(Try { window, failed }))
}

impl Try {
    /// The try succeeded: it does not count as failed. Where that cannot be
    /// written down, it stays counted: the answer is right all the same.
    pub(in crate::actions) async fn give_back(self, service: &Service) {
        if !self.failed.is_empty() {
            let _ = self.uncount(service).await;
        }
    }

    async fn uncount(&self, service: &Service) -> Result<()> {
        in_transaction!(service.db(), |session| {
            for bucket in &self.failed {
                rows::give_back(session, &Counter { bucket, window: self.window }, 1).await?;
            }
            Ok(())
        })
    }
}

/// The counters that a try touches, in the one order in which all transactions
/// take them: none of them holds what another one waits for.
fn limits_of(
    service: &Service,
    client: &Client,
    attempt: Attempt,
    reference: &Reference,
    found: Option<&Invite>,
) -> Vec<Limit> {
    let tried = match attempt {
        Attempt::Validate => Limited::Validate,
        Attempt::Use => Limited::Use,
    };
    let mut limits = Vec::new();
    for policy in service.policies().iter() {
        let applies = found.map_or_else(|| may_be_meant(policy, reference), |invite| invite.policy == policy.name);
        if !applies {
            continue;
        }
        for (kind, who) in [(tried, client.as_str()), (Limited::Failed, client.as_str()), (Limited::FailedAll, "")] {
            if let Some(most) = kind.limit(policy) {
                let bucket = kind.bucket(&policy.name, who);
                limits.push(Limit { bucket, most, is_of_failures: kind != tried });
            }
        }
    }
    limits.sort();
    limits
}

/// Whether a text that names no invite may have been meant for one of this
/// policy: as it is, nobody guesses it by an invite's id.
fn may_be_meant(policy: &Policy, reference: &Reference) -> bool {
    let is_text = policy.kept_as == KeptAs::Text;
    match reference {
        // Spaces bring standing codes along, in any form.
        Reference::Code(code) => could_make(&policy.code, code.reveal()) || (policy.standing && is_text),
        Reference::Fingerprint(_) => !is_text,
        Reference::Id(_) => false,
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
