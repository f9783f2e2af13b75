//! Observer of a cleanup: it shows progress, archives deleted invites and stops on signals.

use crate::batch::Failure;
use crate::cli::commands::cleanup::archive::Archive;
use crate::cli::context::Context;
use crate::cli::host::Interrupt;
use crate::cli::ui::errors;
use crate::cli::ui::printer::Printer;
use crate::cli::ui::progress::Progress;
use crate::invites::cleanup::{Archived, CleanupAction, CleanupObserver, CleanupSummary};

/// Observer of a cleanup.
pub(crate) struct ArchivingObserver {
    pub(crate) progress: Progress,
    printer: Printer,
    interrupt: Interrupt,
    /// Archive of deleted invites.
    archive: Option<Archive>,
    /// Counts so far.
    pub(crate) done: CleanupSummary,
}

impl ArchivingObserver {
    /// Creates an observer. From then on, a signal stops the cleanup after its transaction.
    pub(crate) fn new(context: &Context, archive: Option<Archive>) -> Self {
        context.interrupt.cooperate();
        ArchivingObserver {
            progress: Progress::new(&context.printer, "cleanup"),
            printer: context.printer.clone(),
            interrupt: context.interrupt.clone(),
            archive,
            done: CleanupSummary::default(),
        }
    }
}

impl CleanupObserver for ArchivingObserver {
    fn expect(&mut self, total: u64) {
        self.progress.expect(total);
    }

    fn advance(&mut self, what: CleanupAction, by: u64) {
        match what {
            CleanupAction::Expired => self.done.expired += by,
            CleanupAction::UsedUp => self.done.used_up += by,
            CleanupAction::Revoked => self.done.revoked += by,
            CleanupAction::Space => self.done.spaces += by,
            CleanupAction::Purged => {
                self.done.purged += by;
                self.archive.iter_mut().for_each(Archive::deleted);
            }
        }
        self.progress.advance(by);
    }

    fn failed(&mut self, failed: &Failure) {
        self.done.failed += failed.count;
        self.progress.suspend(|| errors::print_failure(&self.printer, failed));
    }

    fn archives(&self) -> bool {
        self.archive.is_some()
    }

    fn begin_batch(&mut self) -> crate::error::Result<()> {
        self.archive.as_mut().map_or(Ok(()), Archive::begin_batch)
    }

    fn archive(&mut self, piece: Archived<'_>) -> crate::error::Result<()> {
        self.archive.as_mut().map_or(Ok(()), |archive| archive.write(piece))
    }

    fn keep_batch(&mut self) -> crate::error::Result<()> {
        self.archive.as_mut().map_or(Ok(()), Archive::keep_batch)
    }

    fn stop_requested(&self) -> bool {
        self.interrupt.raised().is_some()
    }
}
