//! `invite member import`

use anyhow::Result;
use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::import::{ImportObserver, InputFormat, NullArgs};
use crate::members::import::{ImportMembersRequest, ImportedMember};
use crate::records::Records;

/// Import members from CSV or JSON Lines
///
/// Columns, separated by commas: space_id, user_id, role, name, email. New members are added; existing ones stay
/// unchanged. A row that fails is reported with its line number.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite member import members.csv
  invite member import members.csv --update --dry-run")]
pub(crate) struct ImportArgs {
    /// File to import, or - for standard input
    file: String,

    /// Update the roles of existing members
    #[arg(long)]
    update: bool,

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
    let service = context.service().await?;
    let request = ImportMembersRequest { update: args.update, dry_run: args.dry_run };
    let mut is_new = |member: &ImportedMember| member.is_new;
    let mut observer = ImportObserver::new(context, &mut is_new);
    let outcome = service.import_members(&context.actor(), request, rows, &mut observer).await;
    observer.finish(outcome).report(context, args.dry_run)
}
