//! Spaces without an open standing invite: page by page, or counted in one statement.

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::invites::guards::OPEN;
use crate::store::tables::spaces::scope::Scope;
use crate::store::tables::spaces::space::{Space, space};

/// A page of spaces.
#[derive(Debug)]
pub(crate) struct Page {
    /// Number of spaces in the page.
    pub scanned: i64,
    /// The last ID of the page, after which the next one begins; `None` if the page is empty.
    pub last: Option<String>,
    /// The spaces without an open standing invite.
    pub missing: Vec<Space>,
}

/// Tests that no open standing invite holds the slot of the space `p`. An expired holder that no
/// cleanup has closed does not count.
const LACKS_STANDING: [Sql; 3] =
    [sql!("NOT EXISTS (SELECT 1 FROM {invites AS i} WHERE i.slot = 'standing:' || p.id AND "), OPEN, sql!(")")];

/// Joins the open standing invite of the space `p`, if any.
const WITH_STANDING: [Sql; 3] =
    [sql!(" LEFT JOIN {invites AS i:slot} ON i.slot = 'standing:' || p.id AND "), OPEN, sql!(" ")];

/// Returns the next page of spaces after an ID: their number, and those without an open standing
/// invite.
pub(crate) async fn page_without_standing(
    session: &mut Session,
    scope: &Scope<'_>,
    after: &str,
    size: i64,
    now: DateTime<Utc>,
) -> Result<Page> {
    let page = Statement::from(sql!("(SELECT id, name, policy FROM {invite_spaces} WHERE id > :after AND "))
        .join(&scope.condition())
        .push(sql!(" ORDER BY id LIMIT :size) AS p"));
    let mut values = scope.values();
    values.push(("after", after.into()));
    if session.truncates_lists() {
        return page_of_rows(session, scope, page, (values, size, now)).await;
    }
    values.extend([("size", size.into()), ("now", now.into())]);
    // One row for all spaces is much cheaper than a row each.
    let statement =
        Statement::from(sql!("SELECT count(*) AS scanned, max(p.id) AS last, CAST({list_of_spaces} FILTER (WHERE "))
            .join(&LACKS_STANDING.into())
            .push(sql!(") AS text) AS missing FROM "))
            .join(&page);
    let row = session.one(statement, &values).await?;
    let missing = row.maybe_text("missing")?.unwrap_or_else(|| "[]".to_owned());
    let mut missing: Vec<(String, String, String)> = serde_json::from_str(&missing)
        .map_err(|error| Error::database("a page of spaces is not JSON").with_source(error))?;
    // No engine guarantees the order of an aggregated list.
    missing.sort_unstable();
    Ok(Page {
        scanned: row.int("scanned")?,
        last: row.maybe_text("last")?,
        missing: missing.into_iter().map(|(id, name, policy)| Space { id, policy, name }).collect(),
    })
}

/// Does the same on engines that truncate aggregated lists: first the extent of the page, then its
/// rows.
async fn page_of_rows(
    session: &mut Session,
    scope: &Scope<'_>,
    page: Statement,
    (mut values, size, now): (Vec<(&'static str, Arg)>, i64, DateTime<Utc>),
) -> Result<Page> {
    let extent = Statement::from(sql!("SELECT count(*) AS scanned, max(p.id) AS last FROM ")).join(&page);
    let row = session.one(extent, &[values.as_slice(), &[("size", size.into())]].concat()).await?;
    let (scanned, last) = (row.int("scanned")?, row.maybe_text("last")?);
    values.extend([("last", last.clone().into()), ("now", now.into())]);
    // Use a join: with a sub-select the planner would first collect all invites.
    let missing = Statement::from(sql!("SELECT p.id, p.name, p.policy FROM {invite_spaces AS p}"))
        .join(&WITH_STANDING.into())
        .push(sql!("WHERE p.id > :after AND p.id <= :last AND i.slot IS NULL AND "))
        .join(&scope.condition_of_p())
        .push(sql!(" ORDER BY p.id"));
    let missing = session.all(missing, &values).await?;
    Ok(Page { scanned, last, missing: missing.iter().map(space).collect::<Result<_>>()? })
}

/// Counts over all spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Number of spaces in the scope.
    pub in_scope: i64,
    /// Number of spaces with an unknown policy.
    pub unknown_policies: i64,
    /// Number of spaces with a known policy outside the scope.
    pub out_of_scope: i64,
    /// Number of spaces, in the scope or of an unknown policy, with an open standing invite.
    pub standing: i64,
}

impl Survey {
    /// Returns true if there is nothing to create and nothing to report.
    pub(crate) fn is_complete(&self) -> bool {
        self.unknown_policies == 0 && self.standing == self.in_scope
    }
}

const SURVEY: Sql = sql!(
    "SELECT count(*) AS seen, count(CASE WHEN p.policy {in_texts:policies} THEN 1 END) AS in_scope, \
     count(i.slot) AS standing FROM {invite_spaces AS p}"
);

// Comparing a policy with a list takes most of the time, so a space in the scope, as most are, is
// never compared with the list of known policies.
const SURVEY_OF_ALL: Sql = sql!(
    "SELECT count(*) AS seen, count(CASE WHEN p.policy {in_texts:policies} THEN 1 END) AS in_scope, \
     count(CASE WHEN p.policy {in_texts:policies} THEN NULL WHEN p.policy {in_texts:known} THEN 1 END) AS others, \
     count(CASE WHEN p.policy {in_texts:policies} THEN i.slot WHEN p.policy {in_texts:known} THEN NULL \
     ELSE i.slot END) AS standing FROM {invite_spaces AS p}"
);

/// Counts the active spaces of a scope and, if the known policies are given, its spaces of other
/// policies, in one statement.
pub(crate) async fn survey(
    session: &mut Session,
    scope: &Scope<'_>,
    known: Option<&[String]>,
    now: DateTime<Utc>,
) -> Result<Survey> {
    let mut values = scope.values();
    values.push(("now", now.into()));
    let row = if let Some(known) = known {
        values.push(("known", Arg::texts(known)));
        let of_all =
            Statement::from(SURVEY_OF_ALL).join(&WITH_STANDING.into()).push(sql!("WHERE p.removed_at IS NULL"));
        session.one(of_all, &values).await?
    } else {
        let of_scope = Statement::from(SURVEY).join(&WITH_STANDING.into()).push(sql!("WHERE "));
        session.one(of_scope.join(&scope.condition_of_p()), &values).await?
    };
    let in_scope = row.int("in_scope")?;
    let out_of_scope = if known.is_some() { row.int("others")? } else { 0 };
    Ok(Survey {
        in_scope,
        out_of_scope,
        unknown_policies: row.int("seen")? - in_scope - out_of_scope,
        standing: row.int("standing")?,
    })
}
