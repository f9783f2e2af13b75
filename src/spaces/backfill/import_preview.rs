//! Predicts the backfill of spaces that an import would add.

use crate::error::{Error, Result};
use crate::service::Service;
use crate::spaces::backfill::request::{BackfillRequest, BackfillSummary, Backfilled};
use crate::spaces::import::ImportedSpace;

/// Counts what a backfill would do for the spaces of an import that is a dry run.
///
/// Such an import stores no spaces, so a dry run of [`Service::backfill`] cannot find
/// them. The sum of both summaries is the summary of a backfill after the real import, by a caller
/// without [`Actor::user`](crate::service::Actor::user): a user has no role in a new space.
#[derive(Debug)]
pub struct ImportPreview {
    /// Policies whose spaces the backfill scans.
    policies: Vec<String>,
    /// True if the backfill counts the spaces of other policies.
    counts_others: bool,
    summary: BackfillSummary,
}

impl ImportPreview {
    /// Creates a preview for the backfill that follows the import.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a policy without standing codes, and for a request with spaces, a
    /// shard or a limit: which spaces it processes depends on the stored ones.
    pub fn new(service: &Service, request: &BackfillRequest) -> Result<Self> {
        if !request.spaces.is_empty() || request.shard.is_some() || request.limit.is_some() {
            return Err(Error::invalid("a backfill of imported spaces cannot have spaces, a shard or a limit"));
        }
        Ok(ImportPreview {
            policies: request.standing_policies(service)?,
            counts_others: request.policy.is_none(),
            summary: BackfillSummary::default(),
        })
    }

    /// Counts an imported space. Returns it if the backfill would create its code.
    pub fn add(&mut self, imported: &ImportedSpace) -> Option<Backfilled> {
        if !imported.is_new {
            // The dry run of the backfill finds it.
            return None;
        }
        if !self.policies.contains(&imported.space.policy) {
            self.summary.skipped_by_policy += u64::from(self.counts_others);
            return None;
        }
        self.summary.scanned += 1;
        if imported.brings_code {
            return None;
        }
        self.summary.missing += 1;
        self.summary.added += 1;
        Some(Backfilled { space: imported.space.clone(), issued: None })
    }

    /// Returns the counts so far.
    #[must_use]
    pub fn summary(&self) -> BackfillSummary {
        self.summary
    }
}
