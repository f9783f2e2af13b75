//! Waiting until a server that accepts no writes has the latest data.

use std::time::Duration;

use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::Error;
use crate::store::db::connect::postgres::literal;
use crate::store::db::connection::Connection;
use crate::store::engine::Engine;
use crate::store::errors::{DbError, ErrorClass, classify};
use crate::store::location::{Host, Location};

/// Waits until a read-only server shows every acknowledged change, as far as it can tell. A node of
/// a cluster always does.
///
/// `MariaDB` and `MySQL` show which changes a replica has received but not applied only to accounts
/// with a replication privilege, which invite does not require.
pub(crate) async fn catch_up(
    (connection, is_cluster): (&mut Connection<'_>, bool),
    (location, host): (&Location, &Host),
    until: Instant,
) -> Result<(), DbError> {
    match location.engine() {
        Engine::Postgres => catch_up_standby(connection, (location, host), until).await,
        Engine::Mysql if !is_cluster => Err(maybe_outdated(
            location,
            format!("the server {} is read-only, and may not have the latest data", host.name),
        )),
        Engine::Mysql | Engine::Sqlite => Ok(()),
    }
}

/// Returns the error if no host accepts writes and the reachable one may lack changes.
fn maybe_outdated(location: &Location, why: String) -> DbError {
    let error = Error::unavailable(format!("no host of {location} accepts writes or is known to have the latest data"))
        .with_source(why)
        .with_hint(
            "make one of the servers writable, then run the same command again; to read the data of one server, name \
             only that host in the database URL",
        );
    DbError { class: ErrorClass::Disconnected, error }
}

/// Maximum wait for a standby to apply what it has received, and the pause between two checks.
const CATCH_UP: Duration = Duration::from_secs(2);
const CATCH_UP_PAUSE: Duration = Duration::from_millis(10);

/// Waits until a standby shows every change that it had received when the wait began.
///
/// A failed primary may have acknowledged changes that its synchronous standby has stored but not
/// applied; a read would miss them.
///
/// A standby that has received nothing since its start cannot tell: it may lack changes that only
/// the primary has, or that wait in an archive.
async fn catch_up_standby(
    connection: &mut Connection<'_>,
    (location, host): (&Location, &Host),
    until: Instant,
) -> Result<(), DbError> {
    let until = until.min(Instant::now() + CATCH_UP);
    let received = match timeout_at(until, received(connection, location)).await {
        Ok(Ok(Received::UpTo(position))) => position,
        Ok(Ok(Received::Everything)) => return Ok(()),
        Ok(Err(failure)) => return Err(failure),
        Ok(Ok(Received::Unknown)) | Err(_) => {
            let why = format!("the standby {} has not received data from a primary server since it started", host.name);
            return Err(maybe_outdated(location, why));
        }
    };
    let applied = applied(connection, location, &received);
    timeout_at(until, applied).await.unwrap_or_else(|_| Err(standby_behind(location, host)))
}

async fn applied(connection: &mut Connection<'_>, location: &Location, received: &str) -> Result<(), DbError> {
    let question = format!(
        "SELECT CASE WHEN pg_is_in_recovery() AND pg_last_wal_replay_lsn() < {}::pg_lsn THEN 0 ELSE 1 END AS \
         is_applied",
        literal(received)
    );
    loop {
        // Safe: the position is quoted as a literal.
        let rows = connection
            .fetch_unprepared(AssertSqlSafe(question.clone()))
            .await
            .map_err(|error| classify(error, location))?;
        if rows.first().map(|row| row.int("is_applied")).transpose()? != Some(0) {
            return Ok(());
        }
        sleep(CATCH_UP_PAUSE).await;
    }
}

/// The position of a read-only server in the log of its primary.
enum Received {
    /// The log up to this position.
    UpTo(String),
    /// The server follows no other server: it was promoted, or is configured as read-only.
    Everything,
    /// The server does not report it: it replicates by other means.
    Unknown,
}

const RECEIVED_POSITION: &str = "SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END AS is_standby, \
     pg_last_wal_receive_lsn()::text AS received";

/// Asks a server for its received position until it reports one.
async fn received(connection: &mut Connection<'_>, location: &Location) -> Result<Received, DbError> {
    loop {
        let rows = match connection.fetch_unprepared(RECEIVED_POSITION.into_sql_str()).await {
            Ok(rows) => rows,
            Err(error) => {
                return match classify(error, location) {
                    lost if lost.class == ErrorClass::Disconnected => Err(lost),
                    // A hosted service may not allow the function.
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

fn standby_behind(location: &Location, host: &Host) -> DbError {
    let error = Error::unavailable(format!("no host of {location} accepts writes or has the latest data"))
        .with_source(format!("the standby {} has not applied every change that it has received", host.name))
        .with_hint("wait until it has, or promote it, then run the same command again");
    DbError { class: ErrorClass::Disconnected, error }
}
