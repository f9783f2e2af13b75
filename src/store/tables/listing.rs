//! Lists of invites: filters, order, counts, streaming.

pub(crate) mod filter;
pub(crate) mod query;
pub(crate) mod stream;

pub use crate::store::tables::listing::filter::{Filter, Mail, Sort, Used};
pub(crate) use crate::store::tables::listing::stream::stream;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::model::invite::Invite;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::access_filter::AccessFilter;
use crate::store::tables::invites::guards::OPEN;
use crate::store::tables::invites::{ChangeGuard, SELECT, read};
use crate::store::tables::listing::query::{Query, STATUS_IN_SPACE};

const COUNT: Sql = sql!("SELECT count(*) AS total FROM {invites AS i} ");

const COUNT_WITH_SPACES: Sql =
    sql!("SELECT count(*) AS total FROM {invites AS i} JOIN {invite_spaces AS s} ON s.id = i.space_id ");

/// Counts the invites that match a filter and the permissions of the actor, if there is one.
pub(crate) async fn count(
    session: &mut Session,
    filter: &Filter,
    access: Option<&AccessFilter>,
    now: DateTime<Utc>,
) -> Result<i64> {
    // Every invite has a space, so a join with the spaces would not change the count.
    let asks_spaces = filter.policy.is_some() || filter.search.is_some() || !filter.statuses.is_empty();
    let start = if asks_spaces { COUNT_WITH_SPACES } else { COUNT };
    let query = Query::new(start, filter, access, now);
    session.one(query.statement, &query.args).await?.int("total")
}

/// Counts the invites of a space by status.
pub(crate) async fn count_by_status(
    session: &mut Session,
    space: &str,
    now: DateTime<Utc>,
) -> Result<Vec<(String, u64)>> {
    let statement = Statement::from(sql!("SELECT status, count(*) AS total FROM (SELECT "))
        .join(&STATUS_IN_SPACE.into())
        .push(sql!(
            " AS status FROM {invites AS i} JOIN {invite_spaces AS s} ON s.id = i.space_id \
             WHERE i.space_id = :space) AS i GROUP BY status ORDER BY status"
        ));
    let rows = session.all(statement, &[("space", space.into()), ("now", now.into())]).await?;
    rows.iter().map(|row| Ok((row.text("status")?, row.int("total")?.unsigned_abs()))).collect()
}

/// The invites that a bulk change covers.
#[derive(Debug, Clone)]
pub(crate) struct OpenScope {
    /// The filter of the bulk change.
    pub filter: Filter,
    /// Conditions that exclude invites from the change.
    pub guard: ChangeGuard,
    /// False for valid invites only; true to include those that sending renews.
    pub renews: bool,
}

impl OpenScope {
    fn query(&self, start: impl Into<Statement>, now: DateTime<Utc>) -> Query {
        let mut query = Query::new(start, &self.filter, self.guard.access.as_ref(), now);
        if !self.renews {
            query.bind_now(now);
            query.statement = query.statement.push(sql!(" AND ")).push(OPEN);
        }
        let kept = Arg::texts(&self.guard.keep_used_of);
        query.and(sql!(" AND (i.uses = 0 OR s.policy {not_in_texts:kept})"), "kept", kept);
        query
    }
}

/// Returns a page of a bulk change: the next invites after the first ID, up to the second.
pub(crate) async fn open_page(
    session: &mut Session,
    scope: &OpenScope,
    (after, last): (Uuid, Uuid),
    size: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Invite>> {
    let mut query = scope.query(SELECT, now);
    query.and(sql!(" AND i.id > :after"), "after", after.into());
    query.and(sql!(" AND i.id <= :last"), "last", last.into());
    query.and(sql!(" ORDER BY i.id LIMIT :size"), "size", size.into());
    session.all(query.statement, &query.args).await?.iter().map(read).collect()
}

const EXTENT: Sql = sql!(
    "SELECT count(*) AS total, {greatest:i.id} AS last FROM {invites AS i} \
     JOIN {invite_spaces AS s} ON s.id = i.space_id "
);

const SPACES: Sql =
    sql!("SELECT DISTINCT i.space_id, s.policy FROM {invites AS i} JOIN {invite_spaces AS s} ON s.id = i.space_id ");

/// Returns the first spaces with invites in the scope, and their policies.
pub(crate) async fn spaces_of_open(
    session: &mut Session,
    scope: &OpenScope,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String)>> {
    let mut query = scope.query(SPACES, now);
    query.and(sql!(" ORDER BY i.space_id LIMIT :most"), "most", most.into());
    let rows = session.all(query.statement, &query.args).await?;
    rows.iter().map(|row| Ok((row.text("space_id")?, row.text("policy")?))).collect()
}

/// Returns the number of invites in a scope, and the last ID; nil if there are none.
pub(crate) async fn extent_of_open(
    session: &mut Session,
    scope: &OpenScope,
    now: DateTime<Utc>,
) -> Result<(i64, Uuid)> {
    let query = scope.query(EXTENT, now);
    let row = session.one(query.statement, &query.args).await?;
    Ok((row.int("total")?, row.maybe_id("last")?.unwrap_or_default()))
}
