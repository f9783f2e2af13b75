//! From the engines' errors to ours: one clear line each, with the database
//! and never with a value; and what is to be done about it.

pub(crate) mod mysql;
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub(crate) use crate::store::errors::mysql::words;
pub(crate) use crate::store::errors::postgres::{loses_names, not_held, refuses_load};
pub(crate) use crate::store::errors::sqlite::held as held_file;

use std::io::ErrorKind;

use rustix::io::Errno;
use sqlx::Error as SqlxError;
use sqlx::mysql::MySqlDatabaseError;

use crate::error::Error;
use crate::store::engine::Engine;
use crate::store::location::{ServerAddress, Target};

/// What a failure means for the transaction that it happened in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The engine refused one row.
    Row,
    /// The row is there already, or what it belongs to is gone. Where others
    /// write at the same time, the transaction is run again and sees it.
    Conflict,
    /// The transaction is gone, or must be given up; it can be run again.
    Rerun,
    /// Another connection holds what is needed; it can be tried again.
    Held,
    /// The connection is lost, or the server takes no work; another connection
    /// or host may do.
    Lost,
    /// The host has no address or is no such server: another host may do.
    Nowhere,
    /// Trying again would not help.
    Final,
}

/// A failure with what it means.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) verdict: Verdict,
    pub(crate) error: Error,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault { verdict: Verdict::Final, error }
    }
}

impl Fault {
    fn new(verdict: Verdict, error: Error) -> Self {
        Fault { verdict, error }
    }
}

pub(crate) fn fault(error: SqlxError, target: &Target) -> Fault {
    match target {
        Target::File(file) => sqlite::fault(error, file),
        Target::Server(server) => match &error {
            SqlxError::Database(inner) => {
                if let Some(inner) = inner.try_downcast_ref() {
                    return postgres::fault(inner, server);
                }
                if let Some(inner) = inner.try_downcast_ref() {
                    return mysql::fault(inner, server);
                }
                failed(error, server)
            }
            _ => unreached(error, server),
        },
    }
}

/// Another connection holds a lock at a server.
pub(crate) fn held(server: &ServerAddress) -> Fault {
    let place = server.url();
    let error = if server.engine() == Engine::Postgres { postgres::held(place) } else { mysql::held(place) };
    Fault::new(Verdict::Held, error)
}

/// Whether a server of `MariaDB`, `MySQL` or Galera gave up waiting: it has one
/// number for a lock and for the rest of a cluster.
pub(crate) fn is_out_of_patience(error: &SqlxError) -> bool {
    let inner = error.as_database_error().and_then(|inner| inner.try_downcast_ref::<MySqlDatabaseError>());
    inner.is_some_and(mysql::is_out_of_patience)
}

/// Whether a server refused a statement because a lock was not granted within its limit.
pub(crate) fn is_lock_timeout(error: &SqlxError) -> bool {
    is_out_of_patience(error) || error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("55P03"))
}

/// Whether a server of the `MySQL` family has a row with this key already.
pub(crate) fn is_duplicate(error: &SqlxError) -> bool {
    let inner = error.as_database_error().and_then(|inner| inner.try_downcast_ref::<MySqlDatabaseError>());
    inner.is_some_and(|inner| matches!(inner.number(), 1062 | 1586))
}

/// A node of a cluster did not begin with a statement: it first waits for what
/// the others have committed, and no lock is part of that.
pub(crate) fn behind(target: &Target) -> Fault {
    let error = Error::unavailable(format!("{target} is not accepting queries"))
        .with_source("the node is disconnected from its cluster or behind it, or a table is being altered")
        .with_hint("check the node: SHOW STATUS LIKE 'wsrep_%'; or add more nodes to the database URL");
    Fault::new(Verdict::Lost, error)
}

/// Number of files that `SQLite` opens for a database: the file, its log, the log's index and,
/// for a moment, the folder.
const FILES_OF_A_DATABASE: usize = 4;

/// Returns the error of a process that cannot open as many files as a database needs.
///
/// `SQLite` does not say why it cannot open one, and has closed the others by now.
fn too_many_files(place: &str) -> Option<Error> {
    let opened: std::io::Result<Vec<_>> = (0..FILES_OF_A_DATABASE).map(|_| std::fs::File::open("/dev/null")).collect();
    let refused = opened.err()?;
    is_of_files(&refused).then(|| {
        Error::database(format!("cannot open {place}: this process has too many open files"))
            .with_source(refused)
            .with_hint("raise the limit: ulimit -n 1024")
    })
}

fn is_of_files(error: &std::io::Error) -> bool {
    let of_files = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|number| of_files.contains(&number))
}

/// A failure on the way to the server and back.
fn unreached(error: SqlxError, server: &ServerAddress) -> Fault {
    let place = server.url();
    if let SqlxError::Io(io) = &error
        && is_of_files(io)
        && let Some(error) = too_many_files(place)
    {
        return error.into();
    }
    let (message, hint) = match &error {
        SqlxError::Io(io) => match io.kind() {
            ErrorKind::ConnectionRefused => {
                (format!("no server answers at {place}"), "check the host and port, and that the server is running")
            }
            // An unknown host has no kind of its own.
            _ if io.to_string().contains("failed to lookup address") => {
                let error = Error::unavailable(format!("unknown host in {place}"));
                // A resolver that does not answer may do so later.
                let is_passing = io.to_string().contains("emporary failure");
                let verdict = if is_passing { Verdict::Lost } else { Verdict::Nowhere };
                let error = error.with_source(io.to_string()).with_hint("check the host name in the database URL");
                return Fault::new(verdict, error);
            }
            ErrorKind::NotFound => {
                (format!("no server socket for {place}"), "check the path, and that the server is running")
            }
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::TimedOut => (
                format!("no server answers at {place}"),
                "check the host and port, and that no firewall blocks the connection",
            ),
            // What the TLS library says of a handshake comes in this kind.
            ErrorKind::InvalidData => return no_tls(error, place),
            _ => (format!("the connection to {place} was lost"), "run the same command again"),
        },
        SqlxError::Tls(_) => return no_tls(error, place),
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
    Fault::new(Verdict::Lost, built)
}

/// The most characters that are repeated of a database's own words.
const LONGEST_WORDS: usize = 300;

/// A database's own words, which the author of a trigger can choose: in one
/// line, shortened, and without characters that drive a terminal.
fn in_one_line(words: &str) -> String {
    let plain: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = plain.split_whitespace().collect::<Vec<&str>>().join(" ");
    if line.chars().count() > LONGEST_WORDS {
        line = line.chars().take(LONGEST_WORDS).chain(['…']).collect();
    }
    line
}

fn busy(place: &str) -> Error {
    Error::unavailable(format!("{place} is too busy: other transactions keep changing the same rows"))
        .with_hint("run the same command again in a moment")
}

fn broke(place: &str) -> Error {
    Error::unavailable(format!("the connection to {place} was lost")).with_hint("run the same command again")
}

fn no_connection_left(place: &str) -> Error {
    Error::unavailable(format!("too many connections to {place}"))
        .with_hint("retry later, or raise max_connections on the server")
}

fn disk_full(place: &str) -> Error {
    Error::database(format!("the disk of the server is full: cannot write to {place}"))
        .with_hint("free some space, then run the same command again; changes that were reported are stored")
}

/// Trying again does not help against a certificate.
fn no_tls(error: SqlxError, place: &str) -> Fault {
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
    Fault::new(Verdict::Final, built)
}

/// A server that takes no writes. Of several hosts the one that does may be
/// down, and another take its place at any moment.
pub(crate) fn read_only(server: &ServerAddress) -> Fault {
    let place = server.url();
    if server.hosts().len() > 1 {
        let error = Error::unavailable(format!("no host of {place} accepts writes"))
            .with_hint("check the primary server, or wait for the failover, then run the same command again");
        return Fault::new(Verdict::Lost, error);
    }
    Fault::from(
        Error::database(format!("{place} does not accept writes: it is a replica or read-only"))
            .with_hint("name the primary server in the database URL"),
    )
}

fn failed(error: SqlxError, server: &ServerAddress) -> Fault {
    // A way to log in that the driver does in the clear only with a package
    // that we leave out.
    if matches!(&error, SqlxError::Configuration(why) if why.to_string().contains("RSA")) {
        let error = Error::database(format!("the account of {} requires encrypted connections", server.url()))
            .with_hint("add ?ssl-mode=REQUIRED to the database URL");
        return Fault::from(error);
    }
    Fault::from(Error::database(format!("the database {} failed", server.url())).with_source(error))
}
