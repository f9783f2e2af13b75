//! Ranges of ids that are halved until the one invite stands alone that the
//! database refuses to change.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::cleanup as rows;

/// The parts of a range that are still to be done, the next one last.
pub(crate) struct Parts(Vec<Part>);

/// A part of a range, with the most invites that it can hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub range: (Uuid, Uuid),
    most: i64,
}

impl Parts {
    /// Returns a range of at most `most` invites as one part.
    pub(crate) fn of(range: (Uuid, Uuid), most: i64) -> Self {
        Parts(vec![Part { range, most }])
    }

    pub(crate) fn next(&mut self) -> Option<Part> {
        self.0.pop()
    }

    /// A part failed: puts its halves back, or answers the refused invite if it
    /// stands alone.
    ///
    /// # Errors
    /// The failure itself, if no row is to blame.
    pub(crate) async fn split(&mut self, service: &Service, part: Part, error: Error) -> Result<Option<(Uuid, Error)>> {
        if !error.is_row_fault() {
            return Err(error);
        }
        let (first, end) = part.range;
        let half = (part.most / 2).max(1);
        let last = reading!(service.db(), |session| { rows::range_end(session, first, end, half).await })?;
        if part.most <= 1 {
            return Ok(Some((last, error)));
        }
        if let Some(next) = last.as_u128().checked_add(1).map(Uuid::from_u128).filter(|_| last < end) {
            self.0.push(Part { range: (next, end), most: part.most - half });
        }
        self.0.push(Part { range: (first, last), most: half });
        Ok(None)
    }
}
