//! `invite use`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::errors::RefusedUse;
use crate::cli::ui::text::{rfc3339, safe, time_or};
use crate::cli::ui::views::InviteView;
use crate::cli::ui::{errors, output};
use crate::cli::values;
use crate::client::Client;
use crate::invites::redeem::{Joined, RedeemRequest, Redemption};
use crate::text::with_article;

/// Redeem an invite: add a user to its space
///
/// The checks, the use, the membership and the counter are one transaction. Redeeming again for the same user changes
/// nothing and returns the recorded use with the current membership.
///
/// Upper and lower case, spaces and hyphens in a code do not matter, except in a token (a code that is stored as a
/// hash).
#[derive(Debug, Args)]
#[command(aliases = ["redeem", "join"])]
#[command(before_long_help = "\
Examples:
  invite use A1B2C3D4 --user u1
  invite use \"$TOKEN\" --user u2 --email ann@example.org
  invite use Joh-456 --user u3 --client 203.0.113.9
  echo \"$TOKEN\" | invite use - --user u2 --email ann@example.org")]
pub(crate) struct UseArgs {
    /// Code, link, ID or #fingerprint, or - for standard input
    code: String,

    /// ID of the user who redeems the invite
    #[arg(long, value_name = "USER")]
    user: String,

    /// E-mail address of the user, stored if none is known [default: the stored address]
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    /// Name of the user, stored if none is known
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Address of the client, whose attempts are limited [default: no limit]
    #[arg(long, value_name = "ADDRESS", value_parser = values::client)]
    client: Option<Client>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    message: String,
    repeated: bool,
    user_id: String,
    space_id: String,
    space_name: String,
    role: String,
    used_at: String,
    joined_at: String,
    invite_id: String,
    status: &'static str,
    uses: i64,
    max_uses: Option<i64>,
    uses_left: Option<i64>,
    /// True if this run created the membership (seed 003); false for a repeated use.
    relationship_created: bool,
    space: JoinedSpace,
    membership: Membership,
}

/// Joined space (seed 004: "container", seed 003: the director).
#[derive(Serialize)]
struct JoinedSpace {
    id: String,
    name: String,
}

/// Membership that the invite granted (seed 004).
#[derive(Serialize)]
struct Membership {
    user_id: String,
    role: String,
    joined_at: String,
}

pub(crate) async fn run(context: &mut Context, args: UseArgs) -> Result<Exit> {
    let request = RedeemRequest {
        reference: context.reference(&args.code)?,
        user_id: args.user,
        email: args.email,
        name: args.name,
        client: args.client,
    };
    let service = context.service().await?;
    match service.redeem(&context.actor(), &request).await? {
        Redemption::Refused(invite, denials) => {
            let policy = service.policies().find(&invite.policy);
            let refused = RefusedUse { invite: &invite, policy, user: &request.user_id };
            Ok(Exit::Refused(errors::print_refusal(&context.printer, &denials, Some(refused))))
        }
        Redemption::Accepted(joined) => {
            let view = InviteView::new(&joined.invite, None, service.now());
            let report = report(&joined, &view);
            output::report(&context.printer, &report, view.code.as_deref(), || {
                let sign = context.printer.green_data(if joined.repeated { "unchanged:" } else { "joined:" });
                format!("{sign} {}\n  uses  {}\n", safe(&report.message), view.uses_text())
            })?;
            Ok(Exit::Done)
        }
    }
}

fn report(joined: &Joined, view: &InviteView) -> Report {
    let role = with_article(&joined.role);
    let message = if joined.repeated {
        let at = time_or(Some(joined.used_at), "-");
        format!("{} redeemed this invite at {at} and is now {role} of {}", joined.user_id, view.space_name)
    } else {
        format!("{} is now {role} of {}", joined.user_id, view.space_name)
    };
    Report {
        success: true,
        message,
        repeated: joined.repeated,
        user_id: joined.user_id.clone(),
        space_id: view.space_id.clone(),
        space_name: view.space_name.clone(),
        role: joined.role.clone(),
        used_at: rfc3339(joined.used_at),
        joined_at: rfc3339(joined.joined_at),
        invite_id: view.id.to_string(),
        status: view.status,
        uses: view.uses,
        max_uses: view.max_uses,
        uses_left: view.uses_left,
        relationship_created: !joined.repeated,
        space: JoinedSpace { id: view.space_id.clone(), name: view.space_name.clone() },
        membership: Membership {
            user_id: joined.user_id.clone(),
            role: joined.role.clone(),
            joined_at: rfc3339(joined.joined_at),
        },
    }
}
