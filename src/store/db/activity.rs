//! Queries on a second connection whether the server runs a statement of a session, waits for a lock,
//! or is idle.

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use tokio::time::Instant;

use crate::error::Result;
use crate::store::db::connect::open_host;
use crate::store::db::connection::Connection;
use crate::store::db::pool::Pool;
use crate::store::db::row::Row;
use crate::store::engine::Engine;
use crate::store::errors::{ErrorClass, classify};
use crate::store::location::Location;

/// The activity of a server on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionActivity {
    /// The server runs a statement.
    Running,
    /// The statement waits for a lock. The text names the locked object and the holder, as far as
    /// the server shows them.
    WaitingForLock(String),
    /// The server waits for the client, or does not know the connection.
    Idle,
    /// The state could not be determined.
    Unknown,
    /// The host accepts no connections, and the database has other hosts.
    HostGone,
}

/// Returns the query for the state of a session. `PostgreSQL` shows the relation only for a lock on
/// it or on one of its rows.
fn activity_query(server_id: i64) -> SqlStr {
    AssertSqlSafe(format!(
        "SELECT COALESCE(a.state, '') AS state, CASE WHEN a.wait_event_type = 'Lock' THEN 1 ELSE 0 END AS locked, \
         COALESCE((SELECT l.relation::regclass::text FROM pg_catalog.pg_locks AS l WHERE l.pid = a.pid \
         AND l.relation IS NOT NULL AND (NOT l.granted OR l.locktype = 'tuple') LIMIT 1), '') AS relation, \
         array_to_string(pg_blocking_pids(a.pid), ', ') AS holders \
         FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = {server_id}"
    ))
    .into_sql_str()
}

/// Only administrators see which session waits for a row lock; the number of waiting sessions is
/// visible to every account.
const PROCESS_LIST: &str = "SHOW FULL PROCESSLIST";
const ROW_LOCKS: &str = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'";

impl Pool {
    /// Inspects a connection of a host from another connection. One task inspects at a time: the
    /// others that wait adopt its finding that the host is gone.
    pub(crate) async fn inspect(&self, host: usize, server_id: i64) -> SessionActivity {
        let Location::Server(server) = self.location() else { return SessionActivity::Unknown };
        let asked = Instant::now();
        let Some(_turn) = self.inspection_permit().await else {
            return if self.is_unreachable_since(host, asked) {
                SessionActivity::HostGone
            } else {
                SessionActivity::Unknown
            };
        };
        let hosts = server.hosts();
        match open_host(&hosts[host], self.location(), self.timeouts(), self.timeouts().connect(hosts.len())).await {
            Ok(mut opened) => {
                let activity = activity_of(&mut opened.connection, self.location(), server_id)
                    .await
                    .unwrap_or(SessionActivity::Unknown);
                opened.connection.close().await;
                activity
            }
            Err(failure) if failure.class == ErrorClass::Disconnected && hosts.len() > 1 => {
                self.mark_unreachable(host);
                SessionActivity::HostGone
            }
            Err(_) => SessionActivity::Unknown,
        }
    }
}

async fn activity_of(connection: &mut Connection<'_>, location: &Location, server_id: i64) -> Result<SessionActivity> {
    let failed = |error| classify(error, location).error;
    if server_id == 0 {
        return Ok(SessionActivity::Unknown);
    }
    if location.engine() == Engine::Postgres {
        let rows = connection.fetch_unprepared(activity_query(server_id)).await.map_err(failed)?;
        return rows.first().map_or(Ok(SessionActivity::Idle), |row| postgres_activity(row, location));
    }
    let rows = connection.fetch_unprepared(PROCESS_LIST.into_sql_str()).await.map_err(failed)?;
    for row in &rows {
        if row.int("Id")? != server_id {
            continue;
        }
        if row.text("Command")? == "Sleep" {
            return Ok(SessionActivity::Idle);
        }
        let state = row.maybe_text("State")?.unwrap_or_default();
        if state.contains("lock") {
            return Ok(SessionActivity::WaitingForLock(format!("a table of {location}")));
        }
        let waits = connection.fetch_unprepared(ROW_LOCKS.into_sql_str()).await.map_err(failed)?;
        let waits = waits.first().map(|row| row.text("Value")).transpose()?;
        let is_locked = waits.is_some_and(|count| count != "0");
        return Ok(if is_locked {
            SessionActivity::WaitingForLock(format!("rows of {location}"))
        } else {
            SessionActivity::Running
        });
    }
    Ok(SessionActivity::Idle)
}

fn postgres_activity(row: &Row, location: &Location) -> Result<SessionActivity> {
    if row.int("locked")? == 1 {
        let relation = row.text("relation")?;
        let what = if relation.is_empty() { location.to_string() } else { format!("{relation} in {location}") };
        let holders = row.text("holders")?;
        let by = if holders.is_empty() { String::new() } else { format!(", held by process {holders}") };
        return Ok(SessionActivity::WaitingForLock(format!("{what}{by}")));
    }
    Ok(if row.text("state")? == "active" { SessionActivity::Running } else { SessionActivity::Idle })
}
