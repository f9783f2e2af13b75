//! Failures: the [`Error`] of the library.

use std::error::Error as StdError;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::denial::Denial;
use crate::error::problem::Problem;
use crate::error::reason::Reason;

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure. Refusals are usually values of type [`Denial`]; [`Error::Refused`] is
/// for a refusal that ends the whole request.
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

    /// Marks a failure of a statement that took longer than the server allows.
    #[must_use]
    pub(crate) fn of_a_long_statement(mut self) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.too_long = true;
        }
        self
    }

    /// Adds to the hint what makes statements shorter, if the failure is that one
    /// took too long.
    #[must_use]
    pub(crate) fn or_shorter(mut self, helps: &str) -> Self {
        if let Some(problem) = self.problem_mut().filter(|problem| problem.too_long) {
            let hint = problem.hint.take().map_or(String::new(), |hint| format!("{hint}, or "));
            problem.hint = Some(format!("{hint}{helps}"));
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
