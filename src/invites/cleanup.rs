//! Closes invites that are dead by the clock or by their uses, and deletes
//! those that have long been closed, and spaces that have long been removed. Planned first, then applied in ranges of
//! the primary key, a transaction each.

pub(crate) mod archive;
pub(crate) mod parts;
pub(crate) mod run;
pub(crate) mod spaces;

use std::time::Duration;

use crate::batch::Failure;
use crate::error::{Error, Result, readable};
pub use crate::invites::cleanup::archive::{Archived, is_any_stored};
use crate::invites::cleanup::run::Run;
use crate::service::{Actor, Service};
use crate::store::reading;
use crate::store::tables::cleanup as rows;
use crate::store::tables::cleanup::{DeadBy, Extent, Purge};
use crate::store::tables::spaces as space_rows;
use chrono::{DateTime, TimeDelta, Utc};

/// What to clean up and how.
#[derive(Debug, Clone)]
pub struct CleanupRequest {
    /// Delete invites that were closed at least this long ago, and spaces that were removed
    /// at least this long ago and have no invites left. `None` deletes nothing.
    pub purge_after: Option<TimeDelta>,
    /// Delete used ones too, with the record of who used them.
    pub include_used: bool,
    /// How many invites a transaction looks at; none: 50,000, or 1,000 on a
    /// cluster.
    pub batch_size: Option<u32>,
    /// Stop after so long; none: at the end.
    pub max_duration: Option<Duration>,
}

/// What there is to clean up.
#[derive(Debug, Clone, Copy, Default)]
pub struct CleanupPlan {
    at: DateTime<Utc>,
    expired: Extent,
    used_up: Extent,
    purge: Option<(Purge, Extent)>,
    kept_used: u64,
    spaces: u64,
    kept_spaces: u64,
    revoked: u64,
}

impl CleanupPlan {
    /// Open invites of removed spaces to close. Another node of a cluster can commit
    /// an invite after the removal of its space; it is invalid already. They are
    /// counted on a cluster and before a purge.
    #[must_use]
    pub fn revoked(&self) -> u64 {
        self.revoked
    }

    /// Invites past their end that are not closed yet.
    #[must_use]
    pub fn expired(&self) -> u64 {
        self.expired.total.unsigned_abs()
    }

    /// Invites that reached their last use and are not closed yet.
    #[must_use]
    pub fn used_up(&self) -> u64 {
        self.used_up.total.unsigned_abs()
    }

    /// Closed invites to delete.
    #[must_use]
    pub fn purgeable(&self) -> u64 {
        self.purge.as_ref().map_or(0, |(_, extent)| extent.total.unsigned_abs())
    }

    /// Invites that have been closed for long enough and are kept because they
    /// were used.
    #[must_use]
    pub fn kept_used(&self) -> u64 {
        self.kept_used
    }

    /// Removed spaces to delete.
    #[must_use]
    pub fn spaces(&self) -> u64 {
        self.spaces
    }

    /// Spaces that have been removed for long enough and are kept because they have
    /// used invites.
    #[must_use]
    pub fn kept_spaces(&self) -> u64 {
        self.kept_spaces
    }

    /// The plan without its deletions.
    #[must_use]
    pub fn without_purge(self) -> Self {
        CleanupPlan { purge: None, spaces: 0, ..self }
    }
}

impl CleanupPlan {
    /// What it is about, for the audit log.
    fn described(&self) -> String {
        let closing = "expired and used-up invites";
        let Some((purge, _)) = &self.purge else { return closing.to_owned() };
        let used = if purge.include_used { ", used ones included" } else { "" };
        format!("{closing}; purge of what was closed by {}{used}", readable(purge.closed_before))
    }
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanupSummary {
    /// Closed as expired.
    pub expired: u64,
    /// Closed as used up.
    pub used_up: u64,
    /// Open invites of removed spaces, closed as revoked.
    pub revoked: u64,
    /// Deleted.
    pub purged: u64,
    /// Those that the database refused to close or delete.
    pub failed: u64,
    /// Closed for long enough, and kept because they were used.
    pub kept_used: u64,
    /// Removed spaces that were deleted.
    pub spaces: u64,
    /// Spaces that were removed for long enough, and kept because they have used
    /// invites.
    pub kept_spaces: u64,
    /// What was deleted can still be read in the log of an embedded file: another
    /// process was reading, and kept it from being emptied.
    pub leaves_log: bool,
    /// Whether it was stopped before the end, by a signal.
    pub interrupted: bool,
    /// Whether it was stopped before the end, by its time limit.
    pub timed_out: bool,
}

/// What a cleanup does to an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleaned {
    /// Closed as expired.
    Expired,
    /// Closed as used up.
    UsedUp,
    /// Of a removed space, closed as revoked.
    Revoked,
    /// Deleted.
    Purged,
    /// A removed space, deleted.
    Space,
}

/// Who watches a cleanup, and where the invites go before they are deleted.
pub trait CleanupObserver: Send {
    /// How many invites there are to close and delete.
    fn expect(&mut self, _total: u64) {}
    /// So many more are closed or deleted.
    fn advance(&mut self, _what: Cleaned, _by: u64) {}
    /// The database refused to close or delete this one; the others go on.
    fn failed(&mut self, _failure: &Failure) {}
    /// Begins a batch, or begins it once more: what was handed over of it before is
    /// to be dropped.
    ///
    /// # Errors
    /// What prevents it; the batch is then rolled back.
    fn begin_batch(&mut self) -> Result<()> {
        Ok(())
    }
    /// Takes a piece of what is about to be deleted.
    ///
    /// # Errors
    /// What keeps it from being kept; the batch is then rolled back.
    fn archive(&mut self, _piece: Archived<'_>) -> Result<()> {
        Ok(())
    }
    /// Keeps the batch. It is deleted after this, which [`CleanupObserver::advance`]
    /// tells; where the process ends before, it may be deleted or not.
    ///
    /// # Errors
    /// What keeps it from being kept; the batch is then rolled back.
    fn keep_batch(&mut self) -> Result<()> {
        Ok(())
    }
    /// Whether [`CleanupObserver::archive`] wants to be called at all.
    fn archives(&self) -> bool {
        false
    }
    /// Whether to stop after this batch.
    fn stop_requested(&self) -> bool {
        false
    }
}

/// Looks what there is to clean up.
///
/// # Errors
/// What the database says.
pub async fn plan_cleanup(service: &Service, request: &CleanupRequest) -> Result<CleanupPlan> {
    if request.batch_size == Some(0) {
        return Err(Error::invalid("the batch size is 0 (minimum 1)"));
    }
    let now = service.now();
    reading!(snapshot service.db(), |session| {
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
        let (expired, used_up) = rows::dead_at(session, now, rows::MANY).await?;
        let looks_for_strays = service.db().is_cluster() || request.purge_after.is_some();
        let revoked = if looks_for_strays { space_rows::count_strays(session).await? } else { 0 };
        Ok(CleanupPlan { at: now, expired, used_up, purge, kept_used, spaces, kept_spaces, revoked })
    })
}

/// Applies a plan. Each batch is one transaction whose statement tests again
/// what the plan saw, so an invite that was extended meanwhile stays open. Where
/// the database refuses a row, its batch is halved until that row stands alone: it
/// is reported as failed, and the others are done.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// What the database or the archive says; what was done before stays done.
pub async fn cleanup(
    service: &Service,
    actor: &Actor,
    request: &CleanupRequest,
    plan: CleanupPlan,
    observer: &mut dyn CleanupObserver,
) -> Result<CleanupSummary> {
    let mut run = Run::new(service, actor, request, &plan);
    observer.expect(plan.revoked() + plan.expired() + plan.used_up() + plan.purgeable() + plan.spaces());
    if plan.revoked > 0 {
        run.summary.revoked = run.close_strays(observer).await?;
    }
    run.summary.expired = run.close(DeadBy::Expiry, plan.expired, plan.at, observer).await?;
    run.summary.used_up = run.close(DeadBy::Uses, plan.used_up, plan.at, observer).await?;
    run.report_left(plan.expired() + plan.used_up(), plan.at, observer).await?;
    if let Some((purge, extent)) = plan.purge {
        run.summary.purged = run.purge(&purge, extent, observer).await?;
        if plan.spaces > 0 {
            run.summary.spaces = run.purge_spaces(purge.closed_before, observer).await?;
        }
    }
    run.sweep_limits(observer).await?;
    if request.purge_after.is_some() {
        run.summary.leaves_log = !service.db().empty_log().await?;
    }
    let summary = run.summary;
    if summary.revoked + summary.expired + summary.used_up + summary.purged + summary.spaces > 0 {
        service.finish(&run.operation, summary.failed).await?;
    }
    Ok(summary)
}
