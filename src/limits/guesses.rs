//! The limit of guesses at codes that are built from a name.
//!
//! The codes of one policy with the same prefix and number of digits are a group. Its failed
//! attempts, by all clients together, are counted over the lifetime of a code, up to the
//! budget that `model/code/odds.rs` computes. An attempt costs one unit per active code of the
//! group, because it may match each of them.
//!
//! An attempt spends its units before the code is looked up, in a transaction of its own,
//! and gets them back if it succeeds. Thus an attempt that is cut off counts as failed,
//! and concurrent attempts cannot exceed the budget. Attempts and new codes of a group lock
//! the same row first, so they run one after the other. A code that is created after an
//! attempt has spent its units and before its lookup can match without a unit of its own:
//! each such attempt is one guess that is not counted.

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::Zone;
use crate::duration::Lifetime;
use crate::error::Result;
use crate::limits::kind::LimitKind;
use crate::limits::window::Window;
use crate::model::code::CodeFormat;
use crate::model::code::odds::{Budget, Group, GroupCodes};
use crate::model::reference::Reference;
use crate::policy::{Policies, Policy};
use crate::store::Session;
use crate::store::tables::invites::numbers::{self, Instants};
use crate::store::tables::limits::Counter;
use crate::store::tables::limits::guesses as rows;

/// Time after which the number of an invalid code may be given to another invite. Until then,
/// users may still have the old code in a link or a note, and it must not redeem another invite.
const REUSED_AFTER: TimeDelta = TimeDelta::days(30);

/// Returns the instants that decide which numbers are taken: now, and the time since which the
/// numbers of invalid codes are kept.
pub(crate) fn instants(now: DateTime<Utc>) -> Instants {
    Instants { now, before: now.checked_sub_signed(REUSED_AFTER).unwrap_or(DateTime::UNIX_EPOCH) }
}

/// The codes of one prefix and length, with the policy that builds them.
#[derive(Debug, Clone)]
pub(crate) struct CodeGroup<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) group: Group,
}

/// The budget of a group and what was spent of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupState {
    pub(crate) budget: Budget,
    pub(crate) active: i64,
    /// The first window that must be kept, because extending an invalid code makes the
    /// attempts of its whole lifetime count again.
    kept_since: DateTime<Utc>,
    /// The first window with attempts.
    first: Option<DateTime<Utc>>,
}

impl<'p> CodeGroup<'p> {
    /// Returns the groups that a reference may be a code of. An ID cannot be guessed.
    pub(crate) fn of(policies: &'p Policies, reference: &Reference) -> Vec<Self> {
        let Reference::Code(code) = reference else { return Vec::new() };
        let of_policy = |policy: &'p Policy| match policy.code {
            CodeFormat::Name { letters, .. } => {
                Group::of_text(code.reveal(), letters).map(|group| CodeGroup { policy, group })
            }
            _ => None,
        };
        policies.iter().filter_map(of_policy).collect()
    }

    /// Returns the bucket of the group.
    pub(crate) fn bucket(&self) -> String {
        LimitKind::Guesses.bucket(&self.policy.name, &self.group.pattern())
    }

    /// Returns true for the last length that the policy allows.
    pub(crate) fn is_last(&self) -> bool {
        matches!(self.policy.code, CodeFormat::Name { max_digits, .. } if self.group.digits() >= max_digits)
    }

    /// Locks the codes and attempts of the group until the transaction ends.
    pub(crate) async fn lock(&self, session: &mut Session) -> Result<()> {
        rows::lock_counters(session, &self.bucket()).await
    }

    /// Reads the current state of the group.
    pub(crate) async fn state(&self, session: &mut Session, now: DateTime<Utc>) -> Result<GroupState> {
        let standing = self.standing(session, now).await?;
        self.state_with(session, standing, now).await
    }

    /// Counts the codes of the group.
    pub(crate) async fn standing(&self, session: &mut Session, now: DateTime<Utc>) -> Result<GroupCodes> {
        numbers::standing(session, &self.policy.name, &self.group, instants(now)).await
    }

    /// Reads the current state of a group whose codes are counted already.
    pub(crate) async fn state_with(
        &self,
        session: &mut Session,
        standing: GroupCodes,
        now: DateTime<Utc>,
    ) -> Result<GroupState> {
        let since = self.since(standing, now);
        let counts = rows::counts(session, &self.bucket(), since).await?;
        let spent = counts.iter().fold(0_i64, |sum, count| sum.saturating_add(count.hits));
        Ok(GroupState {
            budget: Budget::of(&self.group, standing, spent, self.is_last()),
            active: standing.active,
            kept_since: kept_since(standing, since),
            first: counts.first().map(|count| count.window),
        })
    }

    /// Returns the first window that counts: one code lifetime ago, or the creation of the
    /// oldest active code if that is earlier.
    fn since(&self, standing: GroupCodes, now: DateTime<Utc>) -> DateTime<Utc> {
        let life = match self.policy.expires {
            Lifetime::For(span) => span.before(now, &Zone::default()).unwrap_or(DateTime::UNIX_EPOCH),
            Lifetime::Never => now,
        };
        Window::Hour.start(standing.oldest.map_or(life, |oldest| oldest.min(life)))
    }

    /// Returns the time at which the first counted attempts stop counting.
    pub(crate) fn until(&self, state: &GroupState, now: DateTime<Utc>) -> DateTime<Utc> {
        let life = match self.policy.expires {
            Lifetime::For(span) => span,
            Lifetime::Never => REUSED_AFTER.into(),
        };
        let first = state.first.unwrap_or(now);
        life.after(Window::Hour.end(first), &Zone::default())
            .map_or(Window::Hour.end(now), |end| end.max(Window::Hour.end(now)))
    }

    /// Spends the units of one attempt and returns how many, or the state of the group if
    /// its budget is spent.
    pub(crate) async fn spend(&self, session: &mut Session, now: DateTime<Utc>) -> Result<Result<i64, GroupState>> {
        self.lock(session).await?;
        let state = self.state(session, now).await?;
        if state.budget.is_spent() {
            return Ok(Err(state));
        }
        if state.active > 0 {
            let counter = Counter { bucket: &self.bucket(), window: Window::Hour.start(now) };
            rows::add(session, &counter, state.active, state.kept_since).await?;
        }
        Ok(Ok(state.active))
    }
}

/// Returns the first window that must be kept if those from `since` on count.
fn kept_since(standing: GroupCodes, since: DateTime<Utc>) -> DateTime<Utc> {
    standing.oldest_kept.map_or(since, |oldest| Window::Hour.start(oldest).min(since))
}

/// Deletes the windows of a group that no longer count: no code of their time is active or
/// may become active again. Deletes the group itself if nothing is left of it.
///
/// If the policy is not configured here, it may be on another machine: then the windows
/// that its codes may need are kept.
pub(crate) async fn sweep(session: &mut Session, policies: &Policies, bucket: &str, now: DateTime<Utc>) -> Result<()> {
    let mut parts = bucket.splitn(3, ':').skip(1);
    let (Some(name), Some(group)) = (parts.next(), parts.next().and_then(Group::of_pattern)) else {
        return rows::delete(session, bucket).await.map(|_| ());
    };
    rows::lock_counters(session, bucket).await?;
    let at = instants(now);
    let standing = numbers::standing(session, name, &group, at).await?;
    let since = match policies.find(name) {
        Some(policy) => CodeGroup { policy, group }.since(standing, now),
        None => Window::Hour.start(at.before),
    };
    rows::forget(session, bucket, kept_since(standing, since)).await?;
    if standing.active == 0 && rows::counts(session, bucket, DateTime::UNIX_EPOCH).await?.is_empty() {
        rows::delete(session, bucket).await?;
    }
    Ok(())
}
