//! Streaming of lists.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::model::invite::Invite;
use crate::store::db::json_rows::JsonRows;
use crate::store::db::row_reader::{ColumnReader, RowReader};
use crate::store::db::session::Session;
use crate::store::dialect::{Sql, sql};
use crate::store::tables::access_filter::AccessFilter;
use crate::store::tables::invites::{COLUMNS, FROM, OF_SPACE, take};
use crate::store::tables::listing::filter::{Filter, Sort, Used};
use crate::store::tables::listing::query::Query;

const USED_COLUMNS: Sql = sql!(", u.user_id, u.used_at");

/// Joins the use of single-use invites only, since a list has one row per invite. The condition is
/// on the looked-up ID, so that uses of other invites are not read. The index is forced: a planner
/// that assumes an empty table would collect invites, scan the table for all of them, and sort
/// again.
const OF_THE_USE: Sql = sql!(
    "LEFT JOIN invite_uses AS u{by:invite_id} \
     ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END "
);

/// Reads an invite and its use.
fn line(cells: &mut impl RowReader) -> Result<(Invite, Option<Used>)> {
    let invite = take(cells)?;
    let who = cells.maybe_text()?.zip(cells.maybe_time()?);
    Ok((invite, who.map(|(by, at)| Used { by, at })))
}

/// Calls `each` for the invites that match a filter and the permissions of the actor, if there is
/// one; at most `limit`, in this order.
pub(crate) async fn stream(
    session: &mut Session,
    filter: &Filter,
    access: Option<&AccessFilter>,
    (sort, limit): (Sort, Option<u32>),
    now: DateTime<Utc>,
    mut each: impl FnMut(Invite, Option<Used>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    if session.prefers_json_rows() && limit.is_none() && sort == Sort::Newest && access.is_none() && filter.is_wide() {
        return stream_pages(session, filter, now, each).await;
    }
    let is_walk = access.is_none() && filter.is_wide() && matches!(sort, Sort::Newest | Sort::Oldest);
    let order = if is_walk { sql!("{first:i}") } else { sql!("") };
    let start = [sql!("SELECT "), order, COLUMNS, USED_COLUMNS, FROM, OF_SPACE, OF_THE_USE];
    let mut query = Query::new(start, filter, access, now);
    query.statement = query.statement.push(match sort {
        Sort::Newest => sql!(" ORDER BY i.id DESC"),
        Sort::Oldest => sql!(" ORDER BY i.id"),
        // The effective expiry: a replaced code may be closed before its own expiry.
        Sort::Expires => {
            sql!(" ORDER BY CASE WHEN i.expires_at IS NULL AND coalesce(i.closed_reason, '') <> 'replaced' THEN 1 ELSE 0 END, \
             CASE WHEN i.closed_reason = 'replaced' AND (i.expires_at IS NULL OR i.closed_at < i.expires_at) \
             THEN i.closed_at ELSE i.expires_at END, i.id")
        }
        Sort::Uses => sql!(" ORDER BY i.uses DESC, i.id"),
        Sort::Space => sql!(" ORDER BY i.space_id, i.id"),
    });
    if let Some(limit) = limit {
        query.and(sql!(" LIMIT :limit"), "limit", i64::from(limit).into());
    }
    session
        .stream(query.statement, &query.args, |row| {
            let (invite, used) = line(&mut ColumnReader::new(&row))?;
            each(invite, used)
        })
        .await
}

impl Filter {
    /// Returns true if no index serves the filter, so that all invites are read.
    fn is_wide(&self) -> bool {
        self.spaces.is_empty()
            && self.created_by.is_none()
            && self.email.is_none()
            && self.operation.is_none()
            && self.made_by.is_none()
            && self.mail.is_none()
    }
}

/// Pages of 200 invites, each as one text with a JSON list per line: in one statement, so that all pages see
/// the same state, and much cheaper than one row per invite. Pages are delimited by the primary key
/// alone; the filter is applied to each page.
const PAGES: Sql = sql!(
    "WITH RECURSIVE page (high, low) AS ( \
       SELECT max(id), (SELECT id FROM {invites} ORDER BY id DESC LIMIT 1 OFFSET 200) FROM {invites} \
       UNION ALL SELECT low, (SELECT id FROM {invites} WHERE id <= page.low ORDER BY id DESC LIMIT 1 OFFSET 200) \
       FROM page WHERE low IS NOT NULL) \
     SELECT (SELECT group_concat(line, char(10)) FROM (SELECT json_array("
);

/// Makes `SQLite` look up the spaces after the invites: reading all spaces for each page would take
/// very long.
const OF_SPACE_AFTER: Sql = sql!(" CROSS JOIN {invite_spaces AS s} ON s.id = i.space_id ");

const OF_PAGE: Sql =
    sql!(" AND i.id <= page.high AND i.id > coalesce(page.low, '') ORDER BY i.id DESC)) AS lines FROM page");

async fn stream_pages(
    session: &mut Session,
    filter: &Filter,
    now: DateTime<Utc>,
    mut each: impl FnMut(Invite, Option<Used>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let start = [PAGES, COLUMNS, USED_COLUMNS, sql!(") AS line"), FROM, OF_SPACE_AFTER, OF_THE_USE];
    let mut query = Query::new(start, filter, None, now);
    query.statement = query.statement.push(OF_PAGE);
    session
        .stream(query.statement, &query.args, |row| {
            let Some(lines) = row.maybe_text("lines")? else { return Ok(ControlFlow::Continue(())) };
            let mut rows = JsonRows::new([COLUMNS, USED_COLUMNS].map(Sql::text));
            for list in lines.lines() {
                let (invite, used) = line(&mut rows.read(list)?)?;
                if each(invite, used)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
        .await
}
