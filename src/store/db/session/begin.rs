//! How a session begins a transaction.

use sqlx::AssertSqlSafe;

use crate::clock::monotonic_micros;
use crate::error::{Error, Result};
use crate::store::db::row::Row;
use crate::store::db::server_clock;
use crate::store::db::server_clock::ClockReading;
use crate::store::db::session::Session;
use crate::store::db::timeout::answered;
use crate::store::db::transaction::First;
use crate::store::dialect::{self, Statement};
use crate::store::engine::Engine;
use crate::store::errors::{Fault, read_only};
use crate::store::location::Target;

impl Session {
    /// Begins a transaction with these words.
    pub(crate) async fn begin(&mut self, words: &'static str, step: i64) -> Result<(), Fault> {
        self.step = step;
        let begun = if self.engine() == Engine::Sqlite {
            self.run(words).await
        } else {
            Box::pin(self.begin_at_server(words)).await
        };
        // Where it failed, too: what began in part is not given back.
        self.in_transaction = true;
        begun
    }

    /// Begins, and asks in the same message for the server's time, the number of the
    /// connection, which a pooler may change, and whether the server takes writes.
    async fn begin_at_server(&mut self, words: &'static str) -> Result<(), Fault> {
        let settings = if self.connection().is_pooled() { self.pool.local_settings() } else { "" };
        // Safe: all are texts of this source.
        let sql = AssertSqlSafe(format!("{words}{settings}; {}", server_clock::statement(self.engine())));
        self.is_busy = true;
        let (watch, asked) = (self.watch(), monotonic_micros());
        let answer = answered(&watch, self.connection().look(sql)).await;
        let rows = self.judged(answer)?;
        let Some(row) = rows.last() else { return Err(Error::database("the server did not report its time").into()) };
        self.server_id = row.int("id")?;
        let took_writes = !self.state.is_read_only;
        self.state.tell(row.int("read_only")? == 1);
        if took_writes {
            // It was demoted since it was opened: nobody looked whether it has the latest data.
            self.check_writable()?;
        }
        self.pool.clock().correct(ClockReading::since(asked, row.time("now")?));
        Ok(())
    }

    /// Begins a transaction where a pooler is between and none has begun: the parts
    /// of a statement would go to different sessions of the server.
    pub(crate) async fn enter(&mut self) -> Result<()> {
        if self.in_transaction || !self.connection().is_pooled() {
            return Ok(());
        }
        // In a box: every statement would be larger by the beginning that few need.
        Box::pin(self.begin(dialect::begin(self.engine()), self.step)).await.map_err(|fault| fault.error)
    }

    /// Refuses a server that takes no writes, where another host may: what is read there to
    /// decide about a write may not be the latest.
    pub(crate) fn check_writable(&self) -> Result<(), Fault> {
        let Target::Server(server) = self.pool.target() else { return Ok(()) };
        if !self.state.is_read_only || server.hosts().len() == 1 {
            return Ok(());
        }
        self.pool.lost_one(self.state);
        Err(read_only(server))
    }

    /// The same, and the first statement with it: in one turn of the thread of an
    /// embedded engine, which takes both at once. What goes wrong with the
    /// statement is the transaction's.
    pub(crate) async fn begin_with(
        &mut self,
        words: &'static str,
        step: i64,
        first: &First,
    ) -> Result<Result<Option<Row>>, Fault> {
        if self.engine() != Engine::Sqlite {
            self.begin(words, step).await?;
            self.check_writable()?;
            return Ok(self.maybe_one(first.statement.clone(), &first.values).await);
        }
        self.step = step;
        self.in_transaction = true;
        let both = Statement::from(words).push("; ").join(&first.statement);
        Ok(self.maybe_one(both, &first.values).await)
    }
}
