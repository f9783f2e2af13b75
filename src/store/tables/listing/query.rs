//! Building the statement for a filter.

use chrono::{DateTime, Utc};

use crate::model::invite::Status;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::access_filter::AccessFilter;
use crate::store::tables::listing::filter::{Filter, Mail};
use crate::text::SearchText;

/// The status at `:now` of an invite in an active space, as
/// [`Invite::status`](crate::model::invite::Invite::status) defines it. A contract test compares
/// the two for every state.
pub(crate) const STATUS: Sql = sql!(
    "CASE WHEN closed_at <= :now OR closed_reason <> 'replaced' THEN closed_reason \
     WHEN uses >= max_uses THEN 'used_up' WHEN expires_at <= :now THEN 'expired' WHEN starts_at > :now THEN 'scheduled' ELSE 'active' END"
);

/// The status of an invite in the space `s`, which may be removed.
pub(crate) const STATUS_IN_SPACE: [Sql; 3] = [
    sql!(
        "CASE WHEN s.removed_at IS NOT NULL AND (closed_at IS NULL OR closed_reason = 'replaced' AND closed_at > s.removed_at) \
     THEN 'revoked' ELSE "
    ),
    STATUS,
    sql!(" END"),
];

/// Unsent invites are few. A sub-select makes every planner find them by their index first, instead
/// of reading all invites in the order of the list.
const UNSENT: Sql = sql!(" AND i.id IN (SELECT id FROM {invites} WHERE send_after <= :now)");

/// Searches a text in every searchable column.
const ANYWHERE: Sql = sql!(
    "{matches:i.space_id search} OR {matches:s.name search} OR {matches:i.note search} \
     OR {matches:i.email search})"
);

const UNDER_WAY: Sql = sql!(" AND i.id IN (SELECT id FROM {invites} WHERE send_after > :now)");

/// Condition of an invite whose e-mail can still be sent: neither used nor revoked, and in an active
/// space. Of expired invites, only the last one of its address and space, if no other one is valid.
const WAITING: Sql = sql!(
    " AND (i.closed_at IS NULL OR i.closed_reason = 'expired') \
     AND (i.max_uses IS NULL OR i.uses < i.max_uses) \
     AND (i.closed_at IS NULL AND (i.expires_at IS NULL OR i.expires_at > :now) OR NOT EXISTS \
     (SELECT 1 FROM {invites AS o} WHERE o.email = i.email AND o.space_id = i.space_id AND (o.id > i.id \
     OR o.id < i.id AND o.closed_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > :now) \
     AND (o.max_uses IS NULL OR o.uses < o.max_uses)))) \
     AND EXISTS (SELECT 1 FROM {invite_spaces AS p} WHERE p.id = i.space_id AND p.removed_at IS NULL)"
);

/// Tests whether the status is one of these. The list is written out, since some planners join a
/// bound list and sort all invites first. Each status appears once and in a fixed order, so that
/// few different statements exist.
fn in_statuses(statuses: &[Status]) -> Statement {
    const WORDS: [(Status, Sql); 6] = [
        (Status::Active, sql!(", 'active'")),
        (Status::Scheduled, sql!(", 'scheduled'")),
        (Status::Expired, sql!(", 'expired'")),
        (Status::UsedUp, sql!(", 'used_up'")),
        (Status::Revoked, sql!(", 'revoked'")),
        (Status::Replaced, sql!(", 'replaced'")),
    ];
    let wanted = WORDS.iter().filter(|(status, _)| statuses.contains(status));
    // No invite has the empty status, which comes before the first comma.
    wanted.fold(Statement::from(sql!(" IN (''")), |known, (_, word)| known.push(*word)).push(sql!(")"))
}

/// A statement that is built for a filter, with its arguments.
pub(crate) struct Query {
    pub(crate) statement: Statement,
    pub(crate) args: Vec<(&'static str, Arg)>,
}

impl Query {
    pub(crate) fn new(
        start: impl Into<Statement>,
        filter: &Filter,
        access: Option<&AccessFilter>,
        now: DateTime<Utc>,
    ) -> Self {
        let mut query = Query { statement: start.into().push(sql!("WHERE true")), args: Vec::new() };
        if let Some(access) = access {
            let (condition, bound) = access.listing_condition();
            query.statement = query.statement.join(&condition);
            query.args.extend(bound);
        }
        let list = |texts: Vec<&str>| Arg::texts(&texts);
        if !filter.spaces.is_empty() {
            let spaces = filter.spaces.iter().map(String::as_str).collect();
            query.and(sql!(" AND i.space_id {in_texts:list}"), "list", list(spaces));
        }
        if let Some(policy) = &filter.policy {
            query.and(sql!(" AND s.policy = :policy"), "policy", policy.as_str().into());
        }
        if !filter.statuses.is_empty() {
            query.bind_now(now);
            query.statement =
                query.statement.push(sql!(" AND ")).join(&STATUS_IN_SPACE.into()).join(&in_statuses(&filter.statuses));
        }
        if let Some(user) = &filter.created_by {
            query.and(sql!(" AND i.created_by = :creator"), "creator", user.as_str().into());
        }
        if let Some(email) = &filter.email {
            query.and(sql!(" AND i.email = :email"), "email", email.as_str().into());
        }
        if let Some(role) = &filter.role {
            query.and(sql!(" AND i.role = :role"), "role", role.as_str().into());
        }
        if let Some(end) = filter.expires_before {
            let expires =
                sql!(" AND (i.expires_at < :before OR (i.closed_reason = 'replaced' AND i.closed_at < :before))");
            query.and(expires, "before", end.into());
        }
        if let Some(operation) = filter.operation {
            let both = sql!(" AND (i.created_op = :operation OR i.closed_op = :operation)");
            query.and(both, "operation", operation.into());
        }
        if let Some(operation) = filter.made_by {
            query.and(sql!(" AND i.created_op = :maker"), "maker", operation.into());
        }
        if let Some(mail) = filter.mail {
            query.bind_now(now);
            let which = match mail {
                Mail::Unsent => UNSENT,
                Mail::UnderWay => UNDER_WAY,
            };
            query.statement = query.statement.push(which).push(WAITING);
        }
        if let Some(text) = &filter.search {
            let text = SearchText::of(text);
            // Domains are stored in ASCII and searched in Unicode.
            if let Some(address) = text.in_addresses() {
                query.and(sql!(" AND ({matches:i.email address} OR "), "address", Arg::Search(address));
            } else {
                query.statement = query.statement.push(sql!(" AND ("));
            }
            query.and(ANYWHERE, "search", Arg::Search(text));
        }
        query
    }

    /// Binds the instant that some conditions compare with; it may be bound already.
    pub(crate) fn bind_now(&mut self, now: DateTime<Utc>) {
        if self.args.iter().all(|(name, _)| *name != "now") {
            self.args.push(("now", now.into()));
        }
    }

    /// Appends a condition with its argument.
    pub(crate) fn and(&mut self, condition: Sql, name: &'static str, value: Arg) {
        self.statement = std::mem::take(&mut self.statement).push(condition);
        self.args.push((name, value));
    }
}
