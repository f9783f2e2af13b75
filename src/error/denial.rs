//! Refusals: why an invite cannot be used or changed.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::error::reason::Reason;
use crate::shell::word;

/// A refusal: the invite exists, but this user cannot redeem it, or it cannot be
/// changed in this way. It never contains the code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// The invite expired at this instant.
    Expired(DateTime<Utc>),
    /// The invite has reached its usage limit, which is given.
    UsedUp(i64),
    /// The invite was revoked at this instant.
    Revoked(DateTime<Utc>),
    /// The standing code was replaced by a newer one at this instant.
    Replaced(DateTime<Utc>),
    /// The invite is valid only from this instant.
    NotStarted(DateTime<Utc>),
    /// The invite is bound to another e-mail address, or the user has none.
    EmailMismatch {
        /// True if the caller gave an address.
        given: bool,
    },
    /// The user is already a member of the space.
    AlreadyMember {
        /// Role of the member.
        role: String,
    },
    /// The user redeemed the invite at this instant, and was removed from the space
    /// afterwards.
    UsedBefore(DateTime<Utc>),
    /// The invite was used this many times, and the policy does not allow used invites
    /// to be revoked.
    UsedCannotRevoke(i64),
    /// The invitation was resent this many times, the maximum of the policy.
    ResendLimit(i64),
    /// Too many attempts; retry at this instant.
    RateLimited(DateTime<Utc>),
    /// The user would exceed the maximum number of invites per hour.
    CreateLimit {
        /// The user.
        user: String,
        /// The policy whose invites are counted.
        policy: String,
        /// Number of invites that the user created in this hour.
        created: i64,
        /// Maximum number of invites per hour.
        limit: i64,
        /// Number of further invites that were requested.
        requested: u64,
        /// End of the hour: the time to retry.
        until: DateTime<Utc>,
    },
    /// The maximum number of e-mails in this window is reached.
    MailLimit {
        /// The e-mails that are limited.
        scope: MailScope,
        /// Maximum number of e-mails in a window.
        limit: i64,
        /// End of the window: the time to retry.
        until: DateTime<Utc>,
    },
}

/// The e-mails that a limit counts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailScope {
    /// E-mails of a user, per hour.
    User {
        /// The user.
        user: String,
        /// The policy that sets the limit.
        policy: String,
    },
    /// E-mails of a space, per hour.
    Space {
        /// The space.
        space: String,
        /// The policy that sets the limit.
        policy: String,
    },
    /// E-mails to the recipient of the invitation, per day.
    Address,
}

impl Denial {
    /// Returns the reason, from the closed list.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Denial::Expired(_) => Reason::Expired,
            Denial::UsedUp(_) | Denial::UsedBefore(_) => Reason::UsedUp,
            Denial::Revoked(_) => Reason::Revoked,
            Denial::Replaced(_) => Reason::Replaced,
            Denial::NotStarted(_) => Reason::NotStarted,
            Denial::EmailMismatch { .. } => Reason::EmailMismatch,
            Denial::AlreadyMember { .. } => Reason::AlreadyMember,
            Denial::UsedCannotRevoke(_) => Reason::UsedCannotRevoke,
            Denial::ResendLimit(_) => Reason::ResendLimit,
            Denial::RateLimited(_) | Denial::CreateLimit { .. } | Denial::MailLimit { .. } => Reason::RateLimited,
        }
    }

    /// Returns the HTTP status of the reason, for authenticated callers.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.reason().http_status()
    }

    /// Returns the instant of the refusal: when the invite expired or was closed, when it
    /// becomes valid, or when to retry.
    #[must_use]
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Denial::Expired(at)
            | Denial::Revoked(at)
            | Denial::Replaced(at)
            | Denial::NotStarted(at)
            | Denial::UsedBefore(at)
            | Denial::RateLimited(at)
            | Denial::CreateLimit { until: at, .. }
            | Denial::MailLimit { until: at, .. } => Some(*at),
            _ => None,
        }
    }

    /// Returns the time to retry, if a rate limit was reached.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Denial::RateLimited(until) | Denial::CreateLimit { until, .. } | Denial::MailLimit { until, .. } => {
                Some(*until)
            }
            _ => None,
        }
    }

    /// Returns a hint for an operator: a sentence that ends in the command to run.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Denial::Expired(_) => "extend its expiry with invite extend, or create another with invite generate",
            // Not every policy allows another usage limit, so `invite extend` may fail.
            Denial::UsedUp(_) => "create another with invite generate",
            Denial::EmailMismatch { given: false } => "add the address: --email name@example.org",
            Denial::RateLimited(_) => "see the counters and limits: invite limits",
            Denial::CreateLimit { user, policy, .. } => {
                let (user, policy) = (word(user), word(policy));
                return Some(format!(
                    "see the counter: invite limits --user {user}; see the limit: invite policy show {policy}"
                ));
            }
            Denial::MailLimit { scope, .. } => return Some(scope.hint()),
            Denial::UsedBefore(_) => "add the user again with invite member add",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl MailScope {
    fn hint(&self) -> String {
        let counters = match self {
            MailScope::User { user, .. } => format!("invite limits --user {}", word(user)),
            MailScope::Space { space, .. } => format!("invite limits --space {}", word(space)),
            MailScope::Address => "invite limits".to_owned(),
        };
        format!("retry later, or print the link instead: --no-send; see the counters: {counters}")
    }

    /// Describes the limit that is reached.
    fn limit_message(&self, limit: i64) -> String {
        let mails = if limit == 1 { "e-mail" } else { "e-mails" };
        match self {
            MailScope::User { user, policy } => {
                format!("{user} has reached the limit of {limit} {mails} per hour of the policy {policy}")
            }
            MailScope::Space { space, policy } => {
                format!("the space {space} has reached the limit of {limit} {mails} per hour of the policy {policy}")
            }
            MailScope::Address => format!("this address has reached the limit of {limit} {mails} per day"),
        }
    }
}

/// Describes the invites that were created and requested in this hour.
fn create_limit_message(created: i64, limit: i64, policy: &str, requested: u64) -> String {
    let invites = if limit == 1 { "invite" } else { "invites" };
    let were = if requested == 1 { "was" } else { "were" };
    format!(
        "created {created} of {limit} {invites} of the policy {policy} in this hour, and {requested} more {were} requested"
    )
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Denial::Expired(at) => write!(f, "the invite expired at {}", readable(*at)),
            Denial::UsedUp(1) => write!(f, "the invite is used up: its single use is taken"),
            Denial::UsedUp(max) => write!(f, "the invite is used up: all {max} uses are taken"),
            Denial::Revoked(at) => write!(f, "the invite was revoked at {}", readable(*at)),
            Denial::Replaced(at) => {
                write!(f, "the invite is replaced by a newer code and invalid from {}", readable(*at))
            }
            Denial::NotStarted(at) => write!(f, "the invite is valid only from {}", readable(*at)),
            Denial::EmailMismatch { given: true } => write!(f, "the invite is bound to another e-mail address"),
            Denial::EmailMismatch { given: false } => {
                write!(f, "the invite is bound to an e-mail address, and none is known for this user")
            }
            Denial::AlreadyMember { role } => write!(f, "the user is already a member of the space, as {role}"),
            Denial::UsedBefore(at) => {
                write!(f, "the user redeemed this invite at {} and is no longer a member of the space", readable(*at))
            }
            Denial::UsedCannotRevoke(uses) => write!(
                f,
                "the invite has been used ({uses} {}), and its policy does not allow used invites to be revoked",
                if *uses == 1 { "time" } else { "times" }
            ),
            Denial::ResendLimit(0) => write!(f, "the policy of this invite does not allow resending"),
            Denial::ResendLimit(most) => write!(
                f,
                "the invite has been sent again {most} {}, which is the maximum",
                if *most == 1 { "time" } else { "times" }
            ),
            Denial::RateLimited(until) => write!(f, "too many attempts; retry after {}", readable(*until)),
            Denial::CreateLimit { user, policy, created, limit, requested, until } => {
                let what = create_limit_message(*created, *limit, policy, *requested);
                write!(f, "{user} has {what}; retry after {}", readable(*until))
            }
            Denial::MailLimit { scope, limit, until } => {
                write!(f, "{}: retry after {}", scope.limit_message(*limit), readable(*until))
            }
        }
    }
}

/// Formats an instant as text, in UTC and to the second: `2026-12-31 18:00:00 UTC`.
#[must_use]
pub(crate) fn readable(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
