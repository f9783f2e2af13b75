//! A database and its connections.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::clock::{Clock, in_store_range};
use crate::error::{Error, Result};
use crate::store::db::connections::Connections;
use crate::store::db::group_commit::{ArgsOf, GroupCommit};
use crate::store::db::options::{DbOptions, Deadline, Timeouts};
use crate::store::db::pool::{Pool, Purpose};
use crate::store::db::retry::Retry;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::db::statement_server::{CallerConnection, StatementServer, lend};
use crate::store::dialect::{self, BoundStatement, Statement, sql};
use crate::store::engine::Engine;
use crate::store::errors::{DbError, ErrorClass, file_locked};
use crate::store::location::Location;
use crate::store::location::file::DatabaseFile;

/// Pause between attempts to switch the journal mode while other processes open the same new file.
const WAL_PAUSE: Duration = Duration::from_millis(50);

/// An open database. Clones share the connections.
#[derive(Clone)]
pub struct Db {
    connections: Connections,
    /// The group commit of this database; created with its first use.
    group_commit: Arc<OnceLock<Arc<GroupCommit>>>,
    /// The operation of the last change that was committed through this handle.
    last_operation: Arc<Mutex<Option<Uuid>>>,
}

impl Db {
    /// Connects, retrying within the timeout; creates nothing.
    ///
    /// # Errors
    /// [`Error::Database`] if the database cannot be opened or is not one, [`Error::Unavailable`]
    /// if it cannot be reached or another process locks it.
    pub(crate) async fn connect(location: Location, options: DbOptions) -> Result<Self> {
        location.engine().require_driver()?;
        Db::check_clock()?;
        let pool = Arc::new(Pool::new(location, options));
        let mut retry = Retry::new(&pool);
        while let Err(failure) = pool.warm_up(retry.until()).await {
            match failure.class {
                ErrorClass::Retryable | ErrorClass::Blocked | ErrorClass::Disconnected => retry.pause(failure).await?,
                ErrorClass::RefusedRow | ErrorClass::Conflict | ErrorClass::WrongHost | ErrorClass::Permanent => {
                    return Err(failure.error);
                }
            }
        }
        Ok(Db { connections: Connections::new(pool), group_commit: Arc::default(), last_operation: Arc::default() })
    }

    pub(crate) fn pool(&self) -> &Pool {
        self.connections.pool()
    }

    /// Returns the location of the database, for messages.
    #[must_use]
    pub fn location(&self) -> &Location {
        self.pool().location()
    }

    /// Returns the engine of the database.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.location().engine()
    }

    /// Returns the longest period without progress, as set when the database was opened.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeouts().limit()
    }

    /// Returns the settings that follow `BEGIN` behind a pooler.
    pub(crate) fn local_settings(&self) -> &str {
        self.pool().local_settings()
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.connections.timeouts()
    }

    /// Returns a retry budget of one timeout from now.
    pub(crate) fn retry(&self) -> Retry {
        self.connections.retry()
    }

    /// Returns true for a cluster that commits each transaction on all nodes. Small transactions
    /// delay the other clients of a cluster less.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        self.pool().is_cluster()
    }

    /// Returns the present instant by the clock that decides about expiry: the server's clock,
    /// extrapolated from its last reading, or this machine's clock for a file.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        if self.location().file().is_some() { Clock::System.now() } else { self.pool().clock().now() }
    }

    /// Returns the lead of the database's clock over this machine's clock.
    #[must_use]
    pub fn clock_offset(&self) -> TimeDelta {
        if self.location().file().is_some() {
            return TimeDelta::zero();
        }
        self.pool().clock().ahead_of_this_machine()
    }

    /// Checks the clock of this machine.
    ///
    /// # Errors
    /// [`Error::Database`] for a time that the database cannot store.
    fn check_clock() -> Result<()> {
        let now = Clock::System.now();
        if in_store_range(now).is_ok() {
            return Ok(());
        }
        let shown = now.format("%Y-%m-%d %H:%M:%S");
        Err(Error::database(format!("the clock of this machine is outside the years 1970 to 9999: {shown} UTC"))
            .with_hint("set the clock, then run the same command again: timedatectl set-ntp true"))
    }

    /// Switches a file to the write-ahead log, so that readers do not block the writer. This
    /// changes the file, so the caller first makes sure that the database belongs to invite.
    pub(crate) async fn use_write_ahead_log(&self) -> Result<()> {
        let Some(file) = self.location().file().filter(|file| !file.is_read_only()) else { return Ok(()) };
        let until = self.retry().until();
        while Instant::now() < until {
            let mut session = self.read().await?;
            if session.one(sql!("PRAGMA journal_mode"), &[]).await?.text("journal_mode")? == "wal" {
                session.remember_log();
                return Ok(());
            }
            // SQLite does not wait for the lock that this statement needs.
            match session.exec(sql!("PRAGMA journal_mode = WAL"), &[]).await {
                Err(Error::Unavailable(_)) => sleep(WAL_PAUSE).await,
                other => return other.map(|_| ()),
            }
        }
        Err(file_locked(file))
    }

    /// Copies the write-ahead log into the database file and truncates it, so that deleted data can
    /// be read from neither. Returns false if a reader in another process prevents it.
    pub(crate) async fn empty_log(&self) -> Result<bool> {
        if self.location().file().is_none_or(DatabaseFile::is_read_only) {
            return Ok(true);
        }
        let mut session = self.read().await?;
        Ok(session.one(sql!("PRAGMA wal_checkpoint(TRUNCATE)"), &[]).await?.int("busy")? == 0)
    }

    /// Returns a connection for reading.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no connection becomes free in time or a new one fails.
    pub(crate) async fn read(&self) -> Result<Session> {
        self.session(Purpose::Read, Deadline::moving(self.timeouts())).await.map_err(|failure| failure.error)
    }

    /// Returns a connection, at the latest by the deadline. Its answers extend a moving deadline.
    pub(crate) async fn session(&self, purpose: Purpose, deadline: Deadline) -> Result<Session, DbError> {
        self.connections.session(purpose, deadline).await
    }

    /// Remembers the operation of a committed change.
    pub(crate) fn note_operation(&self, operation: Uuid) {
        *self.last_operation.lock().unwrap_or_else(PoisonError::into_inner) = Some(operation);
    }

    /// Takes the operation of the last change since the previous call, for a process that runs one
    /// command at a time.
    pub(crate) fn take_operation(&self) -> Option<Uuid> {
        self.last_operation.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns the number of a new transaction.
    pub(crate) fn next_step(&self) -> i64 {
        self.connections.next_step()
    }

    /// Returns a connection that sees the database as it is now, whatever others write meanwhile.
    pub(crate) async fn snapshot(&self, deadline: Deadline) -> Result<Session, DbError> {
        self.connections.snapshot(deadline).await
    }

    /// Begins a write transaction and runs its first statement, if given; returns the session and
    /// the row of that statement. `step` is the number of the transaction, the same in every
    /// attempt.
    ///
    /// The write lock of a file is taken immediately: `SQLite` refuses it to a transaction that began by
    /// reading and has seen an older state.
    pub(crate) async fn begin(
        &self,
        step: i64,
        first: Option<&BoundStatement>,
        deadline: Deadline,
    ) -> Result<(Session, Result<Option<Row>>), DbError> {
        if self.location().file().is_some() {
            Db::check_clock()?;
        }
        let mut session = self.connections.writer(deadline).await?;
        let words = dialect::begin(self.engine());
        let row = if let Some(first) = first {
            session.begin_with(words, step, first).await?
        } else {
            session.begin(words, step).await?;
            session.check_writable()?;
            Ok(None)
        };
        Ok((session, row))
    }

    /// Returns a session on a connection that a caller lent, and the part of the future that runs
    /// its statements.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the connection is one to another engine or not in a transaction.
    pub(crate) fn session_on<'c>(&self, connection: CallerConnection<'c>) -> Result<(Session, StatementServer<'c>)> {
        if connection.engine() != self.engine() {
            return Err(Error::invalid("the connection belongs to another database than the service"));
        }
        if !connection.is_in_transaction() {
            let begin = if self.engine() == Engine::Sqlite { "begin_with(\"BEGIN IMMEDIATE\")" } else { "begin()" };
            return Err(Error::invalid("the connection is not in a transaction")
                .with_hint(format!("begin one with {begin} of sqlx")));
        }
        let pool = self.connections.shared_pool();
        let (lent, server) = lend(connection, pool.is_pooled());
        Ok((Session::lent(pool, lent, self.next_step()), server))
    }

    /// Returns true if no transaction holds the write lock of a file. If one does, it may be any.
    pub(crate) async fn is_write_lock_free(&self) -> Result<bool> {
        let mut session = self.read().await?;
        session.exec(sql!("PRAGMA busy_timeout = 0"), &[]).await?;
        let begun = session.run(dialect::begin(Engine::Sqlite)).await;
        if begun.is_ok() && session.run(dialect::roll_back(Engine::Sqlite)).await.is_err() {
            session.discard();
        }
        session.restore_file_lock_timeout().await?;
        match begun {
            Ok(()) => Ok(true),
            Err(failure) if failure.class == ErrorClass::Blocked => Ok(false),
            Err(failure) => Err(failure.error),
        }
    }

    /// Returns true if the engine supports group commit.
    pub(crate) fn supports_group_commit(&self) -> bool {
        self.location().file().is_some()
    }

    /// Runs a statement in a group commit (see [`GroupCommit`]). Every caller for one
    /// database passes the same statement. Returns the row of the statement and the
    /// instant that `args_of` chose; `None` if nothing was written.
    pub(crate) async fn run_in_group(
        &self,
        statement: fn() -> Statement,
        args_of: ArgsOf,
    ) -> Result<Option<(Row, DateTime<Utc>)>> {
        debug_assert!(self.supports_group_commit());
        Db::check_clock()?;
        let group_commit = self.group_commit.get_or_init(|| Arc::new(GroupCommit::new(statement())));
        group_commit.run(&self.connections, args_of).await
    }

    /// Returns the distinct sizes of the groups so far.
    #[cfg(test)]
    pub(crate) fn groups(&self) -> Vec<usize> {
        self.group_commit.get().map(|group_commit| group_commit.sizes()).unwrap_or_default()
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool().close().await;
    }
}
