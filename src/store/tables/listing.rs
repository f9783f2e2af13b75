//! Lists of invites: filters, order, counting, streaming.

pub(crate) mod stream;

pub(crate) use crate::store::tables::listing::stream::stream;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::model::invite::{Invite, Status};
use crate::store::db::row::Arg;
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::tables::access_filter::Permitted;
use crate::store::tables::invites::{ChangeGuard, LIVE, SELECT, read};
use crate::text::SearchText;

/// Which invites to list; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one of these spaces.
    pub spaces: Vec<String>,
    /// Of spaces with this policy.
    pub policy: Option<String>,
    /// In one of these states.
    pub statuses: Vec<Status>,
    /// Made by this user.
    pub created_by: Option<String>,
    /// Bound to this address.
    pub email: Option<String>,
    /// Granting this role.
    pub role: Option<String>,
    /// Dying by the clock before this instant.
    pub expires_before: Option<DateTime<Utc>>,
    /// Made or closed by this operation.
    pub operation: Option<Uuid>,
    /// Made by this operation.
    pub made_by: Option<Uuid>,
    /// Whose e-mail is in this state.
    pub mail: Option<Mail>,
    /// With this text in the space's id or name, the note or the address, in any
    /// letter case of any script: up to 200 characters.
    pub search: Option<String>,
}

impl Filter {
    /// The filter in words, for the audit log.
    pub(crate) fn described(&self) -> String {
        let of = |word: &str, value: &Option<String>| value.as_ref().map(|value| format!("{word} {value}"));
        let spaces = self.spaces.iter().map(|space| format!("space {space}"));
        let others = [of("policy", &self.policy), of("created by", &self.created_by)].into_iter().flatten();
        let made_by = self.made_by.map(|operation| format!("operation {operation}"));
        let parts: Vec<String> = spaces.chain(others).chain(made_by).collect();
        if parts.is_empty() { "all invites".to_owned() } else { parts.join(", ") }
    }
}

/// What the e-mail of an invite waits for. One that expired before it was sent
/// still waits: sending it renews it. Only a later invitation of the same address
/// to the same space takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// To be sent (again): it failed, or the run that was to send it ended.
    Unsent,
    /// A run sends it at this moment.
    UnderWay,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// What ends soonest first, what never ends last.
    Expires,
    /// The most used first.
    Uses,
    /// By the space's id.
    Space,
}

/// Who took the use of an invite that is good for one, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The user.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The status at `:now` of an invite of an active space, as [`Invite::status`] defines
/// it; a contract test compares the two over every state.
pub(crate) const STATUS: &str = "CASE WHEN closed_at <= :now OR closed_reason <> 'replaced' THEN closed_reason \
     WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= :now THEN 'expired' WHEN starts_at > :now THEN 'scheduled' ELSE 'active' END";

/// The status of an invite of the space `s`, which may be removed.
const STATUS_IN_SPACE: [&str; 3] = [
    "CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) \
     THEN 'revoked' ELSE ",
    STATUS,
    " END",
];

/// They are few, and found by their index before anything else: some planners
/// would rather go through all invites in the order of the list.
const UNSENT: &str = " AND i.id IN (SELECT id FROM invites WHERE send_after <= :now)";

/// Where a text is searched for.
const ANYWHERE: &str = "{matches:i.space_id search} OR {matches:s.name search} OR {matches:i.note search} \
     OR {matches:i.email search})";

const UNDER_WAY: &str = " AND i.id IN (SELECT id FROM invites WHERE send_after > :now)";

/// Neither used nor revoked, and of an active space; of those that expired, the last one of its address
/// and space, if no other one is valid: the others were superseded.
const WAITING: &str = " AND (i.closed_at IS NULL OR i.closed_reason = 'expired') \
     AND (i.max_uses IS NULL OR i.uses < i.max_uses) \
     AND (i.closed_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > :now) OR NOT EXISTS \
     (SELECT 1 FROM invites AS o WHERE o.email = i.email AND o.space_id = i.space_id AND (o.id > i.id \
     OR o.id < i.id AND o.closed_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > :now) \
     AND (o.max_uses IS NULL OR o.uses < o.max_uses)))) \
     AND EXISTS (SELECT 1 FROM invite_spaces AS p WHERE p.id = i.space_id AND p.removed_at IS NULL)";

/// That a status is one of these. Written out, not bound: some planners join a
/// list that is bound, and sort all invites before the first is shown.
/// Each once and in one order, so that few statements are made of it.
fn in_statuses(statuses: &[Status]) -> Statement {
    const WORDS: [(Status, &str); 6] = [
        (Status::Active, ", 'active'"),
        (Status::Scheduled, ", 'scheduled'"),
        (Status::Expired, ", 'expired'"),
        (Status::UsedUp, ", 'used_up'"),
        (Status::Revoked, ", 'revoked'"),
        (Status::Replaced, ", 'replaced'"),
    ];
    let wanted = WORDS.iter().filter(|(status, _)| statuses.contains(status));
    // No invite has the first word, which takes the place before a comma.
    wanted.fold(Statement::from(" IN (''"), |known, (_, word)| known.push(word)).push(")")
}

struct Query {
    statement: Statement,
    args: Vec<(&'static str, Arg)>,
}

impl Query {
    fn new(start: impl Into<Statement>, filter: &Filter, permitted: Option<&Permitted>, now: DateTime<Utc>) -> Self {
        let mut query = Query { statement: start.into().push("WHERE true"), args: vec![("now", now.into())] };
        if let Some(permitted) = permitted {
            let (condition, bound) = permitted.condition_of_listed();
            query.statement = query.statement.join(&condition);
            query.args.extend(bound);
        }
        let list = |texts: Vec<&str>| Arg::texts(&texts);
        if !filter.spaces.is_empty() {
            let spaces = filter.spaces.iter().map(String::as_str).collect();
            query.and(" AND i.space_id {in_texts:list}", "list", list(spaces));
        }
        if let Some(policy) = &filter.policy {
            query.and(" AND s.policy = :policy", "policy", policy.as_str().into());
        }
        if !filter.statuses.is_empty() {
            query.statement =
                query.statement.push(" AND ").join(&STATUS_IN_SPACE.into()).join(&in_statuses(&filter.statuses));
        }
        if let Some(user) = &filter.created_by {
            query.and(" AND i.created_by = :creator", "creator", user.as_str().into());
        }
        if let Some(email) = &filter.email {
            query.and(" AND i.email = :email", "email", email.as_str().into());
        }
        if let Some(role) = &filter.role {
            query.and(" AND i.role = :role", "role", role.as_str().into());
        }
        if let Some(end) = filter.expires_before {
            let dies = " AND (i.expires_at < :before OR (i.closed_reason = 'replaced' AND i.closed_at < :before))";
            query.and(dies, "before", end.into());
        }
        if let Some(operation) = filter.operation {
            let both = " AND (i.created_op = :operation OR i.closed_op = :operation)";
            query.and(both, "operation", operation.into());
        }
        if let Some(operation) = filter.made_by {
            query.and(" AND i.created_op = :maker", "maker", operation.into());
        }
        match filter.mail {
            None => {}
            Some(Mail::Unsent) => query.statement = query.statement.push(UNSENT).push(WAITING),
            Some(Mail::UnderWay) => query.statement = query.statement.push(UNDER_WAY).push(WAITING),
        }
        if let Some(text) = &filter.search {
            let text = SearchText::of(text);
            // Domains are stored in ASCII, and searched as people write them.
            if let Some(address) = text.in_addresses() {
                query.and(" AND ({matches:i.email address} OR ", "address", Arg::Search(address));
            } else {
                query.statement = query.statement.push(" AND (");
            }
            query.and(ANYWHERE, "search", Arg::Search(text));
        }
        query
    }

    fn and(&mut self, condition: &'static str, name: &'static str, value: Arg) {
        self.statement = std::mem::take(&mut self.statement).push(condition);
        self.args.push((name, value));
    }
}

const COUNT: &str = "SELECT count(*) AS total FROM invites AS i ";

const COUNT_WITH_SPACES: &str =
    "SELECT count(*) AS total FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id ";

/// How many invites a filter picks, of those that a user may see where one is
/// given.
pub(crate) async fn count(
    session: &mut Session,
    filter: &Filter,
    permitted: Option<&Permitted>,
    now: DateTime<Utc>,
) -> Result<i64> {
    // Every invite has a space: to look at each would count no other ones.
    let asks_spaces = filter.policy.is_some() || filter.search.is_some() || !filter.statuses.is_empty();
    let start = if asks_spaces { COUNT_WITH_SPACES } else { COUNT };
    let query = Query::new(start, filter, permitted, now);
    session.one(query.statement, &query.args).await?.int("total")
}

/// How many invites of a space are in each state, by its word.
pub(crate) async fn count_by_status(
    session: &mut Session,
    space: &str,
    now: DateTime<Utc>,
) -> Result<Vec<(String, u64)>> {
    let statement =
        Statement::from("SELECT status, count(*) AS total FROM (SELECT ").join(&STATUS_IN_SPACE.into()).push(
            " AS status FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id \
             WHERE i.space_id = :space) AS i GROUP BY status ORDER BY status",
        );
    let rows = session.all(statement, &[("space", space.into()), ("now", now.into())]).await?;
    rows.iter().map(|row| Ok((row.text("status")?, row.int("total")?.unsigned_abs()))).collect()
}

/// The invites that a bulk change picks.
#[derive(Debug, Clone)]
pub(crate) struct LiveScope {
    /// Those of this filter,
    pub filter: Filter,
    /// as far as the guard of the change lets them,
    pub guard: ChangeGuard,
    /// valid ones only; or, to be sent, those too that sending renews.
    pub renews: bool,
}

impl LiveScope {
    fn query(&self, start: impl Into<Statement>, now: DateTime<Utc>) -> Query {
        let mut query = Query::new(start, &self.filter, self.guard.permitted.as_ref(), now);
        if !self.renews {
            query.statement = query.statement.push(" AND ").push(LIVE);
        }
        let kept = Arg::texts(&self.guard.keep_used_of);
        query.and(" AND (i.uses = 0 OR s.policy {not_in_texts:kept})", "kept", kept);
        query
    }
}

/// The next invites of a scope after the first id, up to the second: a page of
/// a bulk change.
pub(crate) async fn live_page(
    session: &mut Session,
    scope: &LiveScope,
    (after, last): (Uuid, Uuid),
    size: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Invite>> {
    let mut query = scope.query(SELECT, now);
    query.and(" AND i.id > :after", "after", after.into());
    query.and(" AND i.id <= :last", "last", last.into());
    query.and(" ORDER BY i.id LIMIT :size", "size", size.into());
    session.all(query.statement, &query.args).await?.iter().map(read).collect()
}

const EXTENT: &str = "SELECT count(*) AS total, {greatest:i.id} AS last FROM invites AS i \
     JOIN invite_spaces AS s ON s.id = i.space_id ";

const SPACES: &str =
    "SELECT DISTINCT i.space_id, s.policy FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id ";

/// The spaces of the invites that a scope picks, with their policies: the first
/// of them.
pub(crate) async fn spaces_of_live(
    session: &mut Session,
    scope: &LiveScope,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String)>> {
    let mut query = scope.query(SPACES, now);
    query.and(" ORDER BY i.space_id LIMIT :most", "most", most.into());
    let rows = session.all(query.statement, &query.args).await?;
    rows.iter().map(|row| Ok((row.text("space_id")?, row.text("policy")?))).collect()
}

/// How many invites a scope picks, and the last of them (nil: none).
pub(crate) async fn extent_of_live(
    session: &mut Session,
    scope: &LiveScope,
    now: DateTime<Utc>,
) -> Result<(i64, Uuid)> {
    let query = scope.query(EXTENT, now);
    let row = session.one(query.statement, &query.args).await?;
    Ok((row.int("total")?, row.maybe_id("last")?.unwrap_or_default()))
}
