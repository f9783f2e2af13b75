//! The table `invite_limits`: counters of attempts in windows, shared by all processes.
//!
//! A counter is one row, identified by its bucket and the start of its window. What must not exceed
//! a limit is counted by a statement with a guard.

pub(crate) mod counter;
pub(crate) mod guesses;
pub(crate) mod many;

pub(crate) use crate::store::tables::limits::counter::{Count, Counter, Range};

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, sql};
use crate::store::tables::limits::counter::{NEW, range_args, read};

const TAKE: Sql = sql!(
    "UPDATE invite_limits SET hits = hits + :hits \
     WHERE bucket = :bucket AND window_start = :window AND hits + :hits <= :limit"
);

const HITS: Sql = sql!("SELECT hits FROM invite_limits WHERE bucket = :bucket AND window_start = :window {lock}");

const DELETE_EARLIER: Sql = sql!("DELETE FROM invite_limits WHERE bucket = :bucket AND window_start < :window");

/// Adds hits to a counter if all of them fit below the limit; otherwise returns false and adds
/// none.
pub(crate) async fn consume(session: &mut Session, counter: &Counter<'_>, hits: i64, limit: i64) -> Result<bool> {
    let values = counter.args_with(&[("hits", hits.into()), ("limit", limit.into())]);
    if session.exec(TAKE, &values).await? == 1 {
        return Ok(true);
    }
    // The row is missing, or the limit is reached: locking the row decides.
    self::hits(session, counter).await?;
    Ok(session.exec(TAKE, &values).await? == 1)
}

/// Adds hits as [`consume`] does; returns `None` if the counter does not exist.
pub(crate) async fn consume_existing(
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
    // The limit is reached, or the counter was just created or reset: the row is locked now, so a
    // second attempt decides.
    Ok(Some(session.exec(TAKE, &values).await? == 1))
}

/// Returns the hits of a counter; creates its row if missing, and locks it until the transaction
/// ends.
pub(crate) async fn hits(session: &mut Session, counter: &Counter<'_>) -> Result<i64> {
    if let Some(row) = session.maybe_one(HITS, &counter.args()).await? {
        return row.int("hits");
    }
    if session.insert(NEW, &counter.args(), 1).await? == 1 {
        // The first attempt of a window deletes the earlier windows.
        session.exec(DELETE_EARLIER, &counter.args()).await?;
        return Ok(0);
    }
    match session.maybe_one(HITS, &counter.args()).await? {
        Some(row) => row.int("hits"),
        // The counter existed and was reset meanwhile.
        None => Err(session.conflict()),
    }
}

const PEEK: Sql = sql!(
    "SELECT bucket, window_start, hits FROM invite_limits{by:PRIMARY} \
     WHERE bucket {in_texts:list} AND window_start = :window"
);

/// Returns the current counts of these buckets in a window.
pub(crate) async fn counts(session: &mut Session, buckets: &[&str], window: DateTime<Utc>) -> Result<Vec<Count>> {
    let rows = session.all(PEEK, &[("list", Arg::texts(buckets)), ("window", window.into())]).await?;
    rows.iter().map(read).collect()
}

const GIVE_BACK: Sql = sql!(
    "UPDATE invite_limits SET hits = CASE WHEN hits > :hits THEN hits - :hits ELSE 0 END \
     WHERE bucket = :bucket AND window_start = :window"
);

/// Subtracts hits; has no effect if the counter was reset meanwhile.
pub(crate) async fn refund(session: &mut Session, counter: &Counter<'_>, hits: i64) -> Result<()> {
    session.exec(GIVE_BACK, &counter.args_with(&[("hits", hits.into())])).await.map(|_| ())
}

const LIST: Sql = sql!(
    "SELECT bucket, window_start, hits FROM invite_limits \
     WHERE bucket >= :low AND bucket < :high AND window_start >= :window AND hits > 0 \
     ORDER BY bucket, window_start LIMIT :limit"
);

/// Calls `each` for the counts of a range in windows from this instant on; returns their number, or
/// a break of `each`.
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

const COUNT: Sql = sql!(
    "SELECT count(*) AS total FROM invite_limits \
     WHERE bucket >= :low AND bucket < :high AND window_start >= :window AND hits > 0"
);

/// Returns the number of counts of a range in windows from this instant on.
pub(crate) async fn count(session: &mut Session, range: &Range, window: DateTime<Utc>) -> Result<i64> {
    session.one(COUNT, &range_args(range, window)).await?.int("total")
}

/// The windows that a deletion covers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Windows {
    /// Windows that begin before this instant.
    Before(DateTime<Utc>),
    /// Windows that begin at this instant or later and have hits.
    From(DateTime<Utc>),
}

const LAST_BEFORE: Sql = sql!(
    "SELECT max(bucket) AS last FROM (SELECT bucket FROM invite_limits \
     WHERE bucket >= :low AND bucket < :high AND window_start < :window ORDER BY bucket LIMIT :size) AS page"
);

const LAST_FROM: Sql = sql!(
    "SELECT max(bucket) AS last FROM (SELECT bucket FROM invite_limits \
     WHERE bucket >= :low AND bucket < :high AND window_start >= :window AND hits > 0 ORDER BY bucket LIMIT :size) AS page"
);

const DELETE_BEFORE: Sql = sql!(
    "DELETE FROM invite_limits \
     WHERE bucket >= :low AND bucket <= :last AND window_start < :window"
);

const DELETE_FROM: Sql = sql!(
    "DELETE FROM invite_limits \
     WHERE bucket >= :low AND bucket <= :last AND window_start >= :window AND hits > 0"
);

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

/// Deletes the counters between two buckets, both included; returns their number.
pub(crate) async fn delete(session: &mut Session, low: &str, last: &str, windows: Windows) -> Result<u64> {
    let (statement, window) = match windows {
        Windows::Before(window) => (DELETE_BEFORE, window),
        Windows::From(window) => (DELETE_FROM, window),
    };
    session.exec(statement, &[("low", low.into()), ("last", last.into()), ("window", window.into())]).await
}
