//! The plan of a cleanup: the rows to close and to delete.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::builder::setters;
use crate::error::{Error, Result, readable};
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::cleanup as rows;
use crate::store::tables::cleanup::{Extent, Purge};
use crate::store::tables::spaces as space_rows;

/// The scope and the limits of a cleanup.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CleanupRequest {
    /// Delete invites that were closed at least this long ago, and spaces that were removed
    /// at least this long ago and have no invites left. `None` deletes nothing.
    pub purge_after: Option<TimeDelta>,
    /// True if used invites are deleted too, with their uses.
    pub include_used: bool,
    /// Maximum number of invites per transaction; by default 50,000, or 1,000 on a cluster.
    pub batch_size: Option<u32>,
    /// Stop after this time; `None` sets no limit.
    pub max_duration: Option<Duration>,
}

impl CleanupRequest {
    /// Creates a request that closes invites, and purges none.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters! {
    CleanupRequest {
        option purge_after: TimeDelta,
        value include_used: bool,
        some batch_size: u32,
        option max_duration: Duration,
    }
}

/// The number of rows that a cleanup would close and delete.
#[derive(Debug, Clone, Copy, Default)]
pub struct CleanupPlan {
    /// The instant of the plan.
    pub(crate) at: DateTime<Utc>,
    pub(crate) expired: Extent,
    pub(crate) used_up: Extent,
    pub(crate) purge: Option<(Purge, Extent)>,
    kept_used: u64,
    spaces: u64,
    kept_spaces: u64,
    revoked: u64,
}

impl CleanupPlan {
    /// Returns the number of open invites of removed spaces to close. Another node of a
    /// cluster can commit an invite after the removal of its space; it is invalid already.
    /// Counted on a cluster and before a purge.
    #[must_use]
    pub fn revoked(&self) -> u64 {
        self.revoked
    }

    /// Returns the number of expired invites that are not closed yet.
    #[must_use]
    pub fn expired(&self) -> u64 {
        self.expired.total.unsigned_abs()
    }

    /// Returns the number of used-up invites that are not closed yet.
    #[must_use]
    pub fn used_up(&self) -> u64 {
        self.used_up.total.unsigned_abs()
    }

    /// Returns the number of closed invites to delete.
    #[must_use]
    pub fn purgeable(&self) -> u64 {
        self.purge.as_ref().map_or(0, |(_, extent)| extent.total.unsigned_abs())
    }

    /// Returns the number of invites that were closed long enough ago and are kept because
    /// they were used.
    #[must_use]
    pub fn kept_used(&self) -> u64 {
        self.kept_used
    }

    /// Returns the number of removed spaces to delete.
    #[must_use]
    pub fn spaces(&self) -> u64 {
        self.spaces
    }

    /// Returns the number of spaces that were removed long enough ago and are kept because
    /// they have used invites.
    #[must_use]
    pub fn kept_spaces(&self) -> u64 {
        self.kept_spaces
    }

    /// Returns the plan without its deletions.
    #[must_use]
    pub fn without_purge(self) -> Self {
        CleanupPlan { purge: None, spaces: 0, ..self }
    }
}

impl CleanupPlan {
    /// Returns a description for the audit log.
    pub(crate) fn described(&self) -> String {
        let closing = "closes expired and used-up invites";
        let Some((purge, _)) = &self.purge else { return closing.to_owned() };
        let invites = if purge.include_used { "used and unused invites" } else { "unused invites" };
        format!("{closing}; deletes {invites} closed until {}", readable(purge.closed_before))
    }
}

impl Service {
    /// Plans a cleanup and changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a batch size of 0, and any error of the database.
    pub async fn plan_cleanup(&self, request: &CleanupRequest) -> Result<CleanupPlan> {
        if request.batch_size == Some(0) {
            return Err(Error::invalid("the batch size is 0 (minimum 1)"));
        }
        let now = self.now();
        reading!(snapshot self.db(), |session| {
            let (mut kept_used, mut spaces, mut kept_spaces) = (0, 0, 0);
            let purge = match request.purge_after {
                None => None,
                Some(span) => {
                    let closed_before =
                        now.checked_sub_signed(span).map_or(DateTime::UNIX_EPOCH, |at| at.max(DateTime::UNIX_EPOCH));
                    let purge = Purge { closed_before, include_used: request.include_used };
                    let extent = rows::purgeable(session, &purge, rows::MANY).await?;
                    if !request.include_used {
                        kept_used = (rows::long_closed(session, &purge).await? - extent.total).max(0).unsigned_abs();
                    }
                    let (old, free) = space_rows::purgeable(session, &purge).await?;
                    (spaces, kept_spaces) = (free, old - free);
                    Some((purge, extent))
                }
            };
            let (expired, used_up) = rows::closable_at(session, now, rows::MANY).await?;
            let looks_for_strays = self.db().is_cluster() || request.purge_after.is_some();
            let revoked = if looks_for_strays { space_rows::count_strays(session).await? } else { 0 };
            Ok(CleanupPlan { at: now, expired, used_up, purge, kept_used, spaces, kept_spaces, revoked })
        })
    }
}
