//! The errors of `PostgreSQL`, by SQLSTATE.

use sqlx::Error as SqlxError;

use crate::error::Error;
use crate::shell::word;
use crate::store::errors::db_error::{DbError, ErrorClass};
use crate::store::errors::messages;
use crate::store::location::ServerAddress;

/// An error that a server reported.
pub(crate) struct PostgresError<'e> {
    code: &'e str,
    message: &'e str,
    constraint: Option<&'e str>,
    column: Option<&'e str>,
    routine: Option<&'e str>,
}

impl<'e> PostgresError<'e> {
    /// Returns the error of a server; `None` for other errors.
    #[cfg(feature = "postgres")]
    pub(crate) fn of(error: &'e SqlxError) -> Option<Self> {
        let inner = error.as_database_error()?.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?;
        Some(PostgresError {
            code: inner.code(),
            message: inner.message(),
            constraint: inner.constraint(),
            column: inner.column(),
            routine: inner.routine(),
        })
    }

    #[cfg(not(feature = "postgres"))]
    pub(crate) fn of(_error: &'e SqlxError) -> Option<Self> {
        None
    }
}

pub(crate) fn classify(error: &PostgresError<'_>, server: &ServerAddress) -> DbError {
    let place = server.url();
    let code = error.code;
    match code {
        // Another session changed the schema, or the server is another product.
        "0A000" => DbError::new(
            ErrorClass::Retryable,
            Error::unavailable(format!("the server of {place} does not support a statement")).with_hint(
                "if the schema was just changed, run the same command again; otherwise, the server is older than \
                 PostgreSQL 13, or a proxy interferes",
            ),
        ),
        "40001" | "40P01" => DbError::new(ErrorClass::Retryable, messages::busy(place)),
        "55P03" => DbError::new(ErrorClass::Blocked, lock_held(place)),
        "57014" => DbError::new(ErrorClass::Blocked, statement_stopped(place)),
        // It is unknown whether the statement was completed.
        "40003" => DbError::new(ErrorClass::Disconnected, messages::connection_lost(place)),
        "53300" => DbError::new(ErrorClass::Blocked, messages::no_connection_left(place)),
        "25P03" | "57P05" => DbError::new(
            ErrorClass::Disconnected,
            Error::unavailable(format!("the server of {place} closed a connection that was idle for too long"))
                .with_hint("run the same command again"),
        ),
        "25P04" => DbError::new(ErrorClass::Disconnected, statement_stopped(place)),
        "57P01" | "57P02" | "57P03" => DbError::new(
            ErrorClass::Disconnected,
            Error::unavailable(format!("the server of {place} is starting or shutting down"))
                .with_hint("run the same command again in a moment"),
        ),
        UNKNOWN_STATEMENT | KNOWN_STATEMENT => DbError::new(
            ErrorClass::Disconnected,
            Error::unavailable(format!("a pooler in front of {place} does not support prepared statements"))
                .with_hint("add ?statement-cache-capacity=0 to the database URL"),
        ),
        "25006" => messages::read_only(server),
        UNTRANSLATABLE => DbError::new(ErrorClass::RefusedRow, unsupported(character(error.message))),
        _ if is_row_error(error) => DbError::new(ErrorClass::RefusedRow, refused(error)),
        "23505" | "23503" => DbError::new(ErrorClass::Conflict, refused(error)),
        _ if code.starts_with("23") || code.starts_with("22") => DbError::new(ErrorClass::RefusedRow, refused(error)),
        _ if code.starts_with("08") => connection_error(error, server),
        _ => DbError::from(final_failure(error, server)),
    }
}

/// Classifies an error of a connection that was refused or closed. A pooler uses one SQLSTATE for
/// all of its errors, so the message decides.
fn connection_error(error: &PostgresError<'_>, server: &ServerAddress) -> DbError {
    let (place, words) = (server.url(), error.message);
    let cause = messages::single_line(words);
    let holds = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if holds(&["no such database", "\" does not exist"]) {
        let error = no_database(server).with_source(cause);
        return DbError::from(
            error.with_hint("check the name, and the section [databases] in the configuration of the pooler"),
        );
    }
    if holds(&["authentication failed", "no such user", "login rejected"]) {
        let error = access_denied(server).with_source(cause);
        return DbError::from(
            error.with_hint("check the user and password; a pooler has its own accounts: auth_file, auth_query"),
        );
    }
    if holds(&["SSL required"]) {
        let error = Error::database(format!("{place} accepts encrypted connections only")).with_source(cause);
        return DbError::from(error.with_hint("add ?sslmode=require to the database URL"));
    }
    if holds(&["unsupported startup parameter"]) {
        let error = Error::database(format!("the pooler of {place} does not support a parameter of the database URL"));
        let hint = "remove the parameter from the URL; set the schema with --schema NAME";
        return DbError::from(error.with_source(cause).with_hint(hint));
    }
    if holds(&["server login has been failing", "server login failed", "cannot connect to server", "server down"]) {
        let error =
            Error::unavailable(format!("the pooler of {place} cannot connect to its server")).with_source(cause);
        let hint = "check that the server is running, the name of the database, and the log of the pooler";
        return DbError::new(ErrorClass::Disconnected, error.with_hint(hint));
    }
    DbError::new(ErrorClass::Disconnected, messages::connection_lost(place).with_source(cause))
}

/// SQLSTATEs of a session that does not know a prepared statement, or already has one of this name.
const UNKNOWN_STATEMENT: &str = "26000";
const KNOWN_STATEMENT: &str = "42P05";

/// Returns true if prepared statements do not belong to this connection alone, because of a pooler.
pub(crate) fn lost_prepared_statement(error: &SqlxError) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some(UNKNOWN_STATEMENT | KNOWN_STATEMENT))
}

/// Returns true if the rows can be inserted but not loaded: one exists already, or the table does
/// not support COPY, for example with row-level security.
pub(crate) fn is_load_refused(error: &SqlxError) -> bool {
    matches!(error, SqlxError::Database(inner) if matches!(inner.code().as_deref(), Some("23505" | "0A000")))
}

fn final_failure(error: &PostgresError<'_>, server: &ServerAddress) -> Error {
    let place = server.url();
    match error.code {
        "28P01" | "28000" => access_denied(server).with_source(error.message.to_owned()).with_hint(
            "check the user and password (PGPASSWORD, ~/.pgpass or --database-url-file); if the cause mentions \
             pg_hba.conf, check its rules: the host may be missing, or TLS required (sslmode=require)",
        ),
        "3D000" => no_database(server)
            .with_hint(format!("check the name, or create the database: createdb {}", word(server.database()))),
        "42501" => Error::database(format!("permission denied for the user {:?} in {place}", server.user()))
            .with_source(error.message.to_owned())
            .with_hint(grant(error.message, server)),
        "42P01" => Error::database(format!("a table of invite is missing in {place}"))
            .with_source(error.message.to_owned())
            .with_hint("show pending migrations: invite migrate --status"),
        "53100" => messages::disk_full(place),
        // The server's message may contain values; its SQLSTATE does not.
        code => Error::database(format!("the database {place} failed with the SQLSTATE {code}"))
            .with_hint("see the log of the server"),
    }
}

fn access_denied(server: &ServerAddress) -> Error {
    Error::database(format!("access to {} denied for the user {:?}", server.url(), server.user()))
}

fn no_database(server: &ServerAddress) -> Error {
    Error::database(format!("database {:?} does not exist on the server of {}", server.database(), server.url()))
}

fn grant(message: &str, server: &ServerAddress) -> String {
    let user = server.user();
    if message.starts_with("must be owner") {
        return "run invite migrate as the account that owns the tables".to_owned();
    }
    if message.contains("for database")
        && let Some(schema) = server.schema()
    {
        return format!("ask an administrator to create the schema: CREATE SCHEMA {schema} AUTHORIZATION \"{user}\"");
    }
    if message.contains("for database") {
        return format!(
            "ask an administrator to grant it: GRANT CONNECT ON DATABASE \"{}\" TO \"{user}\"",
            server.database()
        );
    }
    if let Some((_, schema)) = message.rsplit_once("for schema ") {
        return format!("ask an administrator to grant it: GRANT USAGE, CREATE ON SCHEMA {schema} TO \"{user}\"");
    }
    let schema = server.schema().map_or_else(|| "public".to_owned(), ToString::to_string);
    format!(
        "ask an administrator to grant it: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO \
         \"{user}\""
    )
}

fn statement_stopped(place: &str) -> Error {
    Error::unavailable(format!("the server of {place} stopped a statement: its time limit, or an administrator"))
        .with_hint("raise statement_timeout for this account")
        .of_statement_timeout()
}

pub(crate) fn lock_held(place: &str) -> Error {
    Error::unavailable(format!("another connection holds a lock in {place}"))
        .with_hint("find the connection: SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle'")
}

/// Returns the error for a text with a character that the encoding of the database lacks.
pub(crate) fn unsupported_character(error: &SqlxError) -> Error {
    unsupported(untranslatable(error))
}

fn unsupported(character: Option<char>) -> Error {
    let what = character.map_or_else(
        || "a character".to_owned(),
        |character| format!("the character {character:?} (U+{:04X})", u32::from(character)),
    );
    Error::invalid(format!("the encoding of the database does not support {what}"))
        .with_hint("remove the character, or use a database with the encoding UTF8")
        .of_row()
}

/// Classes of SQLSTATE that the server or the standard define. The author of a trigger can raise
/// any other.
const CLASSES: [&str; 43] = [
    "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25",
    "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53", "54", "55", "57",
    "58", "72", "F0", "HV", "XX",
];

/// Returns true if the server refused one row: by a trigger, a policy of row-level security, a
/// view's check option, or an index that cannot hold the value.
fn is_row_error(error: &PostgresError<'_>) -> bool {
    let (code, routine) = (error.code, error.routine.unwrap_or_default());
    // An error that is raised on purpose keeps the codes that ask for a retry.
    let is_raised = routine == "exec_stmt_raise" && !matches!(code, "40001" | "40P01" | "55P03" | "57014");
    // A missing privilege on the table has the same SQLSTATE as a row that a policy refuses.
    let is_of_policy = code == "42501" && routine == "ExecWithCheckOptions";
    let class = code.get(..2).unwrap_or_default();
    is_raised
        || is_of_policy
        || code == "54000"
        || matches!(class, "09" | "27" | "2F" | "38" | "39" | "44" | "P0")
        || !CLASSES.contains(&class)
}

/// Returns the error of a refused row. It quotes the server's message only if that contains no
/// value of the row, and otherwise names the constraint or the column.
fn refused(error: &PostgresError<'_>) -> Error {
    let code = error.code;
    // Data exceptions quote the invalid value.
    let quotes_value = code.starts_with("22") && code != "22001" && error.routine != Some("exec_stmt_raise");
    let why = match (error.constraint, error.column) {
        _ if !quotes_value => messages::single_line(error.message),
        (Some(constraint), _) => format!("constraint {constraint}"),
        (None, Some(column)) => format!("column {column}"),
        (None, None) => format!("SQLSTATE {code}"),
    };
    Error::database("the database refused a row").with_source(why).of_row()
}

/// SQLSTATE of a character without an equivalent in the encoding.
const UNTRANSLATABLE: &str = "22P05";

/// Returns the character that the server could not convert, if that was the error. The message
/// contains its bytes in every language of the server.
pub(crate) fn untranslatable(error: &SqlxError) -> Option<char> {
    let inner = error.as_database_error().filter(|inner| inner.code().as_deref() == Some(UNTRANSLATABLE))?;
    character(inner.message())
}

/// Returns the single character whose bytes a message contains.
fn character(message: &str) -> Option<char> {
    let byte = |word: &str| u8::from_str_radix(word.strip_prefix("0x")?, 16).ok();
    let bytes: Vec<u8> = message.split_whitespace().filter_map(byte).collect();
    let mut characters = std::str::from_utf8(&bytes).ok()?.chars();
    characters.next().filter(|_| characters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untranslatable_character_is_read_from_message() {
        for (message, found) in [
            (
                "character with byte sequence 0xe6 0x97 0xa5 in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"",
                Some('日'),
            ),
            (
                "Zeichen mit Byte-Folge 0xf0 0x9f 0x98 0x80 in Kodierung »UTF8« hat keine Entsprechung in Kodierung »LATIN1«",
                Some('😀'),
            ),
            ("character with byte sequence 0xe6 0x97", None),
            ("something else", None),
        ] {
            assert_eq!(character(message), found, "{message}");
        }
    }
}
