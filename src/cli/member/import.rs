//! `invite member import`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::actions::import_members::{ImportMembersRequest, ImportedMember, import_members};
use crate::actions::import_spaces::ImportSummary;
use crate::actions::{Failure, Observer};
use crate::cli::context::Context;
use crate::cli::host::Interrupt;
use crate::cli::printer::Printer;
use crate::cli::progress::Progress;
use crate::cli::space::InputFormat;
use crate::cli::text::grouped;
use crate::cli::{Exit, failure, output};
use crate::records::Records;

/// Take members in from a CSV file or JSON lines
///
/// Columns: space_id, user_id, role, name, email. New members are added, known ones left as they are; a row that
/// cannot be taken in is told of with its line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  invite member import members.csv
  invite member import members.csv --update --dry-run")]
pub(super) struct ImportArgs {
    /// The file; - for standard input
    file: String,

    /// Give known members the file's roles
    #[arg(long)]
    update: bool,

    /// How the file is written; without it, its name tells
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<InputFormat>,

    /// Show what would be taken in, and stop there
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    dry_run: bool,
    read: u64,
    added: u64,
    updated: u64,
    unchanged: u64,
    failed: u64,
    interrupted: bool,
}

pub(super) async fn run(context: &mut Context, args: ImportArgs) -> Result<Exit> {
    let source = context.input(&args.file)?;
    let rows = Records::open(source, InputFormat::of(args.format, &args.file))?;
    let service = context.service().await?;
    let request = ImportMembersRequest { update: args.update, dry_run: args.dry_run };
    context.interrupt.cooperate();
    let mut watch = Watch {
        progress: Progress::new(&context.printer, "import"),
        printer: context.printer.clone(),
        interrupt: context.interrupt.clone(),
        so_far: ImportSummary::default(),
    };
    let outcome = import_members(&service, &context.actor(), request, rows, &mut watch).await;
    watch.progress.clear();
    let summary = match outcome {
        Ok(summary) => summary,
        Err(error) => {
            // What was done before the error stays done, and is said.
            if watch.so_far.added + watch.so_far.updated > 0 {
                report(context, &args, &watch.so_far, true)?;
                context.tell_cut_short(false, true);
            }
            return Err(error.into());
        }
    };
    report(context, &args, &summary, summary.interrupted)?;
    context.tell_cut_short(summary.interrupted, false);
    Ok(context.exit(summary.interrupted, summary.failed))
}

fn report(context: &Context, args: &ImportArgs, summary: &ImportSummary, cut: bool) -> std::io::Result<()> {
    let record = Report {
        success: summary.failed == 0 && !cut,
        dry_run: args.dry_run,
        read: summary.read,
        added: summary.added,
        updated: summary.updated,
        unchanged: summary.unchanged,
        failed: summary.failed,
        interrupted: summary.interrupted,
    };
    if context.printer.is_quiet() && context.printer.format().is_for_people() {
        return Ok(());
    }
    let verbs = if args.dry_run { ("would add", "would update") } else { ("added", "updated") };
    output::report(&context.printer, &record, None, || {
        format!(
            "import: read {}, {} {}, {} {}, unchanged {}, failed {}\n",
            grouped(summary.read),
            verbs.0,
            grouped(summary.added),
            verbs.1,
            grouped(summary.updated),
            grouped(summary.unchanged),
            grouped(summary.failed)
        )
    })
}

struct Watch {
    progress: Progress,
    printer: Printer,
    interrupt: Interrupt,
    /// What is known of a run that an error ends.
    so_far: ImportSummary,
}

impl Observer<ImportedMember> for Watch {
    fn advance(&mut self, by: u64) {
        self.so_far.read += by;
        self.progress.advance(by, &self.printer);
    }

    fn done(&mut self, member: &ImportedMember) {
        if member.is_new {
            self.so_far.added += 1;
        } else {
            self.so_far.updated += 1;
        }
    }

    fn failed(&mut self, failed: &Failure) {
        self.so_far.failed += 1;
        self.progress.aside(|| failure::item(&self.printer, failed));
    }

    fn stop_requested(&self) -> bool {
        self.interrupt.raised().is_some()
    }
}
