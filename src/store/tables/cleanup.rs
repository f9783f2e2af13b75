//! Closing and purging in bulk: one transaction per range of the primary key.

pub(crate) mod purge;
pub(crate) mod purge_candidates;

pub(crate) use crate::store::tables::cleanup::purge::Purge;
pub(crate) use crate::store::tables::cleanup::purge_candidates::{
    LockMode, PageCursor, PurgeCandidates, lock_candidates, row_not_changed,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Args, Sql, Statement, sql};
use crate::store::tables::cleanup::purge::{LONG_CLOSED, PURGEABLE, purge_args};
use crate::store::tables::invites::guards::CLOSE_EXPIRED_OR_USED_UP;

/// A number of invites, and their first and last ID.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub total: i64,
    pub first: Option<Uuid>,
    pub last: Option<Uuid>,
}

/// The reason why an open row is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClosableBy {
    /// The invite has expired.
    Expiry,
    /// The invite reached its usage limit without being closed, which only another program leaves
    /// behind.
    Uses,
}

/// Figures that the index of expiries alone provides; includes used-up invites.
const EXPIRED: Sql = sql!("closed_at IS NULL AND expires_at IS NOT NULL AND expires_at <= :now");

const USED_UP: Sql = sql!("closed_at IS NULL AND uses >= max_uses");

/// Returns the condition of a reason. Each invite has one reason only: an invite can only be used
/// before it expires, so a used-up one counts as used up.
fn closable(by: ClosableBy) -> Statement {
    match by {
        ClosableBy::Expiry => Statement::from([EXPIRED, sql!(" AND (max_uses IS NULL OR uses < max_uses)")]),
        ClosableBy::Uses => USED_UP.into(),
    }
}

const EXTENT: Sql = sql!("SELECT count(*) AS total, {least:id} AS first, {greatest:id} AS last");

/// The number of used-up invites that have also expired.
const AND_EXPIRED: Sql = sql!(", count(CASE WHEN expires_at <= :now THEN 1 END) AS expired");

const FROM: Sql = sql!(" FROM invites WHERE ");

/// Reads all invites in order, because the index would look up a large part of them one by one.
const FROM_ALL: Sql = sql!(" FROM invites{not_by:invites_by_closing_and_expiry} WHERE ");

/// Reads invites in order, and stops at the first match where nearly all match.
const IN_ORDER: Sql = sql!("SELECT id FROM invites{by_key:invites} WHERE ");

const COUNT_OPEN: Sql =
    sql!("SELECT count(*) AS total FROM invites{by:invites_by_closing_and_expiry} WHERE closed_at IS NULL");

/// Number of rows from which looking them up by an index, only to count them and to find the first
/// and the last, costs more than reading the whole table.
pub(crate) const MANY: i64 = 500_000;

async fn count(session: &mut Session, condition: Sql, args: Args<'_>) -> Result<i64> {
    session.one([sql!("SELECT count(*) AS total"), FROM, condition], args).await?.int("total")
}

/// Returns the extents of the expired and of the used-up invites at an instant. `many` is [`MANY`].
pub(crate) async fn closable_at(session: &mut Session, now: DateTime<Utc>, many: i64) -> Result<(Extent, Extent)> {
    let now = &[("now", now.into())];
    let open = if session.indexes_hold_ids() { session.one(COUNT_OPEN, &[]).await?.int("total")? } else { 0 };
    let from = if open < many { FROM } else { FROM_ALL };
    let row = session.one([EXTENT, AND_EXPIRED, from, USED_UP], now).await?;
    let (used_up, both) = (extent(&row)?, row.int("expired")?);
    let mut expired = expired(session, now, many).await?;
    expired.total -= both;
    Ok((expired, used_up))
}

/// Returns the extent of the expired invites, including used-up ones.
async fn expired(session: &mut Session, now: Args<'_>, many: i64) -> Result<Extent> {
    let total = if session.indexes_hold_ids() { None } else { Some(count(session, EXPIRED, now).await?) };
    let Some(total) = total.filter(|total| *total >= many) else {
        return extent(&session.one([EXTENT, FROM, EXPIRED], now).await?);
    };
    let mut bounds = [None, None];
    for (bound, order) in bounds.iter_mut().zip([sql!(" ORDER BY id ASC LIMIT 1"), sql!(" ORDER BY id DESC LIMIT 1")]) {
        let row = session.maybe_one([IN_ORDER, EXPIRED, order], now).await?;
        *bound = row.map(|row| row.id("id")).transpose()?;
    }
    Ok(Extent { total, first: bounds[0], last: bounds[1] })
}

/// Returns the extent of the invites that a purge deletes. `many` is [`MANY`].
pub(crate) async fn purgeable(session: &mut Session, purge: &Purge, many: i64) -> Result<Extent> {
    let args = purge_args(purge);
    let closed = if session.indexes_hold_ids() { long_closed(session, purge).await? } else { 0 };
    let from = if closed < many { FROM } else { FROM_ALL };
    extent(&session.one(Statement::from([EXTENT, from]).join(&PURGEABLE.into()), &args).await?)
}

/// Counts the invites that were closed early enough, including used ones.
pub(crate) async fn long_closed(session: &mut Session, purge: &Purge) -> Result<i64> {
    count(session, LONG_CLOSED, &[("before", purge.closed_before.into())]).await
}

/// Waits for the locks of transactions that delete these invites.
const LOCK_ANY: Sql = sql!("SELECT id FROM invites{by:PRIMARY} WHERE id {in_ids:list} ORDER BY id {lock}");

/// Returns true if one of these invites is stored, after waiting for concurrent deletions.
pub(crate) async fn lock_any(session: &mut Session, ids: &[Uuid]) -> Result<bool> {
    Ok(!session.all(LOCK_ANY, &[("list", Arg::ids(ids))]).await?.is_empty())
}

fn extent(row: &crate::store::db::row::Row) -> Result<Extent> {
    Ok(Extent { total: row.int("total")?, first: row.maybe_id("first")?, last: row.maybe_id("last")? })
}

const RANGE_END: Sql =
    sql!("SELECT id FROM invites WHERE id >= :first AND id <= :end ORDER BY id LIMIT 1 OFFSET :skipped");

/// Returns the last ID of the next `size` invites, at most `end`.
pub(crate) async fn range_end(session: &mut Session, first: Uuid, end: Uuid, size: i64) -> Result<Uuid> {
    let values = &[("first", first.into()), ("end", end.into()), ("skipped", (size - 1).into())];
    let row = session.maybe_one(RANGE_END, values).await?;
    row.map_or(Ok(end), |row| row.id("id"))
}

/// The columns of every index that contains closed invites.
const UPDATE: Sql =
    sql!("UPDATE{or_fail} invites SET {rewrite:id space_id code_key created_by email created_op send_after}");

/// Closes the expired or the used-up invites between two IDs, both included.
pub(crate) async fn close_range(
    session: &mut Session,
    by: ClosableBy,
    (first, last): (Uuid, Uuid),
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let statement = Statement::from(UPDATE)
        .push(CLOSE_EXPIRED_OR_USED_UP)
        .push(sql!(" WHERE id >= :first AND id <= :last AND "))
        .join(&closable(by));
    let values =
        &[("first", first.into()), ("last", last.into()), ("now", now.into()), ("operation", operation.into())];
    session.exec(statement, values).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_rewrites_indexed_columns_of_closed_invites() {
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres");
        let files =
            std::fs::read_dir(schema).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let schema: String = files.collect();
        let indexed = schema.split("ON invites (").skip(1).map(|rest| rest.split(')').next().unwrap());
        let (kept, left): (Vec<&str>, Vec<&str>) = indexed.partition(|column| UPDATE.text().contains(column));
        assert_eq!(kept.len(), 6, "{kept:?}");
        // Set by the closing, or part of an index of open invites only.
        let mut left = left;
        left.sort_unstable();
        assert_eq!(left, ["closed_at", "closed_op", "expires_at"]);
        assert!(["id", "code_key"].iter().all(|unique| UPDATE.text().contains(unique)));
    }
}
