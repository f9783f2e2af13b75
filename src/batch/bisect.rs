//! Batches that are bisected until the invalid row is alone.

use crate::error::{Error, Result};

/// The parts of a batch that are left to apply. If the database refuses a row, its part
/// is split in two, so that the other rows of the batch are applied.
pub(crate) struct BisectingBatch<T>(Vec<Vec<T>>);

impl<T> BisectingBatch<T> {
    pub(crate) fn new(batch: Vec<T>) -> Self {
        BisectingBatch(vec![batch])
    }

    /// Returns the next part, which is never empty.
    pub(crate) fn next(&mut self) -> Option<Vec<T>> {
        loop {
            let part = self.0.pop()?;
            if !part.is_empty() {
                return Some(part);
            }
        }
    }

    /// Splits a part that failed, or returns its row if it has only one.
    ///
    /// # Errors
    /// The given error if it was not caused by a row.
    pub(crate) fn split(&mut self, mut part: Vec<T>, error: Error) -> Result<Option<(T, Error)>> {
        if !error.is_row_error() {
            return Err(error);
        }
        if part.len() > 1 {
            let rest = part.split_off(part.len() / 2);
            self.0.push(rest);
            self.0.push(part);
            return Ok(None);
        }
        Ok(part.pop().map(|row| (row, error)))
    }
}
