//! Batches: reports about each item, and reading, bisecting and counting of batches.

pub(crate) mod bisect;
pub mod import_summary;
pub(crate) mod prefetch;

use std::borrow::Cow;
use std::error::Error as _;

use chrono::{DateTime, Utc};

use crate::error::{Error, ErrorBody, Reason};
use crate::model::code::{Code, Storage};

/// An item of a batch that failed; the others are not affected.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failure {
    /// Line of the input, if known; the header is line 1.
    pub line: Option<u64>,
    /// The item: a space, a user or an address, never a code.
    pub subject: String,
    /// The error of the item, with its reason, hint and time to retry.
    pub error: Error,
    /// Number of failed items that this failure represents.
    pub count: u64,
}

impl Failure {
    /// Creates the failure of one item.
    #[must_use]
    pub fn of(subject: impl Into<String>, error: &Error) -> Self {
        Failure { line: None, subject: subject.into(), error: error.clone(), count: 1 }
    }

    /// Returns the message: that of the error, with its cause if the database refused this
    /// item.
    #[must_use]
    pub fn message(&self) -> String {
        let cause = self.error.source().filter(|_| self.error.is_row_error());
        cause.map_or_else(|| self.error.to_string(), |cause| format!("{}: {cause}", self.error))
    }

    /// Returns the reason, from the closed list.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.error.reason()
    }

    /// Returns the hint for an operator, if any.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'_, str>> {
        self.error.hint()
    }

    /// Returns the time to retry, if a rate limit is reached.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        self.error.retry_at()
    }

    /// Returns the HTTP status of the reason, for callers who may see the reason.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.error.http_status()
    }

    /// Hides a code that the message of the database repeats.
    #[must_use]
    pub(crate) fn hiding(mut self, code: Option<&Code>) -> Self {
        if let Some(code) = code {
            for text in [code.reveal(), code.key(Storage::Text).as_str()] {
                self.error = self.error.hiding(text);
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
        ErrorBody::for_administrator(failure.message(), failure.reason())
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
