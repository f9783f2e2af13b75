//! How a session begins a transaction.

use sqlx::AssertSqlSafe;

use super::super::dialect::{self, Statement};
use super::super::failure::Fault;
use super::super::{Engine, First, Row};
use super::Session;
use crate::error::Result;

impl Session {
    /// Begins a transaction with these words.
    pub(in crate::store) async fn begin(&mut self, words: &'static str, step: i64) -> Result<(), Fault> {
        self.step = step;
        let begun = if self.connection().is_pooled() {
            // Safe: both are texts of this source.
            self.run(AssertSqlSafe(format!("{words}{}", self.pool.local_settings()))).await
        } else {
            self.run(words).await
        };
        // Where it failed, too: what began in part is not given back.
        self.in_transaction = true;
        begun
    }

    /// Begins a transaction where a pooler is between and none has begun: the parts
    /// of a statement would go to different sessions of the server.
    pub(super) async fn enter(&mut self) -> Result<()> {
        if self.in_transaction || !self.connection().is_pooled() {
            return Ok(());
        }
        // In a box: every statement would be larger by the beginning that few need.
        Box::pin(self.begin(dialect::begin(self.engine()), self.step)).await.map_err(|fault| fault.error)
    }

    /// The same, and the first statement with it: in one turn of the thread of an
    /// embedded engine, which takes both at once. What goes wrong with the
    /// statement is the transaction's.
    pub(in crate::store) async fn begin_with(
        &mut self,
        words: &'static str,
        step: i64,
        first: &First,
    ) -> Result<Result<Option<Row>>, Fault> {
        if self.engine() != Engine::Sqlite {
            self.begin(words, step).await?;
            return Ok(self.maybe_one(first.statement.clone(), &first.values).await);
        }
        self.step = step;
        self.in_transaction = true;
        let both = Statement::from(words).push("; ").join(&first.statement);
        Ok(self.maybe_one(both, &first.values).await)
    }
}
