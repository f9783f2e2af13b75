//! `invite validate`

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serde_json::Value as Json;

use crate::calendar::Moment;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::text::{rfc3339, safe, time_or};
use crate::cli::ui::views::InviteView;
use crate::cli::ui::{errors, output, table};
use crate::cli::values;
use crate::client::Client;
use crate::error::{Denial, Error, Reason};
use crate::invites::validate::{ValidateRequest, Validation};

/// Check whether an invite is valid
///
/// Prints every reason why an invite is invalid. Never consumes a use. Exit code 0: valid; 4: invalid; 5: not found.
///
/// Upper and lower case, spaces and hyphens in a code do not matter: joh456 and "JOH 456" are Joh-456. In a token, a
/// code that is stored as a hash, upper and lower case and hyphens do matter.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite validate A1B2C3D4
  invite validate https://example.org/join/A1B2C3D4 --user u1
  invite validate Joh-456 --client 203.0.113.9
  echo \"$TOKEN\" | invite validate - --email ann@example.org -o json")]
pub(crate) struct ValidateArgs {
    /// Code, link, ID or #fingerprint, or - for standard input
    code: String,

    /// User to check for: membership and e-mail address
    #[arg(long, value_name = "USER")]
    user: Option<String>,

    /// E-mail address to check for
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    /// Time to check at: 2026-12-31 (the start of that day), "2026-12-31 18:00", 2026-12-31T18:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    at: Option<Moment>,

    /// Address of the client, whose attempts are limited [default: no limit]
    #[arg(long, value_name = "ADDRESS", value_parser = values::client)]
    client: Option<Client>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    message: String,
    at: String,
    reasons: Vec<Json>,
    #[serde(flatten)]
    invite: InviteView,
    is_valid: bool,
    is_expired: bool,
    /// Validation state of seed 003: `valid`, `used`, `expired` or another reason. The error
    /// object of an unknown code has `invalid`.
    result: &'static str,
}

pub(crate) async fn run(context: &mut Context, args: ValidateArgs) -> Result<Exit> {
    let request = ValidateRequest {
        reference: context.reference(&args.code)?,
        user_id: args.user,
        email: args.email,
        at: args.at.map(|at| at.first(context.zone())).transpose()?,
        client: args.client,
    };
    let service = context.service().await?;
    let validation = match service.validate(&context.actor(), &request).await {
        Err(error @ Error::NotFound(_)) => return Ok(Exit::Refused(errors::print_not_found(&context.printer, &error))),
        other => other?,
    };
    let exit = validation.denials.first().map_or(Exit::Done, |denial| Exit::Refused(denial.reason()));
    let report = report(&validation);
    let code = report.invite.shown_code().to_owned();
    output::report(&context.printer, &report, Some(&code), || render(context, &report, &validation))?;
    Ok(exit)
}

fn report(validation: &Validation) -> Report {
    let message = match validation.denials.first() {
        None => "Invite code is valid".to_owned(),
        Some(denial) => denial.to_string(),
    };
    Report {
        success: true,
        message,
        at: rfc3339(validation.at),
        reasons: validation.denials.iter().map(errors::denial_object).collect(),
        invite: InviteView::new(&validation.invite, validation.link.clone(), validation.at),
        is_valid: validation.denials.is_empty(),
        is_expired: validation.denials.iter().any(|denial| denial.reason() == Reason::Expired),
        result: result(validation),
    }
}

/// Returns `valid`, `used` or the first reason why the invite cannot be redeemed.
fn result(validation: &Validation) -> &'static str {
    match validation.denials.first().map(Denial::reason) {
        None => "valid",
        Some(Reason::UsedUp) => "used",
        Some(reason) => reason.as_str(),
    }
}

/// Renders the report as text.
fn render(context: &Context, report: &Report, validation: &Validation) -> String {
    let mut text = if report.is_valid {
        format!("{} the invite can be redeemed\n", context.printer.green_data("valid:"))
    } else {
        format!("{} the invite cannot be redeemed\n", context.printer.red_data("not valid:"))
    };
    for denial in &validation.denials {
        text.push_str(&format!("  - {}\n", safe(&denial.to_string())));
    }
    let mut facts = report.invite.facts();
    facts.push(("checked at", time_or(Some(validation.at), "-")));
    text.push_str(&table::facts(&facts));
    text
}
