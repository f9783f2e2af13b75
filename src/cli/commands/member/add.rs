//! `invite member add`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::{output, text};
use crate::members::{AddMember, MemberChange, User};
use crate::text::with_article;

/// Add a member, or change the role of one
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite member add abc123 u1 --role owner
  invite member add smith u2 --role custodian --name Ann --email ann@example.org")]
pub(crate) struct AddArgs {
    /// ID of the space
    space: String,

    /// ID of the user in your application
    user: String,

    /// Role [default: the role that invites of the space grant]
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// Name of the user, stored
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// E-mail address of the user, stored and matched with invitations
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    change: &'static str,
    space_id: String,
    user_id: String,
    role: String,
}

pub(crate) async fn run(context: &mut Context, args: AddArgs) -> Result<Exit> {
    let service = context.service().await?;
    let request = AddMember {
        space_id: args.space,
        user: User { id: args.user, name: args.name, email: args.email },
        role: args.role,
    };
    let (change, role) = service.add_member(&context.actor(), &request).await?;
    let change = match change {
        MemberChange::Added => "added",
        MemberChange::RoleChanged | MemberChange::DetailsChanged => "changed",
        MemberChange::Unchanged => "unchanged",
    };
    let report = Report { success: true, change, space_id: request.space_id, user_id: request.user.id, role };
    output::report(&context.printer, &report, None, || {
        let sign = context.printer.green_data(&format!("{change}:"));
        let (user, space) = (text::safe(&report.user_id), text::safe(&report.space_id));
        format!("{sign} {user} is {} of the space {space}\n", text::safe(&with_article(&report.role)))
    })?;
    Ok(Exit::Done)
}
