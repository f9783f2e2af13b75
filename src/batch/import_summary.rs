//! The counts of an import.

/// The result of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportSummary {
    /// Number of rows that were read.
    pub read: u64,
    /// Number of rows that were added; in a dry run, that would be.
    pub added: u64,
    /// Number of existing rows that were updated.
    pub updated: u64,
    /// Number of existing rows that needed no change.
    pub unchanged: u64,
    /// Number of rows that failed.
    pub failed: u64,
    /// True if the import was stopped before the end.
    pub interrupted: bool,
}
