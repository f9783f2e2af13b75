//! Creates the missing standing codes of spaces.

mod import_preview;
mod pages;
mod permission;
mod request;
mod run;
mod shard;

use crate::batch::Observer;
use crate::error::{Error, Result};
use crate::service::{Actor, Service};
use crate::shell::word;
pub use crate::spaces::backfill::import_preview::ImportPreview;
use crate::spaces::backfill::pages::SpacePages;
pub use crate::spaces::backfill::request::{BackfillRequest, BackfillSummary, Backfilled};
use crate::spaces::backfill::run::Run;
pub use crate::spaces::backfill::shard::Shard;
use crate::store::reading;
use crate::store::tables::spaces;

impl Service {
    /// Runs a backfill, page by page, each page in one transaction.
    ///
    /// A run that was stopped keeps the codes that it reported, and can be repeated. Concurrent
    /// runs never create two codes for a space, because the slot is unique.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a policy without standing codes, [`Error::NotFound`] for an unknown
    /// space, and any error of the database that does not concern a single space. A space that
    /// fails is reported to the observer, and the run continues with the others.
    pub async fn backfill(
        &self,
        actor: &Actor,
        request: &BackfillRequest,
        observer: &mut dyn Observer<Backfilled>,
    ) -> Result<BackfillSummary> {
        let policies = self.check_backfill(actor, request)?;
        check_spaces(self, request, &policies).await?;
        let pages = SpacePages::new(self, actor, request, policies);
        let mut run = Run::new(self, actor, request, &pages);
        run.process_pages(observer).await?;
        run.finish().await
    }

    /// Checks a request without its spaces, and returns the policies whose spaces it scans.
    ///
    /// # Errors
    /// As [`Service::backfill`], except for unknown spaces.
    pub fn check_backfill(&self, actor: &Actor, request: &BackfillRequest) -> Result<Vec<String>> {
        self.check_actor(actor)?;
        if request.batch_size == Some(0) {
            return Err(Error::invalid("the batch size is 0 (minimum 1)"));
        }
        request.standing_policies(self)
    }
}

async fn check_spaces(service: &Service, request: &BackfillRequest, policies: &[String]) -> Result<()> {
    for id in &request.spaces {
        let stored = reading!(service.db(), |session| { spaces::get(session, id).await })?;
        if !policies.contains(&stored.space.policy) {
            service.policy_of(&stored.space)?;
            return Err(Error::invalid(format!(
                "the space {id} has the policy {}, which has no standing codes",
                stored.space.policy
            ))
            .with_hint(format!("create an invite instead: invite generate --space {}", word(id))));
        }
    }
    Ok(())
}
