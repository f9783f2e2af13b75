//! `invite operations show`

use anyhow::Result;
use clap::Args;

use crate::cli::commands::operations::row::OperationRow;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::text::{grouped, time_or};
use crate::cli::ui::{output, table};

/// Show one operation of the audit log
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite operations show 01890000-0000
  invite operations show 01890000-0000-7000-8000-000000000000 -o json")]
pub(crate) struct ShowArgs {
    /// ID of the operation, or at least its first 8 characters
    #[arg(value_name = "OPERATION")]
    operation: String,
}

pub(crate) async fn run(context: &mut Context, args: ShowArgs) -> Result<Exit> {
    let service = context.service().await?;
    let id = service.resolve_operation_id(&args.operation).await?;
    let row = OperationRow::from(service.show_operation(id).await?);
    output::report(&context.printer, &row, None, || table::facts(&facts(&row)))?;
    Ok(Exit::Done)
}

fn facts(row: &OperationRow) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("operation", row.id.clone()),
        ("command", row.command.clone()),
        ("started", time_or(Some(row.shown_at), "-")),
        ("finished", time_or(row.shown_end, "not recorded")),
        ("changed", grouped(row.changed.unsigned_abs())),
        ("failed", grouped(row.failed.unsigned_abs())),
        ("operator", row.operator.clone()),
    ];
    let named =
        [("target", &row.target), ("as", &row.actor), ("on behalf of", &row.on_behalf_of), ("reason", &row.reason)];
    facts.extend(named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
    facts
}
