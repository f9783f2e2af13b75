//! `invite space import`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::actions::import_spaces::{ImportSpacesRequest, ImportedSpace, SpaceRow, import_spaces};
use crate::actions::manage_spaces::Space;
use crate::actions::{Failure, Observer, Service};
use crate::cli::context::Context;
use crate::cli::host::Interrupt;
use crate::cli::printer::Printer;
use crate::cli::progress::Progress;
use crate::cli::text::grouped;
use crate::cli::{Exit, failure, output};
use crate::records::{FileFormat, Records};

/// Take spaces in from a CSV file or JSON lines
///
/// Columns: id, name, policy (or --policy for all), code (the standing code that a space already has). New spaces
/// are added, known ones left as they are; a row that cannot be taken in is told of with its line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  invite space import spaces.csv
  invite space import spaces.csv --dry-run
  cat spaces.jsonl | invite space import - --format jsonl --policy space")]
pub(in crate::cli) struct ImportArgs {
    /// The file; - for standard input
    file: String,

    /// Policy of rows that name none
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    /// Give known spaces the file's names
    #[arg(long)]
    update: bool,

    /// How the file is written; without it, its name tells
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<InputFormat>,

    /// Show what would be taken in, and stop there
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(in crate::cli) enum InputFormat {
    /// Comma-separated values with a header line.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

impl InputFormat {
    /// The format that was given, or that the name tells.
    pub(in crate::cli) fn of(given: Option<Self>, name: &str) -> FileFormat {
        match given {
            Some(InputFormat::Csv) => FileFormat::Csv,
            Some(InputFormat::Jsonl) => FileFormat::JsonLines,
            None => FileFormat::of_name(name),
        }
    }
}

/// What came of an import; with what a backfill after it would find.
#[derive(Debug, Clone, Default, Serialize)]
pub(in crate::cli) struct Imported {
    pub read: u64,
    pub added: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub failed: u64,
    pub interrupted: bool,
    /// New spaces whose policy has standing codes.
    #[serde(skip)]
    pub standing: u64,
    /// Those of them that bring no code along.
    #[serde(skip)]
    pub lacking: u64,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    dry_run: bool,
    #[serde(flatten)]
    imported: Imported,
}

pub(super) async fn run(context: &mut Context, args: ImportArgs) -> Result<Exit> {
    let format = InputFormat::of(args.format, &args.file);
    let source = context.input(&args.file)?;
    let rows = Records::open(source, format)?;
    let service = if args.dry_run { context.service().await? } else { context.service_or_create().await? };
    let request = ImportSpacesRequest { default_policy: args.policy, update: args.update, dry_run: args.dry_run };
    let (imported, mut broken) = act(context, &service, &request, rows, &mut |_| {}).await;
    if let Some(error) = broken.take_if(|_| imported.added + imported.updated == 0) {
        return Err(error.into());
    }
    let success = imported.failed == 0 && broken.is_none() && !imported.interrupted;
    let report = Report { success, dry_run: args.dry_run, imported };
    if !context.printer.is_quiet() || !context.printer.format().is_for_people() {
        output::report(&context.printer, &report, None, || sentence(&report.imported, args.dry_run) + "\n")?;
    }
    context.tell_cut_short(report.imported.interrupted, broken.is_some());
    match broken {
        None => Ok(context.exit(report.imported.interrupted, report.imported.failed)),
        Some(error) => Err(error.into()),
    }
}

/// Told of each new space that will lack a standing code.
type Lacking<'l> = &'l mut (dyn FnMut(&Space) + Send);

/// Takes spaces in on behalf of another command, and says what came of it.
pub(in crate::cli) async fn import(
    context: &mut Context,
    service: &Service,
    file: &str,
    request: &ImportSpacesRequest,
    lacking: Lacking<'_>,
) -> Result<Imported> {
    let source = context.input(file)?;
    let rows = Records::open(source, FileFormat::of_name(file))?;
    let (imported, broken) = act(context, service, request, rows, lacking).await;
    if broken.is_none() || imported.added + imported.updated > 0 {
        context.printer.note(&sentence(&imported, request.dry_run));
        context.tell_cut_short(imported.interrupted, broken.is_some());
    }
    match broken {
        None => Ok(imported),
        Some(error) => Err(error.into()),
    }
}

/// Runs an import; answers what it did, also where an error ended it: what was
/// done before stays done, and is said.
async fn act(
    context: &Context,
    service: &Service,
    request: &ImportSpacesRequest,
    rows: Records<SpaceRow>,
    lacking: Lacking<'_>,
) -> (Imported, Option<crate::Error>) {
    context.interrupt.cooperate();
    let mut watch = Watch {
        progress: Progress::new(&context.printer, "import"),
        printer: context.printer.clone(),
        interrupt: context.interrupt.clone(),
        // Where a policy is given, a backfill looks at its spaces alone.
        standing: service.policies().names_where(|policy| {
            policy.standing && request.default_policy.as_ref().is_none_or(|only| *only == policy.name)
        }),
        imported: Imported::default(),
        lacking,
    };
    let outcome = import_spaces(service, &context.actor(), request, rows, &mut watch).await;
    watch.progress.clear();
    match outcome {
        Err(error) => (watch.imported, Some(error)),
        Ok(summary) => {
            let imported = Imported {
                read: summary.read,
                added: summary.added,
                updated: summary.updated,
                unchanged: summary.unchanged,
                failed: summary.failed,
                interrupted: summary.interrupted,
                ..watch.imported
            };
            (imported, None)
        }
    }
}

fn sentence(imported: &Imported, dry_run: bool) -> String {
    let (added, updated) = if dry_run { ("would add", "would update") } else { ("added", "updated") };
    let mut text = format!("import: read {}, {added} {}", grouped(imported.read), grouped(imported.added));
    if imported.updated > 0 {
        text.push_str(&format!(", {updated} {}", grouped(imported.updated)));
    }
    text.push_str(&format!(", unchanged {}, failed {}", grouped(imported.unchanged), grouped(imported.failed)));
    text
}

struct Watch<'l> {
    progress: Progress,
    printer: Printer,
    interrupt: Interrupt,
    standing: Vec<String>,
    imported: Imported,
    lacking: Lacking<'l>,
}

impl Observer<ImportedSpace> for Watch<'_> {
    fn advance(&mut self, by: u64) {
        self.imported.read += by;
        self.progress.advance(by, &self.printer);
    }

    fn done(&mut self, item: &ImportedSpace) {
        if item.is_new {
            self.imported.added += 1;
        } else {
            self.imported.updated += 1;
        }
        if item.is_new && self.standing.contains(&item.space.policy) {
            self.imported.standing += 1;
            if !item.brings_code {
                self.imported.lacking += 1;
                (self.lacking)(&item.space);
            }
        }
    }

    fn failed(&mut self, failed: &Failure) {
        self.imported.failed += 1;
        self.progress.aside(|| failure::item(&self.printer, failed));
    }

    fn stop_requested(&self) -> bool {
        self.interrupt.raised().is_some()
    }
}
