//! A database and its connections.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use crate::clock::{Clock, in_store_range};
use crate::error::{Error, Result};
use crate::store::db::group_commit::{GroupCommit, Make};
use crate::store::db::options::{DbOptions, Deadline, Timeouts};
use crate::store::db::pool::{Pool, Purpose};
use crate::store::db::retry::Retry;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::db::transaction::First;
use crate::store::dialect;
use crate::store::engine::Engine;
use crate::store::errors::{Fault, Verdict, held_file};
use crate::store::location::Target;
use crate::store::location::file::DatabaseFile;
use crate::store::tables::invites;

/// How long apart switching the journal is tried while other processes open the
/// same new file.
const WAL_PAUSE: Duration = Duration::from_millis(50);

/// A database with its connections.
#[derive(Clone)]
pub struct Db {
    pool: Arc<Pool>,
    /// Numbers the changes of this process.
    steps: Arc<AtomicI64>,
    /// Whose turn it is, in this process, to write to a file. The lock of the
    /// file decides; but whoever waits for that looks for it in growing pauses,
    /// and whoever waits here is woken.
    turn: Arc<Semaphore>,
    /// Uses that wait for it are made together.
    uses: Arc<GroupCommit>,
    /// The operation of the last change that was committed here.
    last_operation: Arc<Mutex<Option<Uuid>>>,
}

impl Db {
    /// Connects, as often as it takes within the timeout; creates nothing.
    ///
    /// # Errors
    /// [`Error::Database`] if the database cannot be opened or is none,
    /// [`Error::Unavailable`] if it cannot be reached or another holds it.
    pub(crate) async fn connect(target: Target, options: DbOptions) -> Result<Self> {
        Db::check_clock()?;
        let pool = Arc::new(Pool::new(target, options));
        let mut retry = Retry::new(&pool);
        while let Err(fault) = pool.warm_up(retry.until()).await {
            match fault.verdict {
                Verdict::Rerun | Verdict::Held | Verdict::Lost => retry.pause(fault).await?,
                Verdict::Row | Verdict::Conflict | Verdict::Nowhere | Verdict::Final => return Err(fault.error),
            }
        }
        Ok(Db {
            pool,
            steps: Arc::default(),
            turn: Arc::new(Semaphore::new(1)),
            uses: Arc::new(GroupCommit::new(invites::use_at_once())),
            last_operation: Arc::default(),
        })
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What the database is, for messages.
    #[must_use]
    pub fn target(&self) -> &Target {
        self.pool.target()
    }

    /// The engine that it runs on.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.target().engine()
    }

    /// The longest period without progress, as the database was opened.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeouts().limit()
    }

    /// What follows `BEGIN` where a pooler is between.
    pub(crate) fn local_settings(&self) -> &str {
        self.pool.local_settings()
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.pool.timeouts()
    }

    /// New tries, within the timeout from now.
    pub(crate) fn retry(&self) -> Retry {
        Retry::new(&self.pool)
    }

    /// Whether it is a cluster whose nodes all take each commit: there, small
    /// transactions stall others less.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        self.pool.is_cluster()
    }

    /// The present instant by the database's clock, which is the one that judges:
    /// that of the server, counted on from the last statement that told it; for a
    /// file, this machine's.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        if self.target().file().is_some() { Clock::System.now() } else { self.pool.clock().now() }
    }

    /// How far the database's clock is ahead of this machine's.
    #[must_use]
    pub fn clock_offset(&self) -> TimeDelta {
        if self.target().file().is_some() {
            return TimeDelta::zero();
        }
        self.pool.clock().ahead_of_this_machine()
    }

    /// # Errors
    /// [`Error::Database`] where this machine's clock shows a time that no
    /// database can hold.
    fn check_clock() -> Result<()> {
        let now = Clock::System.now();
        if in_store_range(now).is_ok() {
            return Ok(());
        }
        let shown = now.format("%Y-%m-%d %H:%M:%S");
        Err(Error::database(format!("the clock of this machine is outside the years 1970 to 9999: {shown} UTC"))
            .with_hint("set the clock, then run the same command again: timedatectl set-ntp true"))
    }

    /// Makes readers and a writer of a file go on side by side. It changes the
    /// file, so it comes only after the file is known to be ours.
    pub(crate) async fn use_write_ahead_log(&self) -> Result<()> {
        let Some(file) = self.target().file().filter(|file| !file.is_read_only()) else { return Ok(()) };
        let until = self.retry().until();
        while Instant::now() < until {
            let mut session = self.read().await?;
            if session.one("PRAGMA journal_mode", &[]).await?.text("journal_mode")? == "wal" {
                session.note_log();
                return Ok(());
            }
            // The engine does not wait for the lock that this needs.
            match session.exec("PRAGMA journal_mode = WAL", &[]).await {
                Err(Error::Unavailable(_)) => sleep(WAL_PAUSE).await,
                other => return other.map(|_| ()),
            }
        }
        Err(held_file(file))
    }

    /// Copies the write-ahead log of a file into it and empties the log, so that
    /// what was deleted can be read in neither; answers false where another process
    /// is reading and prevents it.
    pub(crate) async fn empty_log(&self) -> Result<bool> {
        if self.target().file().is_none_or(DatabaseFile::is_read_only) {
            return Ok(true);
        }
        let mut session = self.read().await?;
        Ok(session.one("PRAGMA wal_checkpoint(TRUNCATE)", &[]).await?.int("busy")? == 0)
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if none comes free in time, or none can be made.
    pub(crate) async fn read(&self) -> Result<Session> {
        self.session(Purpose::Read, Deadline::moving(self.timeouts())).await.map_err(|fault| fault.error)
    }

    /// A connection, by its deadline; whose answers may add to that.
    pub(crate) async fn session(&self, purpose: Purpose, mut deadline: Deadline) -> Result<Session, Fault> {
        let (lease, permit) = self.pool.take(purpose, deadline.at).await?;
        deadline.extend();
        Ok(Session::new(Arc::clone(&self.pool), lease, permit, deadline))
    }

    /// Notes the operation of a change that is committed.
    pub(crate) fn note_operation(&self, operation: Uuid) {
        *self.last_operation.lock().unwrap_or_else(PoisonError::into_inner) = Some(operation);
    }

    /// The operation of the last change since this was asked before: for a
    /// process that runs one command at a time.
    pub(crate) fn take_operation(&self) -> Option<Uuid> {
        self.last_operation.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The number of a new change.
    pub(crate) fn next_step(&self) -> i64 {
        self.steps.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A connection that sees the database as it is at this instant, whatever
    /// others write meanwhile.
    pub(crate) async fn snapshot(&self, deadline: Deadline) -> Result<Session, Fault> {
        let mut session = self.session(Purpose::Read, deadline).await?;
        session.begin(dialect::snapshot(self.engine()), 0).await?;
        Ok(session)
    }

    /// A connection inside a new write transaction, for the wrapper of writes
    /// alone; and what its first statement answers, where there is one. `step` is
    /// the number of the change, the same in each try.
    ///
    /// A file's write lock is taken at once: a transaction that began by
    /// reading could not wait for it, and its commits could be lost in silence.
    pub(crate) async fn begin(
        &self,
        step: i64,
        first: Option<&First>,
        deadline: Deadline,
    ) -> Result<(Session, Result<Option<Row>>), Fault> {
        if self.target().file().is_some() {
            Db::check_clock()?;
        }
        let mut session = self.writer(deadline).await?;
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

    /// Whether uses can be made together: an embedded engine takes them so.
    pub(crate) fn has_groups(&self) -> bool {
        self.target().file().is_some()
    }

    /// Uses an invite in a transaction with others who do, where there are groups:
    /// the row of its hold, and the instant. None: nothing was written.
    pub(crate) async fn use_in_group(&self, make: Make) -> Result<Option<(Row, DateTime<Utc>)>> {
        debug_assert!(self.has_groups());
        Db::check_clock()?;
        self.uses.take_part(self, make).await
    }

    /// How many were in the groups that there were; each number once.
    #[cfg(test)]
    pub(crate) fn groups(&self) -> Vec<usize> {
        self.uses.sizes()
    }

    /// A connection for a write transaction, with this process's turn.
    async fn writer(&self, deadline: Deadline) -> Result<Session, Fault> {
        let turn = self.turn_to_write(deadline.at).await;
        let mut session = self.session(Purpose::Write, deadline).await?;
        session.keep(turn);
        Ok(session)
    }

    /// Waits until then, and goes for the file's lock without it.
    pub(crate) async fn turn_to_write(&self, until: Instant) -> Option<OwnedSemaphorePermit> {
        self.target().file()?;
        timeout_at(until, Arc::clone(&self.turn).acquire_owned()).await.ok()?.ok()
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
