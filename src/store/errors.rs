//! Classification of the engines' errors: one clear message each, which names the database and
//! never a value, a hint, and whether a retry can help.

pub(crate) mod db_error;
pub(crate) mod messages;
pub(crate) mod mysql;
pub(crate) mod open_files;
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub(crate) use crate::store::errors::db_error::{DbError, ErrorClass};
pub(crate) use crate::store::errors::messages::read_only;
pub(crate) use crate::store::errors::mysql::{is_duplicate, is_wait_timeout, message_of};
pub(crate) use crate::store::errors::postgres::{
    is_load_refused, lost_prepared_statement, unsupported_character, untranslatable,
};
pub(crate) use crate::store::errors::sqlite::file_locked;

use std::io::ErrorKind;

use sqlx::Error as SqlxError;

use crate::error::Error;
use crate::store::engine::Engine;
use crate::store::errors::mysql::MysqlError;
use crate::store::errors::open_files::{is_file_limit, too_many_files};
use crate::store::errors::postgres::PostgresError;
use crate::store::location::{Location, ServerAddress};

pub(crate) fn classify(error: SqlxError, location: &Location) -> DbError {
    match location {
        Location::File(file) => sqlite::classify(error, file),
        Location::Server(server) => {
            if let Some(inner) = PostgresError::of(&error) {
                return postgres::classify(&inner, server);
            }
            if let Some(inner) = MysqlError::of(&error) {
                return mysql::classify(&inner, server);
            }
            if matches!(error, SqlxError::Database(_)) { failed(error, server) } else { transport_error(error, server) }
        }
    }
}

/// Returns the error for a lock that another connection holds.
pub(crate) fn lock_held(server: &ServerAddress) -> DbError {
    let place = server.url();
    let error = if server.engine() == Engine::Postgres { postgres::lock_held(place) } else { mysql::lock_held(place) };
    DbError::new(ErrorClass::Blocked, error)
}

/// Returns true if a server did not grant a lock within its limit.
pub(crate) fn is_lock_timeout(error: &SqlxError) -> bool {
    is_wait_timeout(error) || error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("55P03"))
}

/// Returns the error of a cluster node that did not begin a statement. A node first waits for the
/// commits of the other nodes, and no lock is involved.
pub(crate) fn node_behind(location: &Location) -> DbError {
    let error = Error::unavailable(format!("{location} is not accepting queries"))
        .with_source("the node is disconnected from its cluster or behind it, or a table is being altered")
        .with_hint("check the node: SHOW STATUS LIKE 'wsrep_%'; or add more nodes to the database URL");
    DbError::new(ErrorClass::Disconnected, error)
}

/// Classifies an error of the connection to a server.
fn transport_error(error: SqlxError, server: &ServerAddress) -> DbError {
    let place = server.url();
    if let SqlxError::Io(io) = &error
        && is_file_limit(io)
        && let Some(error) = too_many_files(place)
    {
        return error.into();
    }
    let (message, hint) = match &error {
        SqlxError::Io(io) => match io.kind() {
            ErrorKind::ConnectionRefused => {
                (format!("no server answers at {place}"), "check the host and port, and that the server is running")
            }
            // An unknown host has no error kind of its own.
            _ if io.to_string().contains("failed to lookup address") => {
                let error = Error::unavailable(format!("unknown host in {place}"));
                // A resolver that does not answer now may do so later.
                let is_passing = io.to_string().contains("emporary failure");
                let class = if is_passing { ErrorClass::Disconnected } else { ErrorClass::WrongHost };
                let error = error.with_source(io.to_string()).with_hint("check the host name in the database URL");
                return DbError::new(class, error);
            }
            ErrorKind::NotFound => {
                (format!("no server socket for {place}"), "check the path, and that the server is running")
            }
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::TimedOut => (
                format!("no server answers at {place}"),
                "check the host and port, and that no firewall blocks the connection",
            ),
            // The TLS library reports a failed handshake as this kind.
            ErrorKind::InvalidData => return tls_failed(error, place),
            _ => (format!("the connection to {place} was lost"), "run the same command again"),
        },
        SqlxError::Tls(_) => return tls_failed(error, place),
        SqlxError::Protocol(_) | SqlxError::WorkerCrashed => (
            format!("the connection to {place} was lost, or the server has another protocol"),
            "run the same command again; if the error persists, check that the scheme and port of the URL match the \
             server",
        ),
        _ => return failed(error, server),
    };
    let built = Error::unavailable(message).with_hint(hint);
    let built = match error {
        SqlxError::Io(io) => built.with_source(io),
        SqlxError::Protocol(why) => built.with_source(why),
        _ => built,
    };
    DbError::new(ErrorClass::Disconnected, built)
}

/// Returns the error of a failed encryption. It is final: a retry does not change a certificate.
fn tls_failed(error: SqlxError, place: &str) -> DbError {
    let is_declined = matches!(&error, SqlxError::Tls(why) if why.to_string().contains("does not support TLS"));
    let hint = if !is_declined {
        "check sslmode and the certificate authority in the database URL"
    } else if place.starts_with("postgres:") {
        "enable TLS on the server, or check sslmode in the database URL: sslmode=disable connects without encryption"
    } else {
        "enable TLS on the server, or check ssl-mode in the database URL: ssl-mode=DISABLED connects without encryption"
    };
    let built = Error::unavailable(format!("cannot open an encrypted connection to {place}")).with_hint(hint);
    let built = match error {
        SqlxError::Io(why) => built.with_source(why),
        other => built.with_source(other),
    };
    DbError::new(ErrorClass::Permanent, built)
}

fn failed(error: SqlxError, server: &ServerAddress) -> DbError {
    // The driver supports this authentication method without TLS only with a package that is not
    // included.
    if matches!(&error, SqlxError::Configuration(why) if why.to_string().contains("RSA")) {
        let error = Error::database(format!("the account of {} requires encrypted connections", server.url()))
            .with_hint("add ?ssl-mode=REQUIRED to the database URL");
        return DbError::from(error);
    }
    DbError::from(Error::database(format!("the database {} failed", server.url())).with_source(error))
}
