//! Sessions of a database: for reading, for writing in turn, and for one snapshot.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::store::db::options::{Deadline, Timeouts};
use crate::store::db::pool::{Pool, Purpose};
use crate::store::db::retry::Retry;
use crate::store::db::session::Session;
use crate::store::db::steps::StepCounter;
use crate::store::dialect;
use crate::store::errors::DbError;

/// The connections of a database; clones share them.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: Arc<Pool>,
    steps: StepCounter,
    /// Queues the tasks of this process that write to a file. The lock of the file decides;
    /// but a task that waits for that lock polls it at growing intervals, while one in this
    /// queue is woken.
    write_turn: Arc<Semaphore>,
}

impl Connections {
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Connections { pool, steps: StepCounter::default(), write_turn: Arc::new(Semaphore::new(1)) }
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn shared_pool(&self) -> Arc<Pool> {
        Arc::clone(&self.pool)
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.pool.timeouts()
    }

    /// Returns a retry budget of one timeout from now.
    pub(crate) fn retry(&self) -> Retry {
        Retry::new(&self.pool)
    }

    /// Returns the number of a new transaction.
    pub(crate) fn next_step(&self) -> i64 {
        self.steps.next()
    }

    /// Takes a connection from the pool, at the latest by the deadline.
    pub(crate) async fn session(&self, purpose: Purpose, mut deadline: Deadline) -> Result<Session, DbError> {
        let (lease, permit) = self.pool.take(purpose, deadline.at).await?;
        deadline.extend();
        Ok(Session::new(Arc::clone(&self.pool), lease, permit, deadline))
    }

    /// Takes a connection and begins a transaction that reads the database as it is now,
    /// whatever others write meanwhile.
    pub(crate) async fn snapshot(&self, deadline: Deadline) -> Result<Session, DbError> {
        let mut session = self.session(Purpose::Read, deadline).await?;
        session.begin(dialect::snapshot(self.pool.location().engine()), 0).await?;
        Ok(session)
    }

    /// Takes a connection for a write transaction, after waiting for this process's turn.
    pub(crate) async fn writer(&self, deadline: Deadline) -> Result<Session, DbError> {
        let turn = self.turn_to_write(deadline.at).await;
        let mut session = self.session(Purpose::Write, deadline).await?;
        session.hold_turn(turn);
        Ok(session)
    }

    /// Waits for this process's turn to write to a file. Returns `None` for a server, and
    /// when the time is over: the caller then competes for the lock of the file.
    pub(crate) async fn turn_to_write(&self, until: Instant) -> Option<OwnedSemaphorePermit> {
        self.pool.location().file()?;
        timeout_at(until, Arc::clone(&self.write_turn).acquire_owned()).await.ok()?.ok()
    }
}
