//! One connection, and the running of statements on it; with many rows at once
//! in `bulk.rs`, the beginning of a transaction in `begin.rs`, several statements at
//! once in `at_once.rs`.

pub(crate) mod at_once;
pub(crate) mod begin;
pub(crate) mod bulk;
pub(crate) mod left_out;
pub(crate) mod read;
pub(crate) mod recorded;
pub(crate) mod same_file;

use std::ops::ControlFlow;
use std::sync::Arc;

use sqlx::SqlSafeStr;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::store::db::connection::{Connection, Ended};
use crate::store::db::host_state::HostState;
use crate::store::db::options::{Deadline, Timeouts, later};
use crate::store::db::pool::{Lease, Pool};
use crate::store::db::row::Row;
use crate::store::db::timeout::{NoAnswer, Watch, answered, timed_out, unanswered};
use crate::store::dialect;
use crate::store::dialect::{Args, Rendered, Statement, render};
use crate::store::engine::Engine;
use crate::store::errors::{Fault, Verdict, behind, fault, is_out_of_patience, loses_names};
use crate::store::location::FileId;
use crate::store::tables::operations::Committed;

/// One connection; inside a transaction, if the wrapper for writes made it.
pub struct Session {
    /// There until it is dropped.
    connection: Option<Connection>,
    pool: Arc<Pool>,
    /// The host that it goes to.
    state: HostState,
    /// Whether it is the first one to a file.
    is_main: bool,
    /// The write-ahead log of a file that it writes to, once that is known.
    log: Option<FileId>,
    /// The number of the change that this transaction makes.
    step: i64,
    /// The operation that this transaction wrote its number to.
    recorded: Option<(Uuid, Committed)>,
    /// What the first failure since the beginning means.
    worst: Option<Verdict>,
    /// The transaction is rolled back at its end, whatever its outcome.
    is_dry_run: bool,
    in_transaction: bool,
    /// The number of the connection at its server.
    server_id: i64,
    /// Until when the next answer is waited for.
    deadline: Deadline,
    /// When the last answer came.
    answered_at: Instant,
    /// A statement has begun and not ended.
    is_busy: bool,
    /// What it holds as long as it lives: the right to a connection, and to
    /// write to a file the turn of this process.
    permits: Vec<OwnedSemaphorePermit>,
}

impl Session {
    pub(crate) fn new(pool: Arc<Pool>, lease: Lease, permit: OwnedSemaphorePermit, deadline: Deadline) -> Self {
        Session {
            connection: Some(lease.connection),
            pool,
            state: lease.state,
            is_main: lease.is_main,
            log: lease.log,
            step: 0,
            recorded: None,
            worst: None,
            is_dry_run: false,
            in_transaction: false,
            server_id: lease.server_id,
            deadline,
            answered_at: Instant::now(),
            is_busy: false,
            permits: vec![permit],
        }
    }

    /// Keeps a turn to write as long as it lives.
    pub(crate) fn keep(&mut self, turn: Option<OwnedSemaphorePermit>) {
        self.permits.extend(turn);
    }

    /// The connection itself, for what the migrations need of it.
    pub(crate) fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().unwrap_or_else(|| unreachable!("a session has its connection until it is dropped"))
    }

    /// Watches the host while it owes an answer.
    pub(crate) fn watch(&self) -> Watch {
        Watch {
            pool: Arc::clone(&self.pool),
            host: self.state.host,
            server_id: self.server_id,
            deadline: self.deadline,
        }
    }

    /// When the last answer came; before the first, when the session began.
    pub(crate) fn answered_at(&self) -> Instant {
        self.answered_at
    }

    pub(crate) fn engine(&self) -> Engine {
        self.pool.target().engine()
    }

    /// Runs a statement; answers how many rows it changed (where a row was
    /// updated to what it was, it counts).
    pub(crate) async fn exec(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<u64> {
        self.exec_rendered(render(self.engine(), &statement.into(), args)).await
    }

    async fn exec_rendered(&mut self, (sql, mut values): Rendered) -> Result<u64> {
        self.enter().await?;
        let stores_nothing = sql.as_str().starts_with("DELETE ");
        if stores_nothing {
            self.pool.unknown().replace_in(&mut values);
        }
        self.is_busy = true;
        let watch = self.watch();
        let answer = answered(&watch, self.connection().exec(sql, values)).await;
        if stores_nothing { self.ended_reading(answer) } else { self.ended(answer) }
    }

    /// Runs statements that each insert or change a row, with the same values;
    /// answers the first that changes none. If that is the first of all, nothing
    /// is written; else the caller rolls back what the others wrote. An embedded
    /// engine takes all of them in one turn of its thread, and undoes them itself.
    pub(crate) async fn exec_each(&mut self, statements: &[Statement], args: Args<'_>) -> Result<Option<usize>> {
        if self.engine() == Engine::Sqlite {
            return self.exec_at_once(statements, args).await;
        }
        for (at, statement) in statements.iter().enumerate() {
            let changed = if statement.inserts() {
                self.insert(statement.clone(), args, 1).await?
            } else {
                self.exec(statement.clone(), args).await?
            };
            if changed == 0 {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Inserts rows, leaving out those that meet a unique index; answers how
    /// many came in. `offered` is how many there are.
    pub(crate) async fn insert(
        &mut self,
        statement: impl Into<Statement>,
        args: Args<'_>,
        offered: usize,
    ) -> Result<u64> {
        self.insert_rendered(render(self.engine(), &statement.into(), args), offered).await
    }

    /// Runs a statement of the wrapper's own.
    pub(crate) async fn run(&mut self, sql: impl SqlSafeStr) -> Result<(), Fault> {
        self.run_until(sql, self.deadline).await
    }

    async fn run_until(&mut self, sql: impl SqlSafeStr, deadline: Deadline) -> Result<(), Fault> {
        self.is_busy = true;
        let watch = Watch { deadline, ..self.watch() };
        let answer = answered(&watch, self.connection().run(sql)).await;
        self.judged(answer)
    }

    /// The rows of a statement without values, which is not prepared: one that
    /// is run once takes one round trip so.
    pub(crate) async fn look(&mut self, sql: &'static str) -> Result<Vec<Row>> {
        self.enter().await?;
        self.is_busy = true;
        let watch = self.watch();
        let answer = answered(&watch, self.connection().look(sql.into_sql_str())).await;
        self.ended(answer)
    }

    /// The first row, if there is one.
    pub(crate) async fn maybe_one(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Option<Row>> {
        let (sql, values) = self.render_to_read(&statement.into(), args);
        self.enter().await?;
        self.is_busy = true;
        let watch = self.watch();
        let answer = answered(&watch, self.connection().maybe_one(sql, values)).await;
        self.ended_reading(answer)
    }

    /// The one row of a statement that always has one.
    pub(crate) async fn one(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Row> {
        self.maybe_one(statement, args).await?.ok_or_else(|| Error::database("a total was returned without a row"))
    }

    /// All rows of a statement that is bounded by itself.
    pub(crate) async fn all(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Vec<Row>> {
        let (sql, values) = self.render_to_read(&statement.into(), args);
        self.enter().await?;
        self.is_busy = true;
        let watch = self.watch();
        let answer = answered(&watch, self.connection().all(sql, values)).await;
        self.ended_reading(answer)
    }

    /// Hands over row by row until there are no more or `each` breaks.
    pub(crate) async fn stream(
        &mut self,
        statement: impl Into<Statement>,
        args: Args<'_>,
        each: impl FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (sql, values) = self.render_to_read(&statement.into(), args);
        self.enter().await?;
        self.is_busy = true;
        let watch = self.watch();
        match self.connection().stream(sql, values, watch, each).await {
            Ok(is_whole) => {
                self.has_answered();
                // A server's rows that nobody reads any more would have to be
                // read before the connection's next use; it is closed instead.
                self.is_busy = !is_whole && self.engine() != Engine::Sqlite;
                Ok(())
            }
            Err(Ended::Refused(error)) => Err(error),
            Err(Ended::Failed(why)) => self.ended_reading(Err(why)),
        }
    }

    /// Whether nobody else can write until this transaction ends: then what was
    /// read stays as it is without a lock.
    pub(crate) fn writes_alone(&self) -> bool {
        self.engine() == Engine::Sqlite
    }

    /// Whether each index holds the ids of its rows: to see them costs no look at
    /// the rows.
    pub(crate) fn indexes_hold_ids(&self) -> bool {
        self.engine() == Engine::Mysql
    }

    /// Whether a row costs far more on its way than in a text of many.
    pub(crate) fn packs_rows(&self) -> bool {
        self.engine() == Engine::Sqlite
    }

    /// Whether the engine silently cuts a long list that it makes of rows.
    pub(crate) fn cuts_lists(&self) -> bool {
        self.engine() == Engine::Mysql
    }

    /// Makes this transaction a dry run: it does everything and keeps nothing.
    pub(crate) fn begin_dry_run(&mut self) {
        self.is_dry_run = true;
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    /// Applies the constraints that the engine would check at the commit, which a
    /// dry run never reaches.
    pub(crate) async fn apply_deferred(&mut self) -> Result<()> {
        match self.engine() {
            Engine::Postgres => self.run("SET CONSTRAINTS ALL IMMEDIATE").await.map_err(|fault| fault.error),
            Engine::Sqlite | Engine::Mysql => Ok(()),
        }
    }

    /// What the first failure since the beginning means.
    pub(crate) fn worst(&self) -> Option<Verdict> {
        self.worst
    }

    /// Commits. Where the operation tells whether a commit took place, part of the
    /// time is kept for asking about it.
    pub(crate) async fn commit(&mut self) -> Result<(), Fault> {
        let mut deadline = self.deadline;
        if self.recorded.is_some() {
            deadline.at = later(Timeouts::commit(deadline.left()));
        }
        let ended = self.run_until(dialect::commit(self.engine()), deadline).await;
        self.in_transaction = ended.is_err();
        ended.and_then(|()| self.check_file().map_err(Fault::from))
    }

    /// Ends what only read.
    pub(crate) async fn leave(self) {
        if self.in_transaction {
            self.roll_back().await;
        }
    }

    /// Gives the connection up: its state is not known.
    pub(crate) fn discard(&mut self) {
        self.is_busy = true;
    }

    /// Rolls back; where that fails, the connection is closed, which does too.
    pub(crate) async fn roll_back(mut self) {
        if self.is_busy && self.engine() != Engine::Sqlite {
            // It is lost, or in the middle of something, and would not answer
            // this either; closing it has the same effect.
            return;
        }
        self.undo().await;
    }

    /// Takes the transaction back. A connection in a state that nobody knows stays
    /// so, also where that works.
    async fn undo(&mut self) {
        let is_unknown = self.is_busy;
        self.in_transaction = self.run(dialect::roll_back(self.engine())).await.is_err();
        self.is_busy |= is_unknown;
    }

    fn has_answered(&mut self) {
        self.answered_at = Instant::now();
        self.deadline.extend();
    }

    fn ended<T>(&mut self, answer: Result<T, NoAnswer>) -> Result<T> {
        self.judged(answer).map_err(|fault| fault.error)
    }

    fn judged<T>(&mut self, answer: Result<T, NoAnswer>) -> Result<T, Fault> {
        if answer.is_ok() {
            self.has_answered();
        }
        self.is_busy = matches!(answer, Err(NoAnswer::TimedOut(_) | NoAnswer::HostGone));
        answer.map_err(|error| {
            let target = self.pool.target();
            if matches!(&error, NoAnswer::Failed(error) if loses_names(error)) {
                self.pool.found_pooler();
            }
            // A node waits for the others before a transaction, and in one for locks.
            let waits_for_others = self.pool.is_cluster() && !self.in_transaction;
            let fault = match error {
                NoAnswer::TimedOut(seen) => timed_out(target, &seen),
                NoAnswer::HostGone => unanswered(target),
                NoAnswer::Failed(error) if waits_for_others && is_out_of_patience(&error) => behind(target),
                NoAnswer::Failed(error) => fault(error, target),
            };
            self.worst.get_or_insert(fault.verdict);
            if fault.verdict == Verdict::Lost {
                self.pool.lost_one(self.state);
            }
            // What is final or lost leaves a connection in a state that nobody
            // knows: an embedded one could answer Ok to commits that are lost.
            // A deadlock or a lock that was not given leaves one that works.
            self.is_busy |= matches!(fault.verdict, Verdict::Lost | Verdict::Final);
            fault
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // What is in the middle of something is closed, which rolls back.
        let Some(connection) = self.connection.take() else { return };
        if !self.in_transaction && !self.is_busy {
            let (state, is_main, log, server_id) = (self.state, self.is_main, self.log, self.server_id);
            let lease = Lease { connection, state, is_main, log, server_id };
            self.pool.give_back(lease);
        } else if self.is_main {
            self.pool.lost_main();
        }
    }
}
