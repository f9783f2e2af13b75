//! Statements that store no text: one that the database cannot hold is in none of
//! its rows, and is not found.

use super::super::answer::NoAnswer;
use super::super::dialect::{Args, Rendered, Statement, render};
use super::super::failure::{Verdict, not_held};
use super::Session;
use crate::error::Result;

impl Session {
    /// A statement that only reads, as the engine takes it.
    pub(super) fn render_to_read(&self, statement: &Statement, args: Args<'_>) -> Rendered {
        let (sql, mut values) = render(self.engine(), statement, args);
        self.pool.unknown().replace_in(&mut values);
        (sql, values)
    }

    /// What a statement that only reads came to. It runs again where it named a
    /// character that is now known to be in no row.
    pub(super) fn ended_reading<T>(&mut self, answer: Result<T, NoAnswer>) -> Result<T> {
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
