//! The content of an error: message, hint, source and markers.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// Message, hint and source of an error. Clones share the source.
#[derive(Debug, Clone)]
pub struct Problem {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
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

    /// Replaces a text, also in the source, which is reduced to its text if it contains it.
    pub(crate) fn replace(&mut self, text: &str, replacement: &str) {
        self.message = self.message.replace(text, replacement);
        let mut next = self.source.as_deref().map(|source| source as &dyn StdError);
        while let Some(source) = next {
            if source.to_string().contains(text) || format!("{source:?}").contains(text) {
                let outer = self.source.as_deref().map(ToString::to_string).unwrap_or_default();
                let redacted: Box<dyn StdError + Send + Sync> = outer.replace(text, replacement).into();
                self.source = Some(Arc::from(redacted));
                return;
            }
            next = source.source();
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Problem {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
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
        assert_eq!(error.hint().as_deref(), Some("free some space"));
        let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::StorageFull));
        assert_eq!(error.to_string(), "cannot write");
    }

    #[test]
    fn clone_of_error_keeps_hint_and_source() {
        let cause = io::Error::from(io::ErrorKind::StorageFull);
        let error = Error::database("cannot write").with_source(cause).with_hint("free some space").clone();
        assert_eq!(error.hint().as_deref(), Some("free some space"));
        assert!(std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<io::Error>));
    }

    #[test]
    fn hidden_text_disappears_from_message_and_source() {
        let error = Error::database("row ABC is refused").with_source("duplicate key ABC").hiding("ABC");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(
            (error.to_string().as_str(), source.as_deref()),
            ("row (code) is refused", Some("duplicate key (code)"))
        );
        assert!(!format!("{error:?}").contains("ABC"));
        let unrelated = Error::database("x").with_source(io::Error::from(io::ErrorKind::StorageFull)).hiding("ABC");
        assert!(std::error::Error::source(&unrelated).is_some_and(<dyn std::error::Error>::is::<io::Error>));
    }
}
