//! Counts open invites, for monitoring.

use chrono::TimeDelta;

use crate::error::{Error, Result};
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::stats;

/// The number of open invites.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenCount {
    /// Number of active and scheduled invites.
    pub open: u64,
    /// Number of open invites that expire within the requested span.
    pub expiring: u64,
}

impl Service {
    /// Counts the open invites of all spaces, and those of them that expire within a span.
    ///
    /// Checks no permission: the numbers disclose nothing about a single space.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a span that ends outside of the range of dates, and any error
    /// of the database.
    pub async fn count_open_invites(&self, within: TimeDelta) -> Result<OpenCount> {
        let now = self.now();
        let until = now.checked_add_signed(within).ok_or_else(|| Error::invalid("the date is out of range"))?;
        let (open, expiring) = reading!(self.db(), |session| { stats::count_open(session, now, until).await })?;
        Ok(OpenCount { open: open.unsigned_abs(), expiring: expiring.unsigned_abs() })
    }
}
