//! `invite operations`

pub(crate) mod show;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::listing::{LimitArgs, Listing};
use crate::cli::ui::output::Row;
use crate::cli::ui::table::Value;
use crate::cli::ui::text::{grouped, rfc3339};
use crate::operations::{Operation, count, operations};

/// List the audit log: one operation per changing command
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    before_long_help = "\
Examples:
  invite operations
  invite operations --limit 500 -o jsonl
  invite operations show 01890000-0000
  invite list --operation 01890000-0000"
)]
pub(crate) struct OperationsArgs {
    #[command(subcommand)]
    command: Option<OperationsCommand>,

    #[command(flatten)]
    limit: LimitArgs,
}

#[derive(Debug, Subcommand)]
enum OperationsCommand {
    Show(show::ShowArgs),
}

/// So much of an id tells one millisecond from another: enough to name an operation.
const SHORT: usize = "01890000-0000".len();

#[derive(Serialize)]
struct OperationRow {
    id: String,
    at: String,
    finished_at: Option<String>,
    command: String,
    operator: String,
    actor: Option<String>,
    on_behalf_of: Option<String>,
    target: Option<String>,
    reason: Option<String>,
    changed: i64,
    failed: i64,
    #[serde(skip)]
    shown_at: DateTime<Utc>,
    #[serde(skip)]
    shown_end: Option<DateTime<Utc>>,
}

impl From<Operation> for OperationRow {
    fn from(operation: Operation) -> Self {
        OperationRow {
            id: operation.id.to_string(),
            at: rfc3339(operation.at),
            finished_at: operation.finished_at.map(rfc3339),
            shown_at: operation.at,
            shown_end: operation.finished_at,
            command: operation.command,
            operator: operation.operator,
            actor: operation.actor,
            on_behalf_of: operation.on_behalf_of,
            target: operation.target,
            reason: operation.reason,
            changed: operation.changed,
            failed: operation.failed,
        }
    }
}

impl Row for OperationRow {
    const LIST: &'static str = "operations";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "at",
        "finished_at",
        "command",
        "operator",
        "actor",
        "on_behalf_of",
        "target",
        "reason",
        "changed",
        "failed",
    ];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["ID", "TIME", "COMMAND", "TARGET", "CHANGED", "FAILED", "OPERATOR", "AS", "REASON"];
        if wide {
            headers.extend(["FINISHED", "ON BEHALF OF"]);
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let id = if wide { &self.id[..] } else { &self.id[..SHORT] };
        let mut cells: Vec<Value> = vec![
            id.into(),
            self.shown_at.into(),
            self.command.as_str().into(),
            self.target.as_deref().into(),
            grouped(self.changed.unsigned_abs()).into(),
            grouped(self.failed.unsigned_abs()).into(),
            self.operator.as_str().into(),
            self.actor.as_deref().into(),
            self.reason.as_deref().into(),
        ];
        if wide {
            cells.extend([Value::Time(self.shown_end, "no"), self.on_behalf_of.as_deref().into()]);
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        None
    }
}

pub(crate) async fn run(context: &mut Context, args: OperationsArgs) -> Result<Exit> {
    if let Some(OperationsCommand::Show(args)) = args.command {
        return show::run(context, args).await;
    }
    let limit = args.limit.rows(context);
    let mut listing = Listing::new::<OperationRow>(context, &args.limit)?;
    let service = context.service().await?;
    operations(&service, limit, |operation| listing.push(&OperationRow::from(operation))).await?;
    let total = if listing.is_cut(limit) { count(&service).await? } else { listing.written() };
    listing.finish::<OperationRow>(total, "No operations found.")
}
