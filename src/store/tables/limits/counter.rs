//! Counters, and the types and statements that concern a single one.

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, sql};

/// A counter, identified by what is counted and by its window.
#[derive(Debug, Clone)]
pub(crate) struct Counter<'b> {
    pub bucket: &'b str,
    pub window: DateTime<Utc>,
}

impl Counter<'_> {
    pub(crate) fn args(&self) -> [(&'static str, Arg); 2] {
        [("bucket", self.bucket.into()), ("window", self.window.into())]
    }

    pub(crate) fn args_with(&self, more: &[(&'static str, Arg)]) -> Vec<(&'static str, Arg)> {
        [&self.args()[..], more].concat()
    }
}

/// Creates a counter without hits.
pub(crate) const NEW: Sql =
    sql!("{insert_new} invite_limits (bucket, window_start, hits) VALUES (:bucket, :window, 0) {skip_conflicts}");

/// A range of buckets, including the first text and excluding the second.
pub(crate) type Range = (String, String);

pub(crate) fn range_args((low, high): &Range, window: DateTime<Utc>) -> Vec<(&'static str, Arg)> {
    vec![("low", low.as_str().into()), ("high", high.as_str().into()), ("window", window.into())]
}

/// The hits of a counter.
#[derive(Debug)]
pub(crate) struct Count {
    pub bucket: String,
    pub window: DateTime<Utc>,
    pub hits: i64,
}

pub(crate) fn read(row: &Row) -> Result<Count> {
    Ok(Count { bucket: row.text("bucket")?, window: row.time("window_start")?, hits: row.int("hits")? })
}
