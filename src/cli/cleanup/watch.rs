//! Who watches a cleanup: its progress, its archive, and signals.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::CleanupArgs;
use crate::actions::cleanup::{Archived, Cleaned, CleanupObserver, CleanupSummary};
use crate::cli::context::Context;
use crate::cli::host::Interrupt;
use crate::cli::output::{SCHEMA, refuse_existing};
use crate::cli::printer::Printer;
use crate::cli::progress::Progress;
use crate::cli::view::{InviteView, UseView};
use crate::error::Error;
use crate::files::create_private;

pub(super) struct Watch {
    pub(super) progress: Progress,
    printer: Printer,
    interrupt: Interrupt,
    /// Where deleted invites go; the file is made with the first of them.
    archive: Option<(PathBuf, Option<BufWriter<File>>)>,
    now: DateTime<Utc>,
    /// What it came to so far.
    pub(super) done: CleanupSummary,
}

/// An invite as the archive keeps it.
#[derive(Serialize)]
struct ArchivedRow<'a> {
    schema: u32,
    #[serde(flatten)]
    invite: InviteView,
    code_key: &'a str,
    used_by: Vec<UseView>,
}

impl Watch {
    pub(super) fn new(
        context: &Context,
        args: &CleanupArgs,
        to_delete: u64,
        now: DateTime<Utc>,
    ) -> crate::Result<Self> {
        let archive = args.archive.as_ref().filter(|_| to_delete > 0);
        if let Some(file) = archive {
            refuse_existing(file)?;
        }
        context.interrupt.cooperate();
        Ok(Watch {
            progress: Progress::new(&context.printer, "cleanup"),
            printer: context.printer.clone(),
            interrupt: context.interrupt.clone(),
            archive: archive.map(|file| (file.clone(), None)),
            now,
            done: CleanupSummary::default(),
        })
    }

    fn write(archive: &mut BufWriter<File>, invites: &[Archived], now: DateTime<Utc>) -> std::io::Result<()> {
        for Archived { invite, uses } in invites {
            let row = ArchivedRow {
                schema: SCHEMA,
                invite: InviteView::new(invite, None, now),
                code_key: invite.code_key.reveal(),
                used_by: uses.iter().map(UseView::new).collect(),
            };
            serde_json::to_writer(&mut *archive, &row)?;
            archive.write_all(b"\n")?;
        }
        archive.flush()?;
        archive.get_ref().sync_data()
    }
}

impl CleanupObserver for Watch {
    fn expect(&mut self, total: u64) {
        self.progress.expect(total);
    }

    fn advance(&mut self, what: Cleaned, by: u64) {
        match what {
            Cleaned::Expired => self.done.expired += by,
            Cleaned::UsedUp => self.done.used_up += by,
            Cleaned::Purged => self.done.purged += by,
        }
        self.progress.advance(by, &self.printer);
    }

    fn archives(&self) -> bool {
        self.archive.is_some()
    }

    fn archive(&mut self, invites: &[Archived]) -> crate::Result<()> {
        let Some((path, open)) = &mut self.archive else { return Ok(()) };
        let failed = |error: std::io::Error| {
            Error::database(format!(
                "the archive {} cannot be written; nothing of this batch was deleted",
                path.display()
            ))
            .caused_by(error)
        };
        let file = match open {
            Some(file) => file,
            None => open.insert(BufWriter::new(create_private(path).map_err(failed)?)),
        };
        Watch::write(file, invites, self.now).map_err(failed)
    }

    fn stop_requested(&self) -> bool {
        self.interrupt.raised().is_some()
    }
}
