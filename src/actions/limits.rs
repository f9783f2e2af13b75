//! Rate limits (seed 003): counted in the database, so that all processes share
//! them; listed and reset.
//!
//! A window is a whole hour of the database's clock. A counter's bucket is
//! `KIND:POLICY:WHO`; how one is counted stands in `limits/created.rs`,
//! `limits/rows.rs`, `limits/clients.rs` and `limits/tries.rs`, which ones an
//! attempt touches in `limits/applied.rs`. Failed attempts at codes that are built
//! from a name count over a code's life instead: `limits/guesses.rs`. Buckets that
//! begin with `~` are the tool's own, and never listed.

mod applied;
mod clients;
mod created;
mod guesses;
mod locks;
mod reset;
mod rows;
mod tries;

use std::ops::ControlFlow;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use created::take_created;
pub(super) use created::{give_back_created, look_for_room, made_too_many, take_all_created};
pub(super) use guesses::{Guessable, instants};
pub(super) use locks::sweep_guesses;
pub use locks::{locked, poor_odds};
pub use reset::reset_limits;
pub(super) use reset::{ENDED, ended_page, sweep_page};
pub(super) use rows::{Line, give_back_rows, refuse_rows, take_rows};
pub(super) use tries::{Attempt, take_try};

use super::Service;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::store::limits::{self as counters, Count, Range};
use crate::store::reading;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limited {
    /// Invites that a user makes, generated or regenerated.
    Create,
    /// Tries of a client that failed.
    Failed,
    /// Failed attempts of all clients at codes of one prefix and length, over a
    /// code's life.
    Guesses,
    /// Uses that a client tries.
    Use,
    /// Validations that a client asks for.
    Validate,
}

impl Limited {
    /// Everything that is limited, by its word.
    pub const ALL: [Limited; 5] = [Limited::Create, Limited::Failed, Limited::Guesses, Limited::Use, Limited::Validate];

    /// The word that JSON and scripts see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Limited::Create => "create",
            Limited::Failed => "failed",
            Limited::Guesses => "guesses",
            Limited::Use => "use",
            Limited::Validate => "validate",
        }
    }

    /// A policy's limit by the hour; none: it has none.
    #[must_use]
    pub fn limit(self, policy: &Policy) -> Option<i64> {
        match self {
            Limited::Create => policy.limit_create,
            Limited::Failed => policy.limit_failed,
            Limited::Guesses => None,
            Limited::Use => policy.limit_use,
            Limited::Validate => policy.limit_validate,
        }
    }

    fn bucket(self, policy: &str, who: &str) -> String {
        format!("{}:{policy}:{who}", self.as_str())
    }
}

/// The first instant of the window that an instant lies in.
fn window_of(now: DateTime<Utc>) -> DateTime<Utc> {
    // Fails only for instants that no clock shows.
    now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now)
}

/// When the window of an instant ends: the time to come back.
pub(super) fn window_end(now: DateTime<Utc>) -> DateTime<Utc> {
    window_of(now) + TimeDelta::hours(1)
}

/// Whose counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A client's validations, uses and failed tries.
    Client(Client),
    /// The invites that a user made.
    User(String),
}

/// Which counters; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct LimitFilter {
    /// Of this policy.
    pub policy: Option<String>,
    /// Of this client or user.
    pub who: Option<Who>,
}

impl LimitFilter {
    /// The filter in words, for the audit log.
    fn described(&self) -> String {
        let who = self.who.as_ref().map(|who| match who {
            Who::Client(client) => format!("client {client}"),
            Who::User(user) => format!("user {user}"),
        });
        let policy = self.policy.as_ref().map(|policy| format!("policy {policy}"));
        let parts: Vec<String> = policy.into_iter().chain(who).collect();
        if parts.is_empty() { "all counters".to_owned() } else { parts.join(", ") }
    }
}

/// A counter of the present hour, or of guesses over a code's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What it counts.
    pub what: Limited,
    /// Under which policy.
    pub policy: String,
    /// For which client, user or pattern of codes.
    pub who: Option<String>,
    /// How many there were.
    pub hits: i64,
    /// How many there may be by the policy as it is now; none: it has no limit.
    pub limit: Option<i64>,
    /// Whether the next one is refused.
    pub full: bool,
    /// When counting begins anew; for guesses, when the first stop counting.
    pub until: DateTime<Utc>,
}

/// Hands over the counters of the present hour that a filter picks, at most
/// `limit` of them, until there are no more or `each` breaks.
///
/// # Errors
/// [`Error::Invalid`] for an unknown policy, and what the database says.
pub async fn list_limits(
    service: &Service,
    filter: &LimitFilter,
    limit: Option<u32>,
    mut each: impl FnMut(Counted) -> ControlFlow<()>,
) -> Result<()> {
    let ranges = ranges(service, filter)?;
    let mut left = limit.map_or(i64::MAX, i64::from);
    if let Some(range) = locks::range(service, filter)? {
        for group in locks::counted(service, range, service.now()).await? {
            if left == 0 || each(group).is_break() {
                return Ok(());
            }
            left -= 1;
        }
    }
    let window = window_of(service.now());
    reading!(service.db(), |session, begun| {
        let mut left = left;
        for range in &ranges {
            if left == 0 {
                break;
            }
            let flow = counters::stream(session, range, window, left, |count| {
                *begun = true;
                Ok(each(counted(service, count)?))
            });
            let ControlFlow::Continue(seen) = flow.await? else { break };
            left -= seen;
        }
        Ok(())
    })
}

/// How many counters a filter picks.
///
/// # Errors
/// As [`list_limits`].
pub async fn count_limits(service: &Service, filter: &LimitFilter) -> Result<u64> {
    let ranges = ranges(service, filter)?;
    let groups = match locks::range(service, filter)? {
        Some(range) => locks::counted(service, range, service.now()).await?.len() as u64,
        None => 0,
    };
    reading!(service.db(), |session| {
        let window = window_of(service.now());
        let mut total = 0;
        for range in &ranges {
            total += counters::count(session, range, window).await?;
        }
        Ok(total)
    })
    .map(|total: i64| total.unsigned_abs() + groups)
}

/// The ranges of buckets that a filter picks, in their order.
fn ranges(service: &Service, filter: &LimitFilter) -> Result<Vec<Range>> {
    let policies: Vec<&str> = match &filter.policy {
        Some(policy) => vec![&service.policies().get(policy)?.name],
        None => service.policies().iter().map(|policy| policy.name.as_str()).collect(),
    };
    let (kinds, who) = match &filter.who {
        None if filter.policy.is_none() => return Ok(everything_listed()),
        None => (&[Limited::Create, Limited::Failed, Limited::Use, Limited::Validate][..], None),
        Some(Who::Client(client)) => (&[Limited::Failed, Limited::Use, Limited::Validate][..], Some(client.as_str())),
        Some(Who::User(user)) => (&[Limited::Create][..], Some(user.as_str())),
    };
    let of_policy = |kind: &Limited, policy: &&str| {
        let all = kind.bucket(policy, "");
        // The character after the colon is the semicolon.
        let high = format!("{};", all.trim_end_matches(':'));
        who.map_or((all, high), |who| {
            let bucket = kind.bucket(policy, who);
            let behind = behind(&bucket);
            (bucket, behind)
        })
    };
    Ok(kinds.iter().flat_map(|kind| policies.iter().map(move |policy| of_policy(kind, policy))).collect())
}

/// The counters of hours: they begin with small letters, and those of guesses lie
/// in their midst.
fn everything_listed() -> Vec<Range> {
    let guesses = Limited::Guesses.as_str();
    vec![(String::new(), format!("{guesses}:")), (format!("{guesses};"), "~".to_owned())]
}

/// What comes first behind a bucket: none holds a character below the space.
fn behind(bucket: &str) -> String {
    format!("{bucket} ")
}

fn counted(service: &Service, count: Count) -> Result<Counted> {
    let mut parts = count.bucket.splitn(3, ':');
    let kind = parts.next().and_then(|word| Limited::ALL.into_iter().find(|kind| kind.as_str() == word));
    let (Some(what), Some(policy), Some(who)) = (kind, parts.next(), parts.next()) else {
        return Err(Error::database("the database holds a counter in invite_limits that this tool never writes there")
            .hint("look at the table with the database's own shell"));
    };
    let limit = service.policies().find(policy).and_then(|policy| what.limit(policy));
    Ok(Counted {
        what,
        policy: policy.to_owned(),
        who: (!who.is_empty()).then(|| who.to_owned()),
        hits: count.hits,
        limit,
        full: limit.is_some_and(|limit| count.hits >= limit),
        until: window_end(count.window),
    })
}
