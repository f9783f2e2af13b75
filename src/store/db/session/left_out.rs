//! Inserts that leave out the rows which are stored already.
//!
//! `MariaDB` and `MySQL` have only `INSERT IGNORE` for it, which also leaves out rows that it
//! refuses for another reason, and reports each with a warning.

use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use crate::error::{Error, Result};
use crate::store::db::session::Session;
use crate::store::db::timeout::{NoAnswer, answered};
use crate::store::dialect::Rendered;
use crate::store::engine::Engine;
use crate::store::errors::{Verdict, is_duplicate, words};

const DUPLICATE: i64 = 1062;
const NO_PARENT: i64 = 1452;

impl Session {
    /// Runs an insert of `offered` rows; answers how many were inserted.
    pub(crate) async fn insert_rendered(&mut self, rendered: Rendered, offered: usize) -> Result<u64> {
        if self.engine() != Engine::Mysql {
            return self.exec_rendered(rendered).await;
        }
        if offered == 1 {
            return self.insert_one(rendered).await;
        }
        let inserted = self.exec_rendered(rendered).await?;
        let left_out = (offered as u64).saturating_sub(inserted);
        if left_out > 0 {
            self.check_left_out(left_out).await?;
        }
        Ok(inserted)
    }

    /// Inserts one row without IGNORE: the error itself tells whether it is a duplicate.
    async fn insert_one(&mut self, (sql, values): Rendered) -> Result<u64> {
        // Safe: the text of the statement without one word.
        let sql = AssertSqlSafe(sql.as_str().replacen(" IGNORE", "", 1)).into_sql_str();
        self.enter().await?;
        self.is_busy = true;
        let watch = self.watch();
        let answer = answered(&watch, self.connection().exec(sql, values)).await;
        if matches!(&answer, Err(NoAnswer::Failed(error)) if is_duplicate(error)) {
            self.is_busy = false;
            return Ok(0);
        }
        self.ended(answer)
    }

    /// Fails if a row was left out for another reason than that it is stored already.
    ///
    /// A server keeps no more warnings than `max_error_count`, which on `MySQL` only an
    /// administrator may set. Where it dropped some, one of the rows may have been refused: the
    /// batch fails, and smaller batches tell which row it was.
    async fn check_left_out(&mut self, left_out: u64) -> Result<()> {
        let warnings = self.look("SHOW WARNINGS").await?;
        for row in &warnings {
            let code = row.int("Code")?;
            if code != DUPLICATE && row.text("Level")? != "Note" {
                let verdict = if code == NO_PARENT { Verdict::Conflict } else { Verdict::Row };
                let why = words(u16::try_from(code).unwrap_or_default(), &row.text("Message")?);
                return Err(self.row_refused(verdict, why));
            }
        }
        if (warnings.len() as u64) < left_out {
            let count = self.look("SHOW COUNT(*) WARNINGS").await?;
            let count = count.first().map_or(Ok(0), |row| row.int("@@session.warning_count"))?;
            if u64::try_from(count).is_ok_and(|count| count > warnings.len() as u64) {
                return Err(self.row_refused(Verdict::Row, "the server did not report why".to_owned()));
            }
        }
        Ok(())
    }

    fn row_refused(&mut self, verdict: Verdict, why: String) -> Error {
        self.worst.get_or_insert(verdict);
        Error::database("the database refused a row").with_source(why).of_row()
    }
}
