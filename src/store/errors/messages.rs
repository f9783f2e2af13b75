//! Errors that several engines share.

use crate::error::Error;
use crate::store::errors::db_error::{DbError, ErrorClass};
use crate::store::location::ServerAddress;

/// Maximum number of characters that are quoted from a database's own message.
const MAX_MESSAGE: usize = 300;

/// Makes a database's own message safe to print: one line, limited in length, without control
/// characters. The author of a trigger can choose the message.
pub(crate) fn single_line(words: &str) -> String {
    let plain: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = plain.split_whitespace().collect::<Vec<&str>>().join(" ");
    if line.chars().count() > MAX_MESSAGE {
        line = line.chars().take(MAX_MESSAGE).chain(['…']).collect();
    }
    line
}

pub(crate) fn busy(place: &str) -> Error {
    Error::unavailable(format!("{place} is too busy: other transactions keep changing the same rows"))
        .with_hint("run the same command again in a moment")
}

pub(crate) fn connection_lost(place: &str) -> Error {
    Error::unavailable(format!("the connection to {place} was lost")).with_hint("run the same command again")
}

pub(crate) fn no_connection_left(place: &str) -> Error {
    Error::unavailable(format!("too many connections to {place}"))
        .with_hint("retry later, or raise max_connections on the server")
}

pub(crate) fn disk_full(place: &str) -> Error {
    Error::database(format!("the disk of the server is full: cannot write to {place}"))
        .with_hint("free some space, then run the same command again; changes that were reported are stored")
}

/// Returns the error of a read-only server. With several hosts, the primary may be down, and
/// another host may replace it at any moment.
pub(crate) fn read_only(server: &ServerAddress) -> DbError {
    let place = server.url();
    if server.hosts().len() > 1 {
        let error = Error::unavailable(format!("no host of {place} accepts writes"))
            .with_hint("check the primary server, or wait for the failover, then run the same command again");
        return DbError::new(ErrorClass::Disconnected, error);
    }
    DbError::from(
        Error::database(format!("{place} does not accept writes: it is a replica or read-only"))
            .with_hint("name the primary server in the database URL"),
    )
}
