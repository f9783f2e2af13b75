//! Inserts that skip existing rows.
//!
//! `MariaDB` and `MySQL` have only `INSERT IGNORE` for this. It also skips rows that are refused
//! for another reason, and reports each with a warning.

use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use crate::error::{Error, Result};
use crate::store::db::session::handle::Session;
use crate::store::db::timeout::{NoAnswer, await_answer};
use crate::store::dialect::Rendered;
use crate::store::engine::Engine;
use crate::store::errors::{ErrorClass, is_duplicate, message_of};

const DUPLICATE: i64 = 1062;
const NO_PARENT: i64 = 1452;

impl Session {
    /// Runs an insert of `offered` rows; returns the number of inserted rows.
    pub(crate) async fn insert_rendered(&mut self, rendered: Rendered, offered: usize) -> Result<u64> {
        if self.engine() != Engine::Mysql {
            return self.exec_rendered(rendered).await;
        }
        if offered == 1 {
            return self.insert_one(rendered).await;
        }
        let inserted = self.exec_rendered(rendered).await?;
        let skipped = (offered as u64).saturating_sub(inserted);
        if skipped > 0 {
            self.check_skipped(skipped).await?;
        }
        Ok(inserted)
    }

    /// Inserts one row without IGNORE: the error itself tells whether it is a duplicate.
    async fn insert_one(&mut self, (sql, values): Rendered) -> Result<u64> {
        // Safe: the text of a statement without one of its words.
        let sql = AssertSqlSafe(sql.as_str().replacen(" IGNORE", "", 1)).into_sql_str();
        self.begin_if_pooled().await?;
        self.is_busy = true;
        let watch = self.watch();
        let answer = await_answer(&watch, self.connection().exec(sql, values)).await;
        if matches!(&answer, Err(NoAnswer::Failed(error)) if is_duplicate(error)) {
            self.is_busy = false;
            return Ok(0);
        }
        self.complete(answer)
    }

    /// Fails if a row was skipped for another reason than a duplicate.
    ///
    /// A server keeps no more warnings than `max_error_count`, which on `MySQL` only an
    /// administrator may set. If it dropped some, one of the rows may have been refused: the batch
    /// fails, and smaller batches find the row.
    async fn check_skipped(&mut self, skipped: u64) -> Result<()> {
        let warnings = self.fetch_unprepared("SHOW WARNINGS").await?;
        for row in &warnings {
            let code = row.int("Code")?;
            if code != DUPLICATE && row.text("Level")? != "Note" {
                let class = if code == NO_PARENT { ErrorClass::Conflict } else { ErrorClass::RefusedRow };
                let why = message_of(u16::try_from(code).unwrap_or_default(), &row.text("Message")?);
                return Err(self.row_refused(class, why));
            }
        }
        if (warnings.len() as u64) < skipped {
            let count = self.fetch_unprepared("SHOW COUNT(*) WARNINGS").await?;
            let count = count.first().map_or(Ok(0), |row| row.int("@@session.warning_count"))?;
            if u64::try_from(count).is_ok_and(|count| count > warnings.len() as u64) {
                return Err(self.row_refused(ErrorClass::RefusedRow, "the server did not report why".to_owned()));
            }
        }
        Ok(())
    }

    fn row_refused(&mut self, class: ErrorClass, why: String) -> Error {
        self.first_failure.get_or_insert(class);
        Error::database("the database refused a row").with_source(why).of_row()
    }
}
