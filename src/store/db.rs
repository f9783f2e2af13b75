//! The pool, one connection, and the running of statements.

use std::ops::ControlFlow;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Sqlite, SqlitePool};

use super::dialect::{Args, Statement, render};
use super::failure::{failure, is_constraint};
use super::file::DatabaseFile;
use super::{Arg, Row};
use crate::error::{Error, Result};

/// How long a statement waits for another process's write before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

/// How often, and how long apart, switching the journal is tried while other
/// processes open the same new file: as long as the busy timeout.
const WAL_TRIES: u32 = 300;
const WAL_PAUSE: Duration = Duration::from_millis(50);

/// How long a caller waits for a free connection of the pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// A database: a pool of connections to one file.
#[derive(Clone)]
pub struct Db {
    pool: SqlitePool,
    file: DatabaseFile,
}

impl Db {
    /// Opens the file with at most so many connections; creates nothing in it.
    ///
    /// # Errors
    /// [`Error::Database`] if the file cannot be opened or is no database,
    /// [`Error::Unavailable`] if another process holds it.
    pub(super) async fn connect(file: DatabaseFile, connections: u32) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file.path())
            .create_if_missing(false)
            .read_only(file.is_read_only())
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .synchronous(SqliteSynchronous::Full)
            // Used by bulk work only: pages are taken as they are needed.
            .pragma("cache_size", "-65536")
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(|error| failure(error, &file))?;
        Ok(Db { pool, file })
    }

    /// The file, for messages.
    #[must_use]
    pub fn file(&self) -> &DatabaseFile {
        &self.file
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Makes readers and a writer go on side by side. It changes the file, so
    /// it comes only after the file is known to be ours.
    pub(super) async fn use_write_ahead_log(&self) -> Result<()> {
        if self.file.is_read_only() {
            return Ok(());
        }
        for _ in 0..WAL_TRIES {
            let mut session = self.read().await?;
            if session.one("PRAGMA journal_mode", &[]).await?.text("journal_mode")? == "wal" {
                return Ok(());
            }
            // The engine does not wait for the lock that this needs.
            match session.exec("PRAGMA journal_mode = WAL", &[]).await {
                Err(Error::Unavailable(_)) => tokio::time::sleep(WAL_PAUSE).await,
                other => return other.map(|_| ()),
            }
        }
        Err(Error::unavailable(format!("the database {} is held by another process", self.file.path().display()))
            .hint("wait for the other run to end, or find it: fuser on the file names the process"))
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if none comes free in time.
    pub async fn read(&self) -> Result<Session> {
        let connection = self.pool.acquire().await.map_err(|error| failure(error, &self.file))?;
        Ok(Session { connection, file: self.file.clone(), writes: false })
    }

    /// A connection inside a new write transaction, for
    /// `in_transaction!` alone.
    ///
    /// The write lock is taken at once: a transaction that began by reading
    /// could not wait for it, and its commits could be lost in silence.
    pub(crate) async fn begin(&self) -> Result<Session> {
        let mut session = self.read().await?;
        session.exec("BEGIN IMMEDIATE", &[]).await?;
        session.writes = true;
        Ok(session)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// One connection; inside a transaction, if the wrapper for writes made it.
pub struct Session {
    connection: PoolConnection<Sqlite>,
    file: DatabaseFile,
    writes: bool,
}

impl Session {
    /// Runs a statement; answers how many rows it changed.
    pub(super) async fn exec(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<u64> {
        let (sql, values) = render(&statement.into(), args);
        let done = bound(sqlx::query(sql), values).execute(&mut *self.connection).await;
        done.map(|done| done.rows_affected()).map_err(|error| self.fail(error))
    }

    /// The first row, if there is one.
    pub(super) async fn maybe_one(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Option<Row>> {
        let (sql, values) = render(&statement.into(), args);
        let row = bound(sqlx::query(sql), values).fetch_optional(&mut *self.connection).await;
        row.map(|row| row.map(Row::new)).map_err(|error| self.fail(error))
    }

    /// The one row of a statement that always has one.
    pub(super) async fn one(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Row> {
        self.maybe_one(statement, args).await?.ok_or_else(|| Error::database("a total came back without a row"))
    }

    /// All rows of a statement that is bounded by itself.
    pub(super) async fn all(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Vec<Row>> {
        let (sql, values) = render(&statement.into(), args);
        let rows = bound(sqlx::query(sql), values).fetch_all(&mut *self.connection).await;
        rows.map(|rows| rows.into_iter().map(Row::new).collect()).map_err(|error| self.fail(error))
    }

    /// Hands over row by row until there are no more or `each` breaks.
    pub(super) async fn stream(
        &mut self,
        statement: impl Into<Statement>,
        args: Args<'_>,
        mut each: impl FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (sql, values) = render(&statement.into(), args);
        let mut rows = bound(sqlx::query(sql), values).fetch(&mut *self.connection);
        let failed = loop {
            match std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
                None => return Ok(()),
                Some(Ok(row)) => {
                    if each(Row::new(row))?.is_break() {
                        return Ok(());
                    }
                }
                Some(Err(error)) => break error,
            }
        };
        drop(rows);
        Err(self.fail(failed))
    }

    /// Ends the transaction: commits what went well, rolls back the rest.
    pub(crate) async fn settle<T>(mut self, outcome: Result<T>) -> Result<T> {
        let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.exec(end, &[]).await;
        // Where it did not end, dropping the session closes the connection,
        // and that rolls back.
        self.writes = ended.is_err();
        let value = outcome?;
        ended.map(|_| value)
    }

    /// After anything but a constraint the connection is not used again: it
    /// could answer Ok to commits that are lost.
    fn fail(&mut self, error: sqlx::Error) -> Error {
        if !is_constraint(&error) {
            self.connection.close_on_drop();
        }
        failure(error, &self.file)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.writes {
            self.connection.close_on_drop();
        }
    }
}

fn bound(query: Query<'_, Sqlite, SqliteArguments>, values: Vec<Arg>) -> Query<'_, Sqlite, SqliteArguments> {
    values.into_iter().fold(query, |query, value| match value {
        Arg::Text(text) => query.bind(text),
        Arg::Int(number) => query.bind(number),
        Arg::Time(instant) => query.bind(instant.map(|instant| instant.timestamp_micros())),
        Arg::Id(id) => query.bind(id.map(|id| id.to_string())),
    })
}
