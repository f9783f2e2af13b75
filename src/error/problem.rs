//! What every failure carries.

use std::error::Error as StdError;
use std::fmt;

use uuid::Uuid;

/// What was wrong, what would help, and what caused it.
#[derive(Debug)]
pub struct Problem {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
    /// The engine refused one row and not the whole statement's shape, so a
    /// batch can be split and the row named.
    pub(crate) row_fault: bool,
    /// The statement took longer than the server allows: fewer rows take less.
    pub(crate) too_long: bool,
    /// The operation whose commit may or may not have taken place.
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
