//! `invite space import`

use anyhow::Result;
use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::import::{ImportObserver, Imported, InputFormat, NullArgs};
use crate::records::{FileFormat, NullWords, Records};
use crate::service::Service;
use crate::spaces::Space;
use crate::spaces::import::{ImportSpacesRequest, ImportedSpace, SpaceRow, import_spaces};

/// Import spaces from CSV or JSON Lines
///
/// Columns: id, name, policy (or --policy for rows without one), code (the existing standing code of the space). New spaces are
/// added; existing ones stay unchanged. A row that fails is reported with its line number.
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
    act(context, &service, &request, rows, &mut |space| space.is_new).await.report(context, args.dry_run)
}

/// Counts of the new spaces of an import whose policy has standing codes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StandingCodes {
    pub spaces: u64,
    /// Number of these spaces without a code in the file.
    pub missing: u64,
}

/// Imports spaces before a backfill and prints the counts. Calls `on_missing` for each new
/// space without a standing code.
pub(crate) async fn import(
    context: &mut Context,
    service: &Service,
    (file, nulls): (&str, NullWords),
    request: &ImportSpacesRequest,
    on_missing: &mut (dyn FnMut(&Space) + Send),
) -> Result<(Imported, StandingCodes)> {
    let source = context.input(file)?;
    let rows = Records::open_with(source, FileFormat::of_name(file), nulls)?.with_name(file);
    // With --policy, the backfill scans only spaces of that policy.
    let policies = service.policies().names_where(|policy| {
        policy.standing && request.default_policy.as_ref().is_none_or(|only| *only == policy.name)
    });
    let mut codes = StandingCodes::default();
    let mut is_new = |imported: &ImportedSpace| {
        if imported.is_new && policies.contains(&imported.space.policy) {
            codes.spaces += 1;
            if !imported.brings_code {
                codes.missing += 1;
                on_missing(&imported.space);
            }
        }
        imported.is_new
    };
    let imported = act(context, service, request, rows, &mut is_new).await;
    Ok((imported.print_counts(context, request.dry_run)?, codes))
}

async fn act(
    context: &Context,
    service: &Service,
    request: &ImportSpacesRequest,
    rows: Records<SpaceRow>,
    is_new: &mut (dyn FnMut(&ImportedSpace) -> bool + Send),
) -> Imported {
    let mut observer = ImportObserver::new(context, is_new);
    let outcome = import_spaces(service, &context.actor(), request, rows, &mut observer).await;
    observer.finish(outcome)
}
