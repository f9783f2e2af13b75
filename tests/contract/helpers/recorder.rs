//! An observer that records what is reported to it.

use invite::batch::{Failure, Observer};
use invite::invites::Issued;
use invite::invites::cleanup::{Archived, CleanupAction, CleanupObserver};
use invite::members::import::ImportedMember;
use invite::model::invite::Invite;
use invite::spaces::backfill::Backfilled;
use invite::spaces::import::ImportedSpace;
use invite::{Error, Result};
use uuid::Uuid;

/// The part of an item that is recorded.
pub trait Noted {
    type Note: Send;
    fn note(&self) -> Self::Note;
}

impl Noted for Issued {
    type Note = Issued;
    fn note(&self) -> Issued {
        self.clone()
    }
}

impl Noted for Backfilled {
    /// The ID of the space, and its new code if it got one.
    type Note = (String, Option<String>);
    fn note(&self) -> Self::Note {
        (self.space.id.clone(), self.issued.as_ref().map(|issued| issued.code.reveal().to_owned()))
    }
}

impl Noted for Invite {
    type Note = Uuid;
    fn note(&self) -> Uuid {
        self.id
    }
}

impl Noted for ImportedSpace {
    type Note = String;
    fn note(&self) -> String {
        self.space.id.clone()
    }
}

impl Noted for ImportedMember {
    /// Space, user, role.
    type Note = (String, String, String);
    fn note(&self) -> Self::Note {
        (self.space_id.clone(), self.user.id.clone(), self.role.clone())
    }
}

/// The items and failures that an action reported.
pub struct Recorder<T: Noted> {
    pub done: Vec<T::Note>,
    pub failures: Vec<Failure>,
    pub expected: Option<u64>,
    pub advanced: u64,
    batches: u32,
    stop_after: Option<u32>,
    after_first: Option<Hook>,
}

/// Called after the first batch.
pub type Hook = Box<dyn FnOnce() + Send>;

impl<T: Noted> Recorder<T> {
    pub fn new() -> Self {
        Recorder {
            done: Vec::new(),
            failures: Vec::new(),
            expected: None,
            advanced: 0,
            batches: 0,
            stop_after: None,
            after_first: None,
        }
    }

    /// Creates a recorder that calls a function after the first batch.
    pub fn calling(hook: Hook) -> Self {
        Recorder { after_first: Some(hook), ..Recorder::new() }
    }

    /// Creates a recorder that requests a stop after this many batches.
    pub fn stopping_after(batches: u32) -> Self {
        Recorder { stop_after: Some(batches), ..Recorder::new() }
    }

    /// Returns the line number of each failure.
    pub fn failed_lines(&self) -> Vec<u64> {
        self.failures.iter().filter_map(|failure| failure.line).collect()
    }
}

impl<T: Noted> Observer<T> for Recorder<T> {
    fn expect(&mut self, total: u64) {
        self.expected = Some(total);
    }
    fn advance(&mut self, by: u64) {
        self.advanced += by;
        self.batches += 1;
        if let Some(hook) = self.after_first.take() {
            hook();
        }
    }
    fn done(&mut self, item: &T) {
        self.done.push(item.note());
    }
    fn failed(&mut self, failure: &Failure) {
        self.failures.push(failure.clone());
    }
    fn stop_requested(&self) -> bool {
        self.stop_after.is_some_and(|batches| self.batches >= batches)
    }
}

/// An observer that records what a cleanup reports.
#[derive(Default)]
pub struct Sweeper {
    /// IDs written to the archive; `None` without an archive.
    pub archived: Option<Vec<Uuid>>,
    /// Number of archived IDs whose batch was deleted.
    pub deleted: usize,
    pub failures: Vec<Failure>,
    /// True if writing to the archive fails.
    pub archive_fails: bool,
    pub expected: u64,
    pub advanced: u64,
    pub batches: u32,
    pub stop_after: Option<u32>,
    pub after_first: Option<Hook>,
}

impl CleanupObserver for Sweeper {
    fn expect(&mut self, total: u64) {
        self.expected = total;
    }
    fn advance(&mut self, what: CleanupAction, by: u64) {
        self.advanced += by;
        self.batches += 1;
        if what == CleanupAction::Purged {
            self.deleted = self.archived.as_ref().map_or(0, Vec::len);
        }
        if let Some(hook) = self.after_first.take() {
            hook();
        }
    }
    fn failed(&mut self, failure: &Failure) {
        self.failures.push(failure.clone());
    }
    fn begin_batch(&mut self) -> Result<()> {
        self.archived.iter_mut().for_each(|archived| archived.truncate(self.deleted));
        Ok(())
    }
    fn archive(&mut self, piece: Archived<'_>) -> Result<()> {
        if self.archive_fails {
            return Err(Error::database("the archive is full"));
        }
        if let (Some(archived), Archived::Invite(invite)) = (&mut self.archived, piece) {
            archived.push(invite.id);
        }
        Ok(())
    }
    fn archives(&self) -> bool {
        self.archived.is_some()
    }
    fn stop_requested(&self) -> bool {
        self.stop_after.is_some_and(|batches| self.batches >= batches)
    }
}
