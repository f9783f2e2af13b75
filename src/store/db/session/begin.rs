//! The beginning of a transaction.

use sqlx::AssertSqlSafe;

use crate::clock::monotonic_micros;
use crate::error::{Error, Result};
use crate::store::db::row::Row;
use crate::store::db::server_clock;
use crate::store::db::server_clock::ClockReading;
use crate::store::db::session::handle::Session;
use crate::store::db::timeout::await_answer;
use crate::store::dialect::{self, BoundStatement, Statement, sql, sqlite};
use crate::store::engine::Engine;
use crate::store::errors::{DbError, read_only};
use crate::store::location::Location;

impl Session {
    /// Begins a transaction with this statement.
    pub(crate) async fn begin(&mut self, words: &'static str, step: i64) -> Result<(), DbError> {
        self.step = step;
        let begun = if self.engine() == Engine::Sqlite {
            self.run(words).await
        } else {
            Box::pin(self.begin_at_server(words)).await
        };
        // Set even after a failure, so that a transaction that began in part is not returned to
        // the pool.
        self.in_transaction = true;
        begun
    }

    /// Begins a transaction, and in the same message asks for the server's time, the ID of the
    /// connection, which a pooler may change, and whether the server accepts writes.
    async fn begin_at_server(&mut self, words: &'static str) -> Result<(), DbError> {
        let settings = if self.connection().is_pooled() { self.pool.local_settings() } else { "" };
        // Safe: all parts are constants.
        let sql = AssertSqlSafe(format!("{words}{settings}; {}", server_clock::statement(self.engine())));
        self.is_busy = true;
        let (watch, asked) = (self.watch(), monotonic_micros());
        let answer = await_answer(&watch, self.connection().fetch_unprepared(sql)).await;
        let rows = self.classify_answer(answer)?;
        let Some(row) = rows.last() else { return Err(Error::database("the server did not report its time").into()) };
        self.server_id = row.int("id")?;
        let took_writes = !self.state.is_read_only;
        self.state.report(row.int("read_only")? == 1);
        if took_writes {
            // The server was demoted since the connection was opened, and nothing checked whether
            // it has the latest data.
            self.check_writable()?;
        }
        self.pool.clock().correct(ClockReading::since(asked, row.time("now")?));
        Ok(())
    }

    /// Begins a transaction behind a pooler if none has begun: otherwise the messages of one
    /// statement would go to different sessions of the server.
    pub(crate) async fn begin_if_pooled(&mut self) -> Result<()> {
        if self.in_transaction || !self.connection().is_pooled() {
            return Ok(());
        }
        // Boxed, because otherwise the future of every statement would contain this rarely needed
        // one.
        Box::pin(self.begin(dialect::begin(self.engine()), self.step)).await.map_err(|failure| failure.error)
    }

    /// Refuses a read-only server if another host may accept writes: data that is read here to
    /// decide about a write may be outdated.
    pub(crate) fn check_writable(&self) -> Result<(), DbError> {
        let Location::Server(server) = self.pool.location() else { return Ok(()) };
        if !self.state.is_read_only || server.hosts().len() == 1 {
            return Ok(());
        }
        self.pool.drop_host(self.state);
        Err(read_only(server))
    }

    /// Begins a transaction and runs its first statement; `SQLite` does both in one call. An error of
    /// the statement is returned as the inner result.
    pub(crate) async fn begin_with(
        &mut self,
        words: &'static str,
        step: i64,
        first: &BoundStatement,
    ) -> Result<Result<Option<Row>>, DbError> {
        if self.engine() != Engine::Sqlite {
            self.begin(words, step).await?;
            self.check_writable()?;
            return Ok(self.maybe_one(first.statement.clone(), &first.args).await);
        }
        self.step = step;
        self.in_transaction = true;
        let both = Statement::from([sql!(sqlite::BEGIN), sql!("; ")]).join(&first.statement);
        Ok(self.maybe_one(both, &first.args).await)
    }
}
