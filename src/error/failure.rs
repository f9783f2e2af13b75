//! Failures: the [`Error`] of the library.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::denial::Denial;
use crate::error::problem::Problem;
use crate::error::reason::Reason;

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of every action. Refusals are usually values of type [`Denial`];
/// [`Error::Refused`] is for a refusal that ends the whole request.
///
/// `source()` of [`std::error::Error`] returns the cause, such as the message of the
/// database. No message contains a code or a password. Clones share the source.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is invalid.
    #[error(transparent)]
    Invalid(Problem),
    /// The actor lacks the permission.
    #[error(transparent)]
    Forbidden(Problem),
    /// The invite, space, user or operation does not exist.
    #[error(transparent)]
    NotFound(Problem),
    /// The slot is held by an open invite (the standing code of the space, or the invitation of the
    /// address), or a space with the same ID already exists.
    #[error(transparent)]
    Duplicate(Problem),
    /// The code format has no free code left.
    #[error(transparent)]
    NoFreeCode(Problem),
    /// The invite is stored, but its e-mail was not sent.
    #[error(transparent)]
    MailFailed(Problem),
    /// A refusal, with its reason.
    #[error("{0}")]
    Refused(Denial),
    /// The database or a file failed.
    #[error(transparent)]
    Database(Problem),
    /// The database file does not exist, and the caller does not create it.
    #[error(transparent)]
    DatabaseMissing(Problem),
    /// The database cannot be reached, or is locked by another process.
    #[error(transparent)]
    Unavailable(Problem),
}

impl Error {
    /// Creates an [`Error::Invalid`].
    pub fn invalid(message: impl Into<String>) -> Self {
        Error::Invalid(Problem::new(message))
    }

    /// Creates an [`Error::Forbidden`].
    pub fn forbidden(message: impl Into<String>) -> Self {
        Error::Forbidden(Problem::new(message))
    }

    /// Creates an [`Error::MailFailed`].
    pub fn mail_failed(message: impl Into<String>) -> Self {
        Error::MailFailed(Problem::new(message))
    }

    /// Creates an [`Error::NotFound`].
    pub fn not_found(message: impl Into<String>) -> Self {
        Error::NotFound(Problem::new(message))
    }

    /// Creates an [`Error::Duplicate`].
    pub fn duplicate(message: impl Into<String>) -> Self {
        Error::Duplicate(Problem::new(message))
    }

    /// Creates an [`Error::NoFreeCode`].
    pub fn no_free_code(message: impl Into<String>) -> Self {
        Error::NoFreeCode(Problem::new(message))
    }

    /// Creates an [`Error::Database`].
    pub fn database(message: impl Into<String>) -> Self {
        Error::Database(Problem::new(message))
    }

    /// Creates an [`Error::DatabaseMissing`].
    pub fn database_missing(message: impl Into<String>) -> Self {
        Error::DatabaseMissing(Problem::new(message))
    }

    /// Creates an [`Error::Unavailable`].
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

    /// Sets the hint: a sentence that ends in the command to run.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.hint = Some(hint.into());
        }
        self
    }

    /// Puts the origin of a setting in front of the message: `environment FROM_EMAIL: ...`.
    #[must_use]
    pub(crate) fn with_origin(mut self, origin: &str) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.message = format!("{origin}: {}", problem.message);
        }
        self
    }

    /// Sets the source: the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.source = Some(Arc::from(source.into()));
        }
        self
    }

    /// Replaces a code that the database repeats in its message.
    #[must_use]
    pub(crate) fn hiding(mut self, code: &str) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.replace(code, "(code)");
        }
        self
    }

    /// Marks the error as caused by one row, so that the rest of its batch can continue.
    #[must_use]
    pub(crate) fn of_row(mut self) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.row_error = true;
        }
        self
    }

    /// Marks the error as a lost commit: it is unknown whether the last transaction of
    /// this operation was committed.
    #[must_use]
    pub(crate) fn of_unknown_outcome(mut self, operation: Uuid) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.unknown = Some(operation);
        }
        self
    }

    /// Marks the error as one of a caller's transaction that can be run again.
    #[must_use]
    pub(crate) fn of_retryable_transaction(mut self) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.retryable = true;
        }
        self
    }

    /// Marks the error as a statement that exceeded the server's time limit.
    #[must_use]
    pub(crate) fn of_statement_timeout(mut self) -> Self {
        if let Some(problem) = self.problem_mut() {
            problem.statement_timeout = true;
        }
        self
    }

    /// Adds to the hint how to shorten statements, if a statement exceeded the server's
    /// time limit.
    #[must_use]
    pub(crate) fn with_statement_timeout_hint(mut self, addition: &str) -> Self {
        if let Some(problem) = self.problem_mut().filter(|problem| problem.statement_timeout) {
            let hint = problem.hint.take().map_or(String::new(), |hint| format!("{hint}, or "));
            problem.hint = Some(format!("{hint}{addition}"));
        }
        self
    }

    /// Returns the operation whose last transaction may or may not be committed: the
    /// connection was lost during the commit, and the database did not tell in time
    /// whether it succeeded. `None` for every other error.
    #[must_use]
    pub fn unknown_outcome(&self) -> Option<Uuid> {
        self.problem().and_then(|problem| problem.unknown)
    }

    /// Returns true if the caller's own transaction, in which
    /// [`Service::redeem_in`](crate::service::Service::redeem_in) failed, may succeed if it is
    /// rolled back and run again: after a deadlock, a serialization failure, or a wait for a lock.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.problem().is_some_and(|problem| problem.retryable)
    }

    /// Returns true if one row caused the error, so that the rest of its batch can
    /// continue.
    #[must_use]
    pub(crate) fn is_row_error(&self) -> bool {
        self.problem().is_some_and(|problem| problem.row_error)
    }

    /// Returns the hint for an operator, if any: a sentence that ends in the command to run.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'_, str>> {
        match self {
            Error::Refused(denial) => denial.hint().map(Cow::Owned),
            _ => self.problem().and_then(|problem| problem.hint.as_deref()).map(Cow::Borrowed),
        }
    }

    /// Returns the time to retry, if a rate limit was reached.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Error::Refused(denial) => denial.retry_at(),
            _ => None,
        }
    }

    /// Returns the reason, from the closed list.
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

    /// Returns the HTTP status of the reason, for authenticated callers. Answers to the
    /// public use [`crate::public::PublicAnswer`] instead.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.reason().http_status()
    }
}
