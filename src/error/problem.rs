//! The content of an error: message, hint, source and markers.

use std::error::Error as StdError;

use uuid::Uuid;

/// Message, hint and source of an error.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
    /// True if the engine refused one row: the batch can be split to find it.
    pub(crate) row_error: bool,
    /// True if the statement exceeded the server's time limit: fewer rows take less time.
    pub(crate) statement_timeout: bool,
    /// True if the caller can run its transaction again.
    pub(crate) retryable: bool,
    /// The operation whose commit may or may not have succeeded.
    pub(crate) unknown: Option<Uuid>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Problem {
            message: message.into(),
            hint: None,
            source: None,
            row_error: false,
            statement_timeout: false,
            retryable: false,
            unknown: None,
        }
    }

    pub(crate) fn shallow_clone(&self) -> Self {
        Problem {
            message: self.message.clone(),
            hint: self.hint.clone(),
            source: self.source.as_ref().map(|source| source.to_string().into()),
            row_error: self.row_error,
            statement_timeout: self.statement_timeout,
            retryable: self.retryable,
            unknown: self.unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use crate::error::Error;

    #[test]
    fn error_has_hint_and_source_of_its_problem() {
        let cause = io::Error::from(io::ErrorKind::StorageFull);
        let error = Error::database("cannot write").with_source(cause).with_hint("free some space");
        assert_eq!(error.hint(), Some("free some space"));
        let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::StorageFull));
        assert_eq!(error.to_string(), "cannot write");
    }
}
