//! An observer that writes down what it is told.

use invite::batch::{Failure, Observer};
use invite::error::{Error, Result};
use invite::invites::Issued;
use invite::invites::cleanup::{Archived, CleanupAction, CleanupObserver};
use invite::members::import::ImportedMember;
use invite::model::invite::Invite;
use invite::spaces::backfill::Backfilled;
use invite::spaces::import::ImportedSpace;
use uuid::Uuid;

/// What is kept of an item.
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
    /// The space, and the code where it got one.
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

/// What an action told of.
pub struct Recorder<T: Noted> {
    pub done: Vec<T::Note>,
    pub failures: Vec<Failure>,
    pub expected: Option<u64>,
    pub advanced: u64,
    batches: u32,
    stop_after: Option<u32>,
    after_first: Option<Hook>,
}

/// Runs after the first batch.
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

    /// One that does something after the first batch.
    pub fn calling(hook: Hook) -> Self {
        Recorder { after_first: Some(hook), ..Recorder::new() }
    }

    /// One that asks to stop once so many batches are done.
    pub fn stopping_after(batches: u32) -> Self {
        Recorder { stop_after: Some(batches), ..Recorder::new() }
    }

    /// The lines of the failures.
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

/// The same for a cleanup.
#[derive(Default)]
pub struct Sweeper {
    /// IDs that the archive was given and kept; `None` without an archive.
    pub archived: Option<Vec<Uuid>>,
    /// How many of them are of batches that were deleted.
    pub deleted: usize,
    pub failures: Vec<Failure>,
    /// Whether the archive fails.
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
