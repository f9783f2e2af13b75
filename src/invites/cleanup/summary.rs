//! The result of a cleanup.

/// The counts of a cleanup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CleanupSummary {
    /// Number of invites closed as expired.
    pub expired: u64,
    /// Number of invites closed as used up.
    pub used_up: u64,
    /// Number of open invites of removed spaces, closed as revoked.
    pub revoked: u64,
    /// Number of deleted invites.
    pub purged: u64,
    /// Number of items that the database refused to close or delete.
    pub failed: u64,
    /// Number of invites that were closed long enough ago and kept because they were used.
    pub kept_used: u64,
    /// Number of deleted spaces.
    pub spaces: u64,
    /// Number of spaces that were removed long enough ago and kept because they have used
    /// invites.
    pub kept_spaces: u64,
    /// True if the deleted data can still be read in the write-ahead log of a local file,
    /// because another process was reading and the log could not be truncated.
    pub leaves_log: bool,
    /// True if the run was stopped by a signal.
    pub interrupted: bool,
    /// True if the run was stopped by its time limit.
    pub timed_out: bool,
}
