//! Closes invites that are dead by the clock or by their uses, and deletes
//! those that have long been closed. Planned first, then applied in ranges of
//! the primary key, a transaction each.

mod archive;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Actor, Service, limits};
use crate::error::{Error, Result};
use crate::store::cleanup::{self as rows, Care, DeadBy, Extent, Purge};
use crate::store::operations::{self, Operation};
use crate::store::{Session, in_transaction, reading};
pub use archive::{Archived, is_any_stored};

/// How many invites one transaction looks at.
const BATCH: u32 = 50_000;

/// What to clean up and how.
#[derive(Debug, Clone)]
pub struct CleanupRequest {
    /// Delete invites that have been closed for so long; none: delete nothing.
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
}

impl CleanupPlan {
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

    /// The plan without its deletions.
    #[must_use]
    pub fn without_purge(self) -> Self {
        CleanupPlan { purge: None, ..self }
    }
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanupSummary {
    /// Closed as expired.
    pub expired: u64,
    /// Closed as used up.
    pub used_up: u64,
    /// Deleted.
    pub purged: u64,
    /// Closed for long enough, and kept because they were used.
    pub kept_used: u64,
    /// What was deleted can still be read in the log of an embedded file: another
    /// process was reading, and kept it from being emptied.
    pub leaves_log: bool,
    /// Whether it was stopped before the end, by a signal.
    pub interrupted: bool,
    /// Whether it was stopped before the end, by its time limit.
    pub out_of_time: bool,
}

/// What a cleanup does to an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleaned {
    /// Closed as expired.
    Expired,
    /// Closed as used up.
    UsedUp,
    /// Deleted.
    Purged,
}

/// Who watches a cleanup, and where the invites go before they are deleted.
pub trait CleanupObserver: Send {
    /// How many invites there are to close and delete.
    fn expect(&mut self, _total: u64) {}
    /// So many more are closed or deleted.
    fn advance(&mut self, _what: Cleaned, _by: u64) {}
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
        return Err(Error::invalid("a batch of 0 invites gets nowhere"));
    }
    let now = service.now();
    reading!(snapshot service.db(), |session| {
        let mut kept_used = 0;
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
                Some((purge, extent))
            }
        };
        let (expired, used_up) = rows::dead_at(session, now, rows::MANY).await?;
        Ok(CleanupPlan { at: now, expired, used_up, purge, kept_used })
    })
}

/// Applies a plan. Each batch is one transaction whose statement tests again
/// what the plan saw, so an invite that was extended meanwhile stays open.
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
    let mut run = Run {
        service,
        operation: service.operation(actor, "cleanup", service.now()),
        batch_size: i64::from(request.batch_size.unwrap_or_else(|| service.batch_size(BATCH))),
        until: deadline(request.max_duration),
        summary: CleanupSummary { kept_used: plan.kept_used, ..CleanupSummary::default() },
    };
    observer.expect(plan.expired() + plan.used_up() + plan.purgeable());
    run.summary.expired = run.close(DeadBy::Expiry, plan.expired, plan.at, observer).await?;
    run.summary.used_up = run.close(DeadBy::Uses, plan.used_up, plan.at, observer).await?;
    if let Some((purge, extent)) = plan.purge {
        run.summary.purged = run.purge(&purge, extent, observer).await?;
    }
    run.sweep_limits(observer).await?;
    if request.purge_after.is_some() {
        run.summary.leaves_log = !service.db().empty_log().await?;
    }
    let summary = run.summary;
    if summary.expired + summary.used_up + summary.purged > 0 {
        service.finish(&run.operation, 0).await?;
    }
    Ok(summary)
}

#[expect(clippy::disallowed_methods, reason = "the time limit of a run is counted by the monotonic clock")]
fn deadline(limit: Option<Duration>) -> Option<Instant> {
    limit.and_then(|limit| Instant::now().checked_add(limit))
}

#[expect(clippy::disallowed_methods, reason = "the time limit of a run is counted by the monotonic clock")]
fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}

struct Run<'s> {
    service: &'s Service,
    operation: Operation,
    batch_size: i64,
    until: Option<Instant>,
    summary: CleanupSummary,
}

impl Run<'_> {
    async fn close(
        &mut self,
        by: DeadBy,
        extent: Extent,
        now: DateTime<Utc>,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let mut closed = 0;
        let what = if by == DeadBy::Uses { Cleaned::UsedUp } else { Cleaned::Expired };
        let mut ranges = Ranges::over(extent);
        while let Some(range) = self.next_range(&mut ranges, observer).await? {
            let operation = &self.operation;
            let changed = in_transaction!(self.service.db(), |session| {
                let changed = rows::close_range(session, by, range, now, operation.id).await?;
                record(session, operation, changed).await?;
                Ok(changed)
            })?;
            closed += changed;
            observer.advance(what, changed);
        }
        Ok(closed)
    }

    async fn purge(&mut self, purge: &Purge, extent: Extent, observer: &mut dyn CleanupObserver) -> Result<u64> {
        let mut purged = 0;
        let mut ranges = Ranges::over(extent);
        let mut care = Care::Bold;
        while let Some(range) = self.next_range(&mut ranges, observer).await? {
            let operation = &self.operation;
            let mut tries = 0;
            let changed = in_transaction!(self.service.db(), |session| {
                tries += 1;
                // It was waited for somebody in vain, perhaps: no more in this run.
                if tries > 1 {
                    care = Care::Careful;
                }
                let doomed = rows::doom(session, purge, range, care).await?;
                if observer.archives() {
                    archive::archive(session, &doomed, observer).await?;
                }
                let changed = doomed.delete(session).await?;
                record(session, operation, changed).await?;
                Ok(changed)
            })?;
            purged += changed;
            observer.advance(Cleaned::Purged, changed);
        }
        Ok(purged)
    }

    /// Deletes the counters of hours that are over. Nobody misses them, so they
    /// are not among what was cleaned up.
    async fn sweep_limits(&mut self, observer: &mut dyn CleanupObserver) -> Result<()> {
        for (low, high) in limits::ENDED {
            let mut low = low.to_owned();
            while let Some(last) = limits::ended_page(self.service, &low, high).await? {
                if self.is_to_stop(observer) {
                    return Ok(());
                }
                low = limits::sweep_page(self.service, &low, &last).await?;
            }
        }
        let service = self.service;
        limits::sweep_guesses(service, &mut || self.is_to_stop(observer)).await
    }

    /// Whether a signal or the time limit ends the run here.
    fn is_to_stop(&mut self, observer: &mut dyn CleanupObserver) -> bool {
        if observer.stop_requested() {
            self.summary.interrupted = true;
        } else if is_over(self.until) {
            self.summary.out_of_time = true;
        } else {
            return false;
        }
        true
    }

    /// The next range of ids to work on; none at the end, or when the run is
    /// to stop.
    async fn next_range(
        &mut self,
        ranges: &mut Ranges,
        observer: &mut dyn CleanupObserver,
    ) -> Result<Option<(Uuid, Uuid)>> {
        let Some((first, end)) = ranges.left else { return Ok(None) };
        if self.is_to_stop(observer) {
            return Ok(None);
        }
        let size = self.batch_size;
        let last = reading!(self.service.db(), |session| { rows::range_end(session, first, end, size).await })?;
        ranges.left = (last < end).then(|| (Uuid::from_u128(last.as_u128() + 1), end));
        Ok(Some((first, last)))
    }
}

async fn record(session: &mut Session, operation: &Operation, changed: u64) -> Result<()> {
    if changed == 0 {
        return Ok(());
    }
    let changed =
        i64::try_from(changed).map_err(|_| Error::database("a batch changed more rows than can be counted"))?;
    operations::record(session, operation, changed, 0).await
}

/// What is left of an extent.
struct Ranges {
    left: Option<(Uuid, Uuid)>,
}

impl Ranges {
    fn over(extent: Extent) -> Self {
        Ranges { left: extent.first.zip(extent.last) }
    }
}
