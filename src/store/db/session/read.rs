//! Statements that store no text: one that the database cannot hold is in none of
//! its rows, and is not found.

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::db::timeout::NoAnswer;
use crate::store::dialect::{Args, Rendered, Statement, render};
use crate::store::errors::{Verdict, not_held};

impl Session {
    /// A statement that only reads, as the engine takes it.
    pub(crate) fn render_to_read(&self, statement: &Statement, args: Args<'_>) -> Rendered {
        let (sql, mut values) = render(self.engine(), statement, args);
        self.pool.unknown().replace_in(&mut values);
        (sql, values)
    }

    /// What a statement that only reads came to. It runs again where it named a
    /// character that is now known to be in no row.
    pub(crate) fn ended_reading<T>(&mut self, answer: Result<T, NoAnswer>) -> Result<T> {
        if let Err(NoAnswer::Failed(error)) = &answer
            && self.pool.unknown().learn(error)
        {
            self.is_busy = false;
            self.worst.get_or_insert(Verdict::Rerun);
            return Err(not_held(error));
        }
        self.ended(answer)
    }
}
