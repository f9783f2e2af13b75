//! Closing and purging in bulk: ranges of the primary key, a transaction each.

pub(crate) mod purge_candidates;

pub(crate) use crate::store::tables::cleanup::purge_candidates::{Care, Doomed, Place, doom, kept_a_row};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::row::Arg;
use crate::store::db::session::Session;
use crate::store::dialect::{Args, Statement};
use crate::store::tables::invites::CLOSE_DEAD;

/// How much there is to do, and between which ids it lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub total: i64,
    pub first: Option<Uuid>,
    pub last: Option<Uuid>,
}

/// Why an invite is dead though nothing closed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeadBy {
    /// It is past its end.
    Expiry,
    /// It reached its last use and was not closed by it: only another program
    /// writes such rows.
    Uses,
}

/// What the index of the ends knows by itself: with those used up among them.
const PAST_ITS_END: &str = "closed_at IS NULL AND expires_at IS NOT NULL AND expires_at <= :now";

const USED_UP: &str = "closed_at IS NULL AND uses >= max_uses";

/// An invite is dead by one of the two: a use counts only while the invite is
/// alive, so the last one came before the end.
fn dead(by: DeadBy) -> Statement {
    match by {
        DeadBy::Expiry => Statement::from([PAST_ITS_END, " AND (max_uses IS NULL OR uses < max_uses)"]),
        DeadBy::Uses => USED_UP.into(),
    }
}

const EXTENT: &str = "SELECT count(*) AS total, {least:id} AS first, {greatest:id} AS last";

/// Of those used up, how many are expired, too.
const AND_EXPIRED: &str = ", count(CASE WHEN expires_at <= :now THEN 1 END) AS expired";

const FROM: &str = " FROM invites WHERE ";

/// Through all of them in their order, where an index finds many of them: it
/// would go to each.
const FROM_ALL: &str = " FROM invites{not_by:invites_by_closing_and_expiry} WHERE ";

/// In their order, which stops at once where nearly all are such ones.
const IN_ORDER: &str = "SELECT id FROM invites{by_key:invites} WHERE ";

const COUNT_OPEN: &str =
    "SELECT count(*) AS total FROM invites{by:invites_by_closing_and_expiry} WHERE closed_at IS NULL";

/// To go to each of so many by an index, only to see how many they are and
/// between which ids they lie, costs more than it saves.
pub(crate) const MANY: i64 = 500_000;

async fn count(session: &mut Session, condition: &'static str, args: Args<'_>) -> Result<i64> {
    session.one(["SELECT count(*) AS total", FROM, condition], args).await?.int("total")
}

/// What there is to close at an instant: the expired, and those used up.
/// So many are many ([`MANY`]).
pub(crate) async fn dead_at(session: &mut Session, now: DateTime<Utc>, many: i64) -> Result<(Extent, Extent)> {
    let now = &[("now", now.into())];
    let open = if session.indexes_hold_ids() { session.one(COUNT_OPEN, &[]).await?.int("total")? } else { 0 };
    let from = if open < many { FROM } else { FROM_ALL };
    let row = session.one([EXTENT, AND_EXPIRED, from, USED_UP], now).await?;
    let (used_up, both) = (extent(&row)?, row.int("expired")?);
    let mut expired = expired(session, now, many).await?;
    expired.total -= both;
    Ok((expired, used_up))
}

/// Those past their end, with those used up among them.
async fn expired(session: &mut Session, now: Args<'_>, many: i64) -> Result<Extent> {
    let total = if session.indexes_hold_ids() { None } else { Some(count(session, PAST_ITS_END, now).await?) };
    let Some(total) = total.filter(|total| *total >= many) else {
        return extent(&session.one([EXTENT, FROM, PAST_ITS_END], now).await?);
    };
    let mut ends = [None, None];
    for (end, order) in ends.iter_mut().zip([" ORDER BY id ASC LIMIT 1", " ORDER BY id DESC LIMIT 1"]) {
        let row = session.maybe_one([IN_ORDER, PAST_ITS_END, order], now).await?;
        *end = row.map(|row| row.id("id")).transpose()?;
    }
    Ok(Extent { total, first: ends[0], last: ends[1] })
}

/// Which closed invites a purge deletes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purge {
    /// Those closed at this instant or before.
    pub closed_before: DateTime<Utc>,
    /// Also those that were used, with their uses.
    pub include_used: bool,
}

/// What the index of the closings knows by itself.
const LONG_CLOSED: &str = "closed_at IS NOT NULL AND closed_at <= :before";

const PURGEABLE: [&str; 2] = [LONG_CLOSED, " AND (uses = 0 OR :used = 1)"];

fn purge_args(purge: &Purge) -> [(&'static str, Arg); 2] {
    [("before", purge.closed_before.into()), ("used", i64::from(purge.include_used).into())]
}

/// What there is to purge. So many are many ([`MANY`]).
pub(crate) async fn purgeable(session: &mut Session, purge: &Purge, many: i64) -> Result<Extent> {
    let args = purge_args(purge);
    let closed = if session.indexes_hold_ids() { count(session, LONG_CLOSED, &args).await? } else { 0 };
    let from = if closed < many { FROM } else { FROM_ALL };
    extent(&session.one(Statement::from([EXTENT, from]).join(&PURGEABLE.into()), &args).await?)
}

/// How many invites were closed early enough, the used ones included.
pub(crate) async fn long_closed(session: &mut Session, purge: &Purge) -> Result<i64> {
    count(session, LONG_CLOSED, &[("before", purge.closed_before.into())]).await
}

/// Waits for the locks of transactions that delete the same invites.
const LOCK_ANY: &str = "SELECT id FROM invites{by:PRIMARY} WHERE id {in_ids:list} ORDER BY id {lock}";

/// Whether one of these invites is stored, once nobody is about to delete them.
pub(crate) async fn lock_any(session: &mut Session, ids: &[Uuid]) -> Result<bool> {
    Ok(!session.all(LOCK_ANY, &[("list", Arg::ids(ids))]).await?.is_empty())
}

fn extent(row: &crate::store::db::row::Row) -> Result<Extent> {
    Ok(Extent { total: row.int("total")?, first: row.maybe_id("first")?, last: row.maybe_id("last")? })
}

const RANGE_END: &str = "SELECT id FROM invites WHERE id >= :first AND id <= :end ORDER BY id LIMIT 1 OFFSET :skipped";

/// The last id of the next so many invites, none of them behind `end`.
pub(crate) async fn range_end(session: &mut Session, first: Uuid, end: Uuid, size: i64) -> Result<Uuid> {
    let values = &[("first", first.into()), ("end", end.into()), ("skipped", (size - 1).into())];
    let row = session.maybe_one(RANGE_END, values).await?;
    row.map_or(Ok(end), |row| row.id("id"))
}

/// Every column with an index that a closed invite stays in.
const UPDATE: &str =
    "UPDATE{or_fail} invites SET {rewrite:id space_id code_key created_by email created_op send_after}";

/// Closes what is dead between two ids, both included.
pub(crate) async fn close_range(
    session: &mut Session,
    by: DeadBy,
    (first, last): (Uuid, Uuid),
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let statement =
        Statement::from(UPDATE).push(CLOSE_DEAD).push(" WHERE id >= :first AND id <= :last AND ").join(&dead(by));
    let values =
        &[("first", first.into()), ("last", last.into()), ("now", now.into()), ("operation", operation.into())];
    session.exec(statement, values).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_names_the_column_of_every_index_that_a_closed_invite_stays_in() {
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres");
        let files =
            std::fs::read_dir(schema).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let schema: String = files.collect();
        let indexed = schema.split("ON invites (").skip(1).map(|rest| rest.split(')').next().unwrap());
        let (kept, left): (Vec<&str>, Vec<&str>) = indexed.partition(|column| UPDATE.contains(column));
        assert_eq!(kept.len(), 6, "{kept:?}");
        // Set by the closing, and of an index of the open ones alone.
        let mut left = left;
        left.sort_unstable();
        assert_eq!(left, ["closed_at", "closed_op", "expires_at"]);
        assert!(["id", "code_key"].iter().all(|unique| UPDATE.contains(unique)));
    }
}
