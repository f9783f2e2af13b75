//! Several statements in one call to `SQLite`. A call costs two switches between threads, more than a
//! small statement.

use sqlx::SqlStr;

use crate::error::{Error, Result};
use crate::store::db::row::Row;
use crate::store::db::session::handle::Session;
use crate::store::db::timeout::NoAnswer;
use crate::store::dialect;
use crate::store::dialect::value::Value;
use crate::store::dialect::{Args, Statement, render, sql};
use crate::store::engine::Engine;

impl Session {
    /// Runs statements that each change a row; returns the index of the first one that changes
    /// none, and undoes them in that case.
    pub(crate) async fn exec_in_one_call(&mut self, statements: &[Statement], args: Args<'_>) -> Result<Option<usize>> {
        let joined =
            statements.iter().fold(Statement::from(sql!("SAVEPOINT each")), |all, one| all.push(sql!("; ")).join(one));
        let (sql, values) = render(self.engine(), &self.pool.options().row_sources, &joined, args)?;
        self.is_busy = true;
        let answer = self.connection().exec_all(sql, values).await.map_err(NoAnswer::Failed);
        let (changed, _) = self.complete(answer)?;
        debug_assert_eq!(changed.len(), statements.len() + 1);
        // The first count is that of the savepoint.
        let without = changed.iter().skip(1).position(|rows| *rows == 0);
        if without.is_some() {
            self.run("ROLLBACK TO each").await.map_err(|failure| failure.error)?;
        }
        Ok(without)
    }

    /// Runs a whole transaction, from BEGIN to COMMIT, and returns its rows; rolls it back if one
    /// of the `statements` statements fails.
    ///
    /// For `SQLite` only: a commit whose answer is lost is not checked.
    pub(crate) async fn transact_in_one_call(
        &mut self,
        sql: SqlStr,
        values: Vec<Value>,
        statements: usize,
    ) -> Result<Vec<Row>> {
        debug_assert_eq!(self.engine(), Engine::Sqlite);
        (self.is_busy, self.in_transaction) = (true, true);
        let answer = self.connection().exec_all(sql, values).await.map_err(NoAnswer::Failed);
        match self.complete(answer) {
            Ok((changed, rows)) if changed.len() == statements => {
                self.in_transaction = false;
                self.check_file()?;
                Ok(rows)
            }
            // The driver's thread ended in the middle of the transaction.
            Ok(_) => {
                self.discard();
                Err(Error::unavailable("the connection to the database was lost")
                    .with_hint("run the same command again"))
            }
            // SQLite did not get the lock of the file, so the transaction did not begin.
            Err(error @ Error::Unavailable(_)) => {
                let _ = self.run(dialect::roll_back(Engine::Sqlite)).await;
                (self.is_busy, self.in_transaction) = (false, false);
                Err(error)
            }
            Err(error) => {
                // If the transaction did not begin, the rollback fails and the connection is
                // closed.
                self.undo().await;
                Err(error)
            }
        }
    }

    /// Returns true if the connection can begin another transaction.
    pub(crate) fn is_usable(&self) -> bool {
        !self.is_busy && !self.in_transaction
    }
}
