//! `invite space add`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::{output, text};
use crate::spaces::{Space, add_space};

/// Add a space
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite space add abc123 --policy space --name 'My Workspace'
  invite space add d1 --policy director --name 'John Smith'")]
pub(crate) struct AddArgs {
    /// ID of the space in your application
    id: String,

    /// Policy
    #[arg(long, value_name = "POLICY")]
    policy: String,

    /// Name; in the director system, the name of the director
    #[arg(long, value_name = "NAME")]
    name: String,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    id: String,
    policy: String,
    name: String,
}

pub(crate) async fn run(context: &mut Context, args: AddArgs) -> Result<Exit> {
    let service = context.service_or_create().await?;
    let space = Space { id: args.id, policy: args.policy, name: args.name };
    add_space(&service, &context.actor(), &space).await?;
    let report = Report { success: true, id: space.id, policy: space.policy, name: space.name };
    output::report(&context.printer, &report, None, || {
        let sign = context.printer.green_data("added:");
        format!("{sign} the space {} ({})\n", text::safe(&report.name), text::safe(&report.id))
    })?;
    Ok(Exit::Done)
}
