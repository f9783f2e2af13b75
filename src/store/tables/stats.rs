//! Counts over whole tables, and over days: a few rows each, however many are
//! counted.
//!
//! A day is a whole one in UTC, by its number since 1970.

use chrono::{DateTime, Utc};
use uuid::{Builder, Uuid};

use crate::error::Result;
use crate::store::db::row::{Arg, Row};
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::tables::invites::LIVE;
use crate::store::tables::listing::STATUS;

/// How many there are of something on a day.
pub(crate) type OnDay = (i64, u64);

const SPACES: &str = "SELECT policy, count(*) AS total FROM invite_spaces \
     WHERE (:policy IS NULL OR policy = :policy) AND removed_at IS NULL GROUP BY policy ORDER BY policy";

/// How many active spaces each policy has, of one policy or of all that have some.
pub(crate) async fn spaces(session: &mut Session, policy: Option<&str>) -> Result<Vec<(String, u64)>> {
    let rows = session.all(SPACES, &[("policy", policy.into())]).await?;
    rows.iter().map(|row| Ok((row.text("policy")?, total(row)?))).collect()
}

const OF_STATUS: &str = " AS status FROM invites) AS i JOIN invite_spaces AS s ON s.id = i.space_id \
     WHERE (:policy IS NULL OR s.policy = :policy) AND s.removed_at IS NULL GROUP BY s.policy, i.status";

/// How many invites of active spaces of each policy are in each state, by its word; of one policy
/// or of all.
pub(crate) async fn invites(
    session: &mut Session,
    policy: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String, u64)>> {
    let statement = Statement::from("SELECT s.policy, i.status, count(*) AS total FROM (SELECT space_id, ")
        .push(STATUS)
        .push(OF_STATUS);
    let rows = session.all(statement, &[("policy", policy.into()), ("now", now.into())]).await?;
    rows.iter().map(|row| Ok((row.text("policy")?, row.text("status")?, total(row)?))).collect()
}

/// From the first instant up to the second, which is not one of them.
pub(crate) type Span = (DateTime<Utc>, DateTime<Utc>);

/// So much earlier than a use its id may say that it was made: as much as the
/// clocks of two machines may differ, and more.
const EARLIER: chrono::TimeDelta = chrono::TimeDelta::days(1);

const USES: &str = "SELECT {day:u.used_at} AS day, count(*) AS total FROM invite_uses AS u ";

const USES_OF_POLICY: &str =
    "JOIN invites AS i ON i.id = u.invite_id JOIN invite_spaces AS s ON s.id = i.space_id AND s.policy = :policy ";

// No index is by the time of a use, but ids follow it.
const USED_THEN: &str = "WHERE u.id >= :first AND u.used_at >= :from AND u.used_at < :to GROUP BY day";

/// How many uses there were on the days of a span; days without any are left
/// out, here and in all that follows.
pub(crate) async fn uses(session: &mut Session, policy: Option<&str>, (from, to): Span) -> Result<Vec<OnDay>> {
    let mut statement = Statement::from(USES);
    if policy.is_some() {
        statement = statement.push(USES_OF_POLICY);
    }
    let values = [("first", least_id(from - EARLIER).into()), ("from", from.into()), ("to", to.into())];
    days(session, statement.push(USED_THEN), policy, &values).await
}

/// The least id that is made at an instant.
fn least_id(instant: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(instant.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

const JOINS: &str = "SELECT {day:m.joined_at} AS day, count(*) AS total FROM invite_members AS m ";

const JOINS_OF_POLICY: &str = "JOIN invite_spaces AS s ON s.id = m.space_id AND s.policy = :policy ";

const JOINED_THEN: &str = "WHERE m.joined_at >= :from AND m.joined_at < :to GROUP BY day";

/// How many members joined on the days of a span.
pub(crate) async fn joins(session: &mut Session, policy: Option<&str>, (from, to): Span) -> Result<Vec<OnDay>> {
    let mut statement = Statement::from(JOINS);
    if policy.is_some() {
        statement = statement.push(JOINS_OF_POLICY);
    }
    days(session, statement.push(JOINED_THEN), policy, &[("from", from.into()), ("to", to.into())]).await
}

// Two ways to an end, each by an index: the clock, and a grace that is over.
const AT_THEIR_END: &str = "SELECT {day:e.ends_at} AS day, count(*) AS total FROM (SELECT space_id, expires_at AS ends_at \
     FROM invites WHERE closed_at IS NULL AND expires_at > :now AND expires_at < :to AND ";

const IN_A_GRACE: &str = " UNION ALL SELECT space_id, \
     CASE WHEN expires_at < closed_at THEN expires_at ELSE closed_at END AS ends_at FROM invites WHERE closed_at > :now AND ";

const ENDING_OF_POLICY: &str = "JOIN invite_spaces AS s ON s.id = e.space_id AND s.policy = :policy ";

const ENDING_THEN: &str = "WHERE e.ends_at < :to GROUP BY day";

/// How many invites that live now die by the clock on the days up to an instant.
pub(crate) async fn ending(
    session: &mut Session,
    policy: Option<&str>,
    now: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<OnDay>> {
    let mut statement = Statement::from(AT_THEIR_END).push(LIVE).push(IN_A_GRACE).push(LIVE).push(") AS e ");
    if policy.is_some() {
        statement = statement.push(ENDING_OF_POLICY);
    }
    days(session, statement.push(ENDING_THEN), policy, &[("now", now.into()), ("to", to.into())]).await
}

async fn days(
    session: &mut Session,
    statement: Statement,
    policy: Option<&str>,
    values: &[(&'static str, Arg)],
) -> Result<Vec<OnDay>> {
    let mut values = values.to_vec();
    values.extend(policy.map(|policy| ("policy", policy.into())));
    let rows = session.all(statement, &values).await?;
    rows.iter().map(|row| Ok((row.int("day")?, total(row)?))).collect()
}

fn total(row: &Row) -> Result<u64> {
    Ok(row.int("total")?.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_id_of_an_instant_is_before_all_of_its_own_and_behind_all_before() {
        let noon = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let made = |at: DateTime<Utc>, noise: u8| {
            let millis = at.timestamp_millis().unsigned_abs();
            Builder::from_unix_timestamp_millis(millis, &[noise; 10]).into_uuid()
        };
        let least = least_id(noon);
        assert_eq!(least.get_version_num(), 7);
        assert!(least <= made(noon, 0) && least < made(noon, 1));
        assert!(least > made(noon - chrono::TimeDelta::milliseconds(1), 0xff));
        // The engines that keep ids as texts compare these.
        assert!(least.to_string() > made(noon - chrono::TimeDelta::milliseconds(1), 0xff).to_string());
        assert_eq!(least_id(DateTime::UNIX_EPOCH - EARLIER), least_id(DateTime::UNIX_EPOCH));
    }
}
