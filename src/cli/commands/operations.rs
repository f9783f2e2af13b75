//! `invite operations`

mod row;
mod show;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::cli::commands::operations::row::OperationRow;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::fields::FieldsArgs;
use crate::cli::ui::listing::{LimitArgs, Listing};

/// Show the audit log: who changed what, when and why
///
/// Lists the operations, the newest first: each command that changed the database, with its target, its number of
/// changed and failed records, the operator, and the user of --as.
#[derive(Debug, Args)]
#[command(aliases = ["audit", "log", "history"])]
#[command(
    args_conflicts_with_subcommands = true,
    before_long_help = "\
Examples:
  invite operations
  invite operations --limit 500 -o jsonl
  invite operations --fields at,command,target,reason -o csv
  invite operations show 01890000-0000
  invite list --operation 01890000-0000"
)]
pub(crate) struct OperationsArgs {
    #[command(subcommand)]
    command: Option<OperationsCommand>,

    #[command(flatten)]
    limit: LimitArgs,

    #[command(flatten)]
    fields: FieldsArgs<OperationRow>,
}

#[derive(Debug, Subcommand)]
enum OperationsCommand {
    Show(show::ShowArgs),
}

pub(crate) async fn run(context: &mut Context, args: OperationsArgs) -> Result<Exit> {
    if let Some(OperationsCommand::Show(args)) = args.command {
        return show::run(context, args).await;
    }
    let limit = args.limit.rows(&context.printer);
    let mut listing = Listing::new(&context.printer, args.fields.selected(context.printer.format())?);
    let service = context.service().await?;
    service.list_operations(limit, |operation| listing.push(&OperationRow::from(operation))).await?;
    let total = if listing.is_limited(limit) { service.count_operations().await? } else { listing.written() };
    listing.finish::<OperationRow>(total, "No operations found.")
}
