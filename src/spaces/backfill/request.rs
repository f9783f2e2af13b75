//! The scope and the result of a backfill.

use crate::builder::setters;
use crate::error::{Error, Result};
use crate::invites::Issued;
use crate::service::Service;
use crate::spaces::backfill::shard::Shard;
use crate::store::tables::spaces::Space;

/// The spaces of a backfill, and its options.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct BackfillRequest {
    /// Policy of the spaces; `None` for all.
    pub policy: Option<String>,
    /// IDs of the spaces; empty for all.
    pub spaces: Vec<String>,
    /// Create codes for this part of the spaces only; the others are scanned.
    pub shard: Option<Shard>,
    /// Maximum number of codes to create.
    pub limit: Option<u64>,
    /// Maximum number of spaces per transaction; by default 8,000, 16,000 in a local file and
    /// 1,000 on a cluster. The first transaction has at most 500.
    pub batch_size: Option<u32>,
    /// Report what would be created, and change nothing.
    pub dry_run: bool,
}

impl BackfillRequest {
    /// Creates a request for all spaces.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters! {
    BackfillRequest {
        text policy,
        list spaces: String,
        some shard: Shard,
        some limit: u64,
        some batch_size: u32,
        value dry_run: bool,
    }
}

impl BackfillRequest {
    /// Returns the policies whose spaces the run scans.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the policy of the request is unknown or has no standing codes.
    pub(crate) fn standing_policies(&self, service: &Service) -> Result<Vec<String>> {
        let Some(name) = &self.policy else {
            return Ok(service.policies().names_where(|policy| policy.standing));
        };
        let policy = service.policies().get(name)?;
        if policy.standing {
            return Ok(vec![name.clone()]);
        }
        let standing = service.policies().names_where(|policy| policy.standing);
        Err(Error::invalid(format!("the policy {name} has no standing codes, so there is nothing to backfill"))
            .with_hint(format!("policies with standing codes: {}", standing.join(", "))))
    }
}

/// A space without a standing code, and the created one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Backfilled {
    /// The space.
    pub space: Space,
    /// The new invite of the space; `None` in a dry run.
    pub issued: Option<Issued>,
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackfillSummary {
    /// Number of scanned spaces.
    pub scanned: u64,
    /// Number of scanned spaces without a valid standing code.
    pub missing: u64,
    /// Number of created codes; in a dry run, of codes that would be created.
    pub added: u64,
    /// Number of spaces for which no code could be created.
    pub failed: u64,
    /// Number of spaces whose policy has no standing codes, if the run scans all spaces.
    pub skipped_by_policy: u64,
    /// True if the run was stopped before the end.
    pub interrupted: bool,
}

impl BackfillSummary {
    /// Returns the sum of the counts of two runs; interrupted if one of them was.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        BackfillSummary {
            scanned: self.scanned + other.scanned,
            missing: self.missing + other.missing,
            added: self.added + other.added,
            failed: self.failed + other.failed,
            skipped_by_policy: self.skipped_by_policy + other.skipped_by_policy,
            interrupted: self.interrupted || other.interrupted,
        }
    }
}
