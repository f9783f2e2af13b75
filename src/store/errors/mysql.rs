//! The errors of `MariaDB`, `MySQL` and Galera, by number.

use sqlx::Error as SqlxError;

use crate::error::Error;
use crate::store::errors::db_error::{DbError, ErrorClass};
use crate::store::errors::messages;
use crate::store::location::ServerAddress;

/// An option of the server prevents the statement.
const OPTION_PREVENTS: u16 = 1290;

/// A wait exceeded its limit.
const WAIT_TIMEOUT: u16 = 1205;

/// An error that a server reported.
pub(crate) struct MysqlError<'e> {
    number: u16,
    state: Option<&'e str>,
    message: &'e str,
}

impl<'e> MysqlError<'e> {
    /// Returns the error of a server; `None` for other errors.
    #[cfg(feature = "mysql")]
    pub(crate) fn of(error: &'e SqlxError) -> Option<Self> {
        let inner = error.as_database_error()?.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
        Some(MysqlError { number: inner.number(), state: inner.code(), message: inner.message() })
    }

    #[cfg(not(feature = "mysql"))]
    pub(crate) fn of(_error: &'e SqlxError) -> Option<Self> {
        None
    }
}

pub(crate) fn classify(error: &MysqlError<'_>, server: &ServerAddress) -> DbError {
    let place = server.url();
    match error.number {
        // A deadlock, or a conflict between nodes of a cluster; a changed record or schema; a
        // missing savepoint, because the server rolled the transaction back.
        1213 | 1020 | 1305 | 1412 | 1615 | 3101 => DbError::new(ErrorClass::Retryable, messages::busy(place)),
        WAIT_TIMEOUT | 3572 => DbError::new(ErrorClass::Blocked, lock_held(place)),
        1317 | 1969 | 3024 => DbError::new(ErrorClass::Blocked, statement_stopped(place)),
        1062 | 1586 | 1451 | 1452 => DbError::new(ErrorClass::Conflict, refused(error)),
        // A smaller batch may fit.
        1153 => DbError::new(ErrorClass::RefusedRow, packet_too_large(place)),
        1180 | 1105 if is_too_big(error) => DbError::new(ErrorClass::RefusedRow, too_big()),
        // The node is not part of a working cluster, or the server is shutting down.
        1047 | 1180 | 1053 | 1077 | 1079 | 1152 | 1158..=1161 | 1184 | 1927 | 4031 => DbError::new(
            ErrorClass::Disconnected,
            Error::unavailable(format!("the server of {place} is not accepting queries"))
                .with_hint("run the same command again in a moment"),
        ),
        OPTION_PREVENTS if !is_read_only(error) => DbError::from(prevented(error, server)),
        OPTION_PREVENTS | 1792 | 1836 => messages::read_only(server),
        1040 | 1203 | 1226 => DbError::new(ErrorClass::Blocked, messages::no_connection_left(place)),
        1048 | 1264 | 1265 | 1292 | 1364 | 1366 | 1406 | 3819 | 4025 => {
            DbError::new(ErrorClass::RefusedRow, refused(error))
        }
        _ if is_row_error(error) => DbError::new(ErrorClass::RefusedRow, refused(error)),
        _ => DbError::from(final_failure(error, server)),
    }
}

/// Returns true if the server refused one row: by a trigger (SIGNAL), a CHECK constraint, a view's
/// check option, or because a value does not fit. The author of a trigger can choose an SQLSTATE of
/// any class that is not defined otherwise.
fn is_row_error(error: &MysqlError<'_>) -> bool {
    let class = error.state.and_then(|state| state.get(..2)).unwrap_or_default();
    let is_free =
        |class: &str| class.chars().next().is_some_and(|first| matches!(first, '5'..='9' | 'I'..='Z')) && class != "XA";
    matches!(error.number, 1369 | 1526 | 1644 | 1748) || matches!(class, "22" | "23" | "44" | "45") || is_free(class)
}

fn final_failure(error: &MysqlError<'_>, server: &ServerAddress) -> Error {
    let (place, user, database) = (server.url(), server.user(), server.database());
    match error.number {
        1045 | 1698 => Error::database(format!("access to {place} denied for the user {user:?}"))
            .with_source(error.message.to_owned())
            .with_hint(
                "check the user and password, and whether the account requires TLS (ssl-mode=REQUIRED); the URL can be \
                 in a file: --database-url-file",
            ),
        1130 | 1820 | 1862 | 3118 | 4151 => Error::database(format!("access to {place} denied for the user {user:?}"))
            .with_source(error.message.to_owned())
            .with_hint(
                "ask an administrator of the server: the account is locked, its password has expired, or its host is \
                 not allowed",
            ),
        1461 => Error::database(format!("too many prepared statements on {place}"))
            .with_source(error.message.to_owned())
            .with_hint("ask an administrator to raise the limit: SET GLOBAL max_prepared_stmt_count = 16382"),
        1665 => {
            Error::database(format!("the binary log of {place} cannot record these changes: its format is STATEMENT"))
                .with_hint("ask an administrator to change the format: SET GLOBAL binlog_format = 'ROW'")
        }
        1071 | 1709 => Error::database(format!("{place} rejected an index of a table of invite"))
            .with_source(error.message.to_owned())
            .with_hint("ask an administrator to allow longer keys: SET GLOBAL innodb_default_row_format = 'dynamic'"),
        1845 | 1846 => Error::database(format!("{place} rejected a change of a table"))
            .with_source(error.message.to_owned())
            .with_hint("ask an administrator to lift the restriction: SET GLOBAL alter_algorithm = 'DEFAULT'"),
        3032 => Error::database(format!("the server of {place} is in offline mode"))
            .with_hint("ask an administrator to end it: SET GLOBAL offline_mode = OFF"),
        3159 => Error::database(format!("{place} accepts encrypted connections only"))
            .with_hint("add ?ssl-mode=REQUIRED to the database URL"),
        1049 => Error::database(format!("database {database:?} does not exist on the server of {place}"))
            .with_hint(format!("check the name, or create the database: CREATE DATABASE `{database}`")),
        1044 | 1142 | 1143 | 1227 | 1370 => {
            Error::database(format!("permission denied for the user {user:?} in {place}"))
                .with_source(error.message.to_owned())
                .with_hint(format!(
                    "ask an administrator to grant it: GRANT {} ON `{database}`.* TO '{user}'@'%'",
                    privileges(error.message)
                ))
        }
        1146 => Error::database(format!("a table of invite is missing in {place}"))
            .with_source(error.message.to_owned())
            .with_hint("show pending migrations: invite migrate --status"),
        // Also occurs for few rows, in statements that update the rows of a list.
        4165 => Error::database(format!(
            "the cluster of {place} limits the rows of a transaction, which prevents updates by a list"
        ))
        .with_hint("ask an administrator to remove the limit on every node: SET GLOBAL wsrep_max_ws_rows = 0"),
        1021 | 1114 | 1030 if error.number != 1030 || error.message.contains("error 28 ") => messages::disk_full(place),
        // Any write that failed because the disk is full.
        _ if error.message.contains("Errcode: 28") || error.message.contains("errno: 28") => messages::disk_full(place),
        // The server's message may contain values; its number does not.
        number => Error::database(format!("the database {place} failed with the error {number}"))
            .with_hint("see the log of the server"),
    }
}

/// Returns the privileges to grant. The server's message names one of them; commands need four, and
/// a migration needs more.
fn privileges(message: &str) -> &'static str {
    let of_work = ["SELECT", "INSERT", "UPDATE", "DELETE", "Access"];
    if of_work.iter().any(|word| message.starts_with(word)) {
        "SELECT, INSERT, UPDATE, DELETE"
    } else {
        "ALL PRIVILEGES"
    }
}

/// Returns true if a transaction was too big to replicate.
fn is_too_big(error: &MysqlError<'_>) -> bool {
    let message = error.message;
    message.contains("wsrep_max_ws_rows") || message.contains("writeset size") || message.contains("write set size")
}

fn packet_too_large(place: &str) -> Error {
    Error::database(format!("a statement exceeds the maximum size of {place}"))
        .with_hint("ask an administrator to raise the limit: SET GLOBAL max_allowed_packet = 16777216")
        .of_row()
}

fn too_big() -> Error {
    Error::database("the transaction exceeds the limits of the cluster")
        .with_hint("ask an administrator to raise the limits: wsrep_max_ws_rows and wsrep_max_ws_size")
        .of_row()
}

/// Returns true if the option that prevents a statement makes the server read-only.
fn is_read_only(error: &MysqlError<'_>) -> bool {
    error.message.to_lowercase().replace('-', "_").contains("read_only")
}

/// Returns the error of an option that prevents a statement. If an administrator enforces another
/// storage engine, the message names the SQL mode instead.
fn prevented(error: &MysqlError<'_>, server: &ServerAddress) -> Error {
    let place = server.url();
    if error.message.contains("NO_ENGINE_SUBSTITUTION") {
        return Error::database(format!("{place} does not allow tables of InnoDB, which invite needs"))
            .with_source("enforce_storage_engine is set to another storage engine")
            .with_hint("ask an administrator to reset it: SET GLOBAL enforce_storage_engine = NULL");
    }
    Error::database(format!("an option of the server of {place} prevents this"))
        .with_source(error.message.to_owned())
        .with_hint("ask an administrator of the server to change the option")
}

fn statement_stopped(place: &str) -> Error {
    Error::unavailable(format!("the server of {place} stopped a statement: its time limit, or an administrator"))
        .with_hint("run the same command again; if the error persists, raise MAX_STATEMENT_TIME of this account")
        .of_statement_timeout()
}

/// Returns true if a server gave up waiting. It has one error number for locks and for the other
/// nodes of a cluster.
pub(crate) fn is_wait_timeout(error: &SqlxError) -> bool {
    MysqlError::of(error).is_some_and(|error| error.number == WAIT_TIMEOUT)
}

/// Returns true if a server refused a duplicate key.
pub(crate) fn is_duplicate(error: &SqlxError) -> bool {
    MysqlError::of(error).is_some_and(|error| matches!(error.number, 1062 | 1586))
}

pub(crate) fn lock_held(place: &str) -> Error {
    Error::unavailable(format!("another connection holds a lock in {place}"))
        .with_hint("find the connection: SHOW PROCESSLIST, or SELECT * FROM information_schema.innodb_trx")
}

/// Returns the error of a refused row. It quotes the server's message only if that contains no
/// value of the row, and otherwise names the index or the error number.
fn refused(error: &MysqlError<'_>) -> Error {
    let is_raised = error.state.is_some_and(|state| !matches!(state.get(..2), Some("22" | "23" | "HY")));
    let why = if is_raised { messages::single_line(error.message) } else { message_of(error.number, error.message) };
    Error::database("the database refused a row").with_source(why).of_row()
}

/// Returns the text of an error or warning, without a value of the row.
pub(crate) fn message_of(number: u16, message: &str) -> String {
    let why = match number {
        1062 | 1586 => message.rsplit_once(" for key ").map(|(_, key)| format!("key {key}")),
        1048 | 1264 | 1265 | 1364 | 1369 | 1406 | 1451 | 1452 | 1644 | 3819 | 4025 => {
            Some(messages::single_line(message))
        }
        _ => None,
    };
    why.unwrap_or_else(|| format!("error {number}"))
}
