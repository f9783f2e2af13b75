//! Batches that are halved until a bad row stands alone.

use crate::error::{Error, Result};

/// The parts of a batch that are still to be done. Where the database refuses
/// a row, its part is halved, so that one bad row does not cost its batch.
pub(crate) struct Halves<T>(Vec<Vec<T>>);

impl<T> Halves<T> {
    pub(crate) fn of(batch: Vec<T>) -> Self {
        Halves(vec![batch])
    }

    /// The next part, never empty.
    pub(crate) fn next(&mut self) -> Option<Vec<T>> {
        loop {
            let part = self.0.pop()?;
            if !part.is_empty() {
                return Some(part);
            }
        }
    }

    /// A part failed: answers the bad row, if it stands alone, or puts the two
    /// halves back.
    ///
    /// # Errors
    /// The failure itself, if no row is to blame.
    pub(crate) fn split(&mut self, mut part: Vec<T>, error: Error) -> Result<Option<(T, Error)>> {
        if !error.is_row_fault() {
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
