//! Step numbers of transactions, which tell whether a commit took place whose answer was lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;

/// Numbers the transactions of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct StepCounter(Arc<AtomicI64>);

impl StepCounter {
    /// Returns the number of a new transaction.
    pub(crate) fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// The step of an operation's last transaction that this process knows to be committed. Clones
/// share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommittedStep(Arc<AtomicI64>);

impl CommittedStep {
    pub(crate) fn note(&self, step: i64) {
        self.0.fetch_max(step, Ordering::Relaxed);
    }

    pub(crate) fn last(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|step| *step > 0)
    }
}

/// The operation that a transaction wrote its step to.
#[derive(Debug, Clone)]
pub(crate) struct RecordedStep {
    pub(crate) operation: Uuid,
    pub(crate) committed: CommittedStep,
}
