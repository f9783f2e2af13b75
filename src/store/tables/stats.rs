//! Counts over whole tables and over days, a few rows each.
//!
//! Days are in UTC, counted from 1970.

use chrono::{DateTime, Utc};
use uuid::{Builder, Uuid};

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::invites::guards::OPEN;
use crate::store::tables::listing::query::STATUS;

/// A day and a count.
pub(crate) type DayCount = (i64, u64);

const SPACES: Sql = sql!(
    "SELECT policy, count(*) AS total FROM {invite_spaces} \
     WHERE (:policy IS NULL OR policy = :policy) AND removed_at IS NULL GROUP BY policy ORDER BY policy"
);

/// Counts the active spaces by policy, of one policy or of all.
pub(crate) async fn spaces(session: &mut Session, policy: Option<&str>) -> Result<Vec<(String, u64)>> {
    let rows = session.all(SPACES, &[("policy", policy.into())]).await?;
    rows.iter().map(|row| Ok((row.text("policy")?, total(row)?))).collect()
}

const OF_STATUS: Sql = sql!(
    " AS status FROM {invites}) AS i JOIN {invite_spaces AS s} ON s.id = i.space_id \
     WHERE (:policy IS NULL OR s.policy = :policy) AND s.removed_at IS NULL GROUP BY s.policy, i.status"
);

/// Counts the invites of active spaces by policy and status, of one policy or of all.
pub(crate) async fn invites(
    session: &mut Session,
    policy: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String, u64)>> {
    let statement = Statement::from(sql!("SELECT s.policy, i.status, count(*) AS total FROM (SELECT space_id, "))
        .push(STATUS)
        .push(OF_STATUS);
    let rows = session.all(statement, &[("policy", policy.into()), ("now", now.into())]).await?;
    rows.iter().map(|row| Ok((row.text("policy")?, row.text("status")?, total(row)?))).collect()
}

/// A range of instants, including the first and excluding the second.
pub(crate) type Span = (DateTime<Utc>, DateTime<Utc>);

/// Maximum time by which the ID of a use may precede the use; exceeds the difference of two
/// clocks.
const EARLIER: chrono::TimeDelta = chrono::TimeDelta::days(1);

const USES: Sql = sql!("SELECT {day:u.used_at} AS day, count(*) AS total FROM invite_uses AS u ");

const USES_OF_POLICY: Sql = sql!(
    "JOIN {invites AS i} ON i.id = u.invite_id JOIN {invite_spaces AS s} ON s.id = i.space_id AND s.policy = :policy "
);

// There is no index on the time of a use, but IDs follow it.
const USED_IN_SPAN: Sql = sql!("WHERE u.id >= :first AND u.used_at >= :from AND u.used_at < :to GROUP BY day");

/// Counts the uses by day. Days without uses are left out.
pub(crate) async fn uses(session: &mut Session, policy: Option<&str>, (from, to): Span) -> Result<Vec<DayCount>> {
    let mut statement = Statement::from(USES);
    if policy.is_some() {
        statement = statement.push(USES_OF_POLICY);
    }
    let values = [("first", least_id(from - EARLIER).into()), ("from", from.into()), ("to", to.into())];
    days(session, statement.push(USED_IN_SPAN), policy, &values).await
}

/// Returns the smallest ID that can be created at an instant.
fn least_id(instant: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(instant.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

const JOINS: Sql = sql!("SELECT {day:m.joined_at} AS day, count(*) AS total FROM {invite_members AS m} ");

const JOINS_OF_POLICY: Sql = sql!("JOIN {invite_spaces AS s} ON s.id = m.space_id AND s.policy = :policy ");

const JOINED_IN_SPAN: Sql = sql!("WHERE m.joined_at >= :from AND m.joined_at < :to GROUP BY day");

/// Counts the new members by day. Days without any are left out.
pub(crate) async fn joins(session: &mut Session, policy: Option<&str>, (from, to): Span) -> Result<Vec<DayCount>> {
    let mut statement = Statement::from(JOINS);
    if policy.is_some() {
        statement = statement.push(JOINS_OF_POLICY);
    }
    days(session, statement.push(JOINED_IN_SPAN), policy, &[("from", from.into()), ("to", to.into())]).await
}

// Two kinds of expiry, with an index each: the expiry of an invite, and the end of a grace period.
const EXPIRING: Sql = sql!(
    "SELECT {day:e.ends_at} AS day, count(*) AS total FROM (SELECT space_id, expires_at AS ends_at \
     FROM {invites} WHERE closed_at IS NULL AND expires_at > :now AND expires_at < :to AND "
);

const IN_GRACE_PERIOD: Sql = sql!(
    " UNION ALL SELECT space_id, \
     CASE WHEN expires_at < closed_at THEN expires_at ELSE closed_at END AS ends_at FROM {invites} WHERE closed_at > :now AND "
);

const ENDING_OF_POLICY: Sql = sql!("JOIN {invite_spaces AS s} ON s.id = e.space_id AND s.policy = :policy ");

const ENDING_IN_SPAN: Sql = sql!("WHERE e.ends_at < :to GROUP BY day");

/// Counts the invites that are open now and expire before `to`, by day of their effective expiry.
pub(crate) async fn ending(
    session: &mut Session,
    policy: Option<&str>,
    now: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<DayCount>> {
    let mut statement = Statement::from(EXPIRING).push(OPEN).push(IN_GRACE_PERIOD).push(OPEN).push(sql!(") AS e "));
    if policy.is_some() {
        statement = statement.push(ENDING_OF_POLICY);
    }
    days(session, statement.push(ENDING_IN_SPAN), policy, &[("now", now.into()), ("to", to.into())]).await
}

async fn days(
    session: &mut Session,
    statement: Statement,
    policy: Option<&str>,
    values: &[(&'static str, Arg)],
) -> Result<Vec<DayCount>> {
    let mut values = values.to_vec();
    values.extend(policy.map(|policy| ("policy", policy.into())));
    let rows = session.all(statement, &values).await?;
    rows.iter().map(|row| Ok((row.int("day")?, total(row)?))).collect()
}

fn total(row: &Row) -> Result<u64> {
    Ok(row.int("total")?.unsigned_abs())
}

/// A replaced code expires at the end of its grace period.
const COUNT_OPEN: Sql = sql!(
    "SELECT count(*) AS live, \
     count(CASE WHEN expires_at <= :until OR closed_at <= :until THEN 1 END) AS ending FROM {invites} WHERE "
);

/// Counts the invites that are open at `now`, and those of them that expire until another instant.
pub(crate) async fn count_open(session: &mut Session, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<(i64, i64)> {
    let values = &[("now", now.into()), ("until", until.into())];
    let row = session.one(Statement::from([COUNT_OPEN, OPEN]), values).await?;
    Ok((row.int("live")?, row.int("ending")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_id_of_instant_separates_earlier_from_later_ids() {
        let noon = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let made = |at: DateTime<Utc>, noise: u8| {
            let millis = at.timestamp_millis().unsigned_abs();
            Builder::from_unix_timestamp_millis(millis, &[noise; 10]).into_uuid()
        };
        let least = least_id(noon);
        assert_eq!(least.get_version_num(), 7);
        assert!(least <= made(noon, 0) && least < made(noon, 1));
        assert!(least > made(noon - chrono::TimeDelta::milliseconds(1), 0xff));
        // Engines that store IDs as texts compare texts.
        assert!(least.to_string() > made(noon - chrono::TimeDelta::milliseconds(1), 0xff).to_string());
        assert_eq!(least_id(DateTime::UNIX_EPOCH - EARLIER), least_id(DateTime::UNIX_EPOCH));
    }
}
