//! What every failure carries.

use std::error::Error as StdError;
use std::fmt;

use uuid::Uuid;

use crate::error::Error;

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

impl Error {
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
}
