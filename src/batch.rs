//! Batches: what is reported of each item, and reading, halving and counting of batches.

pub(crate) mod bisect;
pub mod import_summary;
pub(crate) mod prefetch;

use chrono::{DateTime, Utc};

use crate::error::{Error, ErrorBody, Reason};
use crate::model::code::{Code, KeptAs};

/// One item of a batch that could not be changed; the others go on.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The line of the input, where there is one; the header is line 1.
    pub line: Option<u64>,
    /// What it is about: a space, a user, an address. Never a code.
    pub subject: String,
    /// Why, with the entry of the closed list.
    pub reason: Reason,
    /// Why, in a sentence.
    pub message: String,
    /// What would help.
    pub hint: Option<String>,
    /// When to come back, where an hourly limit is reached.
    pub retry_at: Option<DateTime<Utc>>,
    /// How many items it stands for.
    pub count: u64,
}

impl Failure {
    /// A failure of one item.
    #[must_use]
    pub fn of(subject: impl Into<String>, error: &Error) -> Self {
        let cause = error.cause().filter(|_| error.is_row_fault());
        Failure {
            line: None,
            subject: subject.into(),
            reason: error.reason(),
            message: cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
            hint: match error {
                Error::Refused(denial) => denial.help(),
                other => other.help().map(str::to_owned),
            },
            retry_at: error.retry_at(),
            count: 1,
        }
    }

    /// The HTTP status of its reason, for those who may know it.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.reason.http_status()
    }

    /// Hides a code that a database's own words repeat.
    #[must_use]
    pub(crate) fn hiding(mut self, code: Option<&Code>) -> Self {
        if let Some(code) = code {
            for text in [code.reveal(), code.key(KeptAs::Text).as_str()] {
                self.message = self.message.replace(text, "(code)");
            }
        }
        self
    }

    /// The same, at a line of the input.
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

/// Who watches a batch: told of every item once it is committed, asked between
/// batches whether to stop.
pub trait Observer<T>: Send {
    /// How many items there are to look at, where that is known.
    fn expect(&mut self, _total: u64) {}
    /// So many more were looked at.
    fn advance(&mut self, _by: u64) {}
    /// This one is done, and stays done.
    fn done(&mut self, item: &T);
    /// Whether items that are done are still looked at one by one; where not,
    /// [`Observer::done_unseen`] may count them.
    fn looks_at_items(&self) -> bool {
        true
    }
    /// So many are done, and stay done; nobody looks at them.
    fn done_unseen(&mut self, _count: u64) {}
    /// So many more needed nothing.
    fn unchanged(&mut self, _by: u64) {}
    /// This one failed.
    fn failed(&mut self, failure: &Failure);
    /// Whether to stop after this batch.
    fn stop_requested(&self) -> bool {
        false
    }
}

/// Tells of items that are done, one by one while they are looked at.
pub(crate) fn tell<T>(observer: &mut dyn Observer<T>, mut items: impl ExactSizeIterator<Item = T>) {
    while observer.looks_at_items() {
        let Some(item) = items.next() else { return };
        observer.done(&item);
    }
    observer.done_unseen(items.len() as u64);
}
