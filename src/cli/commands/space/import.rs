//! `invite space import`

use anyhow::Result;
use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::import::{ImportObserver, Imported, InputFormat, NullArgs};
use crate::records::{FileFormat, NullWords, Records};
use crate::service::Service;
use crate::spaces::import::{ImportSpacesRequest, ImportedSpace, SpaceRow};

/// Import spaces from CSV or JSON Lines
///
/// Columns, separated by commas: id, name, policy (or --policy for rows without one), code (the existing standing code
/// of the space). New spaces are added; existing ones stay unchanged. A space without a code in the file has no code
/// afterwards; "invite backfill" creates the missing standing codes. A row that fails is reported with its line number.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite space import spaces.csv
  invite space import spaces.csv --dry-run
  cat spaces.jsonl | invite space import - --format jsonl --policy space")]
pub(crate) struct ImportArgs {
    /// File to import, or - for standard input
    file: String,

    /// Policy of rows without one, and of a file without the column
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    /// Update the names of existing spaces
    #[arg(long)]
    update: bool,

    /// Accept codes of 4 or 5 characters, which are easy to guess
    #[arg(long)]
    allow_short_codes: bool,

    /// File format [default: by the file name]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<InputFormat>,

    #[command(flatten)]
    nulls: NullArgs,

    /// Show what would be imported; change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(context: &mut Context, args: ImportArgs) -> Result<Exit> {
    let nulls = args.nulls.words()?;
    let source = context.input(&args.file)?;
    let rows = Records::open_with(source, InputFormat::of(args.format, &args.file), nulls)?.with_name(&args.file);
    let service = if args.dry_run { context.service().await? } else { context.service_or_create().await? };
    let request = ImportSpacesRequest {
        default_policy: args.policy,
        update: args.update,
        allow_short_codes: args.allow_short_codes,
        dry_run: args.dry_run,
    };
    act(context, &service, &request, rows, &mut |_| {}).await.report(context, args.dry_run)
}

/// Imports spaces before a backfill and prints the counts. Calls `on_imported` for each added or
/// renamed space.
pub(crate) async fn import(
    context: &mut Context,
    service: &Service,
    (file, nulls): (&str, NullWords),
    request: &ImportSpacesRequest,
    on_imported: &mut (dyn FnMut(&ImportedSpace) + Send),
) -> Result<Imported> {
    let source = context.input(file)?;
    let rows = Records::open_with(source, FileFormat::of_name(file), nulls)?.with_name(file);
    act(context, service, request, rows, on_imported).await.print_counts(context, request.dry_run)
}

async fn act(
    context: &Context,
    service: &Service,
    request: &ImportSpacesRequest,
    rows: Records<SpaceRow>,
    on_imported: &mut (dyn FnMut(&ImportedSpace) + Send),
) -> Imported {
    let mut is_new = |imported: &ImportedSpace| {
        on_imported(imported);
        imported.is_new
    };
    let mut observer = ImportObserver::new(context, &mut is_new);
    let outcome = service.import_spaces(&context.actor(), request, rows, &mut observer).await;
    observer.finish(outcome)
}
