//! The wrappers for transactions: begin, run, commit or roll back, and retry. Uses of invites in a
//! file first try a group commit (`group_commit.rs`) and come here if that fails.

use tracing::{debug, warn};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::store::db::commit_check::has_step;
use crate::store::db::database::Db;
use crate::store::db::options::{Deadline, later};
use crate::store::db::pool::Purpose;
use crate::store::db::retry::Retry;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::db::steps::RecordedStep;
use crate::store::dialect::BoundStatement;
use crate::store::errors::{DbError, ErrorClass};
use crate::store::location::Location;

/// Maximum number of retries after a conflict with an existing row.
const MAX_CONFLICTS: u32 = 4;

/// Runs a block in a write transaction: `in_transaction!(db, |session| { ... })`. The block must
/// have no side effects other than those of its statements, since it is run again after a
/// serialization failure, a lost connection, and a commit whose answer was lost and that did not
/// take place. IDs of operations are created before the block, so that they are the same in every
/// attempt.
///
/// With a first statement, `in_transaction!(db, first, |session, row| { ... })`, `SQLite` runs the
/// beginning and that statement in one call; `row` is its result.
///
/// This is a macro rather than a function with a closure so that the future is `Send`, which an
/// async closure that borrows cannot guarantee.
macro_rules! in_transaction {
    ($db:expr, |$session:ident| $body:block) => {
        $crate::store::db::transaction::in_transaction!(@ $db, None, $session, _nothing, $body)
    };
    ($db:expr, $first:expr, |$session:ident, $row:ident| $body:block) => {
        $crate::store::db::transaction::in_transaction!(@ $db, Some($first), $session, $row, $body)
    };
    (@ $db:expr, $first:expr, $session:ident, $row:ident, $body:block) => {{
        let mut attempts = $crate::store::db::transaction::RetryLoop::new($db);
        let first: Option<$crate::store::dialect::BoundStatement> = $first;
        loop {
            let (mut session, $row) = Box::pin(attempts.begin(first.as_ref())).await?;
            let outcome = {
                let $session = &mut session;
                async { $body }.await
            };
            if let std::ops::ControlFlow::Break(result) = Box::pin(attempts.commit_or_retry(session, outcome)).await {
                break result;
            }
        }
    }};
}

/// Runs a block that only reads, with retries: `reading!(db, |session| { ... })`. With the word
/// `snapshot` before the database, all statements see the same state.
///
/// A block that passes rows on as they arrive, `reading!(db, |session, begun| { ... })`, sets
/// `begun` with the first row. From then on it is not retried, since its caller would get rows
/// twice.
macro_rules! reading {
    (snapshot $db:expr, |$session:ident| $body:block) => {
        $crate::store::db::transaction::reading!(@ $db, Snapshot, $session, _begun, $body)
    };
    ($db:expr, |$session:ident| $body:block) => {
        $crate::store::db::transaction::reading!(@ $db, Latest, $session, _begun, $body)
    };
    ($db:expr, |$session:ident, $begun:ident| $body:block) => {
        $crate::store::db::transaction::reading!(@ $db, Latest, $session, $begun, $body)
    };
    (@ $db:expr, $reading:ident, $session:ident, $begun:ident, $body:block) => {{
        let mut attempts = $crate::store::db::transaction::RetryLoop::new($db);
        loop {
            let mut session = attempts.open($crate::store::db::transaction::Reading::$reading).await?;
            let mut begun = false;
            let outcome = {
                let ($session, $begun) = (&mut session, &mut begun);
                async { $body }.await
            };
            if let std::ops::ControlFlow::Break(result) = attempts.finish_read(session, outcome, begun).await {
                break result;
            }
        }
    }};
}
pub(crate) use {in_transaction, reading};

/// Continues with another attempt, or breaks with the result.
type Flow<T> = std::ops::ControlFlow<Result<T>>;

/// The state that the statements of an attempt see.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading {
    /// Each statement sees the latest state.
    Latest,
    /// All statements see the state at the beginning.
    Snapshot,
}

/// The attempts at one transaction.
pub(crate) struct RetryLoop<'d, T> {
    db: &'d Db,
    retry: Retry,
    /// True after the first attempt, whose answers extend the deadline.
    has_run: bool,
    conflicts: u32,
    /// The number of the transaction, the same in every attempt.
    step: i64,
    uncertain: Option<UncertainCommit<T>>,
}

/// A commit whose answer was lost: where to check it, and the result if it took place.
struct UncertainCommit<T> {
    recorded: RecordedStep,
    value: T,
}

impl<'d, T> RetryLoop<'d, T> {
    pub(crate) fn new(db: &'d Db) -> Self {
        let (step, retry) = (db.next_step(), db.retry());
        RetryLoop { db, retry, has_run: false, conflicts: 0, step, uncertain: None }
    }

    /// Returns the deadline of the next attempt. In the first attempt, each answer is progress and
    /// adds time; the answers of a retry repeat earlier ones.
    fn deadline(&self) -> Deadline {
        let extends = (!self.has_run).then(|| self.db.timeouts().limit());
        Deadline { at: self.retry.until(), extends }
    }

    /// Ends an attempt: the timeout restarts at its last answer.
    fn end_attempt(&mut self, session: &Session) {
        if !std::mem::replace(&mut self.has_run, true) {
            self.retry.restart_from(session.answered_at());
        }
    }

    /// Begins an attempt at writing; returns the session and the row of the first statement, whose
    /// error is passed to the block.
    pub(crate) async fn begin(&mut self, first: Option<&BoundStatement>) -> Result<(Session, Result<Option<Row>>)> {
        loop {
            match Box::pin(self.db.begin(self.step, first, self.deadline())).await {
                Ok(begun) => {
                    self.retry.end_wait();
                    return Ok(begun);
                }
                Err(failure) => self.pause(failure).await?,
            }
        }
    }

    /// Begins an attempt at reading.
    pub(crate) async fn open(&mut self, reading: Reading) -> Result<Session> {
        loop {
            let opened = match reading {
                Reading::Latest => self.db.session(Purpose::Read, self.deadline()).await,
                Reading::Snapshot => self.db.snapshot(self.deadline()).await,
            };
            match opened {
                Ok(session) => {
                    self.retry.end_wait();
                    return Ok(session);
                }
                Err(failure) => self.pause(failure).await?,
            }
        }
    }

    /// Ends an attempt at reading. It is the last one if rows were passed on.
    pub(crate) async fn finish_read(&mut self, session: Session, outcome: Result<T>, begun: bool) -> Flow<T> {
        let first_failure = session.first_failure();
        self.end_attempt(&session);
        session.finish_read().await;
        match (outcome, first_failure) {
            (Err(error), Some(class)) if !begun => self.retry_or_fail(DbError { class, error }).await,
            (outcome, _) => Flow::Break(outcome),
        }
    }

    /// Ends an attempt at writing: commits a success, rolls back a failure.
    pub(crate) async fn commit_or_retry(&mut self, mut session: Session, outcome: Result<T>) -> Flow<T> {
        let (first_failure, recorded) = (session.first_failure(), session.recorded().cloned());
        let value = match outcome {
            Ok(value) if session.is_dry_run() && first_failure.is_none() => {
                return self.end_dry_run(session, value).await;
            }
            // While a commit is uncertain, an attempt that changes nothing may have seen the change
            // of that commit; its result does not count.
            Ok(value) if first_failure.is_none() && (self.uncertain.is_none() || recorded.is_some()) => value,
            outcome => {
                self.end_attempt(&session);
                session.roll_back().await;
                return self.retry_after_rollback(outcome, first_failure).await;
            }
        };
        let committed = session.commit().await;
        self.end_attempt(&session);
        drop(session);
        debug!(
            step = self.step,
            attempts = self.retry.attempts(),
            operation = recorded.as_ref().map(|step| display(step.operation)),
            committed = committed.is_ok(),
            "transaction"
        );
        match (committed, recorded) {
            (Ok(()), recorded) => {
                if let Some(recorded) = recorded {
                    self.note_committed(&recorded);
                }
                Flow::Break(Ok(value))
            }
            // The server may have committed even if it reported an error, so this is checked.
            (Err(failure), Some(recorded)) if self.db.location().file().is_none() => {
                warn!(operation = %recorded.operation, "the answer to a commit was lost; checking whether it took place");
                self.uncertain = Some(UncertainCommit { recorded, value });
                match Box::pin(self.resolve_uncertain()).await {
                    Flow::Continue(()) => self.retry_or_fail(failure).await,
                    end @ Flow::Break(_) => end,
                }
            }
            (Err(failure), _) => self.retry_or_fail(failure).await,
        }
    }

    fn note_committed(&self, recorded: &RecordedStep) {
        recorded.committed.note(self.step);
        self.db.note_operation(recorded.operation);
    }

    /// Rolls back a dry run, after checking the deferred constraints.
    async fn end_dry_run(&mut self, mut session: Session, value: T) -> Flow<T> {
        let outcome = Box::pin(session.check_deferred()).await.map(|()| value);
        let first_failure = session.first_failure();
        self.end_attempt(&session);
        session.roll_back().await;
        match outcome {
            Ok(value) => Flow::Break(Ok(value)),
            refused @ Err(_) => self.retry_after_rollback(refused, first_failure).await,
        }
    }

    /// Retries after a rollback, unless the outcome is final.
    async fn retry_after_rollback(&mut self, outcome: Result<T>, first_failure: Option<ErrorClass>) -> Flow<T> {
        if let end @ Flow::Break(_) = Box::pin(self.resolve_uncertain()).await {
            return end;
        }
        match (outcome, first_failure) {
            (Err(error), Some(class)) => self.retry_or_fail(DbError { class, error }).await,
            // A failed statement fails the transaction even if the block returned a value: some
            // engines would commit nothing and report success.
            (Ok(_), Some(class)) => {
                self.retry_or_fail(DbError { class, error: Error::database("a statement of a transaction failed") })
                    .await
            }
            (outcome, None) => Flow::Break(outcome),
        }
    }

    /// Checks an uncertain commit; if it took place, its value is the result.
    async fn resolve_uncertain(&mut self) -> Flow<T> {
        let Some(uncertain) = self.uncertain.take() else { return Flow::Continue(()) };
        // A minimum for the check: a server that works at all answers soon.
        let until = self.retry.until().max(later(self.db.timeouts().limit() / 8));
        match self.took_place(uncertain.recorded.operation, self.db.retry().ending(until)).await {
            Ok(true) => {
                self.note_committed(&uncertain.recorded);
                Flow::Break(Ok(uncertain.value))
            }
            Ok(false) => {
                self.uncertain = Some(uncertain);
                Flow::Continue(())
            }
            Err(error) => Flow::Break(Err(error)),
        }
    }

    /// Pauses before another attempt, if one can help and there is time.
    async fn retry_or_fail(&mut self, failure: DbError) -> Flow<T> {
        match self.pause(failure).await {
            Ok(()) => Flow::Continue(()),
            Err(error) => Flow::Break(Err(error)),
        }
    }

    async fn pause(&mut self, failure: DbError) -> Result<()> {
        let helps = match failure.class {
            ErrorClass::Retryable | ErrorClass::Blocked | ErrorClass::Disconnected => true,
            ErrorClass::Conflict => {
                self.conflicts += 1;
                // A file has a single writer, so a retry would meet the same conflict.
                self.conflicts <= MAX_CONFLICTS && self.db.location().file().is_none()
            }
            ErrorClass::RefusedRow | ErrorClass::WrongHost | ErrorClass::Permanent => false,
        };
        if helps { self.retry.pause(failure).await } else { Err(failure.error) }
    }

    /// Returns true if a commit whose answer was lost took place: its operation then has the step.
    /// Waits for the lock of the row, and so for a commit that is still in progress.
    async fn took_place(&self, operation: Uuid, mut retry: Retry) -> Result<bool> {
        loop {
            let failure = match self.check_step(operation, Deadline::fixed(retry.until())).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let helps =
                !matches!(failure.class, ErrorClass::RefusedRow | ErrorClass::WrongHost | ErrorClass::Permanent);
            let paused = if helps { retry.pause(failure).await } else { Err(failure.error) };
            if let Err(error) = paused {
                return Err(unknown_outcome(self.db.location(), operation, error));
            }
        }
    }

    async fn check_step(&self, operation: Uuid, deadline: Deadline) -> Result<bool, DbError> {
        let (mut session, _) = self.db.begin(self.step, None, deadline).await?;
        let answer = has_step(&mut session, operation, self.step).await;
        let class = session.first_failure().unwrap_or(ErrorClass::Permanent);
        session.roll_back().await;
        answer.map_err(|error| DbError { class, error })
    }
}

/// Returns the error for a commit whose answer was lost and whose outcome cannot be checked.
fn unknown_outcome(place: &Location, operation: Uuid, cause: Error) -> Error {
    Error::unavailable(format!(
        "the connection to {place} was lost during a commit, and the outcome of operation {operation} is unknown"
    ))
    .with_source(cause)
    .with_hint(format!(
        "when the server is back, check whether the operation is listed before you run the command again: invite \
         operations show {operation}"
    ))
    .of_unknown_outcome(operation)
}
