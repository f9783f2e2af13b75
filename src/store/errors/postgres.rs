//! The errors of `PostgreSQL`, by their SQLSTATE.

use sqlx::Error as SqlxError;
use sqlx::postgres::PgDatabaseError;

use crate::error::Error;
use crate::shell::word;
use crate::store::dialect::encoding;
use crate::store::errors::{Fault, Verdict};
use crate::store::location::ServerAddress;

pub(crate) fn fault(error: &PgDatabaseError, server: &ServerAddress) -> Fault {
    let place = server.url();
    let code = error.code();
    match code {
        // A schema that was changed beside us, or another product.
        "0A000" => Fault::new(
            Verdict::Rerun,
            Error::unavailable(format!("the server of {place} does not support a statement")).with_hint(
                "if the schema was just changed, run the same command again; otherwise, the server is older than \
                 PostgreSQL 13, or a proxy interferes",
            ),
        ),
        "40001" | "40P01" => Fault::new(Verdict::Rerun, crate::store::errors::busy(place)),
        "55P03" => Fault::new(Verdict::Held, held(place)),
        "57014" => Fault::new(Verdict::Held, stopped(place)),
        // Whether the statement was completed is not known.
        "40003" => Fault::new(Verdict::Lost, crate::store::errors::broke(place)),
        "53300" => Fault::new(Verdict::Held, crate::store::errors::no_connection_left(place)),
        "25P03" | "57P05" => Fault::new(
            Verdict::Lost,
            Error::unavailable(format!("the server of {place} closed a connection that was idle for too long"))
                .with_hint("run the same command again"),
        ),
        "25P04" => Fault::new(Verdict::Lost, stopped(place)),
        "57P01" | "57P02" | "57P03" => Fault::new(
            Verdict::Lost,
            Error::unavailable(format!("the server of {place} is starting or shutting down"))
                .with_hint("run the same command again in a moment"),
        ),
        UNKNOWN_STATEMENT | KNOWN_STATEMENT => Fault::new(
            Verdict::Lost,
            Error::unavailable(format!("a pooler in front of {place} does not support prepared statements"))
                .with_hint("add ?statement-cache-capacity=0 to the database URL"),
        ),
        "25006" => crate::store::errors::read_only(server),
        "22P05" => Fault::new(Verdict::Row, unheld(encoding::character(error.message()))),
        _ if is_of_row(error) => Fault::new(Verdict::Row, refused(error)),
        "23505" | "23503" => Fault::new(Verdict::Conflict, refused(error)),
        _ if code.starts_with("23") || code.starts_with("22") => Fault::new(Verdict::Row, refused(error)),
        _ if code.starts_with("08") => of_connection(error, server),
        _ => Fault::from(final_failure(error, server)),
    }
}

/// A connection that is refused or ends. A pooler has one SQLSTATE for whatever is
/// wrong; its words tell.
fn of_connection(error: &PgDatabaseError, server: &ServerAddress) -> Fault {
    let (place, words) = (server.url(), error.message());
    let cause = crate::store::errors::in_one_line(words);
    let holds = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if holds(&["no such database", "\" does not exist"]) {
        let error = no_database(server).with_source(cause);
        return Fault::from(
            error.with_hint("check the name, and the section [databases] in the configuration of the pooler"),
        );
    }
    if holds(&["authentication failed", "no such user", "login rejected"]) {
        let error = not_let_in(server).with_source(cause);
        return Fault::from(
            error.with_hint("check the user and password; a pooler has its own accounts: auth_file, auth_query"),
        );
    }
    if holds(&["SSL required"]) {
        let error = Error::database(format!("{place} accepts encrypted connections only")).with_source(cause);
        return Fault::from(error.with_hint("add ?sslmode=require to the database URL"));
    }
    if holds(&["unsupported startup parameter"]) {
        let error = Error::database(format!("the pooler of {place} does not support a parameter of the database URL"));
        let hint = "remove the parameter from the URL; set the schema with --schema NAME";
        return Fault::from(error.with_source(cause).with_hint(hint));
    }
    if holds(&["server login has been failing", "server login failed", "cannot connect to server", "server down"]) {
        let error =
            Error::unavailable(format!("the pooler of {place} cannot connect to its server")).with_source(cause);
        let hint = "check that the server is running, the name of the database, and the log of the pooler";
        return Fault::new(Verdict::Lost, error.with_hint(hint));
    }
    Fault::new(Verdict::Lost, crate::store::errors::broke(place).with_source(cause))
}

/// A session that does not know a statement that was prepared, or knows one that
/// was not.
const UNKNOWN_STATEMENT: &str = "26000";
const KNOWN_STATEMENT: &str = "42P05";

/// Whether prepared statements do not belong to the connection alone: a pooler is
/// between.
pub(crate) fn loses_names(error: &SqlxError) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some(UNKNOWN_STATEMENT | KNOWN_STATEMENT))
}

/// Whether rows cannot be loaded, and may be inserted: one is there already, or
/// the table takes no loads (from whom its rows are hidden, say).
pub(crate) fn refuses_load(error: &SqlxError) -> bool {
    matches!(error, SqlxError::Database(inner) if matches!(inner.code().as_deref(), Some("23505" | "0A000")))
}

fn final_failure(error: &PgDatabaseError, server: &ServerAddress) -> Error {
    let place = server.url();
    match error.code() {
        "28P01" | "28000" => not_let_in(server).with_source(error.message().to_owned()).with_hint(
            "check the user and password (PGPASSWORD, ~/.pgpass or --database-url-file); if the cause mentions \
             pg_hba.conf, check its rules: the host may be missing, or TLS required (sslmode=require)",
        ),
        "3D000" => no_database(server)
            .with_hint(format!("check the name, or create the database: createdb {}", word(server.database()))),
        "42501" => Error::database(format!("permission denied for the user {:?} in {place}", server.user()))
            .with_source(error.message().to_owned())
            .with_hint(grant(error.message(), server)),
        "42P01" => Error::database(format!("a table of invite is missing in {place}"))
            .with_source(error.message().to_owned())
            .with_hint("show pending migrations: invite migrate --status"),
        "53100" => crate::store::errors::disk_full(place),
        // The server's own text can hold values; its number cannot.
        code => Error::database(format!("the database {place} failed with the SQLSTATE {code}"))
            .with_hint("see the log of the server"),
    }
}

fn not_let_in(server: &ServerAddress) -> Error {
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

fn stopped(place: &str) -> Error {
    Error::unavailable(format!("the server of {place} stopped a statement: its time limit, or an administrator"))
        .with_hint("raise statement_timeout for this account")
        .of_statement_timeout()
}

pub(crate) fn held(place: &str) -> Error {
    Error::unavailable(format!("another connection holds a lock in {place}"))
        .with_hint("find the connection: SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle'")
}

/// A text with a character that the encoding of the database lacks.
pub(crate) fn not_held(error: &SqlxError) -> Error {
    unheld(encoding::untranslatable(error))
}

fn unheld(character: Option<char>) -> Error {
    let what = character.map_or_else(
        || "a character".to_owned(),
        |character| format!("the character {character:?} (U+{:04X})", u32::from(character)),
    );
    Error::invalid(format!("the encoding of the database does not support {what}"))
        .with_hint("remove the character, or use a database with the encoding UTF8")
        .of_row()
}

/// Classes of SQLSTATE that the server or the standard define. The author of a
/// trigger can raise any other.
const CLASSES: [&str; 43] = [
    "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25",
    "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "53", "54", "55", "57",
    "58", "72", "F0", "HV", "XX",
];

/// Whether the server refused one row: a trigger, a policy of row-level
/// security, a view's check option, an index that cannot hold the value.
fn is_of_row(error: &PgDatabaseError) -> bool {
    let (code, routine) = (error.code(), error.routine().unwrap_or_default());
    // What is raised on purpose keeps the code that asks for another try.
    let is_raised = routine == "exec_stmt_raise" && !matches!(code, "40001" | "40P01" | "55P03" | "57014");
    // A table that may not be written has the SQLSTATE of a row that may not.
    let is_of_policy = code == "42501" && routine == "ExecWithCheckOptions";
    let class = code.get(..2).unwrap_or_default();
    is_raised
        || is_of_policy
        || code == "54000"
        || matches!(class, "09" | "27" | "2F" | "38" | "39" | "44" | "P0")
        || !CLASSES.contains(&class)
}

/// The server's own words where they hold no value of the row, else the name of
/// the constraint or column.
fn refused(error: &PgDatabaseError) -> Error {
    let code = error.code();
    // Errors of data quote what could not be read.
    let quotes_value = code.starts_with("22") && code != "22001" && error.routine() != Some("exec_stmt_raise");
    let why = match (error.constraint(), error.column()) {
        _ if !quotes_value => crate::store::errors::in_one_line(error.message()),
        (Some(constraint), _) => format!("constraint {constraint}"),
        (None, Some(column)) => format!("column {column}"),
        (None, None) => format!("SQLSTATE {code}"),
    };
    Error::database("the database refused a row").with_source(why).of_row()
}
