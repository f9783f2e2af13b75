//! `invite space add`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::commands::space::first_code;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::{output, text};
use crate::spaces::Space;

/// Add a space, without a code
///
/// "invite generate --space ID" creates a code for the space; a policy with e-mail invitations also needs --email. If
/// the policy has standing codes, "invite backfill --space ID" also creates the code, and "invite backfill" those of
/// all spaces without one.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite space add abc123 --policy space --name 'My Workspace'
  invite space add d1 --policy director --name 'John Smith'
  invite generate --space d1                                    create a code for it")]
pub(crate) struct AddArgs {
    /// ID of the space in your application
    id: String,

    /// Policy, such as space, tree, director or container; see "invite policy list"
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
    service.add_space(&context.actor(), &space).await?;
    let create = first_code::command(&service, &space);
    let report = Report { success: true, id: space.id, policy: space.policy, name: space.name };
    output::report(&context.printer, &report, None, || {
        let sign = context.printer.green_data("added:");
        format!("{sign} the space {} ({})\n", text::safe(&report.name), text::safe(&report.id))
    })?;
    context.printer.info(&format!("It has no code yet. Create one: {create}"));
    Ok(Exit::Done)
}
