//! Refusals: an invite that exists, and yet does not let this user in.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::error::reason::Reason;
use crate::shell::word;

/// A refusal: the invite exists, and yet it does not let this user in (or may
/// not be changed so). It says when, never with which code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denial {
    /// Past its end since this instant.
    Expired(DateTime<Utc>),
    /// All uses are taken: how many there are.
    UsedUp(i64),
    /// Taken back at this instant.
    Revoked(DateTime<Utc>),
    /// A newer standing code took its place at this instant.
    Replaced(DateTime<Utc>),
    /// Valid only from this instant.
    NotStarted(DateTime<Utc>),
    /// Bound to another address, or no address was given.
    EmailMismatch {
        /// Whether the caller gave an address at all.
        given: bool,
    },
    /// The user is a member already, with this role.
    AlreadyMember {
        /// The role that they have.
        role: String,
    },
    /// This user had their use of the invite at this instant, and was taken
    /// out of the space since.
    UsedBefore(DateTime<Utc>),
    /// The policy keeps used invites; how often it was used.
    UsedCannotRevoke(i64),
    /// Its e-mail was sent again as often as the policy allows: how often.
    ResendLimit(i64),
    /// Too many attempts: when to come back.
    RateLimited(DateTime<Utc>),
    /// The user has no room in this hour for so many invites.
    MadeTooMany {
        /// The user.
        user: String,
        /// The policy whose invites are counted.
        policy: String,
        /// How many they have made in this hour.
        made: i64,
        /// How many an hour allows.
        limit: i64,
        /// How many more were asked for.
        wanted: u64,
        /// When the next hour begins.
        until: DateTime<Utc>,
    },
    /// No more e-mails may be sent in this window.
    MailLimit {
        /// Whose e-mails are limited.
        scope: MailScope,
        /// Maximum number of e-mails in a window.
        limit: i64,
        /// End of the window: the time to retry.
        until: DateTime<Utc>,
    },
}

/// Whose e-mails a limit counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailScope {
    /// Those that a user has sent, per hour.
    User {
        /// The user.
        user: String,
        /// The policy that sets the limit.
        policy: String,
    },
    /// Those of a space, per hour.
    Space {
        /// The space.
        space: String,
        /// The policy that sets the limit.
        policy: String,
    },
    /// Those to the address of the invitation, per day. The address is not named.
    Address,
}

impl Denial {
    /// The entry of the closed list.
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
            Denial::RateLimited(_) | Denial::MadeTooMany { .. } | Denial::MailLimit { .. } => Reason::RateLimited,
        }
    }

    /// The HTTP status of its reason, for those who may know it.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.reason().http_status()
    }

    /// The instant that the refusal speaks of, where there is one.
    #[must_use]
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Denial::Expired(at)
            | Denial::Revoked(at)
            | Denial::Replaced(at)
            | Denial::NotStarted(at)
            | Denial::UsedBefore(at)
            | Denial::RateLimited(at)
            | Denial::MadeTooMany { until: at, .. }
            | Denial::MailLimit { until: at, .. } => Some(*at),
            _ => None,
        }
    }

    /// When to retry, where a rate limit is reached.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Denial::RateLimited(until) | Denial::MadeTooMany { until, .. } | Denial::MailLimit { until, .. } => {
                Some(*until)
            }
            _ => None,
        }
    }

    /// What would help an operator, where something is known to: a sentence
    /// that ends in the command to run.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Denial::Expired(_) => "extend its expiry with invite extend, or create another with invite generate",
            // More uses are not what every policy lets an invite be given.
            Denial::UsedUp(_) => "create another with invite generate",
            Denial::EmailMismatch { given: false } => "add the address: --email name@example.org",
            Denial::RateLimited(_) => "see the counters and limits: invite limits",
            Denial::MadeTooMany { user, policy, .. } => {
                let (user, policy) = (word(user), word(policy));
                return Some(format!(
                    "see the counter: invite limits --user {user}; see the limit: invite policy show {policy}"
                ));
            }
            Denial::MailLimit { scope, .. } => return Some(scope.help()),
            Denial::UsedBefore(_) => "add the user again with invite member add",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl MailScope {
    fn help(&self) -> String {
        let counters = match self {
            MailScope::User { user, .. } => format!("invite limits --user {}", word(user)),
            MailScope::Space { space, .. } => format!("invite limits --space {}", word(space)),
            MailScope::Address => "invite limits".to_owned(),
        };
        format!("retry later, or print the link instead: --no-send; see the counters: {counters}")
    }

    /// The refusal in words: which limit is reached.
    fn reached(&self, limit: i64) -> String {
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

/// So many invites of an hour's, and so many more.
fn too_many(made: i64, limit: i64, policy: &str, wanted: u64) -> String {
    let invites = if limit == 1 { "invite" } else { "invites" };
    let were = if wanted == 1 { "was" } else { "were" };
    format!(
        "created {made} of {limit} {invites} of the policy {policy} in this hour, and {wanted} more {were} requested"
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
            Denial::MadeTooMany { user, policy, made, limit, wanted, until } => {
                let what = too_many(*made, *limit, policy, *wanted);
                write!(f, "{user} has {what}; retry after {}", readable(*until))
            }
            Denial::MailLimit { scope, limit, until } => {
                write!(f, "{}: retry after {}", scope.reached(*limit), readable(*until))
            }
        }
    }
}

/// An instant for people: UTC, to the second.
#[must_use]
pub(crate) fn readable(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
