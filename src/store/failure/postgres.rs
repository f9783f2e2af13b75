//! The errors of `PostgreSQL`, by their SQLSTATE.

use sqlx::Error as SqlxError;
use sqlx::postgres::PgDatabaseError;

use super::{Fault, Verdict};
use crate::error::Error;
use crate::shell::word;
use crate::store::target::ServerAddress;

pub(super) fn fault(error: &PgDatabaseError, server: &ServerAddress) -> Fault {
    let place = server.url();
    let code = error.code();
    match code {
        // A schema that was changed beside us, or another product.
        "0A000" => Fault::new(
            Verdict::Rerun,
            Error::unavailable(format!("the server of {place} refused a statement as not supported")).hint(
                "if the schema was changed at this moment, run the same command again; \
                 else the server is not PostgreSQL 13 or newer, or a proxy is between",
            ),
        ),
        "40001" | "40P01" => Fault::new(Verdict::Rerun, super::busy(place)),
        "55P03" => Fault::new(Verdict::Held, held(place)),
        "57014" => Fault::new(Verdict::Held, stopped(place)),
        // Whether the statement was completed is not known.
        "40003" => Fault::new(Verdict::Lost, super::broke(place)),
        "53300" => Fault::new(Verdict::Held, super::no_connection_left(place)),
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04" => Fault::new(
            Verdict::Lost,
            Error::unavailable(format!("the server of {place} is starting or shutting down"))
                .hint("run the same command again in a moment"),
        ),
        UNKNOWN_STATEMENT | KNOWN_STATEMENT => Fault::new(
            Verdict::Lost,
            Error::unavailable(format!("a pooler before {place} mixed up prepared statements"))
                .hint("add ?statement-cache-capacity=0 to the database URL"),
        ),
        "25006" => super::read_only(server),
        "23505" | "23503" => Fault::new(Verdict::Conflict, refused(error)),
        _ if code.starts_with("23") || code.starts_with("22") => Fault::new(Verdict::Row, refused(error)),
        _ if code.starts_with("08") => Fault::new(Verdict::Lost, super::broke(place)),
        _ => Fault::from(final_failure(error, server)),
    }
}

/// A session that does not know a statement that was prepared, or knows one that
/// was not.
const UNKNOWN_STATEMENT: &str = "26000";
const KNOWN_STATEMENT: &str = "42P05";

/// Whether prepared statements do not belong to the connection alone: a pooler is
/// between.
pub(in crate::store) fn loses_names(error: &SqlxError) -> bool {
    let code = error.as_database_error().and_then(|inner| inner.code());
    matches!(code.as_deref(), Some(UNKNOWN_STATEMENT | KNOWN_STATEMENT))
}

/// Whether rows cannot be loaded, and may be inserted: one is there already, or
/// the table takes no loads (from whom its rows are hidden, say).
pub(in crate::store) fn refuses_load(error: &SqlxError) -> bool {
    matches!(error, SqlxError::Database(inner) if matches!(inner.code().as_deref(), Some("23505" | "0A000")))
}

fn final_failure(error: &PgDatabaseError, server: &ServerAddress) -> Error {
    let place = server.url();
    match error.code() {
        "28P01" | "28000" => Error::database(format!("{place} does not let the user {:?} in", server.user()))
            .caused_by(error.message().to_owned())
            .hint(
                "check user and password (PGPASSWORD, ~/.pgpass and --database-url-file work); where the cause names \
                 pg_hba.conf, its rules: the host may be missing, or TLS demanded (sslmode=require)",
            ),
        "3D000" => Error::database(format!("there is no database {:?} on the server of {place}", server.database()))
            .hint(format!("check the name, or create it: createdb {}", word(server.database()))),
        "42501" => Error::database(format!("the user {:?} may not do this in {place}", server.user()))
            .caused_by(error.message().to_owned())
            .hint(grant(error.message(), server)),
        "42P01" => Error::database(format!("a table of invite is missing in {place}"))
            .caused_by(error.message().to_owned())
            .hint("see what is pending: invite migrate --status"),
        "53100" => super::disk_full(place),
        // The server's own text can hold values; its number cannot.
        code => Error::database(format!("the database {place} failed with the SQLSTATE {code}"))
            .hint("the server's log tells more"),
    }
}

fn grant(message: &str, server: &ServerAddress) -> String {
    let user = server.user();
    if message.starts_with("must be owner") {
        return "run invite migrate as the account that owns the tables".to_owned();
    }
    if message.contains("for database") {
        return format!(
            "an administrator grants it: GRANT CONNECT ON DATABASE \"{}\" TO \"{user}\"",
            server.database()
        );
    }
    if let Some((_, schema)) = message.rsplit_once("for schema ") {
        return format!("an administrator grants it: GRANT USAGE, CREATE ON SCHEMA {schema} TO \"{user}\"");
    }
    format!(
        "an administrator grants it: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \"{user}\""
    )
}

fn stopped(place: &str) -> Error {
    Error::unavailable(format!("the server of {place} stopped a statement: its time limit, or an administrator"))
        .hint("raise statement_timeout for this account, or write less at a time: --batch-size 1000")
}

fn held(place: &str) -> Error {
    Error::unavailable(format!("another connection holds a lock in {place}"))
        .hint("find it: SELECT pid, query FROM pg_stat_activity WHERE state <> 'idle'")
}

/// A constraint's name says what was wrong; the value stays out.
fn refused(error: &PgDatabaseError) -> Error {
    let why = match (error.constraint(), error.column()) {
        (Some(constraint), _) => format!("constraint {constraint}"),
        (None, Some(column)) => format!("column {column}"),
        (None, None) => format!("SQLSTATE {}", error.code()),
    };
    Error::database("the database refused a row").caused_by(why).of_one_row()
}
