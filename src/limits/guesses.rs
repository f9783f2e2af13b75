//! Failed attempts at codes that are built from a name: over a code's life, by all
//! clients together, for each prefix and length. `model/code/odds.rs` says what
//! they leave room for.
//!
//! An attempt spends its units before the code is looked up, in a transaction of
//! its own, and gets them back if it succeeds: what is cut off has failed, and no
//! number of attempts at one moment exceeds the budget. Attempts and new codes of
//! a group follow each other, by the row that both write to first. An attempt
//! that is under way while a code is created may hit that one for the price of
//! before; that is one number more for each such attempt.

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::Zone;
use crate::duration::Lifetime;
use crate::error::Result;
use crate::limits::{Limited, window_end, window_of};
use crate::model::code::CodeFormat;
use crate::model::code::odds::{Budget, Group, Standing};
use crate::model::reference::Reference;
use crate::policy::{Policies, Policy};
use crate::store::Session;
use crate::store::tables::invites::numbers::{self, Instants};
use crate::store::tables::limits::Counter;
use crate::store::tables::limits::guesses as rows;

/// Numbers may be reused this long after their code became invalid: before, users
/// may still have a link or a note with it.
const REUSED_AFTER: TimeDelta = TimeDelta::days(30);

/// The instants that decide which numbers are taken.
pub(crate) fn instants(now: DateTime<Utc>) -> Instants {
    Instants { now, before: now.checked_sub_signed(REUSED_AFTER).unwrap_or(DateTime::UNIX_EPOCH) }
}

/// A group of numbers under the policy that builds such codes.
#[derive(Debug, Clone)]
pub(crate) struct Guessable<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) group: Group,
}

/// A group with what was spent of its budget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) budget: Budget,
    pub(crate) active: i64,
    /// The first window that is kept: an invalid code that is extended counts the attempts of
    /// its whole life again.
    kept_since: DateTime<Utc>,
    /// The first window in which something was counted.
    first: Option<DateTime<Utc>>,
}

impl<'p> Guessable<'p> {
    /// Returns the groups that a text is a guess at; nobody guesses an id.
    pub(crate) fn of(policies: &'p Policies, reference: &Reference) -> Vec<Self> {
        let Reference::Code(code) = reference else { return Vec::new() };
        let of_policy = |policy: &'p Policy| match policy.code {
            CodeFormat::Name { letters, .. } => {
                Group::of_text(code.reveal(), letters).map(|group| Guessable { policy, group })
            }
            _ => None,
        };
        policies.iter().filter_map(of_policy).collect()
    }

    pub(crate) fn bucket(&self) -> String {
        Limited::Guesses.bucket(&self.policy.name, &self.group.pattern())
    }

    /// Returns true for the last length that the policy allows.
    pub(crate) fn is_last(&self) -> bool {
        matches!(self.policy.code, CodeFormat::Name { max_digits, .. } if self.group.digits() >= max_digits)
    }

    /// Makes this transaction the only one that changes the group's codes or
    /// attempts, until it ends.
    pub(crate) async fn hold(&self, session: &mut Session) -> Result<()> {
        rows::hold(session, &self.bucket()).await
    }

    /// Looks at the group as it is now.
    pub(crate) async fn look(&self, session: &mut Session, now: DateTime<Utc>) -> Result<Seen> {
        let standing = self.standing(session, now).await?;
        self.look_at(session, standing, now).await
    }

    /// Counts the codes of the group.
    pub(crate) async fn standing(&self, session: &mut Session, now: DateTime<Utc>) -> Result<Standing> {
        numbers::standing(session, &self.policy.name, &self.group, instants(now)).await
    }

    /// Looks at the attempts of a group whose codes are counted already.
    pub(crate) async fn look_at(&self, session: &mut Session, standing: Standing, now: DateTime<Utc>) -> Result<Seen> {
        let since = self.since(standing, now);
        let counts = rows::counts(session, &self.bucket(), since).await?;
        let spent = counts.iter().fold(0_i64, |sum, count| sum.saturating_add(count.hits));
        Ok(Seen {
            budget: Budget::of(&self.group, standing, spent, self.is_last()),
            active: standing.active,
            kept_since: kept_since(standing, since),
            first: counts.first().map(|count| count.window),
        })
    }

    /// Returns the first window that counts: a code's usual life ago, or the
    /// creation of the oldest active code, if that is earlier.
    fn since(&self, standing: Standing, now: DateTime<Utc>) -> DateTime<Utc> {
        let life = match self.policy.lifetime {
            Lifetime::For(span) => span.before(now, &Zone::default()).unwrap_or(DateTime::UNIX_EPOCH),
            Lifetime::Never => now,
        };
        window_of(standing.oldest.map_or(life, |oldest| oldest.min(life)))
    }

    /// Returns when the first attempts that count stop counting.
    pub(crate) fn until(&self, seen: &Seen, now: DateTime<Utc>) -> DateTime<Utc> {
        let life = match self.policy.lifetime {
            Lifetime::For(span) => span,
            Lifetime::Never => REUSED_AFTER.into(),
        };
        let first = seen.first.unwrap_or(now);
        life.after(window_end(first), &Zone::default()).map_or(window_end(now), |end| end.max(window_end(now)))
    }

    /// Spends the units of one attempt; answers how many, none if they do not fit.
    pub(crate) async fn spend(&self, session: &mut Session, now: DateTime<Utc>) -> Result<Result<i64, Seen>> {
        self.hold(session).await?;
        let seen = self.look(session, now).await?;
        if seen.budget.is_spent() {
            return Ok(Err(seen));
        }
        if seen.active > 0 {
            let counter = Counter { bucket: &self.bucket(), window: window_of(now) };
            rows::add(session, &counter, seen.active, seen.kept_since).await?;
        }
        Ok(Ok(seen.active))
    }
}

/// Returns the first window that is kept, where those from `since` on count.
fn kept_since(standing: Standing, since: DateTime<Utc>) -> DateTime<Utc> {
    standing.oldest_kept.map_or(since, |oldest| window_of(oldest).min(since))
}

/// Deletes the windows of a group that no code has lived through which is active or may become
/// so again, and the group itself where nothing is left of it.
///
/// Another machine may know a policy that this one does not: then what its codes may still need
/// stays, too.
pub(crate) async fn sweep(session: &mut Session, policies: &Policies, bucket: &str, now: DateTime<Utc>) -> Result<()> {
    let mut parts = bucket.splitn(3, ':').skip(1);
    let (Some(name), Some(group)) = (parts.next(), parts.next().and_then(Group::of_pattern)) else {
        return rows::delete(session, bucket).await.map(|_| ());
    };
    rows::hold(session, bucket).await?;
    let at = instants(now);
    let standing = numbers::standing(session, name, &group, at).await?;
    let since = match policies.find(name) {
        Some(policy) => Guessable { policy, group }.since(standing, now),
        None => window_of(at.before),
    };
    rows::forget(session, bucket, kept_since(standing, since)).await?;
    if standing.active == 0 && rows::counts(session, bucket, DateTime::UNIX_EPOCH).await?.is_empty() {
        rows::delete(session, bucket).await?;
    }
    Ok(())
}
