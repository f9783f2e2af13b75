//! What to backfill, and the result.

use crate::invites::Issued;
use crate::spaces::backfill::shard::Shard;
use crate::store::tables::spaces::Space;

/// What to look at and how.
#[derive(Debug, Clone)]
pub struct BackfillRequest {
    /// Only spaces of this policy.
    pub policy: Option<String>,
    /// Only these spaces.
    pub spaces: Vec<String>,
    /// Give codes to this part of them only; the others are looked at.
    pub shard: Option<Shard>,
    /// Give at most so many a code.
    pub limit: Option<u64>,
    /// How many spaces a transaction looks at; none: 8,000, or 16,000 in a
    /// file and 1,000 on a cluster. The first one looks at 500 at most.
    pub batch_size: Option<u32>,
    /// Plan, and stop there.
    pub dry_run: bool,
}

/// A space that lacked a standing invite, with the one that it got; none in a
/// dry run.
#[derive(Debug)]
pub struct Backfilled {
    /// The space.
    pub space: Space,
    /// Its new invite.
    pub issued: Option<Issued>,
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackfillSummary {
    /// Spaces looked at.
    pub scanned: u64,
    /// Those of them that lacked a live standing invite.
    pub missing: u64,
    /// Those that got one; in a dry run, would get one.
    pub added: u64,
    /// Those that could not get one.
    pub failed: u64,
    /// Spaces whose policy has no standing codes, where the run looks at all
    /// spaces.
    pub skipped_by_policy: u64,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}
