//! The content of an error: message, hint, source and markers.

use std::error::Error as StdError;
use std::fmt;

use uuid::Uuid;

/// Message, hint and source of an error.
#[derive(Debug)]
pub struct Problem {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
    /// True if the engine refused one row: the batch can be split to find it.
    pub(crate) row_fault: bool,
    /// True if the statement exceeded the server's time limit: fewer rows take less time.
    pub(crate) too_long: bool,
    /// The operation whose commit may or may not have succeeded.
    pub(crate) unknown: Option<Uuid>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Problem { message: message.into(), hint: None, source: None, row_fault: false, too_long: false, unknown: None }
    }

    pub(crate) fn retold(&self) -> Self {
        Problem {
            message: self.message.clone(),
            hint: self.hint.clone(),
            source: self.source.as_ref().map(|source| source.to_string().into()),
            row_fault: self.row_fault,
            too_long: self.too_long,
            unknown: self.unknown,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
