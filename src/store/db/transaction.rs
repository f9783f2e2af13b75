//! The one wrapper for writes: begin, run, commit or roll back, and again
//! where the engine asks for it. (Uses of a file are first tried together, by
//! `group_commit.rs`; who is not let in there comes here.)

use tracing::{debug, warn};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::store::db::database::Db;
use crate::store::db::options::{Deadline, later};
use crate::store::db::pool::Purpose;
use crate::store::db::retry::Retry;
use crate::store::db::row::{Arg, Row};
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::errors::{Fault, Verdict};
use crate::store::location::Target;
use crate::store::tables::operations;
use crate::store::tables::operations::Committed;

/// How often a row that is there already makes a transaction look again.
const CONFLICTS: u32 = 4;

/// Runs a block in one write transaction: `in_transaction!(db, |session| { ... })`.
/// The block has no side effects but those of its statements, for the whole is
/// run again where the engine gave it up, where the server was lost, and where
/// a commit whose answer was lost turns out not to have taken place. Ids of
/// operations are drawn before it, so that they are the same in each try.
///
/// With what it begins before the block,
/// `in_transaction!(db, first, |session, row| { ... })`, an embedded engine takes
/// the beginning and the first statement in one turn of its thread; the row is
/// what came of it.
///
/// A macro and not a function with a closure: the future stays `Send`, which
/// async closures that borrow cannot promise today.
macro_rules! in_transaction {
    ($db:expr, |$session:ident| $body:block) => {
        $crate::store::db::transaction::in_transaction!(@ $db, None, $session, _nothing, $body)
    };
    ($db:expr, $first:expr, |$session:ident, $row:ident| $body:block) => {
        $crate::store::db::transaction::in_transaction!(@ $db, Some($first), $session, $row, $body)
    };
    (@ $db:expr, $first:expr, $session:ident, $row:ident, $body:block) => {{
        let mut turns = $crate::store::db::transaction::Turns::new($db);
        let first: Option<$crate::store::db::transaction::First> = $first;
        loop {
            let (mut session, $row) = Box::pin(turns.begin(first.as_ref())).await?;
            let outcome = {
                let $session = &mut session;
                async { $body }.await
            };
            if let std::ops::ControlFlow::Break(result) = Box::pin(turns.settle(session, outcome)).await {
                break result;
            }
        }
    }};
}

/// The same for statements that only read: `reading!(db, |session| { ... })`;
/// with the word `snapshot` before the database, all of them see the same instant.
///
/// A block that hands rows over as they come, `reading!(db, |session, begun| { ... })`,
/// sets `begun` with the first of them: from then on it is not run again, for
/// whoever got a row would get it twice.
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
        let mut turns = $crate::store::db::transaction::Turns::new($db);
        loop {
            let mut session = turns.open($crate::store::db::transaction::Reading::$reading).await?;
            let mut begun = false;
            let outcome = {
                let ($session, $begun) = (&mut session, &mut begun);
                async { $body }.await
            };
            if let std::ops::ControlFlow::Break(result) = turns.look_back(session, outcome, begun).await {
                break result;
            }
        }
    }};
}
pub(crate) use {in_transaction, reading};

/// Whether to go on: with another try, or with this result.
type Turn<T> = std::ops::ControlFlow<Result<T>>;

/// What a try at reading sees.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading {
    /// Each statement sees the latest.
    Latest,
    /// All statements see the database as it is at one instant.
    Snapshot,
}

/// The statement that a transaction begins with, and its values: one row at most
/// comes of it.
pub(crate) struct First {
    pub(crate) statement: Statement,
    pub(crate) values: Vec<(&'static str, Arg)>,
}

/// The tries of one transaction.
pub(crate) struct Turns<'d, T> {
    db: &'d Db,
    retry: Retry,
    /// The first try ended: its answers no longer add time.
    has_run: bool,
    conflicts: u32,
    /// The number of the change, the same in each try.
    step: i64,
    doubt: Option<Doubt<T>>,
}

/// A commit whose answer was lost: where it would show, and what it would have
/// answered.
struct Doubt<T> {
    operation: (Uuid, Committed),
    value: T,
}

impl<'d, T> Turns<'d, T> {
    pub(crate) fn new(db: &'d Db) -> Self {
        let (step, retry) = (db.next_step(), db.retry());
        Turns { db, retry, has_run: false, conflicts: 0, step, doubt: None }
    }

    /// Until when the session of the next try waits for an answer. In the first
    /// try, each answer is progress, and adds time; those of a retry repeat what
    /// was there before.
    fn deadline(&self) -> Deadline {
        let extends = (!self.has_run).then(|| self.db.timeouts().limit());
        Deadline { at: self.retry.until(), extends }
    }

    /// A try ended: what is left of the timeout runs from its last answer.
    fn ran(&mut self, session: &Session) {
        if !std::mem::replace(&mut self.has_run, true) {
            self.retry.restart_from(session.answered_at());
        }
    }

    /// A connection for one try at writing, and what its first statement answers,
    /// where there is one: what went wrong with that is the block's.
    pub(crate) async fn begin(&mut self, first: Option<&First>) -> Result<(Session, Result<Option<Row>>)> {
        loop {
            match Box::pin(self.db.begin(self.step, first, self.deadline())).await {
                Ok(begun) => {
                    self.retry.got_on();
                    return Ok(begun);
                }
                Err(fault) => self.pause(fault).await?,
            }
        }
    }

    /// A connection for one try at reading.
    pub(crate) async fn open(&mut self, reading: Reading) -> Result<Session> {
        loop {
            let opened = match reading {
                Reading::Latest => self.db.session(Purpose::Read, self.deadline()).await,
                Reading::Snapshot => self.db.snapshot(self.deadline()).await,
            };
            match opened {
                Ok(session) => {
                    self.retry.got_on();
                    return Ok(session);
                }
                Err(fault) => self.pause(fault).await?,
            }
        }
    }

    /// Ends one try at reading; the last one, if rows were handed over.
    pub(crate) async fn look_back(&mut self, session: Session, outcome: Result<T>, begun: bool) -> Turn<T> {
        let worst = session.worst();
        self.ran(&session);
        session.leave().await;
        match (outcome, worst) {
            (Err(error), Some(verdict)) if !begun => self.again(Fault { verdict, error }).await,
            (outcome, _) => Turn::Break(outcome),
        }
    }

    /// Ends one try at writing: commits what went well, rolls back the rest.
    pub(crate) async fn settle(&mut self, mut session: Session, outcome: Result<T>) -> Turn<T> {
        let (worst, recorded) = (session.worst(), session.recorded().cloned());
        let value = match outcome {
            Ok(value) if session.is_dry_run() && worst.is_none() => return self.end_dry_run(session, value).await,
            // In doubt, an answer that changes nothing may be the answer to a
            // change that took place after all: it is not this one's.
            Ok(value) if worst.is_none() && (self.doubt.is_none() || recorded.is_some()) => value,
            outcome => {
                self.ran(&session);
                session.roll_back().await;
                return self.not_done(outcome, worst).await;
            }
        };
        let committed = session.commit().await;
        self.ran(&session);
        drop(session);
        debug!(
            step = self.step,
            tries = self.retry.tries(),
            operation = recorded.as_ref().map(|(id, _)| display(id)),
            committed = committed.is_ok(),
            "transaction"
        );
        match (committed, recorded) {
            (Ok(()), recorded) => {
                if let Some((operation, committed)) = recorded {
                    committed.note(self.step);
                    self.db.note_operation(operation);
                }
                Turn::Break(Ok(value))
            }
            // Of a server's refusal to commit nothing is taken for granted: a
            // look costs little.
            (Err(fault), Some(operation)) if self.db.target().file().is_none() => {
                warn!(operation = %operation.0, "the answer to a commit was lost; checking whether it took place");
                self.doubt = Some(Doubt { operation, value });
                match Box::pin(self.resolve()).await {
                    Turn::Continue(()) => self.again(fault).await,
                    end @ Turn::Break(_) => end,
                }
            }
            (Err(fault), _) => self.again(fault).await,
        }
    }

    /// Rolls a dry run back, once the rules are applied that wait for the commit.
    async fn end_dry_run(&mut self, mut session: Session, value: T) -> Turn<T> {
        let outcome = Box::pin(session.apply_deferred()).await.map(|()| value);
        let worst = session.worst();
        self.ran(&session);
        session.roll_back().await;
        match outcome {
            Ok(value) => Turn::Break(Ok(value)),
            refused @ Err(_) => self.not_done(refused, worst).await,
        }
    }

    /// A try was rolled back: another one, unless it is the answer.
    async fn not_done(&mut self, outcome: Result<T>, worst: Option<Verdict>) -> Turn<T> {
        if let end @ Turn::Break(_) = Box::pin(self.resolve()).await {
            return end;
        }
        match (outcome, worst) {
            (Err(error), Some(verdict)) => self.again(Fault { verdict, error }).await,
            // A statement that failed fails the whole, whatever was made of
            // it: some engines would commit nothing and say Ok.
            (Ok(_), Some(verdict)) => {
                self.again(Fault { verdict, error: Error::database("a statement of a transaction failed") }).await
            }
            (outcome, None) => Turn::Break(outcome),
        }
    }

    /// In doubt, asks whether the commit took place: then its value is the
    /// result.
    async fn resolve(&mut self) -> Turn<T> {
        let Some(doubt) = self.doubt.take() else { return Turn::Continue(()) };
        // At least a little: a question is answered soon where a server answers at all.
        let until = self.retry.until().max(later(self.db.timeouts().limit() / 8));
        match self.happened(doubt.operation.0, self.db.retry().ending(until)).await {
            Ok(true) => {
                doubt.operation.1.note(self.step);
                self.db.note_operation(doubt.operation.0);
                Turn::Break(Ok(doubt.value))
            }
            Ok(false) => {
                self.doubt = Some(doubt);
                Turn::Continue(())
            }
            Err(error) => Turn::Break(Err(error)),
        }
    }

    /// Another try after a pause, if it can help and there is time.
    async fn again(&mut self, fault: Fault) -> Turn<T> {
        match self.pause(fault).await {
            Ok(()) => Turn::Continue(()),
            Err(error) => Turn::Break(Err(error)),
        }
    }

    async fn pause(&mut self, fault: Fault) -> Result<()> {
        let helps = match fault.verdict {
            Verdict::Rerun | Verdict::Held | Verdict::Lost => true,
            Verdict::Conflict => {
                self.conflicts += 1;
                // A file has one writer at a time: it was so before.
                self.conflicts <= CONFLICTS && self.db.target().file().is_none()
            }
            Verdict::Row | Verdict::Nowhere | Verdict::Final => false,
        };
        if helps { self.retry.pause(fault).await } else { Err(fault.error) }
    }

    /// Whether a commit whose answer was lost took place: then its operation
    /// has the step. Asks for the row's lock, and so waits for a commit that is
    /// still under way.
    async fn happened(&self, operation: Uuid, mut retry: Retry) -> Result<bool> {
        loop {
            let fault = match self.ask(operation, Deadline::fixed(retry.until())).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let helps = !matches!(fault.verdict, Verdict::Row | Verdict::Nowhere | Verdict::Final);
            let paused = if helps { retry.pause(fault).await } else { Err(fault.error) };
            if let Err(error) = paused {
                return Err(unknown_outcome(self.db.target(), operation, error));
            }
        }
    }

    async fn ask(&self, operation: Uuid, deadline: Deadline) -> Result<bool, Fault> {
        let (mut session, _) = self.db.begin(self.step, None, deadline).await?;
        let answer = operations::has_step(&mut session, operation, self.step).await;
        let verdict = session.worst().unwrap_or(Verdict::Final);
        session.roll_back().await;
        answer.map_err(|error| Fault { verdict, error })
    }
}

/// The failure of a commit whose answer was lost, where nobody says whether it
/// took place.
fn unknown_outcome(place: &Target, operation: Uuid, cause: Error) -> Error {
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
