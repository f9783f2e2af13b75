//! A classified database error.

use crate::error::Error;

/// The consequence of a database error for the current transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    /// The engine refused one row.
    RefusedRow,
    /// A row exists already, or a row that it refers to is gone. On a server, a retry of the
    /// transaction sees the change.
    Conflict,
    /// The transaction was rolled back or must be; it can be retried.
    Retryable,
    /// Another connection holds a resource; the attempt can be retried.
    Blocked,
    /// The connection is lost or the server accepts no work; another connection or host may.
    Disconnected,
    /// The host name is unknown, or the server speaks another protocol; another host may work.
    WrongHost,
    /// A retry does not help.
    Permanent,
}

/// An error with its class.
#[derive(Debug)]
pub(crate) struct DbError {
    pub(crate) class: ErrorClass,
    pub(crate) error: Error,
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        DbError { class: ErrorClass::Permanent, error }
    }
}

impl DbError {
    pub(crate) fn new(class: ErrorClass, error: Error) -> Self {
        DbError { class, error }
    }
}
