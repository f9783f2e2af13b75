//! A connection, and the statements on it.

use std::ops::ControlFlow;
use std::sync::Arc;

use sqlx::SqlSafeStr;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::store::db::connection::Connection;
use crate::store::db::host_state::HostState;
use crate::store::db::options::{Deadline, Timeouts, later};
use crate::store::db::pool::{Lease, Pool};
use crate::store::db::row::Row;
use crate::store::db::row_stream::{StreamError, stream_rows};
use crate::store::db::steps::RecordedStep;
use crate::store::db::timeout::{NoAnswer, Watch, await_answer, no_answer_to_caller, timed_out, unanswered};
use crate::store::dialect;
use crate::store::dialect::{Args, Rendered, Statement, render, render_shared};
use crate::store::engine::Engine;
use crate::store::errors::{DbError, ErrorClass, classify, is_wait_timeout, lost_prepared_statement, node_behind};
use crate::store::location::FileId;

/// A connection, inside a transaction if the transaction wrapper created the session.
pub struct Session {
    /// `None` only while the session is dropped.
    pub(super) connection: Option<Connection<'static>>,
    pub(super) pool: Arc<Pool>,
    /// The state of the host.
    pub(super) state: HostState,
    /// True for the main connection to a file.
    pub(super) is_main: bool,
    /// The write-ahead log that the connection writes to, once it is known.
    pub(super) log: Option<FileId>,
    /// The number of this transaction.
    pub(super) step: i64,
    /// The operation that this transaction wrote its step to.
    pub(super) recorded: Option<RecordedStep>,
    /// The class of the first error in this session.
    pub(super) first_failure: Option<ErrorClass>,
    /// True if the transaction is rolled back at its end, whatever its outcome.
    pub(super) is_dry_run: bool,
    pub(super) in_transaction: bool,
    /// ID of the connection at the server.
    pub(super) server_id: i64,
    /// Time at which the session stops waiting for the next answer.
    pub(super) deadline: Deadline,
    /// Time at which the last answer arrived; before the first answer, when the session began.
    pub(super) answered_at: Instant,
    /// True while a statement runs, and after one whose end is unknown.
    pub(super) is_busy: bool,
    /// Permits that the session holds: for its connection, and for this process's turn to write.
    pub(super) permits: Vec<OwnedSemaphorePermit>,
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
            first_failure: None,
            is_dry_run: false,
            in_transaction: false,
            server_id: lease.server_id,
            deadline,
            answered_at: Instant::now(),
            is_busy: false,
            permits: vec![permit],
        }
    }

    /// Holds the turn to write until the session is dropped.
    pub(crate) fn hold_turn(&mut self, turn: Option<OwnedSemaphorePermit>) {
        self.permits.extend(turn);
    }

    /// Returns the driver connection, which the migrations need.
    pub(crate) fn connection(&mut self) -> &mut Connection<'static> {
        self.connection.as_mut().unwrap_or_else(|| unreachable!("a session has its connection until it is dropped"))
    }

    /// Returns true if a caller lent the connection: the pool knows neither its host nor its session at
    /// the server.
    fn is_lent(&self) -> bool {
        matches!(self.connection, Some(Connection::Lent(_)))
    }

    /// Returns a watch on the server for the next answer.
    pub(crate) fn watch(&self) -> Watch {
        Watch {
            is_lent: self.is_lent(),
            pool: Arc::clone(&self.pool),
            host: self.state.host,
            server_id: self.server_id,
            deadline: self.deadline,
        }
    }

    /// Returns the time at which the last answer arrived; before the first answer, when the session began.
    pub(crate) fn answered_at(&self) -> Instant {
        self.answered_at
    }

    pub(crate) fn engine(&self) -> Engine {
        self.pool.location().engine()
    }

    /// Runs a statement and returns the number of matched rows. (A row that is updated to its old
    /// values counts.)
    pub(crate) async fn exec(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<u64> {
        let rendered = render(self.engine(), &self.pool.options().row_sources, &statement.into(), args)?;
        self.exec_rendered(rendered).await
    }

    pub(super) async fn exec_rendered(&mut self, (sql, mut values): Rendered) -> Result<u64> {
        self.begin_if_pooled().await?;
        let stores_nothing = sql.as_str().starts_with("DELETE ");
        if stores_nothing {
            self.pool.refused_characters().replace_in(&mut values);
        }
        self.is_busy = true;
        let watch = self.watch();
        let answer = await_answer(&watch, self.connection().exec(sql, values)).await;
        if stores_nothing { self.complete_read(answer) } else { self.complete(answer) }
    }

    /// Runs statements that each insert or change a row, with shared arguments. Returns the index
    /// of the first one that changes no row. If that is 0, nothing was written; otherwise the
    /// caller rolls back. `SQLite` runs all of them in one call, and undoes them itself.
    pub(crate) async fn exec_each(&mut self, statements: &[Statement], args: Args<'_>) -> Result<Option<usize>> {
        if self.engine() == Engine::Sqlite {
            return self.exec_in_one_call(statements, args).await;
        }
        for (at, statement) in statements.iter().enumerate() {
            let rendered = render_shared(self.engine(), &self.pool.options().row_sources, statement, args)?;
            let changed = if statement.inserts() {
                self.insert_rendered(rendered, 1).await?
            } else {
                self.exec_rendered(rendered).await?
            };
            if changed == 0 {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Inserts `offered` rows, skipping those that violate a unique index; returns the number of
    /// inserted rows.
    pub(crate) async fn insert(
        &mut self,
        statement: impl Into<Statement>,
        args: Args<'_>,
        offered: usize,
    ) -> Result<u64> {
        let rendered = render(self.engine(), &self.pool.options().row_sources, &statement.into(), args)?;
        self.insert_rendered(rendered, offered).await
    }

    /// Runs a statement that begins or ends a transaction or a savepoint.
    pub(crate) async fn run(&mut self, sql: impl SqlSafeStr) -> Result<(), DbError> {
        self.run_until(sql, self.deadline).await
    }

    pub(super) async fn run_until(&mut self, sql: impl SqlSafeStr, deadline: Deadline) -> Result<(), DbError> {
        self.is_busy = true;
        let watch = Watch { deadline, ..self.watch() };
        let answer = await_answer(&watch, self.connection().run(sql)).await;
        self.classify_answer(answer)
    }

    /// Returns the rows of a statement without arguments that is run only once, and so is not
    /// prepared: this saves a round trip.
    pub(crate) async fn fetch_unprepared(&mut self, sql: &'static str) -> Result<Vec<Row>> {
        self.begin_if_pooled().await?;
        self.is_busy = true;
        let watch = self.watch();
        let answer = await_answer(&watch, self.connection().fetch_unprepared(sql.into_sql_str())).await;
        self.complete(answer)
    }

    /// Returns the first row, if any.
    pub(crate) async fn maybe_one(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Option<Row>> {
        let (sql, values) = self.render_to_read(&statement.into(), args)?;
        self.begin_if_pooled().await?;
        self.is_busy = true;
        let watch = self.watch();
        let answer = await_answer(&watch, self.connection().maybe_one(sql, values)).await;
        self.complete_read(answer)
    }

    /// Returns the only row of a statement that always returns one.
    pub(crate) async fn one(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Row> {
        self.maybe_one(statement, args).await?.ok_or_else(|| Error::database("a total was returned without a row"))
    }

    /// Returns all rows of a statement that bounds their number itself.
    pub(crate) async fn all(&mut self, statement: impl Into<Statement>, args: Args<'_>) -> Result<Vec<Row>> {
        let (sql, values) = self.render_to_read(&statement.into(), args)?;
        self.begin_if_pooled().await?;
        self.is_busy = true;
        let watch = self.watch();
        let answer = await_answer(&watch, self.connection().all(sql, values)).await;
        self.complete_read(answer)
    }

    /// Calls `each` for every row until it breaks.
    pub(crate) async fn stream(
        &mut self,
        statement: impl Into<Statement>,
        args: Args<'_>,
        each: impl FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (sql, values) = self.render_to_read(&statement.into(), args)?;
        self.begin_if_pooled().await?;
        self.is_busy = true;
        let watch = self.watch();
        match stream_rows(self.connection(), sql, values, watch, each).await {
            Ok(is_whole) => {
                self.has_answered();
                // A server's unread rows would have to be read before the next use of the
                // connection; the connection is closed instead.
                self.is_busy = !is_whole && self.engine() != Engine::Sqlite;
                Ok(())
            }
            Err(StreamError::Refused(error)) => Err(error),
            Err(StreamError::Failed(why)) => self.complete_read(Err(why)),
        }
    }

    /// Returns true if this transaction is the only writer until it ends, so that rows stay as they
    /// were read without a lock.
    pub(crate) fn is_single_writer(&self) -> bool {
        self.engine() == Engine::Sqlite
    }

    /// Returns true if every index holds the primary key, so that reading ids needs no access to
    /// the rows.
    pub(crate) fn indexes_hold_ids(&self) -> bool {
        self.engine() == Engine::Mysql
    }

    /// Returns true if reading many rows as one JSON text is much faster than reading them one by one.
    pub(crate) fn prefers_json_rows(&self) -> bool {
        self.engine() == Engine::Sqlite
    }

    /// Returns true if the engine silently truncates a long aggregated list.
    pub(crate) fn truncates_lists(&self) -> bool {
        self.engine() == Engine::Mysql
    }

    /// Makes this transaction a dry run, which is rolled back at its end.
    pub(crate) fn begin_dry_run(&mut self) {
        self.is_dry_run = true;
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    /// Checks the deferred constraints, since a dry run never reaches the commit that would check
    /// them.
    pub(crate) async fn check_deferred(&mut self) -> Result<()> {
        match self.engine() {
            Engine::Postgres => self.run("SET CONSTRAINTS ALL IMMEDIATE").await.map_err(|failure| failure.error),
            Engine::Sqlite | Engine::Mysql => Ok(()),
        }
    }

    /// Returns the class of the first error in this session.
    pub(crate) fn first_failure(&self) -> Option<ErrorClass> {
        self.first_failure
    }

    /// Commits. If the operation can show whether the commit took place, part of the remaining time
    /// is reserved for that check.
    pub(crate) async fn commit(&mut self) -> Result<(), DbError> {
        let mut deadline = self.deadline;
        if self.recorded.is_some() {
            deadline.at = later(Timeouts::commit(deadline.left()));
        }
        let ended = self.run_until(dialect::commit(self.engine()), deadline).await;
        self.in_transaction = ended.is_err();
        ended.and_then(|()| self.check_file().map_err(DbError::from))
    }

    /// Ends a session that only read.
    pub(crate) async fn finish_read(self) {
        if self.in_transaction {
            self.roll_back().await;
        }
    }

    /// Marks the connection as unusable, because its state is unknown.
    pub(crate) fn discard(&mut self) {
        self.is_busy = true;
    }

    /// Rolls back. If that fails, the connection is closed, which has the same effect.
    pub(crate) async fn roll_back(mut self) {
        if self.is_busy && self.engine() != Engine::Sqlite {
            // The connection is lost or in the middle of a statement and would not answer; closing
            // it rolls back.
            return;
        }
        self.undo().await;
    }

    /// Rolls the transaction back. A connection whose state was unknown before stays unusable.
    pub(super) async fn undo(&mut self) {
        let is_unknown = self.is_busy;
        self.in_transaction = self.run(dialect::roll_back(self.engine())).await.is_err();
        self.is_busy |= is_unknown;
    }

    pub(super) fn has_answered(&mut self) {
        self.answered_at = Instant::now();
        self.deadline.extend();
    }

    pub(super) fn complete<T>(&mut self, answer: Result<T, NoAnswer>) -> Result<T> {
        self.classify_answer(answer).map_err(|failure| failure.error)
    }

    pub(super) fn classify_answer<T>(&mut self, answer: Result<T, NoAnswer>) -> Result<T, DbError> {
        if answer.is_ok() {
            self.has_answered();
        }
        self.is_busy = matches!(answer, Err(NoAnswer::TimedOut(_) | NoAnswer::HostGone));
        answer.map_err(|error| {
            let location = self.pool.location();
            if !self.is_lent() && matches!(&error, NoAnswer::Failed(error) if lost_prepared_statement(error)) {
                self.pool.found_pooler();
            }
            // A node of a cluster waits for the other nodes before a transaction, and for locks
            // inside one.
            let waits_for_others = self.pool.is_cluster() && !self.in_transaction;
            let failure = match error {
                NoAnswer::TimedOut(_) if self.is_lent() => no_answer_to_caller(location),
                NoAnswer::TimedOut(seen) => timed_out(location, &seen),
                NoAnswer::HostGone => unanswered(location),
                NoAnswer::Failed(error) if waits_for_others && is_wait_timeout(&error) => node_behind(location),
                NoAnswer::Failed(error) => classify(error, location),
            };
            self.first_failure.get_or_insert(failure.class);
            if failure.class == ErrorClass::Disconnected && !self.is_lent() {
                self.pool.drop_host(self.state);
            }
            // After a lost connection or an error that is not retried, the state of the connection
            // is unknown: SQLite could report success for commits that are lost. After a deadlock
            // or a lock timeout the connection still works.
            self.is_busy |= matches!(failure.class, ErrorClass::Disconnected | ErrorClass::Permanent);
            failure
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A busy connection is closed, which rolls back.
        let Some(connection) = self.connection.take() else { return };
        if !self.in_transaction && !self.is_busy {
            let (state, is_main, log, server_id) = (self.state, self.is_main, self.log, self.server_id);
            let lease = Lease { connection, state, is_main, log, server_id };
            self.pool.give_back(lease);
        } else if self.is_main {
            self.pool.release_main();
        }
    }
}
