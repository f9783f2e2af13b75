//! `invite cleanup`

mod archive;
mod metrics;
mod metrics_file;
mod observer;

use std::error::Error as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::commands::cleanup::archive::Archive;
use crate::cli::commands::cleanup::metrics::LastRun;
use crate::cli::commands::cleanup::metrics_file::MetricsFile;
use crate::cli::commands::cleanup::observer::ArchivingObserver;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::changes::{Changes, EXPIRED, PURGED, REVOKED, SPACES_PURGED, USED_UP};
use crate::cli::ui::output;
use crate::cli::ui::prompt::{Confirmed, Declined, Question};
use crate::cli::ui::text::{counted, grouped, safe};
use crate::cli::values;
use crate::duration::Span;
use crate::error::Error;
use crate::invites::cleanup::{CleanupPlan, CleanupRequest, CleanupSummary};
use crate::invites::count_open::OpenCount;
use crate::service::Service;

/// Close expired and used-up invites, and purge old ones
///
/// An invite becomes invalid at its expiry or last use, whether or not cleanup has run. Cleanup records such invites as
/// closed, and deletes nothing unless --purge-after is given.
///
/// In a cron job, add -q, which prints only errors. Add --yes to --purge-after: without it, a run without a terminal is
/// refused.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite cleanup --dry-run
  invite cleanup -q
  invite cleanup --purge-after 90d --include-used --dry-run
  invite cleanup -q --yes --purge-after 90d --archive /var/backups/closed.jsonl
  invite cleanup -q --metrics-file /var/lib/prometheus/node-exporter/invite.prom

Line for crontab -e, every night:
  @daily invite cleanup -qy --purge-after 90d --include-used --archive /var/backups/closed.jsonl")]
pub(crate) struct CleanupArgs {
    /// Count what would be closed and deleted; change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// With --dry-run: exit with 8 if work is pending
    #[arg(long, requires = "dry_run")]
    exit_code: bool,

    /// Also delete unused invites that were closed at least this long ago: 90m, 24h, 7d, 2w, 1month
    ///
    /// An expired invite counts from the run that closed it, not from its expiry. Used invites are kept unless --include-used
    /// is given. A space that was removed that long ago is deleted, with its members, if none of its invites is left.
    #[arg(long, value_name = "DURATION", value_parser = values::span, allow_hyphen_values = true)]
    purge_after: Option<Span>,

    /// With --purge-after: also delete used invites, with the records of their uses
    #[arg(long, requires = "purge_after")]
    include_used: bool,

    /// File to append deleted invites to, with their uses, as JSON Lines
    ///
    /// The folder must exist. The file is created if it is missing, readable by its owner only. Used invites are
    /// deleted, and so archived, only with --include-used. Each deleted invite is written once, even if a run is
    /// killed. One run at a time can write to the file.
    #[arg(long, value_name = "FILE", requires = "purge_after")]
    archive: Option<PathBuf>,

    /// Number of invites per transaction [default: 50000, on a cluster 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch_size: Option<u32>,

    /// Stop after this duration: 90m, 24h, 7d, 2w, 1month; the next run continues
    #[arg(long, value_name = "DURATION", value_parser = values::span, allow_hyphen_values = true)]
    max_duration: Option<Span>,

    /// File for the Prometheus node_exporter (textfile collector), in an existing folder
    #[arg(long, value_name = "FILE.prom", conflicts_with = "dry_run")]
    metrics_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    /// Invites that the database refused to change.
    failed: u64,
    /// Used invites that are old enough to delete.
    kept_used: u64,
    /// Spaces that were removed long enough ago, with used invites.
    kept_spaces: u64,
    interrupted: bool,
    timed_out: bool,
}

/// Results of a run for the metrics, even if the run failed.
#[derive(Default)]
struct Results {
    done: CleanupSummary,
    open: Option<OpenCount>,
    locked: Option<u64>,
}

pub(crate) async fn run(context: &mut Context, args: CleanupArgs) -> Result<Exit> {
    let mut results = Results::default();
    let Some(path) = &args.metrics_file else { return run_cleanup(context, &args, &mut results).await };
    let file = MetricsFile::at(path)?;
    let start = now();
    let outcome = run_cleanup(context, &args, &mut results).await;
    if outcome.as_ref().is_err_and(anyhow::Error::is::<Declined>) {
        return outcome;
    }
    let written = file.add(&LastRun {
        end: context.clock().now(),
        duration: now().duration_since(start),
        succeeded: matches!(outcome, Ok(Exit::Done)),
        done: results.done,
        open: results.open,
        locked: results.locked,
    });
    match (written, outcome) {
        (Ok(was_damaged), outcome) => {
            if was_damaged {
                context.printer.warn(&format!(
                    "the metrics file {} was damaged; its counters start at 0",
                    safe(&path.display().to_string())
                ));
            }
            outcome
        }
        // The report already says that the next run continues.
        (Err(error), Ok(Exit::Done)) if results.done.timed_out => Err(error.into()),
        (Err(error), Ok(Exit::Done)) => Err(error.with_hint("the cleanup itself is complete").into()),
        // The result of the run itself is more important.
        (Err(error), outcome) => {
            context.printer.warn(&with_cause(&error));
            outcome
        }
    }
}

/// Returns an error and its cause in one line, for a warning.
fn with_cause(error: &Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    safe(&format!("{error}{cause}"))
}

#[expect(clippy::disallowed_methods, reason = "the monotonic clock measures the duration of a run")]
fn now() -> Instant {
    Instant::now()
}

async fn run_cleanup(context: &mut Context, args: &CleanupArgs, results: &mut Results) -> Result<Exit> {
    refuse_unconfirmed(context, args)?;
    let (now, zone) = (context.clock().now(), context.zone());
    let request = CleanupRequest {
        purge_after: args.purge_after.map(|span| values::length_before(span, now, zone)).transpose()?,
        include_used: args.include_used,
        batch_size: args.batch_size,
        max_duration: args.max_duration.and_then(|span| span.length_after(now, zone).ok()?.to_std().ok()),
    };
    let service = context.service().await?;
    let plan = service.plan_cleanup(&request).await?;
    if args.dry_run {
        report(context, args, &planned(&plan), false)?;
        let pending = plan.revoked() + plan.expired() + plan.used_up() + plan.purgeable() + plan.spaces() > 0;
        context.printer.dry_run_info(pending);
        return Ok(if args.exit_code && pending { Exit::Pending } else { Exit::Done });
    }
    let confirmed =
        if plan.purgeable() + plan.spaces() > 0 { confirm(context, args, &plan)? } else { Confirmed::not_needed() };
    let exit = act(context, &service, args, &request, plan, results, &confirmed).await?;
    if args.metrics_file.is_some() && exit == Exit::Done {
        // The work is done and reported, so a count that fails is only a warning.
        match service.count_open_invites(metrics::SOON).await {
            Ok(open) => results.open = Some(open),
            Err(error) => context.printer.warn(&format!("cannot count open invites: {}", with_cause(&error))),
        }
        match service.list_locked_groups(None).await {
            Ok(locked) => results.locked = Some(locked.len() as u64),
            Err(error) => {
                context.printer.warn(&format!("cannot count locked codes: {}", with_cause(&error)));
            }
        }
    }
    Ok(exit)
}

async fn act(
    context: &Context,
    service: &Service,
    args: &CleanupArgs,
    request: &CleanupRequest,
    plan: CleanupPlan,
    results: &mut Results,
    _confirmed: &Confirmed,
) -> Result<Exit> {
    // Without the archive, invites are closed but not deleted.
    let (archive, plan, archive_error) = match open_archive(context, service, args).await {
        Ok(archive) => (archive, plan, None),
        Err(error) => (None, plan.without_purge(), Some(error)),
    };
    let mut observer = ArchivingObserver::new(context, archive);
    let outcome = service.cleanup(&context.actor(), request, plan, &mut observer).await;
    observer.progress.clear();
    results.done = observer.done;
    match outcome {
        Ok(summary) => {
            results.done = summary;
            report(context, args, &summary, summary.interrupted || summary.failed > 0 || archive_error.is_some())?;
            context.report_incomplete(summary.interrupted, false);
            match archive_error {
                Some(error) if !summary.interrupted => Err(error.into()),
                _ => Ok(context.exit(summary.interrupted, summary.failed)),
            }
        }
        Err(error) if observer.done == CleanupSummary::default() => Err(error.into()),
        Err(error) => {
            // The report has the committed work before the error.
            report(context, args, &observer.done, true)?;
            context.report_incomplete(false, true);
            Err(error.into())
        }
    }
}

/// Refuses deletions that cannot be confirmed. They are also refused if there is nothing to
/// delete, so that the first run of a cron job shows the missing --yes.
fn refuse_unconfirmed(context: &Context, args: &CleanupArgs) -> Result<()> {
    if args.purge_after.is_none() || args.dry_run || context.prompter.can_confirm() {
        return Ok(());
    }
    Err(Error::invalid(
        "cannot ask for a confirmation (no terminal, or --no-input): --purge-after permanently deletes invites",
    )
    .with_hint("preview with --dry-run, then add --yes")
    .into())
}

async fn open_archive(
    context: &Context,
    service: &Service,
    args: &CleanupArgs,
) -> crate::error::Result<Option<Archive>> {
    let Some(path) = &args.archive else { return Ok(None) };
    Archive::open(path, service, &context.interrupt).await.map(Some)
}

/// Returns the effect of a plan as the summary of a run.
fn planned(plan: &CleanupPlan) -> CleanupSummary {
    CleanupSummary {
        expired: plan.expired(),
        used_up: plan.used_up(),
        revoked: plan.revoked(),
        purged: plan.purgeable(),
        kept_used: plan.kept_used(),
        spaces: plan.spaces(),
        kept_spaces: plan.kept_spaces(),
        ..CleanupSummary::default()
    }
}

/// Asks for a typed confirmation, because deletion cannot be undone.
fn confirm(context: &Context, args: &CleanupArgs, plan: &CleanupPlan) -> Result<Confirmed> {
    let spaces =
        if plan.spaces() > 0 { format!(" and {}", counted(plan.spaces(), "removed space")) } else { String::new() };
    let what = format!(
        "this permanently deletes {}{spaces}{} from {}",
        counted(plan.purgeable(), "closed invite"),
        if args.include_used { ", including used ones and the records of their uses," } else { "" },
        context.target()
    );
    context.prompter.confirm(&what, &Question::TypeName("purge"))
}

fn report(context: &Context, args: &CleanupArgs, summary: &CleanupSummary, is_incomplete: bool) -> std::io::Result<()> {
    let record = Report {
        success: !is_incomplete,
        changes: Changes::new(
            args.dry_run,
            [
                (EXPIRED, summary.expired),
                (USED_UP, summary.used_up),
                (REVOKED, summary.revoked),
                (PURGED, summary.purged),
                (SPACES_PURGED, summary.spaces),
            ],
        ),
        failed: summary.failed,
        kept_used: summary.kept_used,
        kept_spaces: summary.kept_spaces,
        interrupted: summary.interrupted,
        timed_out: summary.timed_out,
    };
    let (closed, deleted) = if args.dry_run { ("would close", "would delete") } else { ("closed", "deleted") };
    if context.printer.shows_reports() {
        output::report(&context.printer, &record, None, || {
            let mut text =
                format!("{closed}: {} expired, {} used up", grouped(summary.expired), grouped(summary.used_up));
            if summary.revoked > 0 {
                text.push_str(&format!(", {} of removed spaces", grouped(summary.revoked)));
            }
            if args.purge_after.is_some() {
                text.push_str(&format!("; {deleted}: {}", grouped(summary.purged)));
            }
            if summary.spaces > 0 {
                text.push_str(&format!(", {}", counted(summary.spaces, "removed space")));
            }
            if summary.kept_used > 0 {
                text.push_str(&format!("; {} kept (see --include-used)", counted(summary.kept_used, "used invite")));
            }
            if summary.kept_spaces > 0 {
                text.push_str(&format!("; {} with used invites kept", counted(summary.kept_spaces, "removed space")));
            }
            if summary.failed > 0 {
                text.push_str(&format!("; refused by the database: {}", grouped(summary.failed)));
            }
            text + "\n"
        })?;
    }
    if summary.leaves_log {
        context.printer.warn(&format!(
            "deleted data is still in the write-ahead log of {}, because another process is reading the database; run \
             the same command again when that process has finished",
            context.target()
        ));
    }
    if summary.timed_out {
        context.printer.info("Stopped at --max-duration. The next run continues.");
    }
    Ok(())
}
