//! `invite member remove`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::{output, text};

/// Remove a member from a space
///
/// The recorded use stays, so the user cannot redeem the same invite again.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite member remove abc123 u1 --reason 'left the company'")]
pub(crate) struct RemoveArgs {
    /// ID of the space
    space: String,

    /// ID of the user
    user: String,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    space_id: String,
    user_id: String,
}

pub(crate) async fn run(context: &mut Context, args: RemoveArgs) -> Result<Exit> {
    let service = context.service().await?;
    service.remove_member(&context.actor(), &args.space, &args.user).await?;
    let report = Report { success: true, space_id: args.space, user_id: args.user };
    output::report(&context.printer, &report, None, || {
        format!("removed: {} from the space {}\n", text::safe(&report.user_id), text::safe(&report.space_id))
    })?;
    Ok(Exit::Done)
}
