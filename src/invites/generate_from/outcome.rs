//! The outcome of the rows of one batch.

use crate::batch::Failure;
use crate::error::Error;
use crate::invites::issue::{Draft, Issued};

/// The issued invites and the failures of one batch.
#[derive(Default)]
pub(crate) struct Outcome {
    pub issued: Vec<(Option<u64>, Issued)>,
    pub failures: Vec<Failure>,
}

/// Returns the subject of the failure of a row: its address or its space.
pub(crate) fn subject_of(draft: Draft<'_>) -> String {
    draft.email.unwrap_or(draft.space.id)
}

/// Creates the failure of one row; `subject` is its address or space.
pub(crate) fn row_failure(line: u64, subject: &str, error: &Error) -> Failure {
    Failure::of(subject, error).at_line(line)
}
