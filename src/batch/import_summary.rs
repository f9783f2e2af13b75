//! What every import counts.

/// The counts of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Rows read.
    pub read: u64,
    /// New ones; in a dry run, those that would be.
    pub added: u64,
    /// Known ones that were changed.
    pub updated: u64,
    /// Known ones that were left as they are.
    pub unchanged: u64,
    /// Rows that could not be taken in.
    pub failed: u64,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}
