//! The settings that a `PostgreSQL` session works with, and whether a pooler
//! stands between this process and the server.
//!
//! A pooler in transaction mode gives each transaction any of its server
//! sessions. There, settings must end with the transaction, and statements must
//! have no names: a name that this process gave in one session is unknown in the
//! next, or names the statement of another client. A direct session keeps its
//! settings and its prepared statements, which costs one round trip less for each
//! statement.

use std::fmt::Write as _;
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::Error;
use crate::store::db::connect::not_known_to_be_latest;
use crate::store::db::connection::Connection;
use crate::store::db::options::Timeouts;
use crate::store::errors::{Fault, Verdict, fault};
use crate::store::location::{Host, SchemaName, Target};

/// Settings and the SQL expressions of their values: times are UTC; what is acknowledged is on the disk; the spaces of a list
/// fit in memory, so that its rows come from the index in their order (4 MB is
/// the default of the server, any other value was chosen by somebody).
const SETTINGS: &[(&str, &str)] = &[
    ("TimeZone", "'UTC'"),
    ("client_encoding", "'UTF8'"),
    (
        "synchronous_commit",
        "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') \
         END",
    ),
    ("work_mem", "CASE current_setting('work_mem') WHEN '4MB' THEN '32MB' ELSE current_setting('work_mem') END"),
];

/// Time limits that newer servers have; `--timeout` bounds what this process waits for.
const LIFTED: &[&str] = &["statement_timeout", "idle_session_timeout", "transaction_timeout"];

/// How much longer than this process has been connecting the server session may
/// exist, for what the message is on its way.
const SLACK: Duration = Duration::from_secs(2);

/// The first message to a server: one transaction that finds out whether the
/// session is direct, sets up a direct session, and leaves a pooled one as it was.
///
/// A direct session has the application name that this process sent at its start:
/// that is the value that `DEFAULT` stands for. A pooler sets the name later, with
/// `SET`, or keeps one of its own. And a direct session is not older than the
/// connection that began it.
pub(crate) fn greeting(
    application_name: &str,
    schema: Option<&SchemaName>,
    connecting_for: Duration,
    timeouts: Timeouts,
) -> String {
    let name = literal(application_name);
    let oldest = (connecting_for + SLACK).as_millis();
    let mut more = vec![("default_transaction_isolation", "'read committed'".to_owned())];
    more.extend(schema.map(search_path));
    let settings = calls("how.is_pooled", timeouts, &more);
    format!(
        "BEGIN; SET LOCAL application_name TO DEFAULT; \
         WITH how AS MATERIALIZED (SELECT current_setting('application_name') <> {name} \
         OR current_setting('application_name') = '' OR NOT EXISTS (SELECT 1 \
         FROM pg_stat_get_activity(pg_backend_pid()) \
         WHERE backend_start > clock_timestamp() - interval '{oldest} milliseconds') AS is_pooled) \
         SELECT current_setting('server_version_num')::bigint AS version, \
         current_setting('server_version') AS name, clock_timestamp() AS now, \
         CASE WHEN pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean THEN 1 ELSE 0 END \
         AS read_only, pg_backend_pid() AS id, CASE WHEN is_pooled THEN 1 ELSE 0 END AS is_pooled, {settings} FROM how; END"
    )
}

/// How long a standby may take to apply what it has received, and how often it is asked.
const CATCH_UP: Duration = Duration::from_secs(2);
const CATCH_UP_PAUSE: Duration = Duration::from_millis(10);

/// Waits until a standby shows every change that it had received when this began.
///
/// A primary that has failed may have acknowledged changes that its synchronous standby
/// has stored and not applied yet: reading now would miss them.
///
/// A standby that has received nothing since its start cannot tell: it may lack changes that only
/// the primary has, or that wait in an archive.
pub(crate) async fn catch_up(
    connection: &mut Connection,
    (target, host): (&Target, &Host),
    until: Instant,
) -> Result<(), Fault> {
    let until = until.min(Instant::now() + CATCH_UP);
    let received = match timeout_at(until, received(connection, target)).await {
        Ok(Ok(Received::UpTo(position))) => position,
        Ok(Ok(Received::Everything)) => return Ok(()),
        Ok(Err(fault)) => return Err(fault),
        Ok(Ok(Received::Unknown)) | Err(_) => {
            let why = format!("the standby {} has not received data from a primary server since it started", host.name);
            return Err(not_known_to_be_latest(target, why));
        }
    };
    let applied = applied(connection, target, &received);
    timeout_at(until, applied).await.unwrap_or_else(|_| Err(behind(target, host)))
}

async fn applied(connection: &mut Connection, target: &Target, received: &str) -> Result<(), Fault> {
    let question = format!(
        "SELECT CASE WHEN pg_is_in_recovery() AND pg_last_wal_replay_lsn() < {}::pg_lsn THEN 0 ELSE 1 END AS \
         is_applied",
        literal(received)
    );
    loop {
        // Safe: a position as a literal.
        let rows = connection.look(AssertSqlSafe(question.clone())).await.map_err(|error| fault(error, target))?;
        if rows.first().map(|row| row.int("is_applied")).transpose()? != Some(0) {
            return Ok(());
        }
        sleep(CATCH_UP_PAUSE).await;
    }
}

/// What a server that takes no writes has received from the one that it follows.
enum Received {
    /// The log up to this position.
    UpTo(String),
    /// It follows no other server: it was promoted, or is set to read only.
    Everything,
    /// The server does not say: it replicates by other means.
    Unknown,
}

const RECEIVED: &str = "SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END AS is_standby, \
     pg_last_wal_receive_lsn()::text AS received";

/// Asks a server what it has received, until it knows.
async fn received(connection: &mut Connection, target: &Target) -> Result<Received, Fault> {
    loop {
        let rows = match connection.look(RECEIVED.into_sql_str()).await {
            Ok(rows) => rows,
            Err(error) => {
                return match fault(error, target) {
                    lost if lost.verdict == Verdict::Lost => Err(lost),
                    // A hosted service may refuse the function.
                    _ => Ok(Received::Unknown),
                };
            }
        };
        let Some(row) = rows.first() else { return Ok(Received::Unknown) };
        if row.int("is_standby")? == 0 {
            return Ok(Received::Everything);
        }
        if let Some(position) = row.maybe_text("received")? {
            return Ok(Received::UpTo(position));
        }
        sleep(CATCH_UP_PAUSE).await;
    }
}

fn behind(target: &Target, host: &Host) -> Fault {
    let error = Error::unavailable(format!("no host of {target} accepts writes or has the latest data"))
        .with_source(format!("the standby {} has not applied every change that it has received", host.name))
        .with_hint("wait until it has, or promote it, then run the same command again");
    Fault { verdict: Verdict::Lost, error }
}

/// What follows `BEGIN` in the same message where a pooler is between: the
/// settings for this transaction. Another client of the pooler may have left a
/// search path of its own in the server session.
pub(crate) fn local_settings(schema: Option<&SchemaName>, timeouts: Timeouts) -> String {
    let more: Vec<_> = schema.map(search_path).into_iter().collect();
    let settings = calls("true", timeouts, &more);
    format!("; SET LOCAL search_path TO DEFAULT; SELECT {settings}")
}

/// The setting by which names without a schema are found in this one alone; the
/// temporary tables of another client of a pooler come last, not first.
fn search_path(schema: &SchemaName) -> (&'static str, String) {
    ("search_path", literal(&format!("{schema}, pg_temp")))
}

/// Calls that set each of them, for a transaction alone where `is_local` is true;
/// and the limits: locks that are not granted in time are an error, and the server
/// ends a transaction that this process left open.
fn calls(is_local: &str, timeouts: Timeouts, more: &[(&str, String)]) -> String {
    let mut calls = String::new();
    let limits =
        [("lock_timeout", timeouts.lock()), ("idle_in_transaction_session_timeout", timeouts.idle_in_transaction())];
    let limits = limits.map(|(name, limit)| (name, format!("'{}ms'", limit.as_millis())));
    let settings = SETTINGS.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(limits);
    for (name, value) in settings.chain(more.iter().cloned()) {
        let comma = if calls.is_empty() { "" } else { ", " };
        let _ = write!(calls, "{comma}set_config('{name}', {value}, {is_local})");
    }
    for name in LIFTED {
        let set = format!("set_config('{name}', '0', {is_local})");
        let _ = write!(calls, ", CASE WHEN current_setting('{name}', true) <> '0' THEN {set} END");
    }
    calls
}

/// A text as a literal that reads the same under every setting of the server.
fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_escapes_quotes_and_backslashes() {
        assert_eq!(literal("invite"), "E'invite'");
        assert_eq!(literal("a'b\\c"), "E'a''b\\\\c'");
    }

    #[test]
    fn pooled_settings_end_with_the_transaction() {
        let settings = local_settings(None, Timeouts::default());
        assert!(
            !settings.contains("false") && settings.matches("set_config").count() == SETTINGS.len() + LIFTED.len() + 2,
            "{settings}"
        );
        assert!(!settings.replace("SET LOCAL ", "").contains("SET "), "{settings}");
    }
}
