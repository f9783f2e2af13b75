//! Imports spaces from a file: new ones are added, existing ones are kept. A new space can
//! have a standing code from another system.

mod batches;
mod plan;
mod request;

use crate::batch::bisect::BisectingBatch;
use crate::batch::import_summary::ImportSummary;
use crate::batch::prefetch::prefetch;
use crate::batch::{Failure, Observer, report_done};
use crate::error::{Error, Result};
use crate::records::Records;
use crate::service::{Actor, Service};
use crate::spaces::import::batches::{Batch, Batches, Checked, subject};
use crate::spaces::import::plan::{add_new, plan_batch, write_batch};
pub use crate::spaces::import::request::{ImportSpacesRequest, SpaceRow};
use crate::store::tables::operations::Operation;
use crate::store::tables::spaces::Space;
use crate::store::{in_transaction, reading};

/// An imported space.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ImportedSpace {
    /// The space.
    pub space: Space,
    /// True if the space is new; otherwise it was renamed.
    pub is_new: bool,
    /// True if the standing code of the space was imported.
    pub brings_code: bool,
}

impl Service {
    /// Imports spaces in batches of one transaction each.
    ///
    /// Checks no permission: the caller decides who may import spaces.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown default policy or rows without a policy, and any error
    /// of the database that does not concern a single row.
    pub async fn import_spaces(
        &self,
        actor: &Actor,
        request: &ImportSpacesRequest,
        rows: Records<SpaceRow>,
        observer: &mut dyn Observer<ImportedSpace>,
    ) -> Result<ImportSummary> {
        if let Some(policy) = &request.default_policy {
            self.policies().get(policy)?;
        } else if !rows.has_column("policy") {
            return Err(Error::invalid("line 1: the column policy is missing, and --policy was not given")
                .with_hint("add the column, or --policy NAME for rows without one"));
        }
        let operation = self.operation(actor, "space import", self.now()).on_any(rows.name());
        let mut batches = Batches::new(self, request, rows).await?;
        let mut run = Run { service: self, request, operation, summary: ImportSummary::default(), expects_new: true };
        let mut next = batches.next().await?;
        while let Some(batch) = next {
            if observer.stop_requested() {
                run.summary.interrupted = true;
                break;
            }
            let read = batch.read;
            // While a batch is written, the next one is read and checked.
            let take = async {
                run.take(batch, observer).await?;
                observer.advance(read);
                Ok(())
            };
            next = prefetch(Box::pin(take), Box::pin(batches.next())).await??;
        }
        if run.summary.added + run.summary.updated > 0 && !request.dry_run {
            self.finish(&run.operation, run.summary.failed).await?;
        }
        Ok(run.summary)
    }
}

struct Run<'s> {
    service: &'s Service,
    request: &'s ImportSpacesRequest,
    operation: Operation,
    summary: ImportSummary,
    /// True if all rows of the previous batch were new: then the next batch is inserted
    /// without a lookup, which follows only if some rows exist.
    expects_new: bool,
}

impl Run<'_> {
    async fn take(&mut self, batch: Batch, observer: &mut dyn Observer<ImportedSpace>) -> Result<()> {
        self.summary.read += batch.read;
        for failure in &batch.failures {
            self.fail(failure, observer);
        }
        self.apply(batch.rows, observer).await
    }

    /// Applies a batch in one transaction. If the database refuses a row, the batch is
    /// bisected until that row is alone.
    async fn apply(&mut self, rows: Vec<Checked>, observer: &mut dyn Observer<ImportedSpace>) -> Result<()> {
        let mut parts = BisectingBatch::new(rows);
        while let Some(part) = parts.next() {
            if let Err(error) = self.apply_in_transaction(&part, observer).await
                && let Some((row, error)) = parts.split(part, error)?
            {
                self.fail(&Failure::of(subject(&row.space.id), &error).at_line(row.line), observer);
            }
        }
        Ok(())
    }

    async fn apply_in_transaction(
        &mut self,
        rows: &[Checked],
        observer: &mut dyn Observer<ImportedSpace>,
    ) -> Result<()> {
        let (service, operation, request) = (self.service, &self.operation, self.request);
        let tries_first = self.expects_new && rows.iter().all(|row| row.code.is_none());
        let plan = if request.dry_run {
            reading!(service.db(), |session| { plan_batch(session, rows, request.update, None).await })?
        } else {
            in_transaction!(service.db(), |session| {
                let now = service.now();
                if tries_first && let Some(plan) = add_new(session, rows, now, operation).await? {
                    return Ok(plan);
                }
                let ours = tries_first.then_some(operation.id);
                let mut plan = plan_batch(session, rows, request.update, ours).await?;
                write_batch(session, service, &mut plan, now, operation).await?;
                Ok(plan)
            })?
        };
        self.expects_new = plan.new_rows() == rows.len();
        self.summary.added += plan.new_rows() as u64;
        self.summary.updated += plan.rename.len() as u64;
        self.summary.unchanged += plan.unchanged;
        for (rows, is_new) in [(&plan.added, true), (&plan.add, true), (&plan.rename, false)] {
            let done = rows.iter().map(|row| {
                let brings_code = is_new && row.code.is_some();
                ImportedSpace { space: row.space.clone(), is_new, brings_code }
            });
            report_done(observer, done);
        }
        observer.unchanged(plan.unchanged);
        for failure in &plan.failures {
            self.fail(failure, observer);
        }
        Ok(())
    }

    fn fail(&mut self, failure: &Failure, observer: &mut dyn Observer<ImportedSpace>) {
        self.summary.failed += 1;
        observer.failed(failure);
    }
}
