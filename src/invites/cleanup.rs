//! Closes expired and used-up invites, and deletes invites that were closed and spaces
//! that were removed long enough ago. A cleanup is planned, then applied in ranges of the
//! primary key, each in one transaction.

mod archive;
mod bisect;
mod observer;
mod plan;
mod run;
mod spaces;
mod summary;

use crate::error::Result;
pub use crate::invites::cleanup::observer::{Archived, CleanupAction, CleanupObserver};
pub use crate::invites::cleanup::plan::{CleanupPlan, CleanupRequest};
use crate::invites::cleanup::run::Run;
pub use crate::invites::cleanup::summary::CleanupSummary;
use crate::service::{Actor, Service};
use crate::store::tables::cleanup::ClosableBy;

impl Service {
    /// Applies a plan. Each batch is one transaction whose statement checks its conditions
    /// again, so that an invite that was extended meanwhile stays open. If the database
    /// refuses a row, its batch is bisected: the row is reported as failed, and the others
    /// are closed or deleted.
    ///
    /// Checks no permission: the caller decides who may clean up.
    ///
    /// # Errors
    /// Any error of the database or the archive. Batches that were committed before the error
    /// stay committed.
    pub async fn cleanup(
        &self,
        actor: &Actor,
        request: &CleanupRequest,
        plan: CleanupPlan,
        observer: &mut dyn CleanupObserver,
    ) -> Result<CleanupSummary> {
        let mut run = Run::new(self, actor, request, &plan);
        observer.expect(plan.revoked() + plan.expired() + plan.used_up() + plan.purgeable() + plan.spaces());
        if plan.revoked() > 0 {
            run.summary.revoked = run.close_strays(observer).await?;
        }
        run.summary.expired = run.close(ClosableBy::Expiry, plan.expired, plan.at, observer).await?;
        run.summary.used_up = run.close(ClosableBy::Uses, plan.used_up, plan.at, observer).await?;
        run.report_left(plan.expired() + plan.used_up(), plan.at, observer).await?;
        if let Some((purge, extent)) = plan.purge {
            run.summary.purged = run.purge(&purge, extent, observer).await?;
            if plan.spaces() > 0 {
                run.summary.spaces = run.purge_spaces(purge.closed_before, observer).await?;
            }
        }
        run.sweep_limits(observer).await?;
        if request.purge_after.is_some() {
            run.summary.leaves_log = !self.db().empty_log().await?;
        }
        let summary = run.summary;
        if summary.revoked + summary.expired + summary.used_up + summary.purged + summary.spaces > 0 {
            self.finish(&run.operation, summary.failed).await?;
        }
        Ok(summary)
    }
}
