//! `invite space restore`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::commands::space::first_code;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::output;
use crate::cli::ui::text::{counted, safe};

/// Restore a removed space
///
/// Its memberships become effective again. Its invites stay closed; create new ones.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite space list --removed
  invite space restore abc123 --reason 'removed by mistake'")]
pub(crate) struct RestoreArgs {
    /// ID of the space
    #[arg(value_name = "SPACE")]
    id: String,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    id: String,
    name: String,
    policy: String,
    members: u64,
}

pub(crate) async fn run(context: &mut Context, args: RestoreArgs) -> Result<Exit> {
    let service = context.service().await?;
    let restored = service.restore_space(&context.actor(), &args.id).await?;
    let space = restored.space;
    let create = first_code::command(&service, &space);
    let report =
        Report { success: true, id: space.id, name: space.name, policy: space.policy, members: restored.members };
    output::report(&context.printer, &report, None, || {
        let (name, id) = (safe(&report.name), safe(&report.id));
        format!("restored: the space {name} ({id}) with {}\n", counted(report.members, "member"))
    })?;
    context.printer.info(&format!("Its previous invites stay closed. Create new ones: {create}"));
    Ok(Exit::Done)
}
