//! Opening a connection, and telling the engine how to work with us.

pub(crate) mod mysql;
pub(crate) mod postgres;

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Error as SqlxError, SqlSafeStr as _};
use tokio::time::{Instant, timeout};

use crate::clock::monotonic_micros;
use crate::error::Error;
use crate::store::db::connection::Connection;
use crate::store::db::options::Timeouts;
use crate::store::db::server_clock::ClockReading;
use crate::store::errors::{Fault, Verdict, fault};
use crate::store::location::{DatabaseFile, Host, HostOptions, OpenFile, Target};

/// A connection, and what its server said of itself.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    /// What the server's clock showed; a file has none of its own.
    pub(crate) clock: Option<ClockReading>,
    /// Whether it is a node of a cluster that commits on all.
    pub(crate) is_cluster: bool,
    /// Whether it takes no writes.
    pub(crate) is_read_only: bool,
    /// Its number at the server; 0 for a file, and where a pooler is between.
    pub(crate) server_id: i64,
}

/// The page caches in KiB: pages are taken as they are needed, which bulk work
/// alone does. One connection writes; the others read along.
const MAIN_CACHE: &str = "-65536";
const OTHER_CACHE: &str = "-8192";

/// Opens a database file. By its path without links: a name such as `file:x` or
/// `:memory:` would mean something else to the engine.
pub(crate) async fn open_file(
    file: &DatabaseFile,
    at: &OpenFile,
    is_main: bool,
    timeouts: Timeouts,
) -> Result<Opened, SqlxError> {
    let options = SqliteConnectOptions::new()
        .filename(at.path())
        .create_if_missing(false)
        .read_only(file.is_read_only())
        .foreign_keys(true)
        .busy_timeout(timeouts.file_lock())
        .synchronous(SqliteSynchronous::Full)
        // What is deleted is overwritten with zeros. (FAST leaves copies on free pages.)
        .pragma("secure_delete", "ON")
        .pragma("cache_size", if is_main { MAIN_CACHE } else { OTHER_CACHE })
        .disable_statement_logging();
    let connection = Connection::Sqlite(Box::new(options.connect().await?));
    Ok(Opened { connection, clock: None, is_cluster: false, is_read_only: file.is_read_only(), server_id: 0 })
}

/// Connects to one host of a server, within `limit`.
pub(crate) async fn open_host(
    host: &Host,
    target: &Target,
    timeouts: Timeouts,
    limit: Duration,
) -> Result<Opened, Fault> {
    let opening = async {
        match &host.options {
            HostOptions::Postgres(options) => {
                let began = Instant::now();
                let connection = options.connect().await.map_err(|error| unconnected(error, target))?;
                greet_postgres(Connection::Postgres(Box::new(connection)), (host, began), target, timeouts).await
            }
            HostOptions::Mysql(options) => {
                let connection = options.connect().await.map_err(|error| unconnected(error, target))?;
                greet_mysql(Connection::Mysql(Box::new(connection)), target, timeouts).await
            }
        }
    };
    timeout(limit, opening).await.unwrap_or_else(|_| Err(late(target, limit)))
}

/// Waits until a server that takes no writes shows every change that was acknowledged, as far as it
/// can tell. A node of a cluster always does.
///
/// Which changes a replica of `MariaDB` or `MySQL` has received and not applied yet is shown to
/// accounts with a privilege for replication alone, which this tool does not ask for.
pub(crate) async fn catch_up(
    opened: &mut Opened,
    (target, host): (&Target, &Host),
    until: Instant,
) -> Result<(), Fault> {
    match &host.options {
        HostOptions::Postgres(_) => postgres::catch_up(&mut opened.connection, (target, host), until).await,
        HostOptions::Mysql(_) if opened.is_cluster => Ok(()),
        HostOptions::Mysql(_) => Err(not_known_to_be_latest(
            target,
            format!("the server {} is read-only, and may not have the latest data", host.name),
        )),
    }
}

/// No host takes writes, and of the one that answers nobody knows whether it lacks a change.
fn not_known_to_be_latest(target: &Target, why: String) -> Fault {
    let error = Error::unavailable(format!("no host of {target} accepts writes or is known to have the latest data"))
        .with_source(why)
        .with_hint(
            "make one of the servers writable, then run the same command again; to read the data of one server, name \
             only that host in the database URL",
        );
    Fault { verdict: Verdict::Lost, error }
}

/// What speaks another protocol does so the next time, too.
fn unconnected(error: SqlxError, target: &Target) -> Fault {
    let is_other_protocol = matches!(error, SqlxError::Protocol(_));
    let fault = fault(error, target);
    if is_other_protocol { Fault { verdict: Verdict::Nowhere, ..fault } } else { fault }
}

fn late(target: &Target, limit: Duration) -> Fault {
    let limit =
        if limit.as_secs() > 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) };
    let error = Error::unavailable(format!("no server answers at {target}"))
        .with_source(format!("no answer within {limit}"))
        .with_hint(
            "check that the server is running, that the scheme and port of the URL match it, and that no firewall \
             blocks the connection",
        );
    Fault { verdict: Verdict::Lost, error }
}

/// The oldest that has all we use; tested is 15.
const OLDEST_POSTGRES: i64 = 13_00_00;

async fn greet_postgres(
    mut connection: Connection,
    (host, began): (&Host, Instant),
    target: &Target,
    timeouts: Timeouts,
) -> Result<Opened, Fault> {
    let HostOptions::Postgres(options) = &host.options else { unreachable!("the host was connected to by these") };
    let application_name = options.get_application_name().unwrap_or_default().to_owned();
    let asked = monotonic_micros();
    // Safe: the application's name stands in it as a literal.
    let greeting = postgres::greeting(&application_name, target.schema(), began.elapsed(), timeouts);
    let greeting = AssertSqlSafe(greeting);
    let mut greeting = connection.look(greeting).await.map_err(|error| fault(error, target))?;
    let row = greeting.pop().ok_or_else(|| Fault::from(Error::database("the server did not report its version")))?;
    if row.int("version")? < OLDEST_POSTGRES {
        return Err(too_old(&format!("PostgreSQL {}", row.text("name")?), "PostgreSQL 13"));
    }
    let is_read_only = row.int("read_only")? == 1;
    let clock = Some(ClockReading::since(asked, row.time("now")?));
    let mut server_id = row.int("id")?;
    if host.is_pooled || row.int("is_pooled")? == 1 {
        connection = connection.pooled();
        // The next transaction may be in another session.
        server_id = 0;
    }
    Ok(Opened { connection, clock, is_cluster: false, is_read_only, server_id })
}

async fn greet_mysql(mut connection: Connection, target: &Target, timeouts: Timeouts) -> Result<Opened, Fault> {
    let failed = |error| fault(error, target);
    let variables = pairs(&connection.look(mysql::GREETING.into_sql_str()).await.map_err(failed)?)?;
    let variable = |name: &str| variables.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    check_mysql_version(variable("version"))?;
    let asked = monotonic_micros();
    // Safe: the settings and two numbers.
    let settings = AssertSqlSafe(mysql::settings(timeouts)).into_sql_str();
    let said = connection.look(settings).await.map_err(failed)?.pop();
    let said = said.ok_or_else(|| Fault::from(Error::database("the server did not report its time")))?;
    let clock = Some(ClockReading::since(asked, said.time("now")?));
    let is_cluster = variable("wsrep_on") == "ON";
    if is_cluster {
        connection.run(mysql::SET_CLUSTER).await.map_err(failed)?;
        let state = pairs(&connection.look(mysql::CLUSTER_STATE.into_sql_str()).await.map_err(failed)?)?;
        let is = |name: &str, word: &str| state.iter().any(|(known, value)| known == name && value == word);
        if !(is("wsrep_ready", "ON") && is("wsrep_cluster_status", "Primary")) {
            let error = Error::unavailable(format!("{target} is not accepting queries"))
                .with_source("the node is not part of a working cluster")
                .with_hint(
                    "check the node: SHOW STATUS LIKE 'wsrep_cluster_status'; or add more nodes to the database URL",
                );
            return Err(Fault { verdict: Verdict::Lost, error });
        }
    }
    let is_on = |name: &str| !matches!(variable(name), "OFF" | "");
    let is_read_only =
        ["read_only", "innodb_read_only", "tx_read_only", "transaction_read_only"].into_iter().any(is_on);
    Ok(Opened { connection, clock, is_cluster, is_read_only, server_id: said.int("id")? })
}

fn pairs(rows: &[crate::store::db::row::Row]) -> Result<Vec<(String, String)>, Error> {
    rows.iter().map(|row| Ok((row.text("Variable_name")?, row.text("Value")?))).collect()
}

/// The oldest of each that has all we use; tested is `MariaDB` 10.11.
fn check_mysql_version(version: &str) -> Result<(), Fault> {
    let is_mariadb = version.contains("MariaDB");
    // Old releases lead with a number for the sake of replication.
    let number = version.strip_prefix("5.5.5-").unwrap_or(version);
    let parts: Vec<u32> = number.split(['.', '-']).map_while(|part| part.parse().ok()).collect();
    let (name, oldest, needed) =
        if is_mariadb { ("MariaDB", [10, 6, 0], "MariaDB 10.6") } else { ("MySQL", [8, 0, 17], "MySQL 8.0.17") };
    if parts.as_slice() < oldest.as_slice() {
        let shown = number.split('-').next().unwrap_or_default();
        return Err(too_old(&format!("{name} {shown}"), needed));
    }
    Ok(())
}

fn too_old(found: &str, needed: &str) -> Fault {
    Fault::from(
        Error::database(format!("unsupported server version {found} (minimum {needed})"))
            .with_hint("upgrade the server, or use another one"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_named_with_what_is_needed() {
        for (version, wanted) in [
            ("10.11.6-MariaDB-0+deb12u1", None),
            ("5.5.5-10.6.0-MariaDB", None),
            ("11.4.2-MariaDB", None),
            ("8.0.36", None),
            ("8.4.0", None),
            ("9.1.0-commercial", None),
            ("10.5.29-MariaDB-log", Some("unsupported server version MariaDB 10.5.29 (minimum MariaDB 10.6)")),
            ("8.0.16", Some("unsupported server version MySQL 8.0.16 (minimum MySQL 8.0.17)")),
            ("5.7.44-log", Some("unsupported server version MySQL 5.7.44")),
        ] {
            let checked = check_mysql_version(version).map_err(|fault| fault.error.to_string());
            match wanted {
                None => assert_eq!(checked, Ok(()), "{version}"),
                Some(words) => assert!(checked.unwrap_err().starts_with(words), "{version}"),
            }
        }
    }
}
