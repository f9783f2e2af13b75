//! What a server does with one of its connections, seen from another one.

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use tokio::time::Instant;

use crate::error::Result;
use crate::store::db::connect::open_host;
use crate::store::db::connection::Connection;
use crate::store::db::pool::Pool;
use crate::store::db::row::Row;
use crate::store::engine::Engine;
use crate::store::errors::{Verdict, fault};
use crate::store::location::Target;

/// What a server does with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It runs a statement.
    Running,
    /// It waits for a lock: on what, and who holds it, as far as it says.
    Locked(String),
    /// It waits for the client, or does not know the connection.
    Idle,
    /// Nothing is known.
    Unknown,
    /// The host accepts no connections, and there are others.
    HostGone,
}

/// The relation is known where a lock on it is waited for, or on one of its rows.
fn look_in_postgres(server_id: i64) -> SqlStr {
    AssertSqlSafe(format!(
        "SELECT COALESCE(a.state, '') AS state, CASE WHEN a.wait_event_type = 'Lock' THEN 1 ELSE 0 END AS locked, \
         COALESCE((SELECT l.relation::regclass::text FROM pg_catalog.pg_locks AS l WHERE l.pid = a.pid \
         AND l.relation IS NOT NULL AND (NOT l.granted OR l.locktype = 'tuple') LIMIT 1), '') AS relation, \
         array_to_string(pg_blocking_pids(a.pid), ', ') AS holders \
         FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = {server_id}"
    ))
    .into_sql_str()
}

/// Who waits for a row's lock is shown to administrators only; how many do, to
/// everybody.
const LOOK_IN_MYSQL: &str = "SHOW FULL PROCESSLIST";
const ROW_LOCKS: &str = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'";

impl Pool {
    /// Looks at a connection of a host by another connection. One look at a time:
    /// where many wait, the first of them looks, and the others take its word that
    /// the host is gone.
    pub(crate) async fn look_at(&self, host: usize, server_id: i64) -> Sight {
        let Target::Server(server) = self.target() else { return Sight::Unknown };
        let asked = Instant::now();
        let Some(_turn) = self.turn_to_look().await else {
            return if self.is_gone_since(host, asked) { Sight::HostGone } else { Sight::Unknown };
        };
        let hosts = server.hosts();
        match open_host(&hosts[host], self.target(), self.timeouts(), self.timeouts().connect(hosts.len())).await {
            Ok(mut opened) => {
                let seen = look(&mut opened.connection, self.target(), server_id).await.unwrap_or(Sight::Unknown);
                opened.connection.close().await;
                seen
            }
            Err(fault) if fault.verdict == Verdict::Lost && hosts.len() > 1 => {
                self.found_gone(host);
                Sight::HostGone
            }
            Err(_) => Sight::Unknown,
        }
    }
}

async fn look(connection: &mut Connection, target: &Target, server_id: i64) -> Result<Sight> {
    let failed = |error| fault(error, target).error;
    if server_id == 0 {
        return Ok(Sight::Unknown);
    }
    if target.engine() == Engine::Postgres {
        let rows = connection.look(look_in_postgres(server_id)).await.map_err(failed)?;
        return rows.first().map_or(Ok(Sight::Idle), |row| in_postgres(row, target));
    }
    let rows = connection.look(LOOK_IN_MYSQL.into_sql_str()).await.map_err(failed)?;
    for row in &rows {
        if row.int("Id")? != server_id {
            continue;
        }
        if row.text("Command")? == "Sleep" {
            return Ok(Sight::Idle);
        }
        let state = row.maybe_text("State")?.unwrap_or_default();
        if state.contains("lock") {
            return Ok(Sight::Locked(format!("a table of {target}")));
        }
        let waits = connection.look(ROW_LOCKS.into_sql_str()).await.map_err(failed)?;
        let waits = waits.first().map(|row| row.text("Value")).transpose()?;
        let is_locked = waits.is_some_and(|count| count != "0");
        return Ok(if is_locked { Sight::Locked(format!("rows of {target}")) } else { Sight::Running });
    }
    Ok(Sight::Idle)
}

fn in_postgres(row: &Row, target: &Target) -> Result<Sight> {
    if row.int("locked")? == 1 {
        let relation = row.text("relation")?;
        let what = if relation.is_empty() { target.to_string() } else { format!("{relation} in {target}") };
        let holders = row.text("holders")?;
        let by = if holders.is_empty() { String::new() } else { format!(", held by process {holders}") };
        return Ok(Sight::Locked(format!("{what}{by}")));
    }
    Ok(if row.text("state")? == "active" { Sight::Running } else { Sight::Idle })
}
