//! The kinds of work, one file per kind.

mod backfill;
mod cleanup;
mod import;
mod list;
mod nothing;
mod python;
mod scale;
mod start;
mod uses;
mod validate;

use clap::ValueEnum;

use crate::options::Options;
use crate::testbed::Testbed;

pub use scale::run as scale;
pub use start::run as start;
pub use uses::record;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// Create a code for every space
    Backfill,
    /// Dry run of a backfill, compared with the backfill
    DryRun,
    /// Backfill with nothing missing
    Nothing,
    /// Backfill, compared with a Python script
    Python,
    /// Close expired invites
    Close,
    /// Delete old invites
    Purge,
    /// List as CSV
    Csv,
    /// List as JSON Lines
    Jsonl,
    /// Import spaces from a file
    Import,
    /// Validate a code
    Validate,
    /// Redeem codes concurrently
    Uses,
    /// Start of the program, and size of the binary
    Start,
}

impl Work {
    pub const ALL: &[Work] = &[
        Work::Backfill,
        Work::DryRun,
        Work::Nothing,
        Work::Python,
        Work::Close,
        Work::Purge,
        Work::Csv,
        Work::Jsonl,
        Work::Import,
        Work::Validate,
        Work::Uses,
        Work::Start,
    ];

    /// Measures the work, and prints the result. Work without an engine is ignored.
    pub fn run(self, testbed: &Testbed, options: &Options) {
        match self {
            Work::Backfill => backfill::run(testbed, options),
            Work::DryRun => backfill::dry_run(testbed, options),
            Work::Nothing => nothing::run(testbed, options),
            Work::Python => python::run(testbed, options),
            Work::Close => cleanup::close(testbed, options),
            Work::Purge => cleanup::purge(testbed, options),
            Work::Csv => list::run(testbed, options, "csv"),
            Work::Jsonl => list::run(testbed, options, "jsonl"),
            Work::Import => import::run(testbed, options),
            Work::Validate => validate::run(testbed, options),
            Work::Uses => uses::run(testbed, options),
            Work::Start => {}
        }
    }
}
