//! Which spaces lack a live standing invite: page by page, and all at one look.

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::store::db::row::Arg;
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::tables::invites::LIVE;
use crate::store::tables::spaces::{Scope, Space, space};

/// One page of the walk over all spaces.
#[derive(Debug)]
pub(crate) struct Page {
    /// How many spaces the page holds.
    pub scanned: i64,
    /// The last id in it: where the next page begins. None: no page.
    pub last: Option<String>,
    /// Those that lack a live standing invite.
    pub missing: Vec<Space>,
}

/// What is no live standing invite of the space `p`: the anti-join is on the
/// slot; one that is dead but not yet cleaned up counts as lacking.
const LACKS: [&str; 3] = ["NOT EXISTS (SELECT 1 FROM invites AS i WHERE i.slot = 'standing:' || p.id AND ", LIVE, ")"];

/// The standing invite of the space `p`, if a live one holds its slot.
const WITH_STANDING: [&str; 3] = [" LEFT JOIN invites AS i{by:slot} ON i.slot = 'standing:' || p.id AND ", LIVE, " "];

/// The next page of spaces after an id: how many, and which of them lack a
/// live standing invite.
pub(crate) async fn page_lacking_standing(
    session: &mut Session,
    scope: &Scope<'_>,
    after: &str,
    size: i64,
    now: DateTime<Utc>,
) -> Result<Page> {
    let page = Statement::from("(SELECT id, name, policy FROM invite_spaces WHERE id > :after AND ")
        .join(&scope.condition())
        .push(" ORDER BY id LIMIT :size) AS p");
    let mut values = scope.values();
    values.extend([("after", after.into()), ("size", size.into()), ("now", now.into())]);
    if session.cuts_lists() {
        return page_of_rows(session, scope, page, values).await;
    }
    // All in one row, which costs far less than a row each.
    let statement =
        Statement::from("SELECT count(*) AS scanned, max(p.id) AS last, CAST({list_of_spaces} FILTER (WHERE ")
            .join(&LACKS.into())
            .push(") AS text) AS missing FROM ")
            .join(&page);
    let row = session.one(statement, &values).await?;
    let missing = row.maybe_text("missing")?.unwrap_or_else(|| "[]".to_owned());
    let mut missing: Vec<(String, String, String)> = serde_json::from_str(&missing)
        .map_err(|error| Error::database("a page of spaces is not JSON").with_source(error))?;
    // No engine promises an order within a list that it makes.
    missing.sort_unstable();
    Ok(Page {
        scanned: row.int("scanned")?,
        last: row.maybe_text("last")?,
        missing: missing.into_iter().map(|(id, name, policy)| Space { id, policy, name }).collect(),
    })
}

/// The same where lists are cut short: how far the page goes, then its rows.
async fn page_of_rows(
    session: &mut Session,
    scope: &Scope<'_>,
    page: Statement,
    mut values: Vec<(&'static str, Arg)>,
) -> Result<Page> {
    let extent = Statement::from("SELECT count(*) AS scanned, max(p.id) AS last FROM ").join(&page);
    let row = session.one(extent, &values).await?;
    let (scanned, last) = (row.int("scanned")?, row.maybe_text("last")?);
    values.push(("last", last.clone().into()));
    // A join and not a sub-select, which would first gather all invites.
    let missing = Statement::from("SELECT p.id, p.name, p.policy FROM invite_spaces AS p")
        .join(&WITH_STANDING.into())
        .push("WHERE p.id > :after AND p.id <= :last AND i.slot IS NULL AND ")
        .join(&scope.condition_of_p())
        .push(" ORDER BY p.id");
    let missing = session.all(missing, &values).await?;
    Ok(Page { scanned, last, missing: missing.iter().map(space).collect::<Result<_>>()? })
}

/// What one look at all spaces says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Survey {
    /// How many spaces the walk would look at.
    pub in_scope: i64,
    /// How many spaces carry a policy that is not known.
    pub strangers: i64,
    /// How many spaces carry a policy that is known and not in scope.
    pub others: i64,
    /// How many of both have a live standing invite.
    pub standing: i64,
}

impl Survey {
    /// Whether there is nothing to do and nothing to tell.
    pub(crate) fn is_complete(&self) -> bool {
        self.strangers == 0 && self.standing == self.in_scope
    }
}

const SURVEY: &str = "SELECT count(*) AS seen, count(CASE WHEN p.policy {in_texts:policies} THEN 1 END) AS in_scope, \
     count(i.slot) AS standing FROM invite_spaces AS p";

// To compare a policy with a list costs most of this statement: a space in scope, which most
// are, is compared with the list of known policies in no count.
const SURVEY_OF_ALL: &str = "SELECT count(*) AS seen, count(CASE WHEN p.policy {in_texts:policies} THEN 1 END) AS in_scope, \
     count(CASE WHEN p.policy {in_texts:policies} THEN NULL WHEN p.policy {in_texts:known} THEN 1 END) AS others, \
     count(CASE WHEN p.policy {in_texts:policies} THEN i.slot WHEN p.policy {in_texts:known} THEN NULL \
     ELSE i.slot END) AS standing FROM invite_spaces AS p";

/// Looks at all active spaces of a scope, and at those of unknown policies where the
/// known ones are given: one statement, which the engine runs as a whole.
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
        let of_all = Statement::from(SURVEY_OF_ALL).join(&WITH_STANDING.into()).push("WHERE p.removed_at IS NULL");
        session.one(of_all, &values).await?
    } else {
        let of_scope = Statement::from(SURVEY).join(&WITH_STANDING.into()).push("WHERE ");
        session.one(of_scope.join(&scope.condition_of_p()), &values).await?
    };
    let in_scope = row.int("in_scope")?;
    let others = if known.is_some() { row.int("others")? } else { 0 };
    Ok(Survey { in_scope, others, strangers: row.int("seen")? - in_scope - others, standing: row.int("standing")? })
}
