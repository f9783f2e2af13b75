//! Runs a cleanup: one range of IDs after the other, each in one transaction.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::batch::Failure;
use crate::error::{Error, Result};
use crate::invites::cleanup::archive::archive;
use crate::invites::cleanup::bisect::{BisectingRange, IdRange};
use crate::invites::cleanup::observer::{CleanupAction, CleanupObserver};
use crate::invites::cleanup::plan::{CleanupPlan, CleanupRequest};
use crate::invites::cleanup::summary::CleanupSummary;
use crate::limits;
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::cleanup as rows;
use crate::store::tables::cleanup::{ClosableBy, Extent, LockMode, Purge};
use crate::store::tables::invites;
use crate::store::tables::operations::{self, Operation};
use crate::store::{Session, in_transaction, reading};

/// Maximum number of invites per transaction.
const BATCH: u32 = 50_000;

#[expect(clippy::disallowed_methods, reason = "the time limit of a run is counted by the monotonic clock")]
fn deadline(limit: Option<Duration>) -> Option<Instant> {
    limit.and_then(|limit| Instant::now().checked_add(limit))
}

#[expect(clippy::disallowed_methods, reason = "the time limit of a run is counted by the monotonic clock")]
fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}

pub(crate) struct Run<'s> {
    pub(crate) service: &'s Service,
    pub(crate) operation: Operation,
    pub(crate) batch_size: i64,
    until: Option<Instant>,
    pub(crate) summary: CleanupSummary,
}

impl<'s> Run<'s> {
    pub(crate) fn new(service: &'s Service, actor: &Actor, request: &CleanupRequest, plan: &CleanupPlan) -> Self {
        Run {
            service,
            operation: service.operation(actor, "cleanup", service.now()).on(plan.described()),
            batch_size: i64::from(request.batch_size.unwrap_or_else(|| service.batch_size(BATCH))),
            until: deadline(request.max_duration),
            summary: CleanupSummary {
                kept_used: plan.kept_used(),
                kept_spaces: plan.kept_spaces(),
                ..CleanupSummary::default()
            },
        }
    }

    pub(crate) async fn close(
        &mut self,
        by: ClosableBy,
        extent: Extent,
        now: DateTime<Utc>,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let mut closed = 0;
        let what = if by == ClosableBy::Uses { CleanupAction::UsedUp } else { CleanupAction::Expired };
        let mut ranges = Ranges::over(extent);
        while let Some(mut parts) = self.next_parts(&mut ranges, observer).await? {
            while let Some(part) = self.next_part(&mut parts, observer) {
                match self.close_part(by, part, now).await {
                    Ok(changed) => {
                        closed += changed;
                        observer.advance(what, changed);
                    }
                    Err(error) => {
                        if let Some(refused) = parts.split(self.service, part, error).await? {
                            let is_closable =
                                |invite: &Invite| invite.closed.is_none() && !invite.status(now).is_open();
                            self.fail(refused, is_closable, observer).await?;
                        }
                    }
                }
            }
        }
        Ok(closed)
    }

    async fn close_part(&self, by: ClosableBy, part: IdRange, now: DateTime<Utc>) -> Result<u64> {
        let operation = &self.operation;
        in_transaction!(self.service.db(), |session| {
            let changed = rows::close_range(session, by, part.range, now, operation.id).await?;
            record(session, operation, changed).await?;
            Ok(changed)
        })
    }

    pub(crate) async fn purge(
        &mut self,
        purge: &Purge,
        extent: Extent,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let mut purged = 0;
        let mut ranges = Ranges::over(extent);
        let mut lock_mode = LockMode::Range;
        while let Some(mut parts) = self.next_parts(&mut ranges, observer).await? {
            while let Some(part) = self.next_part(&mut parts, observer) {
                match self.purge_part(purge, part, &mut lock_mode, observer).await {
                    Ok(changed) => {
                        purged += changed;
                        observer.advance(CleanupAction::Purged, changed);
                    }
                    Err(error) => {
                        if let Some(refused) = parts.split(self.service, part, error).await? {
                            if observer.archives() {
                                // Drops what the archive received of the failed batch.
                                observer.begin_batch()?;
                            }
                            self.fail(refused, |invite| invite.closed.is_some(), observer).await?;
                        }
                    }
                }
            }
        }
        Ok(purged)
    }

    async fn purge_part(
        &self,
        purge: &Purge,
        part: IdRange,
        lock_mode: &mut LockMode,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let operation = &self.operation;
        let mut attempts = 0;
        in_transaction!(self.service.db(), |session| {
            attempts += 1;
            // The first attempt may have timed out on a lock: the rest of the run skips locked rows.
            if attempts > 1 {
                *lock_mode = LockMode::Rows;
            }
            let candidates = rows::lock_candidates(session, purge, part.range, *lock_mode).await?;
            let archived =
                if observer.archives() { Some(archive(session, &candidates, observer).await?) } else { None };
            let changed = candidates.delete(session).await?;
            if archived.is_some_and(|archived| archived != changed) {
                return Err(rows::row_not_changed());
            }
            record(session, operation, changed).await?;
            Ok(changed)
        })
    }

    /// Reports an invite that the database refused to change, unless another process has
    /// changed it since.
    async fn fail(
        &mut self,
        (id, error): (Uuid, Error),
        is_left: impl Fn(&Invite) -> bool,
        observer: &mut dyn CleanupObserver,
    ) -> Result<()> {
        let named = Reference::Id(id);
        let invite = match reading!(self.service.db(), |session| { invites::get(session, &named).await }) {
            Err(Error::NotFound(_)) => return Ok(()),
            found => found?,
        };
        if is_left(&invite) {
            self.summary.failed += 1;
            let failure = Failure::of(format!("invite {id}"), &error);
            observer.failed(&failure.hiding(invite.code.as_ref()));
        }
        Ok(())
    }

    /// Reports invites that the database left open without an error, as row-level security
    /// and some triggers do. `planned` invites were expired or used up at the instant `at`.
    pub(crate) async fn report_left(
        &mut self,
        planned: u64,
        at: DateTime<Utc>,
        observer: &mut dyn CleanupObserver,
    ) -> Result<()> {
        let CleanupSummary { expired, used_up, failed, interrupted, timed_out, .. } = self.summary;
        if expired + used_up + failed >= planned || interrupted || timed_out {
            return Ok(());
        }
        let (expired, used_up) =
            reading!(self.service.db(), |session| { rows::closable_at(session, at, rows::MANY).await })?;
        let left = (expired.total + used_up.total).unsigned_abs().saturating_sub(failed);
        if left > 0 {
            self.summary.failed += left;
            let subject = if left == 1 { "1 invite".to_owned() } else { format!("{left} invites") };
            observer.failed(&Failure { count: left, ..Failure::of(subject, &rows::row_not_changed()) });
        }
        Ok(())
    }

    /// Deletes the counters of windows that have ended. They are not part of the summary.
    pub(crate) async fn sweep_limits(&mut self, observer: &mut dyn CleanupObserver) -> Result<()> {
        for mut buckets in limits::sweepable_buckets() {
            while let Some(last) = limits::last_ended_bucket(self.service, &buckets).await? {
                if self.is_to_stop(observer) {
                    return Ok(());
                }
                limits::delete_ended(self.service, &mut buckets, &last).await?;
            }
        }
        let service = self.service;
        limits::sweep_guesses(service, &mut || self.is_to_stop(observer)).await
    }

    /// Returns true if a signal or the time limit stops the run.
    pub(crate) fn is_to_stop(&mut self, observer: &mut dyn CleanupObserver) -> bool {
        if observer.stop_requested() {
            self.summary.interrupted = true;
        } else if is_over(self.until) {
            self.summary.timed_out = true;
        } else {
            return false;
        }
        true
    }

    /// Returns the next range of IDs; `None` at the end, or if the run is to stop.
    async fn next_parts(
        &mut self,
        ranges: &mut Ranges,
        observer: &mut dyn CleanupObserver,
    ) -> Result<Option<BisectingRange>> {
        let Some((first, end)) = ranges.left else { return Ok(None) };
        if self.is_to_stop(observer) {
            return Ok(None);
        }
        let size = self.batch_size;
        let last = reading!(self.service.db(), |session| { rows::range_end(session, first, end, size).await })?;
        ranges.left = (last < end).then(|| (Uuid::from_u128(last.as_u128() + 1), end));
        Ok(Some(BisectingRange::of((first, last), size)))
    }

    /// Returns the next part of a range; `None` at the end, or if the run is to stop.
    fn next_part(&mut self, parts: &mut BisectingRange, observer: &mut dyn CleanupObserver) -> Option<IdRange> {
        parts.next().filter(|_| !self.is_to_stop(observer))
    }
}

pub(crate) async fn record(session: &mut Session, operation: &Operation, changed: u64) -> Result<()> {
    if changed == 0 {
        return Ok(());
    }
    let changed =
        i64::try_from(changed).map_err(|_| Error::database("a batch changed more rows than can be counted"))?;
    operations::record(session, operation, changed, 0).await
}

/// The rest of an extent.
struct Ranges {
    left: Option<(Uuid, Uuid)>,
}

impl Ranges {
    fn over(extent: Extent) -> Self {
        Ranges { left: extent.first.zip(extent.last) }
    }
}
