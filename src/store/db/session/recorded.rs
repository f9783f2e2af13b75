//! The step of a transaction in its operation.

use uuid::Uuid;

use crate::error::Error;
use crate::store::db::session::handle::Session;
use crate::store::db::steps::RecordedStep;
use crate::store::errors::ErrorClass;

impl Session {
    /// Marks the transaction for a retry, because what it read has changed. Returns the error for
    /// the case that no attempt is left.
    pub(crate) fn conflict(&mut self) -> Error {
        self.first_failure.get_or_insert(ErrorClass::Conflict);
        Error::duplicate("another run changed the same rows at the same time").with_hint("run the same command again")
    }

    /// Returns the number of this transaction. Written to the operation, it tells whether a commit
    /// took place whose answer was lost.
    pub(crate) fn step(&self) -> i64 {
        self.step
    }

    /// Remembers the operation that the step of this transaction was written to.
    pub(crate) fn recorded_in(&mut self, step: RecordedStep) {
        self.recorded = Some(step);
    }

    /// Returns the operation that this transaction wrote its step to, if any.
    pub(crate) fn recorded(&self) -> Option<&RecordedStep> {
        self.recorded.as_ref()
    }

    /// Returns the error for a database that lost a committed transaction of this operation. The
    /// operation writes nothing more.
    pub(crate) fn lost_steps_error(&mut self, operation: Uuid) -> Error {
        self.first_failure = Some(ErrorClass::Permanent);
        let location = self.pool.location();
        Error::database(format!(
            "{location} was reset to an earlier state during operation {operation} and lost reported changes"
        ))
        .with_hint(
            "it was restored, or a server without the latest changes took over: check the data, then run the command \
             again",
        )
    }
}
