//! Batches: reports about each item, and reading, bisecting and counting of batches.

pub(crate) mod bisect;
pub mod import_summary;
pub(crate) mod prefetch;

use std::error::Error as _;

use chrono::{DateTime, Utc};

use crate::error::{Error, ErrorBody, Reason};
use crate::model::code::{Code, Storage};

/// An item of a batch that failed; the others are not affected.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Line of the input, if known; the header is line 1.
    pub line: Option<u64>,
    /// The item: a space, a user or an address, never a code.
    pub subject: String,
    /// The reason, from the closed list.
    pub reason: Reason,
    /// The error message.
    pub message: String,
    /// Suggestion how to resolve the failure.
    pub hint: Option<String>,
    /// Time to retry, if a rate limit is reached.
    pub retry_at: Option<DateTime<Utc>>,
    /// Number of failed items that this failure represents.
    pub count: u64,
}

impl Failure {
    /// Creates the failure of one item.
    #[must_use]
    pub fn of(subject: impl Into<String>, error: &Error) -> Self {
        let cause = error.source().filter(|_| error.is_row_error());
        Failure {
            line: None,
            subject: subject.into(),
            reason: error.reason(),
            message: cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
            hint: match error {
                Error::Refused(denial) => denial.hint(),
                other => other.hint().map(str::to_owned),
            },
            retry_at: error.retry_at(),
            count: 1,
        }
    }

    /// Returns the HTTP status of the reason, for callers who may see the reason.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.reason.http_status()
    }

    /// Hides a code that the message of the database repeats.
    #[must_use]
    pub(crate) fn hiding(mut self, code: Option<&Code>) -> Self {
        if let Some(code) = code {
            for text in [code.reveal(), code.key(Storage::Text).as_str()] {
                self.message = self.message.replace(text, "(code)");
            }
        }
        self
    }

    /// Returns the failure with a line of the input.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

/// Creates the body with [`ErrorBody::for_administrator`].
impl From<&Failure> for ErrorBody {
    fn from(failure: &Failure) -> Self {
        ErrorBody::for_administrator(failure.message.as_str(), failure.reason)
    }
}

/// Observes a batch: it is notified of every item after its commit, and asked between
/// batches whether to stop.
pub trait Observer<T>: Send {
    /// Receives the total number of items, if it is known.
    fn expect(&mut self, _total: u64) {}
    /// Receives the number of items that were processed since the last call.
    fn advance(&mut self, _by: u64) {}
    /// Receives a completed item, after its commit.
    fn done(&mut self, item: &T);
    /// Returns true if the observer needs each completed item; otherwise
    /// [`Observer::done_many`] may receive their number instead.
    fn wants_items(&self) -> bool {
        true
    }
    /// Receives a number of completed items, in place of the items.
    fn done_many(&mut self, _count: u64) {}
    /// Receives the number of items that needed no change.
    fn unchanged(&mut self, _by: u64) {}
    /// Receives a failed item.
    fn failed(&mut self, failure: &Failure);
    /// Returns true if the run is to stop after the current batch.
    fn stop_requested(&self) -> bool {
        false
    }
}

/// Reports completed items, one by one for as long as the observer wants them.
pub(crate) fn report_done<T>(observer: &mut dyn Observer<T>, mut items: impl ExactSizeIterator<Item = T>) {
    while observer.wants_items() {
        let Some(item) = items.next() else { return };
        observer.done(&item);
    }
    observer.done_many(items.len() as u64);
}
