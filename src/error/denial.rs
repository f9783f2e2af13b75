//! Refusals: an invite that exists, and yet does not let this user in.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{Reason, readable};

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
            Denial::RateLimited(_) => Reason::RateLimited,
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
            | Denial::RateLimited(at) => Some(*at),
            _ => None,
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Denial::Expired(at) => write!(f, "the invite expired at {}", readable(*at)),
            Denial::UsedUp(1) => write!(f, "the invite has been used, and it is good for one use"),
            Denial::UsedUp(max) => write!(f, "the invite is used up: all {max} uses are taken"),
            Denial::Revoked(at) => write!(f, "the invite was revoked at {}", readable(*at)),
            Denial::Replaced(at) => {
                write!(f, "the invite is replaced by a newer code, and dead from {}", readable(*at))
            }
            Denial::NotStarted(at) => write!(f, "the invite is valid only from {}", readable(*at)),
            Denial::EmailMismatch { given: true } => write!(f, "the invite is for another e-mail address"),
            Denial::EmailMismatch { given: false } => {
                write!(f, "the invite is for one e-mail address, and none is known of this user")
            }
            Denial::AlreadyMember { role } => write!(f, "the user is a member of the space already, as {role}"),
            Denial::UsedBefore(at) => write!(
                f,
                "the user had their use of this invite at {} and is no longer a member of the space",
                readable(*at)
            ),
            Denial::UsedCannotRevoke(uses) => write!(
                f,
                "the invite has been used ({uses} {}), and its policy keeps used invites from being revoked",
                if *uses == 1 { "time" } else { "times" }
            ),
            Denial::ResendLimit(0) => write!(f, "the policy of this invite does not let it be sent again"),
            Denial::ResendLimit(most) => write!(
                f,
                "the invite has been sent again {most} {}, and that is the most",
                if *most == 1 { "time" } else { "times" }
            ),
            Denial::RateLimited(until) => write!(f, "too many attempts: come back at {}", readable(*until)),
        }
    }
}
