//! Runs the statements of a session on a connection that a caller lends, inside the caller's own
//! transaction.
//!
//! A session owns its connection, but a caller only lends one. So the session has one end of a
//! channel, and the [`StatementServer`] has the other end and the lent connection. Both are parts of
//! one future.

#[cfg(feature = "mysql")]
use sqlx::mysql::{MySql, MySqlConnection};
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnection, Postgres};
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{Sqlite, SqliteConnection};
use tokio::sync::mpsc;

use crate::store::db::connection::{Connection, Driver};
use crate::store::db::lent_connection::{LentConnection, Request};
use crate::store::engine::Engine;

/// A connection of the caller. It is created from a `&mut` of a connection or of a transaction of
/// sqlx.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallerConnection<'c> {
    /// A connection to `SQLite`.
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut SqliteConnection),
    /// A connection to `PostgreSQL`.
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
    /// A connection to `MariaDB` or `MySQL`.
    #[cfg(feature = "mysql")]
    Mysql(&'c mut MySqlConnection),
}

/// Implements the conversions for the connections of one engine.
macro_rules! from_connections {
    ($feature:literal, $variant:ident, $database:ty, $connection:ty) => {
        #[cfg(feature = $feature)]
        impl<'c> From<&'c mut $connection> for CallerConnection<'c> {
            fn from(connection: &'c mut $connection) -> Self {
                CallerConnection::$variant(connection)
            }
        }

        #[cfg(feature = $feature)]
        impl<'c> From<&'c mut sqlx::Transaction<'_, $database>> for CallerConnection<'c> {
            fn from(transaction: &'c mut sqlx::Transaction<'_, $database>) -> Self {
                CallerConnection::$variant(&mut *transaction)
            }
        }
    };
}

from_connections!("sqlite", Sqlite, Sqlite, SqliteConnection);
from_connections!("postgres", Postgres, Postgres, PgConnection);
from_connections!("mysql", Mysql, MySql, MySqlConnection);

impl CallerConnection<'_> {
    /// Returns the engine of the connection.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self {
            #[cfg(feature = "sqlite")]
            CallerConnection::Sqlite(_) => Engine::Sqlite,
            #[cfg(feature = "postgres")]
            CallerConnection::Postgres(_) => Engine::Postgres,
            #[cfg(feature = "mysql")]
            CallerConnection::Mysql(_) => Engine::Mysql,
        }
    }

    /// Returns true if a transaction of sqlx is open.
    pub(crate) fn is_in_transaction(&self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            CallerConnection::Sqlite(connection) => sqlx::Connection::is_in_transaction(*connection),
            #[cfg(feature = "postgres")]
            CallerConnection::Postgres(connection) => sqlx::Connection::is_in_transaction(*connection),
            #[cfg(feature = "mysql")]
            CallerConnection::Mysql(connection) => sqlx::Connection::is_in_transaction(*connection),
        }
    }
}

/// The side of the lent connection: runs the statements.
pub(crate) struct StatementServer<'c> {
    connection: Connection<'c>,
    requests: mpsc::UnboundedReceiver<Request>,
}

/// Connects a session with the connection of a caller. With `is_pooled`, statements are unnamed.
pub(crate) fn lend(connection: CallerConnection<'_>, is_pooled: bool) -> (LentConnection, StatementServer<'_>) {
    let (sender, requests) = mpsc::unbounded_channel();
    let connection = match connection {
        #[cfg(feature = "sqlite")]
        CallerConnection::Sqlite(inner) => Connection::Sqlite(Driver::Borrowed(inner)),
        #[cfg(feature = "postgres")]
        CallerConnection::Postgres(inner) => Connection::Postgres(Driver::Borrowed(inner)),
        #[cfg(feature = "mysql")]
        CallerConnection::Mysql(inner) => Connection::Mysql(Driver::Borrowed(inner)),
    };
    let connection = if is_pooled { connection.pooled() } else { connection };
    (LentConnection(sender), StatementServer { connection, requests })
}

impl StatementServer<'_> {
    /// Runs statements until the session is dropped.
    pub(crate) async fn serve(mut self) {
        let connection = &mut self.connection;
        while let Some(request) = self.requests.recv().await {
            // A session that gave up waiting has dropped the receiver of the answer.
            match request {
                Request::Exec(sql, values, answer) => _ = answer.send(connection.exec(sql, values).await),
                Request::ExecAll(sql, values, answer) => _ = answer.send(connection.exec_all(sql, values).await),
                Request::Run(sql, answer) => _ = answer.send(connection.run(sql).await),
                Request::FetchUnprepared(sql, answer) => _ = answer.send(connection.fetch_unprepared(sql).await),
                Request::MaybeOne(sql, values, answer) => _ = answer.send(connection.maybe_one(sql, values).await),
                Request::All(sql, values, answer) => _ = answer.send(connection.all(sql, values).await),
            }
        }
    }
}
