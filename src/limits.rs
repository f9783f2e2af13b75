//! Rate limits (seed 003): counted in the database, so that all processes share
//! them; listed and reset.
//!
//! A window is a whole hour of the database's clock, or a whole day of it
//! (`limits/windows.rs`). A counter's bucket is `KIND:POLICY:WHO`, and
//! `KIND::FINGERPRINT` for e-mail addresses; how one is counted stands in
//! `limits/created.rs`, `limits/rows.rs`, `limits/mails.rs`, `limits/clients.rs` and
//! `limits/tries.rs`, which ones an attempt touches in `limits/applied.rs`. Failed attempts at codes that are built
//! from a name count over a code's life instead: `limits/guesses.rs`. Buckets that
//! begin with `~` are the tool's own, and never listed.

pub(crate) mod applied;
pub(crate) mod clients;
pub(crate) mod created;
pub(crate) mod guesses;
pub(crate) mod locks;
pub(crate) mod mails;
pub(crate) mod reset;
pub(crate) mod rows;
pub(crate) mod tries;
pub(crate) mod windows;

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use crate::limits::created::take_created;
pub(crate) use crate::limits::created::{give_back_created, look_for_room, take_all_created};
pub(crate) use crate::limits::guesses::{Guessable, instants};
pub(crate) use crate::limits::locks::sweep_guesses;
pub use crate::limits::locks::{locked, poor_odds};
pub(crate) use crate::limits::mails::{Mail, Refund, Rehearsed, give_back_mails, sweep_mails, take_mail};
pub use crate::limits::reset::reset_limits;
pub(crate) use crate::limits::reset::{ended_page, sweep_page};
pub(crate) use crate::limits::rows::{Line, give_back_rows, refuse_rows, take_mails_of_rows, take_rows};
pub(crate) use crate::limits::tries::{Attempt, take_try};
pub(crate) use crate::limits::windows::swept;
use crate::limits::windows::{Buckets, Window, listed};

use crate::client::Client;
use crate::error::{Error, MailScope, Result};
use crate::policy::Policy;
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::limits as counters;
use crate::store::tables::limits::Count;
use crate::text::canonical_address;

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
    /// E-mails that are sent for a user.
    Mails,
    /// E-mails that are sent to an address, per day.
    MailsAddress,
    /// E-mails that are sent for a space.
    MailsSpace,
    /// Uses that a client tries.
    Use,
    /// Validations that a client asks for.
    Validate,
}

impl Limited {
    /// Everything that is limited, by its word.
    pub const ALL: [Limited; 8] = [
        Limited::Create,
        Limited::Failed,
        Limited::Guesses,
        Limited::Mails,
        Limited::MailsAddress,
        Limited::MailsSpace,
        Limited::Use,
        Limited::Validate,
    ];

    /// The word that JSON and scripts see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Limited::Create => "create",
            Limited::Failed => "failed",
            Limited::Guesses => "guesses",
            Limited::Mails => "mails",
            Limited::MailsAddress => "mails_address",
            Limited::MailsSpace => "mails_space",
            Limited::Use => "use",
            Limited::Validate => "validate",
        }
    }

    /// Returns a policy's limit per window; none if it has none.
    #[must_use]
    pub fn limit(self, policy: &Policy) -> Option<i64> {
        match self {
            Limited::Create => policy.limit_create,
            Limited::Failed => policy.limit_failed,
            Limited::Guesses => None,
            Limited::Mails => policy.limit_mails,
            Limited::MailsAddress => policy.limit_mails_address,
            Limited::MailsSpace => policy.limit_mails_space,
            Limited::Use => policy.limit_use,
            Limited::Validate => policy.limit_validate,
        }
    }

    fn window(self) -> Window {
        if self == Limited::MailsAddress { Window::Day } else { Window::Hour }
    }

    fn bucket(self, policy: &str, who: &str) -> String {
        format!("{}:{policy}:{who}", self.as_str())
    }
}

/// Returns the first instant of the hour that an instant lies in.
fn window_of(now: DateTime<Utc>) -> DateTime<Utc> {
    Window::Hour.start(now)
}

/// Returns the end of the hour that an instant lies in: the time to retry.
pub(crate) fn window_end(now: DateTime<Utc>) -> DateTime<Utc> {
    Window::Hour.end(now)
}

/// Whose counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A client's validations, uses and failed tries.
    Client(Client),
    /// The invites that a user made, and the e-mails sent for them.
    User(String),
    /// The e-mails of a space.
    Space(String),
    /// The e-mails to an address, in any of its spellings.
    Address(String),
}

/// Which counters; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct LimitFilter {
    /// Of this policy.
    pub policy: Option<String>,
    /// Of this client, user, space or address.
    pub who: Option<Who>,
}

impl LimitFilter {
    /// The filter in words, for the audit log.
    fn described(&self) -> String {
        let who = self.who.as_ref().map(|who| match who {
            Who::Client(client) => format!("client {client}"),
            Who::User(user) => format!("user {user}"),
            Who::Space(space) => format!("space {space}"),
            Who::Address(_) => "an e-mail address".to_owned(),
        });
        let policy = self.policy.as_ref().map(|policy| format!("policy {policy}"));
        let parts: Vec<String> = policy.into_iter().chain(who).collect();
        if parts.is_empty() { "all counters".to_owned() } else { parts.join(", ") }
    }
}

/// A counter of the current window, or of guesses over a code's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What it counts.
    pub what: Limited,
    /// Under which policy; none where all policies count together.
    pub policy: Option<String>,
    /// For which client, user, space or pattern of codes; of an address, its
    /// fingerprint.
    pub who: Option<String>,
    /// How many there were.
    pub hits: i64,
    /// The limit of the policy as it is now, or of the strictest of all policies that
    /// count together; `None` if it has no limit.
    pub limit: Option<i64>,
    /// Whether the next one is refused.
    pub full: bool,
    /// When counting begins anew; for guesses, when the first stop counting.
    pub until: DateTime<Utc>,
}

/// Hands over the counters of the current windows that a filter picks, at most
/// `limit` of them, until there are no more or `each` breaks.
///
/// # Errors
/// [`Error::Invalid`] for an unknown policy and for text that is not an address, and
/// what the database says.
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
    let now = service.now();
    reading!(service.db(), |session, begun| {
        let mut left = left;
        for Buckets { range, window } in &ranges {
            if left == 0 {
                break;
            }
            let flow = counters::stream(session, range, window.start(now), left, |count| {
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
        let now = service.now();
        let mut total = 0;
        for Buckets { range, window } in &ranges {
            total += counters::count(session, range, window.start(now)).await?;
        }
        Ok(total)
    })
    .map(|total: i64| total.unsigned_abs() + groups)
}

/// The kinds of counters that belong to a policy and count in windows.
const OF_POLICY: [Limited; 6] =
    [Limited::Create, Limited::Failed, Limited::Mails, Limited::MailsSpace, Limited::Use, Limited::Validate];

/// Returns the ranges of buckets that a filter picks, in their order.
fn ranges(service: &Service, filter: &LimitFilter) -> Result<Vec<Buckets>> {
    let policies: Vec<&str> = match &filter.policy {
        Some(policy) => vec![&service.policies().get(policy)?.name],
        None => service.policies().iter().map(|policy| policy.name.as_str()).collect(),
    };
    let (kinds, who) = match &filter.who {
        None if filter.policy.is_none() => return Ok(listed()),
        None => (&OF_POLICY[..], None),
        Some(Who::Client(client)) => (&[Limited::Failed, Limited::Use, Limited::Validate][..], Some(client.as_str())),
        Some(Who::User(user)) => (&[Limited::Create, Limited::Mails][..], Some(user.as_str())),
        Some(Who::Space(space)) => (&[Limited::MailsSpace][..], Some(space.as_str())),
        Some(Who::Address(address)) => {
            let bucket = mails::bucket_of_address(&canonical_address(address)?);
            // No counter of an address belongs to a policy.
            return Ok(if filter.policy.is_some() { Vec::new() } else { vec![only(Limited::MailsAddress, bucket)] });
        }
    };
    let of_policy = |kind: &Limited, policy: &&str| {
        if let Some(who) = who {
            return only(*kind, kind.bucket(policy, who));
        }
        let all = kind.bucket(policy, "");
        // The character after the colon is the semicolon.
        let high = format!("{};", all.trim_end_matches(':'));
        Buckets { range: (all, high), window: kind.window() }
    };
    Ok(kinds.iter().flat_map(|kind| policies.iter().map(move |policy| of_policy(kind, policy))).collect())
}

/// Returns the range of one bucket.
fn only(kind: Limited, bucket: String) -> Buckets {
    let behind = behind(&bucket);
    Buckets { range: (bucket, behind), window: kind.window() }
}

/// What comes first behind a bucket: none holds a character below the space.
fn behind(bucket: &str) -> String {
    format!("{bucket} ")
}

fn counted(service: &Service, count: Count) -> Result<Counted> {
    let mut parts = count.bucket.splitn(3, ':');
    let kind = parts.next().and_then(|word| Limited::ALL.into_iter().find(|kind| kind.as_str() == word));
    let (Some(what), Some(policy), Some(who)) = (kind, parts.next(), parts.next()) else {
        return Err(Error::database("invalid counter in the table invite_limits")
            .hint("check the table with the client of the database"));
    };
    let limit = if policy.is_empty() {
        service.policies().iter().filter_map(|policy| what.limit(policy)).min()
    } else {
        service.policies().find(policy).and_then(|policy| what.limit(policy))
    };
    Ok(Counted {
        what,
        policy: (!policy.is_empty()).then(|| policy.to_owned()),
        who: (!who.is_empty()).then(|| who.to_owned()),
        hits: count.hits,
        limit,
        full: limit.is_some_and(|limit| count.hits >= limit),
        until: what.window().end(count.window),
    })
}
