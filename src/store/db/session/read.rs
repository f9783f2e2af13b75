//! Statements that store no text. A text that the encoding of the database cannot represent is in
//! none of its rows, so it is not found.

use crate::error::Result;
use crate::store::db::session::handle::Session;
use crate::store::db::timeout::NoAnswer;
use crate::store::dialect::{Args, Rendered, Statement, render};
use crate::store::errors::{ErrorClass, unsupported_character};

impl Session {
    /// Renders a statement that only reads.
    pub(crate) fn render_to_read(&self, statement: &Statement, args: Args<'_>) -> Result<Rendered> {
        let (sql, mut values) = render(self.engine(), &self.pool.options().row_sources, statement, args)?;
        self.pool.refused_characters().replace_in(&mut values);
        Ok((sql, values))
    }

    /// Completes a statement that only reads. It is retried if the server newly reported a
    /// character that its encoding cannot represent.
    pub(crate) fn complete_read<T>(&mut self, answer: Result<T, NoAnswer>) -> Result<T> {
        if let Err(NoAnswer::Failed(error)) = &answer
            && self.pool.refused_characters().record(error)
        {
            self.is_busy = false;
            self.first_failure.get_or_insert(ErrorClass::Retryable);
            return Err(unsupported_character(error));
        }
        self.complete(answer)
    }
}
