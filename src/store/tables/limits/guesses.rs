//! Failed attempts at codes that are built from a name, counted per hour and group of numbers, and
//! summed over the lifetime of a code.

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, sql};
use crate::store::tables::limits::counter::{Count, Counter, NEW, Range, range_args, read};

/// The window of an extra row that every transaction on a group updates first. This serializes
/// them, even on the nodes of a cluster, which see no locks of other nodes.
const ANCHOR: DateTime<Utc> = DateTime::UNIX_EPOCH;

const TOUCH: Sql = sql!("UPDATE invite_limits SET hits = hits + 1 WHERE bucket = :bucket AND window_start = :window");

/// Serializes the transactions that change a group: this one is the only one until it ends.
pub(crate) async fn lock_counters(session: &mut Session, bucket: &str) -> Result<()> {
    if session.is_single_writer() {
        return Ok(());
    }
    let anchor = &[("bucket", bucket.into()), ("window", ANCHOR.into())];
    for _ in 0..2 {
        if session.exec(TOUCH, anchor).await? == 1 {
            return Ok(());
        }
        session.insert(NEW, anchor, 1).await?;
    }
    Err(session.conflict())
}

const COUNTS: Sql = sql!(
    "SELECT bucket, window_start, hits FROM invite_limits \
     WHERE bucket = :bucket AND window_start >= :window AND window_start > :anchor AND hits > 0 ORDER BY window_start"
);

/// Returns the counts of a group in the windows from an instant on.
pub(crate) async fn counts(session: &mut Session, bucket: &str, since: DateTime<Utc>) -> Result<Vec<Count>> {
    let values = &[("bucket", bucket.into()), ("window", since.into()), ("anchor", ANCHOR.into())];
    session.all(COUNTS, values).await?.iter().map(read).collect()
}

const ADD: Sql = sql!("UPDATE invite_limits SET hits = hits + :hits WHERE bucket = :bucket AND window_start = :window");

const FORGET: Sql = sql!(
    "DELETE FROM invite_limits \
     WHERE bucket = :bucket AND window_start < :window AND window_start > :anchor"
);

/// Adds units to a group that this transaction has serialized. The first of a window deletes
/// windows before `since`, which no active code has lived through.
pub(crate) async fn add(session: &mut Session, counter: &Counter<'_>, units: i64, since: DateTime<Utc>) -> Result<()> {
    let values = counter.args_with(&[("hits", units.into())]);
    if session.exec(ADD, &values).await? == 1 {
        return Ok(());
    }
    session.insert(NEW, &counter.args(), 1).await?;
    forget(session, counter.bucket, since).await?;
    if session.exec(ADD, &values).await? == 1 { Ok(()) } else { Err(session.conflict()) }
}

/// Deletes the windows of a group before an instant; returns their number.
pub(crate) async fn forget(session: &mut Session, bucket: &str, before: DateTime<Utc>) -> Result<u64> {
    session.exec(FORGET, &[("bucket", bucket.into()), ("window", before.into()), ("anchor", ANCHOR.into())]).await
}

const GROUPS: Sql = sql!(
    "SELECT bucket FROM invite_limits WHERE bucket >= :low AND bucket < :high \
     AND window_start > :anchor AND window_start < :window GROUP BY bucket ORDER BY bucket LIMIT :limit"
);

/// Returns the sorted buckets of a range that have windows before an instant.
pub(crate) async fn groups(
    session: &mut Session,
    range: &Range,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<String>> {
    let mut values = range_args(range, before);
    values.extend([("anchor", ANCHOR.into()), ("limit", limit.into())]);
    session.all(GROUPS, &values).await?.iter().map(|row| row.text("bucket")).collect()
}

const DELETE: Sql = sql!("DELETE FROM invite_limits WHERE bucket = :bucket");

/// Deletes a group with its extra row.
pub(crate) async fn delete(session: &mut Session, bucket: &str) -> Result<u64> {
    session.exec(DELETE, &[("bucket", Arg::from(bucket))]).await
}
