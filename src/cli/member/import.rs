//! `invite member import`

use anyhow::Result;
use clap::Args;

use crate::actions::import_members::{ImportMembersRequest, ImportedMember, import_members};
use crate::cli::Exit;
use crate::cli::context::Context;
use crate::cli::import::{InputFormat, NullArgs, Watch};
use crate::records::Records;

/// Take members in from a CSV file or JSON lines
///
/// Columns: space_id, user_id, role, name, email. New members are added, known ones left as they are; a row that
/// cannot be taken in is told of with its line.
#[derive(Debug, Args)]
#[command(before_long_help = "\
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

    #[command(flatten)]
    nulls: NullArgs,

    /// Show what would be taken in, and stop there
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) async fn run(context: &mut Context, args: ImportArgs) -> Result<Exit> {
    let nulls = args.nulls.words()?;
    let source = context.input(&args.file)?;
    let rows = Records::open_with(source, InputFormat::of(args.format, &args.file), nulls)?.named(&args.file);
    let service = context.service().await?;
    let request = ImportMembersRequest { update: args.update, dry_run: args.dry_run };
    let mut each = |member: &ImportedMember| member.is_new;
    let mut watch = Watch::new(context, &mut each);
    let outcome = import_members(&service, &context.actor(), request, rows, &mut watch).await;
    watch.end(outcome).finish(context, args.dry_run)
}
