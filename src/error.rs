//! What can go wrong, as one short closed list.
//!
//! A *refusal* ("this code has expired") is a value, [`Denial`]; a *failure*
//! is an [`Error`]. Both carry a [`Reason`], which fixes the HTTP status that
//! a backend passes on and the exit code that a script sees.

mod body;
mod denial;
mod problem;

use std::error::Error as StdError;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use crate::error::body::ErrorBody;
pub use crate::error::denial::{Denial, MailScope};
pub use crate::error::problem::Problem;

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something did not happen: the closed list. The statuses are those of
/// the seed systems' own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The invite is past its end.
    Expired,
    /// The invite reached its last use.
    UsedUp,
    /// An operator took the invite back.
    Revoked,
    /// A newer standing code took its place.
    Replaced,
    /// The invite is valid from a later instant.
    NotStarted,
    /// The invite is bound to another e-mail address.
    EmailMismatch,
    /// The user is a member of the space already.
    AlreadyMember,
    /// The policy keeps used invites from being revoked.
    UsedCannotRevoke,
    /// The invitation was sent again as often as its policy allows.
    ResendLimit,
    /// The user that is acted for has no role that may.
    Forbidden,
    /// Too many attempts, invites or e-mails in a window of a rate limit.
    RateLimited,
    /// No such invite, space, user or operation.
    NotFound,
    /// A live invite holds the place already, or the name is taken.
    Duplicate,
    /// Every code that the format can make is taken.
    NoFreeCode,
    /// The invite is stored, and its e-mail was not sent.
    MailFailed,
    /// What was given cannot be right.
    InvalidInput,
    /// The database or a file failed.
    DatabaseFailed,
    /// The database file does not exist.
    DatabaseMissing,
    /// The database cannot be reached, or another process holds it.
    Unavailable,
}

impl Reason {
    /// Every reason, in the order of the documentation.
    pub const ALL: [Reason; 19] = [
        Reason::Expired,
        Reason::UsedUp,
        Reason::Revoked,
        Reason::Replaced,
        Reason::NotStarted,
        Reason::EmailMismatch,
        Reason::AlreadyMember,
        Reason::UsedCannotRevoke,
        Reason::ResendLimit,
        Reason::Forbidden,
        Reason::RateLimited,
        Reason::NotFound,
        Reason::Duplicate,
        Reason::NoFreeCode,
        Reason::MailFailed,
        Reason::InvalidInput,
        Reason::DatabaseFailed,
        Reason::DatabaseMissing,
        Reason::Unavailable,
    ];

    /// The word that JSON and scripts see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Expired => "expired",
            Reason::UsedUp => "used_up",
            Reason::Revoked => "revoked",
            Reason::Replaced => "replaced",
            Reason::NotStarted => "not_started",
            Reason::EmailMismatch => "email_mismatch",
            Reason::AlreadyMember => "already_member",
            Reason::UsedCannotRevoke => "used_cannot_revoke",
            Reason::ResendLimit => "resend_limit",
            Reason::Forbidden => "forbidden",
            Reason::RateLimited => "rate_limited",
            Reason::NotFound => "not_found",
            Reason::Duplicate => "duplicate",
            Reason::NoFreeCode => "no_free_code",
            Reason::MailFailed => "mail_failed",
            Reason::InvalidInput => "invalid_input",
            Reason::DatabaseFailed => "database_failed",
            Reason::DatabaseMissing => "database_missing",
            Reason::Unavailable => "unavailable",
        }
    }

    /// The HTTP status that the seed systems answer with.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            Reason::Forbidden => 403,
            Reason::NotFound => 404,
            Reason::Duplicate | Reason::NoFreeCode => 409,
            Reason::RateLimited => 429,
            Reason::DatabaseFailed | Reason::DatabaseMissing => 500,
            Reason::MailFailed => 502,
            Reason::Unavailable => 503,
            _ => 400,
        }
    }

    /// The exit code that tells "no" (4, 5, 6) from "broken" (1, 10).
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Reason::InvalidInput => 2,
            Reason::MailFailed => 3,
            Reason::NotFound => 5,
            Reason::Duplicate | Reason::NoFreeCode => 6,
            Reason::DatabaseFailed | Reason::DatabaseMissing => 1,
            Reason::Unavailable => 10,
            _ => 4,
        }
    }
}

/// An instant for people: UTC, to the second.
#[must_use]
pub(crate) fn readable(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A failure. Refusals reach callers as values; [`Error::Refused`] is for the
/// places where a refusal ends the whole request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was given cannot be right.
    #[error("{0}")]
    Invalid(Problem),
    /// The user that is acted for may not do this.
    #[error("{0}")]
    Forbidden(Problem),
    /// No such invite, space, user or operation.
    #[error("{0}")]
    NotFound(Problem),
    /// Something live holds the place already.
    #[error("{0}")]
    Duplicate(Problem),
    /// The format has no free code left.
    #[error("{0}")]
    NoFreeCode(Problem),
    /// The invite is stored, and its e-mail was not sent.
    #[error("{0}")]
    MailFailed(Problem),
    /// The invite refused.
    #[error("{0}")]
    Refused(Denial),
    /// The database or a file failed.
    #[error("{0}")]
    Database(Problem),
    /// The database file does not exist, and this command does not create it.
    #[error("{0}")]
    DatabaseMissing(Problem),
    /// The database cannot be reached, or another process holds it.
    #[error("{0}")]
    Unavailable(Problem),
}

impl Error {
    /// Input that cannot be right.
    pub fn invalid(message: impl Into<String>) -> Self {
        Error::Invalid(Problem::new(message))
    }

    /// Something that the user who is acted for may not do.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Error::Forbidden(Problem::new(message))
    }

    /// An e-mail that was not sent.
    pub fn mail_failed(message: impl Into<String>) -> Self {
        Error::MailFailed(Problem::new(message))
    }

    /// Something that does not exist.
    pub fn not_found(message: impl Into<String>) -> Self {
        Error::NotFound(Problem::new(message))
    }

    /// Something that exists already.
    pub fn duplicate(message: impl Into<String>) -> Self {
        Error::Duplicate(Problem::new(message))
    }

    /// A format without a free code.
    pub fn no_free_code(message: impl Into<String>) -> Self {
        Error::NoFreeCode(Problem::new(message))
    }

    /// A database or file that failed.
    pub fn database(message: impl Into<String>) -> Self {
        Error::Database(Problem::new(message))
    }

    /// A database file that does not exist.
    pub fn database_missing(message: impl Into<String>) -> Self {
        Error::DatabaseMissing(Problem::new(message))
    }

    /// A database out of reach.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Error::Unavailable(Problem::new(message))
    }

    fn problem_mut(&mut self) -> Option<&mut Problem> {
        match self {
            Error::Invalid(problem)
            | Error::Forbidden(problem)
            | Error::NotFound(problem)
            | Error::Duplicate(problem)
            | Error::NoFreeCode(problem)
            | Error::MailFailed(problem)
            | Error::Database(problem)
            | Error::DatabaseMissing(problem)
            | Error::Unavailable(problem) => Some(problem),
            Error::Refused(_) => None,
        }
    }

    fn problem(&self) -> Option<&Problem> {
        match self {
            Error::Invalid(problem)
            | Error::Forbidden(problem)
            | Error::NotFound(problem)
            | Error::Duplicate(problem)
            | Error::NoFreeCode(problem)
            | Error::MailFailed(problem)
            | Error::Database(problem)
            | Error::DatabaseMissing(problem)
            | Error::Unavailable(problem) => Some(problem),
            Error::Refused(_) => None,
        }
    }

    /// Adds what would help: a sentence that ends in the command to run.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.hint = Some(hint.into());
        }
        self
    }

    /// The same about a setting, with where it comes from in front.
    #[must_use]
    pub(crate) fn at(mut self, origin: &str) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.message = format!("{origin}: {}", problem.message);
        }
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.source = Some(source.into());
        }
        self
    }

    /// The same once more, for another who is to be told.
    #[must_use]
    pub(crate) fn retold(&self) -> Self {
        match self {
            Error::Invalid(problem) => Error::Invalid(problem.retold()),
            Error::Forbidden(problem) => Error::Forbidden(problem.retold()),
            Error::NotFound(problem) => Error::NotFound(problem.retold()),
            Error::Duplicate(problem) => Error::Duplicate(problem.retold()),
            Error::NoFreeCode(problem) => Error::NoFreeCode(problem.retold()),
            Error::MailFailed(problem) => Error::MailFailed(problem.retold()),
            Error::Refused(denial) => Error::Refused(denial.clone()),
            Error::Database(problem) => Error::Database(problem.retold()),
            Error::DatabaseMissing(problem) => Error::DatabaseMissing(problem.retold()),
            Error::Unavailable(problem) => Error::Unavailable(problem.retold()),
        }
    }

    /// Marks a failure as one row's own.
    #[must_use]
    pub(crate) fn of_one_row(mut self) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.row_fault = true;
        }
        self
    }

    /// Marks a failure after which it is not known whether this operation's last
    /// transaction was committed.
    #[must_use]
    pub(crate) fn of_unknown_outcome(mut self, operation: Uuid) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.unknown = Some(operation);
        }
        self
    }

    /// The operation whose last transaction may or may not be committed: the
    /// connection was lost during the commit, and the database did not answer in
    /// time whether it took place. `None` for every other failure.
    #[must_use]
    pub fn unknown_outcome(&self) -> Option<Uuid> {
        self.problem().and_then(|problem| problem.unknown)
    }

    /// Whether one row is to blame, so that the rest of its batch can go on.
    #[must_use]
    pub(crate) fn is_row_fault(&self) -> bool {
        self.problem().is_some_and(|problem| problem.row_fault)
    }

    /// What would help, where something is known to.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.problem().and_then(|problem| problem.hint.as_deref())
    }

    /// What lies beneath, for people who look deeper.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.problem().and_then(|problem| problem.source.as_deref())
    }

    /// When to come back, where an hourly limit is reached.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Error::Refused(denial) => denial.retry_at(),
            _ => None,
        }
    }

    /// The entry of the closed list.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Error::Invalid(_) => Reason::InvalidInput,
            Error::Forbidden(_) => Reason::Forbidden,
            Error::NotFound(_) => Reason::NotFound,
            Error::Duplicate(_) => Reason::Duplicate,
            Error::NoFreeCode(_) => Reason::NoFreeCode,
            Error::MailFailed(_) => Reason::MailFailed,
            Error::Refused(denial) => denial.reason(),
            Error::Database(_) => Reason::DatabaseFailed,
            Error::DatabaseMissing(_) => Reason::DatabaseMissing,
            Error::Unavailable(_) => Reason::Unavailable,
        }
    }

    /// The HTTP status of its reason, for those who may know it; whoever faces
    /// the public asks [`crate::public::PublicAnswer`].
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.reason().http_status()
    }
}
