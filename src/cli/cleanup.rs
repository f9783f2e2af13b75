//! `invite cleanup`

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::host::Interrupt;
use super::output::{SCHEMA, new_private_file, refuse_existing};
use super::printer::Printer;
use super::progress::Progress;
use super::prompt::{Confirmed, Question, confirm};
use super::text::{counted, grouped};
use super::view::{InviteView, UseView};
use super::{Exit, output, values};
use crate::actions::Service;
use crate::actions::cleanup::{
    Archived, Cleaned, CleanupObserver, CleanupPlan, CleanupRequest, CleanupSummary, cleanup, plan_cleanup,
};
use crate::error::Error;

/// Close what is dead; with --purge-after, delete what is old
///
/// An invite is dead at its end whether or not this has run: closing only frees its place and tidies the lists.
/// Made for cron: -q says nothing unless something went wrong.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite cleanup --dry-run
  invite cleanup -q
  invite cleanup --purge-after 90d --archive closed.jsonl --yes")]
pub(super) struct CleanupArgs {
    /// Show what would be closed and deleted, and stop there
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// With --dry-run: exit with 8 if there is something to do
    #[arg(long, requires = "dry_run")]
    exit_code: bool,

    /// Also delete invites that have been closed for so long and were never used
    #[arg(long, value_name = "DURATION", value_parser = values::span, allow_hyphen_values = true)]
    purge_after: Option<TimeDelta>,

    /// Delete used ones too, and with them the record of who came in
    #[arg(long, requires = "purge_after")]
    include_used: bool,

    /// Write what is deleted into this new file first, with who used it, as JSON lines
    #[arg(long, value_name = "FILE", requires = "purge_after")]
    archive: Option<PathBuf>,

    /// How many invites a transaction looks at [default: 50000, on a cluster 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch_size: Option<u32>,

    /// Stop after so long; the next run goes on
    #[arg(long, value_name = "DURATION", value_parser = values::span, allow_hyphen_values = true)]
    max_duration: Option<TimeDelta>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    dry_run: bool,
    expired: u64,
    used_up: u64,
    purged: u64,
    interrupted: bool,
    out_of_time: bool,
}

pub(super) async fn run(context: &mut Context, args: CleanupArgs) -> Result<Exit> {
    let request = CleanupRequest {
        purge_after: args.purge_after,
        include_used: args.include_used,
        batch_size: args.batch_size,
        max_duration: args.max_duration.and_then(|span| span.to_std().ok()),
    };
    let service = context.service().await?;
    let plan = plan_cleanup(&service, &request).await?;
    if args.dry_run {
        report(context, &args, &planned(&plan), false)?;
        let pending = plan.expired() + plan.used_up() + plan.purgeable() > 0;
        return Ok(if args.exit_code && pending { Exit::Pending } else { Exit::Done });
    }
    let confirmed = if plan.purgeable() > 0 { ask(context, &args, &plan)? } else { Confirmed::not_needed() };
    act(context, &service, &args, &request, plan, &confirmed).await
}

async fn act(
    context: &Context,
    service: &Service,
    args: &CleanupArgs,
    request: &CleanupRequest,
    plan: CleanupPlan,
    _confirmed: &Confirmed,
) -> Result<Exit> {
    let mut watch = Watch::new(context, args, plan.purgeable(), service.now())?;
    let outcome = cleanup(service, &context.actor(), request, plan, &mut watch).await;
    watch.progress.clear();
    match outcome {
        Ok(summary) => {
            report(context, args, &summary, summary.interrupted)?;
            context.tell_cut_short(summary.interrupted, false);
            Ok(context.exit(summary.interrupted, 0))
        }
        Err(error) if watch.done == CleanupSummary::default() => Err(error.into()),
        Err(error) => {
            // What was done before the error stays done, and is said.
            report(context, args, &watch.done, true)?;
            context.tell_cut_short(false, true);
            Err(error.into())
        }
    }
}

fn planned(plan: &CleanupPlan) -> CleanupSummary {
    CleanupSummary {
        expired: plan.expired(),
        used_up: plan.used_up(),
        purged: plan.purgeable(),
        ..CleanupSummary::default()
    }
}

/// Deleting cannot be undone: the operator types what it is done to.
fn ask(context: &Context, args: &CleanupArgs, plan: &CleanupPlan) -> Result<Confirmed> {
    let what = format!(
        "this deletes {} for good{} from {}",
        counted(plan.purgeable(), "closed invite"),
        if args.include_used { ", used ones with the record of who came in," } else { "" },
        context.target()
    );
    confirm(context, &what, &Question::TypeName("purge"))
}

fn report(context: &Context, args: &CleanupArgs, summary: &CleanupSummary, cut: bool) -> std::io::Result<()> {
    let record = Report {
        success: !cut,
        dry_run: args.dry_run,
        expired: summary.expired,
        used_up: summary.used_up,
        purged: summary.purged,
        interrupted: summary.interrupted,
        out_of_time: summary.out_of_time,
    };
    let (closed, deleted) = if args.dry_run { ("would close", "would delete") } else { ("closed", "deleted") };
    if context.printer.shows_reports() {
        output::report(&context.printer, &record, None, || {
            let mut text =
                format!("{closed}: {} expired, {} used up", grouped(summary.expired), grouped(summary.used_up));
            if args.purge_after.is_some() {
                text.push_str(&format!("; {deleted}: {}", grouped(summary.purged)));
            }
            text + "\n"
        })?;
    }
    if summary.out_of_time {
        context.printer.note("Stopped at --max-duration; the next run goes on.");
    }
    Ok(())
}

struct Watch {
    progress: Progress,
    printer: Printer,
    interrupt: Interrupt,
    /// Where deleted invites go; the file is made with the first of them.
    archive: Option<(PathBuf, Option<BufWriter<File>>)>,
    now: DateTime<Utc>,
    done: CleanupSummary,
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
    fn new(context: &Context, args: &CleanupArgs, to_delete: u64, now: DateTime<Utc>) -> crate::Result<Self> {
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
            None => open.insert(BufWriter::new(new_private_file(path).map_err(failed)?)),
        };
        Watch::write(file, invites, self.now).map_err(failed)
    }

    fn stop_requested(&self) -> bool {
        self.interrupt.raised().is_some()
    }
}
