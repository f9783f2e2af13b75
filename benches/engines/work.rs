//! The kinds of work, a file each.

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
use crate::place::Place;

pub use scale::run as scale;
pub use start::run as start;
pub use uses::record;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// A code for every space
    Backfill,
    /// What a backfill would do, against doing it
    DryRun,
    /// A backfill that finds nothing to do
    Nothing,
    /// A backfill against a script in Python
    Python,
    /// Closing what has expired
    Close,
    /// Deleting what has long been closed
    Purge,
    /// Lists as CSV
    Csv,
    /// Lists as JSON lines
    Jsonl,
    /// Taking in spaces from a file
    Import,
    /// A look at a code
    Validate,
    /// Uses of codes by many at once
    Uses,
    /// The start of the program and its size
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

    /// Does it, and prints what came of it. What needs no engine is not done
    /// here.
    pub fn run(self, place: &Place, options: &Options) {
        match self {
            Work::Backfill => backfill::run(place, options),
            Work::DryRun => backfill::dry_run(place, options),
            Work::Nothing => nothing::run(place, options),
            Work::Python => python::run(place, options),
            Work::Close => cleanup::close(place, options),
            Work::Purge => cleanup::purge(place, options),
            Work::Csv => list::run(place, options, "csv"),
            Work::Jsonl => list::run(place, options, "jsonl"),
            Work::Import => import::run(place, options),
            Work::Validate => validate::run(place, options),
            Work::Uses => uses::run(place, options),
            Work::Start => {}
        }
    }
}
