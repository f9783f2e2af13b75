//! Observers of a cleanup, which may also archive what it deletes.

use crate::batch::Failure;
use crate::error::Result;
use crate::model::invite::Invite;
use crate::store::tables::uses::Use;

/// The action of a cleanup on an invite or a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CleanupAction {
    /// An invite is closed as expired.
    Expired,
    /// An invite is closed as used up.
    UsedUp,
    /// An invite of a removed space is closed as revoked.
    Revoked,
    /// An invite is deleted.
    Purged,
    /// A removed space is deleted.
    Space,
}

/// Observes a cleanup, and archives invites before they are deleted.
pub trait CleanupObserver: Send {
    /// Receives the total number of items to close and delete.
    fn expect(&mut self, _total: u64) {}
    /// Receives a number of items that were closed or deleted, after the commit.
    fn advance(&mut self, _what: CleanupAction, _by: u64) {}
    /// Receives an item that the database refused to close or delete.
    fn failed(&mut self, _failure: &Failure) {}
    /// Begins a batch, or begins it again after a rollback: then the records of the batch
    /// so far are to be dropped.
    ///
    /// # Errors
    /// Any error; the batch is then rolled back.
    fn begin_batch(&mut self) -> Result<()> {
        Ok(())
    }
    /// Archives a record that is about to be deleted.
    ///
    /// # Errors
    /// Any error; the batch is then rolled back.
    fn archive(&mut self, _piece: Archived<'_>) -> Result<()> {
        Ok(())
    }
    /// Makes the archived batch durable. The deletion is committed afterwards and reported
    /// to [`CleanupObserver::advance`]; if the process ends in between, the batch may be
    /// deleted or not.
    ///
    /// # Errors
    /// Any error; the batch is then rolled back.
    fn keep_batch(&mut self) -> Result<()> {
        Ok(())
    }
    /// Returns true if [`CleanupObserver::archive`] is to be called.
    fn archives(&self) -> bool {
        false
    }
    /// Returns true if the run is to stop after the current batch.
    fn stop_requested(&self) -> bool {
        false
    }
}

/// A record that is about to be deleted. The uses of an invite follow the invite.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Archived<'a> {
    /// An invite.
    Invite(&'a Invite),
    /// A use of the preceding invite.
    Use(&'a Use),
}
