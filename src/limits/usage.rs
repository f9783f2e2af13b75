//! A counter with its limit, as lists show it.

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::limits::kind::LimitKind;
use crate::service::Service;
use crate::store::tables::limits::Count;

/// A counter of the current window, or of failed attempts over a code's lifetime.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitUsage {
    /// The kind of limit.
    pub what: LimitKind,
    /// The policy; `None` for a counter of all policies.
    pub policy: Option<String>,
    /// The client, user, space or pattern of codes; for an address, its fingerprint.
    pub who: Option<String>,
    /// The number of hits.
    pub hits: i64,
    /// The current limit of the policy, or the lowest of all policies for a common
    /// counter; `None` if it is not limited.
    pub limit: Option<i64>,
    /// True if the next hit is refused.
    pub full: bool,
    /// The end of the window; for failed attempts at codes from names, when the oldest
    /// ones stop counting.
    pub until: DateTime<Utc>,
}

pub(crate) fn counted(service: &Service, count: Count) -> Result<LimitUsage> {
    let mut parts = count.bucket.splitn(3, ':');
    let kind = parts.next().and_then(|word| LimitKind::ALL.into_iter().find(|kind| kind.as_str() == word));
    let (Some(what), Some(policy), Some(who)) = (kind, parts.next(), parts.next()) else {
        return Err(Error::database("invalid counter in the table invite_limits")
            .with_hint("check the table with the client of the database"));
    };
    let limit = if policy.is_empty() {
        service.policies().iter().filter_map(|policy| what.limit(policy)).min()
    } else {
        service.policies().find(policy).and_then(|policy| what.limit(policy))
    };
    Ok(LimitUsage {
        what,
        policy: (!policy.is_empty()).then(|| policy.to_owned()),
        who: (!who.is_empty()).then(|| who.to_owned()),
        hits: count.hits,
        limit,
        full: limit.is_some_and(|limit| count.hits >= limit),
        until: what.window().end(count.window),
    })
}
