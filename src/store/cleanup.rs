//! Closing and purging in bulk: ranges of the primary key, a transaction each.

mod doomed;

pub(crate) use doomed::{Doomed, doom};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::dialect::{Args, Statement};
use super::invites::CLOSE_DEAD;
use super::{Arg, Session};
use crate::error::Result;

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

/// The two do not overlap: a use counts only while the invite is alive, so
/// the last one came before the end. The first conditions are those of the two
/// indexes that hold just such rows.
fn dead(by: DeadBy) -> &'static str {
    match by {
        DeadBy::Expiry => {
            "closed_at IS NULL AND expires_at IS NOT NULL AND expires_at <= :now \
             AND (max_uses IS NULL OR uses < max_uses)"
        }
        DeadBy::Uses => "closed_at IS NULL AND uses >= max_uses AND :now IS NOT NULL",
    }
}

const EXTENT: &str = "SELECT count(*) AS total, {least:id} AS first, {greatest:id} AS last";

/// Of those used up, how many are expired, too.
const EXTENT_AND_EXPIRED: &str = "SELECT count(*) AS total, {least:id} AS first, {greatest:id} AS last, \
     count(CASE WHEN expires_at <= :now THEN 1 END) AS expired";

const COUNT: &str = "SELECT count(*) AS total";

const FROM: &str = " FROM invites WHERE ";

/// Through all of them in their order, where an index finds many of them: it
/// would go to each.
const FROM_ALL: &str = " FROM invites{not_by:invites_by_closing_and_expiry} WHERE ";

const FIRST_AND_LAST: [&str; 2] =
    ["SELECT id FROM invites ORDER BY id LIMIT 1", "SELECT id FROM invites ORDER BY id DESC LIMIT 1"];

/// What the index of the ends knows by itself: with those used up among them.
const PAST_ITS_END: &str = "closed_at IS NULL AND expires_at IS NOT NULL AND expires_at <= :now";

const WITHOUT_USES: &str = "closed_at IS NULL AND uses >= max_uses";

/// To go to each of so many by an index, only to see how many they are and
/// between which ids they lie, costs more than it saves.
pub(crate) const MANY: i64 = 500_000;

async fn count(session: &mut Session, condition: &'static str, args: Args<'_>) -> Result<i64> {
    session.one([COUNT, FROM, condition], args).await?.int("total")
}

/// What there is to close at an instant: the expired, and those used up.
/// So many are many ([`MANY`]).
pub(crate) async fn dead_at(session: &mut Session, now: DateTime<Utc>, many: i64) -> Result<(Extent, Extent)> {
    let now = &[("now", now.into())];
    let past = count(session, PAST_ITS_END, now).await?;
    let from = if past < many { FROM } else { FROM_ALL };
    let row = session.one([EXTENT_AND_EXPIRED, from, WITHOUT_USES], now).await?;
    let (used_up, both) = (extent(&row)?, row.int("expired")?);
    let mut expired = if past < many || session.indexes_hold_ids() {
        extent(&session.one([EXTENT, FROM, PAST_ITS_END], now).await?)?
    } else {
        let [first, last] = first_and_last(session).await?;
        Extent { total: past, first, last }
    };
    expired.total -= both;
    Ok((expired, used_up))
}

/// The ids between which all invites lie.
async fn first_and_last(session: &mut Session) -> Result<[Option<Uuid>; 2]> {
    let mut ends = [None, None];
    for (end, statement) in ends.iter_mut().zip(FIRST_AND_LAST) {
        *end = session.maybe_one(statement, &[]).await?.map(|row| row.id("id")).transpose()?;
    }
    Ok(ends)
}

/// Which closed invites a purge deletes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purge {
    /// Those closed at this instant or before.
    pub closed_before: DateTime<Utc>,
    /// Also those that were used, with their uses.
    pub include_used: bool,
}

const PURGEABLE: &str = "closed_at IS NOT NULL AND closed_at <= :before AND (uses = 0 OR :used = 1)";

/// What the index of the closings knows by itself.
const LONG_CLOSED: &str = "closed_at <= :before AND closed_at IS NOT NULL";

fn purge_args(purge: &Purge) -> [(&'static str, Arg); 2] {
    [("before", purge.closed_before.into()), ("used", i64::from(purge.include_used).into())]
}

/// What there is to purge. So many are many ([`MANY`]).
pub(crate) async fn purgeable(session: &mut Session, purge: &Purge, many: i64) -> Result<Extent> {
    let args = purge_args(purge);
    let closed = if session.indexes_hold_ids() { count(session, LONG_CLOSED, &args).await? } else { 0 };
    let from = if closed < many { FROM } else { FROM_ALL };
    extent(&session.one([EXTENT, from, PURGEABLE], &args).await?)
}

fn extent(row: &super::Row) -> Result<Extent> {
    Ok(Extent { total: row.int("total")?, first: row.maybe_id("first")?, last: row.maybe_id("last")? })
}

const RANGE_END: &str = "SELECT id FROM invites WHERE id >= :first AND id <= :end ORDER BY id LIMIT 1 OFFSET :skipped";

/// The last id of the next so many invites, none of them behind `end`.
pub(crate) async fn range_end(session: &mut Session, first: Uuid, end: Uuid, size: i64) -> Result<Uuid> {
    let values = &[("first", first.into()), ("end", end.into()), ("skipped", (size - 1).into())];
    let row = session.maybe_one(RANGE_END, values).await?;
    row.map_or(Ok(end), |row| row.id("id"))
}

/// Closes what is dead between two ids, both included.
pub(crate) async fn close_range(
    session: &mut Session,
    by: DeadBy,
    (first, last): (Uuid, Uuid),
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let statement =
        Statement::from("UPDATE{or_fail} invites SET {rewrite:id space_id code_key created_by email created_op}")
            .push(CLOSE_DEAD)
            .push(" WHERE id >= :first AND id <= :last AND ")
            .push(dead(by));
    let values =
        &[("first", first.into()), ("last", last.into()), ("now", now.into()), ("operation", operation.into())];
    session.exec(statement, values).await
}
