//! Opening a connection and setting up its session.

pub(crate) mod catch_up;
pub(crate) mod mysql;
pub(crate) mod postgres;

use std::time::Duration;

use sqlx::{AssertSqlSafe, ConnectOptions as _, Error as SqlxError, SqlSafeStr as _};
use tokio::time::{Instant, timeout};

use crate::clock::monotonic_micros;
use crate::error::Error;
use crate::store::db::connection::{Connection, Driver};
use crate::store::db::options::Timeouts;
use crate::store::db::server_clock::ClockReading;
use crate::store::errors::{DbError, ErrorClass, classify};
use crate::store::location::{DatabaseFile, Host, HostOptions, Location, OpenFile};

/// A new connection, and what its server reported about itself.
pub(crate) struct NewConnection {
    pub(crate) connection: Connection<'static>,
    /// The reading of the server's clock; `None` for a file.
    pub(crate) clock: Option<ClockReading>,
    /// True for a node of a cluster that commits on all nodes.
    pub(crate) is_cluster: bool,
    /// True if the server accepts no writes.
    pub(crate) is_read_only: bool,
    /// ID of the connection at the server; 0 for a file and behind a pooler.
    pub(crate) server_id: i64,
}

/// Sizes of the page caches in the units of `PRAGMA cache_size` (negative: KiB). `SQLite` allocates
/// pages as needed, so only bulk work reaches these sizes. The first connection writes; the others
/// read.
const MAIN_CACHE: &str = "-65536";
const OTHER_CACHE: &str = "-8192";

/// Opens a database file by its path without symbolic links: `SQLite` gives names such as `file:x` or
/// `:memory:` a meaning of their own.
#[cfg(feature = "sqlite")]
pub(crate) async fn open_file(
    file: &DatabaseFile,
    at: &OpenFile,
    is_main: bool,
    timeouts: Timeouts,
) -> Result<NewConnection, SqlxError> {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};

    let options = SqliteConnectOptions::new()
        .filename(at.path())
        .create_if_missing(false)
        .read_only(file.is_read_only())
        .foreign_keys(true)
        .busy_timeout(timeouts.file_lock())
        .synchronous(SqliteSynchronous::Full)
        // Overwrites deleted content with zeros. FAST would leave copies on free pages.
        .pragma("secure_delete", "ON")
        .pragma("cache_size", if is_main { MAIN_CACHE } else { OTHER_CACHE })
        .disable_statement_logging();
    let connection = Connection::Sqlite(Driver::owned(options.connect().await?));
    Ok(NewConnection { connection, clock: None, is_cluster: false, is_read_only: file.is_read_only(), server_id: 0 })
}

#[cfg(not(feature = "sqlite"))]
pub(crate) async fn open_file(
    _file: &DatabaseFile,
    _at: &OpenFile,
    _is_main: bool,
    _timeouts: Timeouts,
) -> Result<NewConnection, SqlxError> {
    Err(SqlxError::Configuration("the driver of SQLite is not included".into()))
}

/// Connects to one host of a server, within `limit`.
pub(crate) async fn open_host(
    host: &Host,
    location: &Location,
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        expect(unused_variables, reason = "without servers")
    )]
    timeouts: Timeouts,
    limit: Duration,
) -> Result<NewConnection, DbError> {
    let opening = async {
        match &host.options {
            #[cfg(feature = "postgres")]
            HostOptions::Postgres(options) => {
                let began = Instant::now();
                let connection = options.connect().await.map_err(|error| connect_error(error, location))?;
                let name = options.get_application_name().unwrap_or_default();
                let connection = Connection::Postgres(Driver::owned(connection));
                greet_postgres(connection, (name, host.is_pooled, began), location, timeouts).await
            }
            #[cfg(feature = "mysql")]
            HostOptions::Mysql(options) => {
                let connection = options.connect().await.map_err(|error| connect_error(error, location))?;
                greet_mysql(Connection::Mysql(Driver::owned(connection)), location, timeouts).await
            }
            #[cfg(not(any(feature = "postgres", feature = "mysql")))]
            HostOptions::None(never) => match *never {},
        }
    };
    timeout(limit, opening).await.unwrap_or_else(|_| Err(connect_timeout(location, limit)))
}

/// Classifies a failure to connect. A server that speaks another protocol will do so again.
fn connect_error(error: SqlxError, location: &Location) -> DbError {
    let is_other_protocol = matches!(error, SqlxError::Protocol(_));
    let failure = classify(error, location);
    if is_other_protocol { DbError { class: ErrorClass::WrongHost, ..failure } } else { failure }
}

fn connect_timeout(location: &Location, limit: Duration) -> DbError {
    let limit =
        if limit.as_secs() > 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) };
    let error = Error::unavailable(format!("no server answers at {location}"))
        .with_source(format!("no answer within {limit}"))
        .with_hint(
            "check that the server is running, that the scheme and port of the URL match it, and that no firewall \
             blocks the connection",
        );
    DbError { class: ErrorClass::Disconnected, error }
}

/// The oldest version with every feature that the statements use. The tests run on 15.
const OLDEST_POSTGRES: i64 = 13_00_00;

async fn greet_postgres(
    mut connection: Connection<'static>,
    (application_name, is_declared_pooled, began): (&str, bool, Instant),
    location: &Location,
    timeouts: Timeouts,
) -> Result<NewConnection, DbError> {
    let asked = monotonic_micros();
    // Safe: the application name is quoted as a literal.
    let greeting = postgres::greeting(application_name, location.schema(), began.elapsed(), timeouts);
    let greeting = AssertSqlSafe(greeting);
    let mut greeting = connection.fetch_unprepared(greeting).await.map_err(|error| classify(error, location))?;
    let row = greeting.pop().ok_or_else(|| DbError::from(Error::database("the server did not report its version")))?;
    if row.int("version")? < OLDEST_POSTGRES {
        return Err(too_old(&format!("PostgreSQL {}", row.text("name")?), "PostgreSQL 13"));
    }
    let is_read_only = row.int("read_only")? == 1;
    let clock = Some(ClockReading::since(asked, row.time("now")?));
    let mut server_id = row.int("id")?;
    if is_declared_pooled || row.int("is_pooled")? == 1 {
        connection = connection.pooled();
        // The next transaction may run in another session.
        server_id = 0;
    }
    Ok(NewConnection { connection, clock, is_cluster: false, is_read_only, server_id })
}

async fn greet_mysql(
    mut connection: Connection<'static>,
    location: &Location,
    timeouts: Timeouts,
) -> Result<NewConnection, DbError> {
    let failed = |error| classify(error, location);
    let variables = pairs(&connection.fetch_unprepared(mysql::GREETING.into_sql_str()).await.map_err(failed)?)?;
    let variable = |name: &str| variables.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    check_mysql_version(variable("version"))?;
    let asked = monotonic_micros();
    // Safe: the text consists of constants and two numbers.
    let settings = AssertSqlSafe(mysql::settings(timeouts)).into_sql_str();
    let said = connection.fetch_unprepared(settings).await.map_err(failed)?.pop();
    let said = said.ok_or_else(|| DbError::from(Error::database("the server did not report its time")))?;
    let clock = Some(ClockReading::since(asked, said.time("now")?));
    let is_cluster = variable("wsrep_on") == "ON";
    if is_cluster {
        connection.run(mysql::SET_CLUSTER).await.map_err(failed)?;
        let state = pairs(&connection.fetch_unprepared(mysql::CLUSTER_STATE.into_sql_str()).await.map_err(failed)?)?;
        let is = |name: &str, word: &str| state.iter().any(|(known, value)| known == name && value == word);
        if !(is("wsrep_ready", "ON") && is("wsrep_cluster_status", "Primary")) {
            let error = Error::unavailable(format!("{location} is not accepting queries"))
                .with_source("the node is not part of a working cluster")
                .with_hint(
                    "check the node: SHOW STATUS LIKE 'wsrep_cluster_status'; or add more nodes to the database URL",
                );
            return Err(DbError { class: ErrorClass::Disconnected, error });
        }
    }
    let is_on = |name: &str| !matches!(variable(name), "OFF" | "");
    let is_read_only =
        ["read_only", "innodb_read_only", "tx_read_only", "transaction_read_only"].into_iter().any(is_on);
    Ok(NewConnection { connection, clock, is_cluster, is_read_only, server_id: said.int("id")? })
}

fn pairs(rows: &[crate::store::db::row::Row]) -> Result<Vec<(String, String)>, Error> {
    rows.iter().map(|row| Ok((row.text("Variable_name")?, row.text("Value")?))).collect()
}

/// Refuses versions that lack a feature which the statements use. The tests run on `MariaDB` 10.11.
fn check_mysql_version(version: &str) -> Result<(), DbError> {
    let is_mariadb = version.contains("MariaDB");
    // MariaDB before version 11 prefixes its version for old replicas.
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

fn too_old(found: &str, needed: &str) -> DbError {
    DbError::from(
        Error::database(format!("unsupported server version {found} (minimum {needed})"))
            .with_hint("upgrade the server, or use another one"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outdated_server_is_refused_with_required_version() {
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
            let checked = check_mysql_version(version).map_err(|failure| failure.error.to_string());
            match wanted {
                None => assert_eq!(checked, Ok(()), "{version}"),
                Some(words) => assert!(checked.unwrap_err().starts_with(words), "{version}"),
            }
        }
    }
}
