//! Ranges of IDs that are bisected until the invite is alone that the database refuses to
//! change.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::cleanup as rows;

/// The parts of a range that are left to apply, the next one last.
pub(crate) struct BisectingRange(Vec<IdRange>);

/// A range of IDs with the maximum number of its invites.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdRange {
    pub range: (Uuid, Uuid),
    most: i64,
}

impl BisectingRange {
    /// Creates a range of at most `most` invites, as one part.
    pub(crate) fn of(range: (Uuid, Uuid), most: i64) -> Self {
        BisectingRange(vec![IdRange { range, most }])
    }

    pub(crate) fn next(&mut self) -> Option<IdRange> {
        self.0.pop()
    }

    /// Splits a part that failed, or returns its invite if it has only one.
    ///
    /// # Errors
    /// The given error if it was not caused by a row.
    pub(crate) async fn split(
        &mut self,
        service: &Service,
        part: IdRange,
        error: Error,
    ) -> Result<Option<(Uuid, Error)>> {
        if !error.is_row_error() {
            return Err(error);
        }
        let (first, end) = part.range;
        let half = (part.most / 2).max(1);
        let last = reading!(service.db(), |session| { rows::range_end(session, first, end, half).await })?;
        if part.most <= 1 {
            return Ok(Some((last, error)));
        }
        if let Some(next) = last.as_u128().checked_add(1).map(Uuid::from_u128).filter(|_| last < end) {
            self.0.push(IdRange { range: (next, end), most: part.most - half });
        }
        self.0.push(IdRange { range: (first, last), most: half });
        Ok(None)
    }
}
