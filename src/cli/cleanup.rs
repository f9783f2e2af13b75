//! `invite cleanup`

mod metrics;
mod metrics_file;
mod watch;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::changes::{Changes, EXPIRED, PURGED, USED_UP};
use super::context::Context;
use super::prompt::{Confirmed, Declined, Question, confirm};
use super::text::{counted, grouped, safe};
use super::{Exit, output, values};
use crate::actions::Service;
use crate::actions::cleanup::{CleanupPlan, CleanupRequest, CleanupSummary, cleanup, plan_cleanup};
use crate::actions::count_live::{LiveCount, count_live};
use crate::duration::Span;
use crate::error::Error;
use metrics::LastRun;
use metrics_file::MetricsFile;
use watch::Watch;

/// Close what is dead; with --purge-after, delete what is old
///
/// An invite is dead at its end whether or not this has run: closing only frees its place and tidies the lists.
/// Made for cron: -q says nothing unless something went wrong.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite cleanup --dry-run
  invite cleanup -q
  invite cleanup --purge-after 90d --archive closed.jsonl --yes
  invite cleanup -q --metrics-file /var/lib/prometheus/node-exporter/invite.prom")]
pub(super) struct CleanupArgs {
    /// Show what would be closed and deleted, and stop there
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// With --dry-run: exit with 8 if there is something to do
    #[arg(long, requires = "dry_run")]
    exit_code: bool,

    /// Also delete invites that have been closed for so long and were never used
    #[arg(long, value_name = "DURATION", value_parser = values::span, allow_hyphen_values = true)]
    purge_after: Option<Span>,

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
    max_duration: Option<Span>,

    /// Count this run in a file for Prometheus, which its node_exporter reads
    #[arg(long, value_name = "FILE.prom", conflicts_with = "dry_run")]
    metrics_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    interrupted: bool,
    out_of_time: bool,
}

/// What a run came to, whether or not it failed then.
#[derive(Default)]
struct Course {
    done: CleanupSummary,
    live: Option<LiveCount>,
}

pub(super) async fn run(context: &mut Context, args: CleanupArgs) -> Result<Exit> {
    let mut course = Course::default();
    let Some(path) = &args.metrics_file else { return clean(context, &args, &mut course).await };
    let file = MetricsFile::at(path)?;
    let begin = now();
    let outcome = clean(context, &args, &mut course).await;
    if outcome.as_ref().is_err_and(anyhow::Error::is::<Declined>) {
        return outcome;
    }
    let written = file.count(&LastRun {
        end: context.clock().now(),
        took: now().duration_since(begin),
        succeeded: matches!(outcome, Ok(Exit::Done)),
        done: course.done,
        live: course.live,
    });
    match (written, outcome) {
        (Ok(started_anew), outcome) => {
            if started_anew {
                context
                    .printer
                    .warn(&format!("{} was damaged: its counts begin at 0", safe(&path.display().to_string())));
            }
            outcome
        }
        // The next run goes on, and the report has said so.
        (Err(error), Ok(Exit::Done)) if course.done.out_of_time => Err(error.into()),
        (Err(error), Ok(Exit::Done)) => Err(error.hint("the cleanup itself is done").into()),
        // How the run itself ended counts for more.
        (Err(error), outcome) => {
            context.printer.warn(&with_cause(&error));
            outcome
        }
    }
}

/// A failure that does not end the run, in one line.
fn with_cause(error: &Error) -> String {
    let cause = error.cause().map(|cause| format!(": {cause}")).unwrap_or_default();
    safe(&format!("{error}{cause}"))
}

#[expect(clippy::disallowed_methods, reason = "how long a run took is measured by the monotonic clock")]
fn now() -> Instant {
    Instant::now()
}

async fn clean(context: &mut Context, args: &CleanupArgs, course: &mut Course) -> Result<Exit> {
    let (now, zone) = (context.clock().now(), context.zone());
    let request = CleanupRequest {
        purge_after: args.purge_after.map(|span| values::length_before(span, now, zone)).transpose()?,
        include_used: args.include_used,
        batch_size: args.batch_size,
        max_duration: args.max_duration.and_then(|span| span.length_after(now, zone).ok()?.to_std().ok()),
    };
    let service = context.service().await?;
    let plan = plan_cleanup(&service, &request).await?;
    if args.dry_run {
        report(context, args, &planned(&plan), false)?;
        let pending = plan.expired() + plan.used_up() + plan.purgeable() > 0;
        return Ok(if args.exit_code && pending { Exit::Pending } else { Exit::Done });
    }
    let confirmed = if plan.purgeable() > 0 { ask(context, args, &plan)? } else { Confirmed::not_needed() };
    let exit = act(context, &service, args, &request, plan, course, &confirmed).await?;
    if args.metrics_file.is_some() && exit == Exit::Done {
        // The work is done and told of: it does not fail for want of a count.
        match count_live(&service, metrics::SOON).await {
            Ok(live) => course.live = Some(live),
            Err(error) => context.printer.warn(&format!("what is alive could not be counted: {}", with_cause(&error))),
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
    course: &mut Course,
    _confirmed: &Confirmed,
) -> Result<Exit> {
    let mut watch = Watch::new(context, args, plan.purgeable(), service.now())?;
    let outcome = cleanup(service, &context.actor(), request, plan, &mut watch).await;
    watch.progress.clear();
    course.done = watch.done;
    match outcome {
        Ok(summary) => {
            course.done = summary;
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
        changes: Changes::new(
            args.dry_run,
            [(EXPIRED, summary.expired), (USED_UP, summary.used_up), (PURGED, summary.purged)],
        ),
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
