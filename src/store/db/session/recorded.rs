//! What a transaction writes to its operation, and what it finds there.

use uuid::Uuid;

use crate::error::Error;
use crate::store::db::session::Session;
use crate::store::errors::Verdict;
use crate::store::tables::operations::{Committed, Operation};

impl Session {
    /// What was read is not so any more: the transaction is to be run again.
    /// The error is what is said if that does not help.
    pub(crate) fn conflict(&mut self) -> Error {
        self.worst.get_or_insert(Verdict::Conflict);
        Error::duplicate("another run changed the same rows at the same time").with_hint("run the same command again")
    }

    /// The number of the change that this transaction makes. Written with the
    /// operation, it tells whether a commit whose answer was lost took place.
    pub(crate) fn step(&self) -> i64 {
        self.step
    }

    /// The step was written to this operation.
    pub(crate) fn recorded_in(&mut self, operation: &Operation) {
        self.recorded = Some((operation.id, operation.committed.clone()));
    }

    /// The operation that this transaction wrote its step to, if it did.
    pub(crate) fn recorded(&self) -> Option<&(Uuid, Committed)> {
        self.recorded.as_ref()
    }

    /// The database lacks what an earlier transaction of this operation committed:
    /// nothing more is written for it.
    pub(crate) fn lost_steps(&mut self, operation: Uuid) -> Error {
        self.worst = Some(Verdict::Final);
        let target = self.pool.target();
        Error::database(format!(
            "{target} was reset to an earlier state during operation {operation} and lost reported changes"
        ))
        .with_hint(
            "it was restored, or a server without the latest changes took over: check the data, then run the command \
             again",
        )
    }
}
