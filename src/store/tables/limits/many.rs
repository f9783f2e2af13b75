//! Statements on many counters.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::shapes;
use crate::store::dialect::{Sql, sql};
use crate::store::tables::limits::counter::{self, Count, Counter, read};

/// Hits to add to a counter or to subtract from it.
#[derive(Debug, Clone)]
pub(crate) struct Charge<'b> {
    pub counter: Counter<'b>,
    pub hits: i64,
    /// The limit of the counter.
    pub limit: i64,
}

fn row(charge: &Charge<'_>) -> [Arg; 4] {
    [charge.counter.bucket.into(), charge.counter.window.into(), charge.hits.into(), charge.limit.into()]
}

const HITS: Sql = sql!(
    "SELECT bucket, window_start, hits FROM invite_limits{by:PRIMARY} \
     WHERE bucket {in_texts:list} AND window_start IN (:first, :last)"
);

/// Returns the current hits of each existing counter. The counters belong to at most two windows.
pub(crate) async fn counts<'b>(session: &mut Session, counters: &[Counter<'b>]) -> Result<HashMap<&'b str, i64>> {
    let windows = || counters.iter().map(|counter| counter.window);
    let (Some(first), Some(last)) = (windows().min(), windows().max()) else { return Ok(HashMap::new()) };
    let buckets: Vec<&str> = counters.iter().map(|counter| counter.bucket).collect();
    let values = &[("list", Arg::texts(&buckets)), ("first", first.into()), ("last", last.into())];
    let counts: Vec<Count> = session.all(HITS, values).await?.iter().map(read).collect::<Result<_>>()?;
    let seen: HashMap<(&str, DateTime<Utc>), i64> =
        counts.iter().map(|count| ((count.bucket.as_str(), count.window), count.hits)).collect();
    let hits = |counter: &Counter<'b>| Some((counter.bucket, *seen.get(&(counter.bucket, counter.window))?));
    Ok(counters.iter().filter_map(hits).collect())
}

const NEW: Sql = sql!(
    "{insert_new} invite_limits (bucket, window_start, hits) \
     SELECT r.row_bucket, r.row_window, r.row_hits FROM {rows:counters} AS r WHERE true {skip_conflicts}"
);

const TAKE: Sql = sql!(
    "UPDATE invite_limits{with:counters} SET hits = hits + r.row_hits {from:counters} \
     WHERE bucket = r.row_bucket AND window_start = r.row_window AND hits + r.row_hits <= r.row_limit"
);

/// Adds hits to counters: creates the `new` ones, and increments the `known` ones if all hits fit
/// below their limits. The transaction is retried if another one has created or filled one of them
/// meanwhile.
///
/// Both lists are sorted by bucket, so that two transactions wait for each other instead of
/// deadlocking.
pub(crate) async fn consume_all(session: &mut Session, new: &[Charge<'_>], known: &[Charge<'_>]) -> Result<()> {
    debug_assert!(new.iter().all(|charge| charge.hits <= charge.limit));
    let created = match new {
        [] => 0,
        new => session.with_rows(NEW, &shapes::COUNTERS, (new, row), &[]).await?,
    };
    let raised = match known {
        [] => 0,
        known => session.with_rows(TAKE, &shapes::COUNTERS, (known, row), &[]).await?,
    };
    if created == new.len() as u64 && raised == known.len() as u64 { Ok(()) } else { Err(session.conflict()) }
}

const GIVE_BACK: Sql = sql!(
    "UPDATE invite_limits{with:counters} \
     SET hits = CASE WHEN hits > r.row_hits THEN hits - r.row_hits ELSE 0 END {from:counters} \
     WHERE bucket = r.row_bucket AND window_start = r.row_window"
);

/// Subtracts hits; has no effect on counters that were reset or deleted meanwhile.
pub(crate) async fn refund_all(session: &mut Session, charges: &[Charge<'_>]) -> Result<()> {
    session.with_rows(GIVE_BACK, &shapes::COUNTERS, (charges, row), &[]).await.map(|_| ())
}

/// Creates a counter without hits; returns false if it exists.
pub(crate) async fn create(session: &mut Session, counter: &Counter<'_>) -> Result<bool> {
    Ok(session.insert(counter::NEW, &counter.args(), 1).await? == 1)
}
