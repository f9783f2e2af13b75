//! Several statements in one turn of the thread of an embedded engine. A turn
//! costs two switches between threads, more than a small statement.

use sqlx::SqlStr;

use crate::error::{Error, Result};
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::db::timeout::NoAnswer;
use crate::store::dialect;
use crate::store::dialect::value::Value;
use crate::store::dialect::{Args, Statement, render};
use crate::store::engine::Engine;

impl Session {
    /// Runs statements that each change a row; answers the first that changes
    /// none, and undoes them then.
    pub(crate) async fn exec_at_once(&mut self, statements: &[Statement], args: Args<'_>) -> Result<Option<usize>> {
        let joined = statements.iter().fold(Statement::from("SAVEPOINT each"), |all, one| all.push("; ").join(one));
        let (sql, values) = render(self.engine(), &joined, args);
        self.is_busy = true;
        let answer = self.connection().exec_all(sql, values).await.map_err(NoAnswer::Failed);
        let (changed, _) = self.ended(answer)?;
        debug_assert_eq!(changed.len(), statements.len() + 1);
        // The first is the savepoint.
        let without = changed.iter().skip(1).position(|rows| *rows == 0);
        if without.is_some() {
            self.run("ROLLBACK TO each").await.map_err(|fault| fault.error)?;
        }
        Ok(without)
    }

    /// A whole transaction of so many statements, from its beginning to its commit;
    /// answers the rows that they give. Where one fails, it is rolled back.
    ///
    /// For an embedded engine alone: a commit whose answer is lost is not looked
    /// for.
    pub(crate) async fn transact_at_once(
        &mut self,
        sql: SqlStr,
        values: Vec<Value>,
        statements: usize,
    ) -> Result<Vec<Row>> {
        debug_assert_eq!(self.engine(), Engine::Sqlite);
        (self.is_busy, self.in_transaction) = (true, true);
        let answer = self.connection().exec_all(sql, values).await.map_err(NoAnswer::Failed);
        match self.ended(answer) {
            Ok((changed, rows)) if changed.len() == statements => {
                self.in_transaction = false;
                self.check_file()?;
                Ok(rows)
            }
            // The driver's thread ended in the middle, and said no more.
            Ok(_) => {
                self.discard();
                Err(Error::unavailable("the connection to the database was lost")
                    .with_hint("run the same command again"))
            }
            // The file's lock was not given: nothing began.
            Err(error @ Error::Unavailable(_)) => {
                let _ = self.run(dialect::roll_back(Engine::Sqlite)).await;
                (self.is_busy, self.in_transaction) = (false, false);
                Err(error)
            }
            Err(error) => {
                // One that did not begin cannot be rolled back: then the connection
                // is given up, too.
                self.undo().await;
                Err(error)
            }
        }
    }

    /// Whether it can be used for another transaction.
    pub(crate) fn works(&self) -> bool {
        !self.is_busy && !self.in_transaction
    }
}
