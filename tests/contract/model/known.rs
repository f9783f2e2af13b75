//! An invite of the model, and the rules of its policy.

use chrono::{DateTime, TimeDelta, Utc};
use invite::Reason;
use invite::calendar::Zone;
use invite::invites::generate::{Expiry, UsageLimit};
use invite::model::invite::Status;
use invite::model::reference::Reference;
use uuid::Uuid;

use super::Outcome;
use crate::fixture::{days, hours};

/// The spaces. Two have the same policy, so that confusing them is detected.
pub const SPACES: [(&str, &str); 6] = [
    ("club", "space"),
    ("crew", "space"),
    ("oak", "tree"),
    ("film", "director"),
    ("box", "container"),
    ("crate", "container"),
];

/// An invite of the model.
#[derive(Debug, Clone)]
pub struct Known {
    /// The ID and reference in the database, after it was created.
    pub created: Option<(Uuid, Reference)>,
    pub space: usize,
    pub email: Option<String>,
    pub starts_at: DateTime<Utc>,
    pub end: Option<DateTime<Utc>>,
    pub max: Option<i64>,
    pub users: Vec<usize>,
    /// Time from which it is revoked or replaced. Expiry and usage are derived.
    pub closed: Option<(DateTime<Utc>, Status)>,
    /// True if the database has a closing time.
    pub settled: bool,
}

impl Known {
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        match self.closed {
            Some((at, status)) if at <= now => status,
            _ if self.is_used_up() => Status::UsedUp,
            _ if self.is_past(now) => Status::Expired,
            _ if self.starts_at > now => Status::Scheduled,
            _ => Status::Active,
        }
    }

    pub fn is_used_up(&self) -> bool {
        self.max.is_some_and(|max| self.uses() >= max)
    }

    fn is_past(&self, now: DateTime<Utc>) -> bool {
        self.end.is_some_and(|end| end <= now)
    }

    pub fn uses(&self) -> i64 {
        i64::try_from(self.users.len()).unwrap()
    }

    pub fn policy(&self) -> &'static str {
        SPACES[self.space].1
    }

    /// The slot of the invite, which at most one open invite holds.
    pub fn place(&self) -> Option<(usize, Option<&str>)> {
        match self.policy() {
            "space" => Some((self.space, None)),
            "tree" => Some((self.space, self.email.as_deref())),
            _ => None,
        }
    }
}

/// Returns the address of a user.
pub fn address(user: usize) -> String {
    format!("user{user}@example.org")
}

pub fn life(policy: &str) -> Option<TimeDelta> {
    match policy {
        "tree" => Some(days(7)),
        "director" => Some(hours(24)),
        _ => None,
    }
}

pub fn fixed(policy: &str) -> Option<i64> {
    matches!(policy, "tree" | "director").then_some(1)
}

pub fn new_end(end: Expiry, start: DateTime<Utc>, before: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match end {
        Expiry::Default => before,
        Expiry::Never => None,
        Expiry::After(span) => Some(start + span),
        Expiry::At(instant) => Some(instant),
        Expiry::In(span) => span.after(start, &Zone::UTC).ok(),
        Expiry::Later(span) => before.and_then(|end| span.after(end, &Zone::UTC).ok()),
        other => panic!("the model does not know {other:?}"),
    }
}

/// Returns the requested usage limit if the policy allows another one.
pub fn limit(policy: &str, uses: UsageLimit, before: Option<i64>) -> Result<Option<i64>, Outcome> {
    let wanted = match uses {
        UsageLimit::Default => return Ok(before),
        UsageLimit::Unlimited => None,
        UsageLimit::Times(times) => Some(times),
        other => panic!("the model does not know {other:?}"),
    };
    let may = fixed(policy).is_none() || wanted == fixed(policy);
    may.then_some(wanted).ok_or(Outcome::Failed(Reason::InvalidInput))
}
