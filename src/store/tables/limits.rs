//! The table `invite_limits`: attempts counted in windows, for all processes.
//!
//! A counter is one row, its bucket and the window's first instant. What may
//! not exceed a limit is counted by a statement that says so.

pub(crate) mod guesses;
pub(crate) mod many;

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::store::db::row::{Arg, Row};
use crate::store::db::session::Session;

/// A counter: what is counted, and in which window.
#[derive(Debug, Clone)]
pub(crate) struct Counter<'b> {
    pub bucket: &'b str,
    pub window: DateTime<Utc>,
}

impl Counter<'_> {
    fn args(&self) -> [(&'static str, Arg); 2] {
        [("bucket", self.bucket.into()), ("window", self.window.into())]
    }

    fn args_with(&self, more: &[(&'static str, Arg)]) -> Vec<(&'static str, Arg)> {
        [&self.args()[..], more].concat()
    }
}

const TAKE: &str = "UPDATE invite_limits SET hits = hits + :hits \
     WHERE bucket = :bucket AND window_start = :window AND hits + :hits <= :limit";

const NEW: &str =
    "{insert_new} invite_limits (bucket, window_start, hits) VALUES (:bucket, :window, 0) {skip_conflicts}";

const HITS: &str = "SELECT hits FROM invite_limits WHERE bucket = :bucket AND window_start = :window {lock}";

const DELETE_EARLIER: &str = "DELETE FROM invite_limits WHERE bucket = :bucket AND window_start < :window";

/// Counts `hits` hits if all of them fit below the limit. Otherwise returns false and
/// counts none.
pub(crate) async fn take(session: &mut Session, counter: &Counter<'_>, hits: i64, limit: i64) -> Result<bool> {
    let values = counter.args_with(&[("hits", hits.into()), ("limit", limit.into())]);
    if session.exec(TAKE, &values).await? == 1 {
        return Ok(true);
    }
    // There is no row yet, or it is full: the lock tells, and keeps it so.
    self::hits(session, counter).await?;
    Ok(session.exec(TAKE, &values).await? == 1)
}

/// Counts `hits` hits as [`take`] does; returns `None` if the counter has no row yet.
pub(crate) async fn take_of_known(
    session: &mut Session,
    counter: &Counter<'_>,
    hits: i64,
    limit: i64,
) -> Result<Option<bool>> {
    let values = counter.args_with(&[("hits", hits.into()), ("limit", limit.into())]);
    if session.exec(TAKE, &values).await? == 1 {
        return Ok(Some(true));
    }
    if session.maybe_one(HITS, &counter.args()).await?.is_none() {
        return Ok(None);
    }
    // It is full, or was just made or reset: the lock tells, and keeps it so.
    Ok(Some(session.exec(TAKE, &values).await? == 1))
}

/// How many hits a counter has; its row is made where there is none, and is
/// this transaction's own until it ends.
pub(crate) async fn hits(session: &mut Session, counter: &Counter<'_>) -> Result<i64> {
    if let Some(row) = session.maybe_one(HITS, &counter.args()).await? {
        return row.int("hits");
    }
    if session.insert(NEW, &counter.args(), 1).await? == 1 {
        // The first of a window: those before have ended.
        session.exec(DELETE_EARLIER, &counter.args()).await?;
        return Ok(0);
    }
    match session.maybe_one(HITS, &counter.args()).await? {
        Some(row) => row.int("hits"),
        // It was there, and somebody reset it in between.
        None => Err(session.conflict()),
    }
}

const PEEK: &str = "SELECT bucket, window_start, hits FROM invite_limits{by:PRIMARY} \
     WHERE bucket {in_texts:list} AND window_start = :window";

/// The counts of these buckets in a window, as they are at this moment.
pub(crate) async fn peek(session: &mut Session, buckets: &[&str], window: DateTime<Utc>) -> Result<Vec<Count>> {
    let rows = session.all(PEEK, &[("list", Arg::texts(buckets)), ("window", window.into())]).await?;
    rows.iter().map(read).collect()
}

const GIVE_BACK: &str = "UPDATE invite_limits SET hits = CASE WHEN hits > :hits THEN hits - :hits ELSE 0 END \
     WHERE bucket = :bucket AND window_start = :window";

/// Takes hits back; without effect where the counter was reset meanwhile.
pub(crate) async fn give_back(session: &mut Session, counter: &Counter<'_>, hits: i64) -> Result<()> {
    session.exec(GIVE_BACK, &counter.args_with(&[("hits", hits.into())])).await.map(|_| ())
}

/// A range of buckets, the first text included, the second not.
pub(crate) type Range = (String, String);

fn range_args((low, high): &Range, window: DateTime<Utc>) -> Vec<(&'static str, Arg)> {
    vec![("low", low.as_str().into()), ("high", high.as_str().into()), ("window", window.into())]
}

/// The count of a window.
#[derive(Debug)]
pub(crate) struct Count {
    pub bucket: String,
    pub window: DateTime<Utc>,
    pub hits: i64,
}

const LIST: &str = "SELECT bucket, window_start, hits FROM invite_limits \
     WHERE bucket >= :low AND bucket < :high AND window_start >= :window AND hits > 0 \
     ORDER BY bucket, window_start LIMIT :limit";

/// Hands over the counts of a range in windows that begin at this instant or
/// later; answers how many, or that there was enough of them.
pub(crate) async fn stream(
    session: &mut Session,
    range: &Range,
    window: DateTime<Utc>,
    limit: i64,
    mut each: impl FnMut(Count) -> Result<ControlFlow<()>>,
) -> Result<ControlFlow<(), i64>> {
    let mut seen = 0;
    let mut has_enough = false;
    let mut values = range_args(range, window);
    values.push(("limit", limit.into()));
    session
        .stream(LIST, &values, |row| {
            seen += 1;
            let flow = each(read(&row)?)?;
            has_enough = flow.is_break();
            Ok(flow)
        })
        .await?;
    Ok(if has_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(seen) })
}

const COUNT: &str = "SELECT count(*) AS total FROM invite_limits \
     WHERE bucket >= :low AND bucket < :high AND window_start >= :window AND hits > 0";

/// How many counts of a range there are in windows that begin at this instant
/// or later.
pub(crate) async fn count(session: &mut Session, range: &Range, window: DateTime<Utc>) -> Result<i64> {
    session.one(COUNT, &range_args(range, window)).await?.int("total")
}

/// Which windows a deletion is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Windows {
    /// Those that begin before this instant.
    Before(DateTime<Utc>),
    /// Those that begin at this instant or later, where something was counted.
    From(DateTime<Utc>),
}

const LAST_BEFORE: &str = "SELECT max(bucket) AS last FROM (SELECT bucket FROM invite_limits \
     WHERE bucket >= :low AND bucket < :high AND window_start < :window ORDER BY bucket LIMIT :size) AS page";

const LAST_FROM: &str = "SELECT max(bucket) AS last FROM (SELECT bucket FROM invite_limits \
     WHERE bucket >= :low AND bucket < :high AND window_start >= :window AND hits > 0 ORDER BY bucket LIMIT :size) AS page";

const DELETE_BEFORE: &str = "DELETE FROM invite_limits \
     WHERE bucket >= :low AND bucket <= :last AND window_start < :window";

const DELETE_FROM: &str = "DELETE FROM invite_limits \
     WHERE bucket >= :low AND bucket <= :last AND window_start >= :window AND hits > 0";

/// Returns the last bucket of the next page of a range, or `None` if it is empty.
pub(crate) async fn page_end(
    session: &mut Session,
    range: &Range,
    windows: Windows,
    size: i64,
) -> Result<Option<String>> {
    let (statement, window) = match windows {
        Windows::Before(window) => (LAST_BEFORE, window),
        Windows::From(window) => (LAST_FROM, window),
    };
    let mut values = range_args(range, window);
    values.push(("size", size.into()));
    session.one(statement, &values).await?.maybe_text("last")
}

/// Deletes the counters between two buckets, both included; answers how many.
pub(crate) async fn delete(session: &mut Session, low: &str, last: &str, windows: Windows) -> Result<u64> {
    let (statement, window) = match windows {
        Windows::Before(window) => (DELETE_BEFORE, window),
        Windows::From(window) => (DELETE_FROM, window),
    };
    session.exec(statement, &[("low", low.into()), ("last", last.into()), ("window", window.into())]).await
}

fn read(row: &Row) -> Result<Count> {
    Ok(Count { bucket: row.text("bucket")?, window: row.time("window_start")?, hits: row.int("hits")? })
}
