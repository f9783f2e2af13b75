//! What became of the rows of one batch.

use crate::batch::Failure;
use crate::invites::issue::{Draft, Issued};

/// What became of the rows of one batch.
#[derive(Default)]
pub(crate) struct Outcome {
    pub issued: Vec<(Option<u64>, Issued)>,
    pub failures: Vec<Failure>,
}

/// Returns what the failure of a row is about: its address, else its space.
pub(crate) fn subject_of(draft: Draft<'_>) -> String {
    draft.email.unwrap_or(draft.space.id)
}
