//! `invite regenerate`

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::text::{counted, rfc3339, time_or};
use super::view::InviteView;
use super::{Exit, output, table, values};
use crate::actions::regenerate::{RegenerateRequest, Regenerated, regenerate};

/// Give a space a new standing code; the old one dies
///
/// Old links stop working at once, or after --grace. A space that has no live code gets one.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  invite regenerate abc123
  invite regenerate abc123 --grace 24h --reason 'code was posted in public'")]
pub(super) struct RegenerateArgs {
    /// The space
    space: String,

    /// How long the old code lives on: 90m, 24h, 7d
    #[arg(long, value_name = "DURATION", value_parser = values::span, allow_hyphen_values = true)]
    grace: Option<TimeDelta>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    message: String,
    #[serde(flatten)]
    invite: InviteView,
    replaced_id: Option<String>,
    replaced_dies_at: Option<String>,
    graces_ended: u64,
}

pub(super) async fn run(context: &mut Context, args: RegenerateArgs) -> Result<Exit> {
    let service = context.service().await?;
    let request = RegenerateRequest { space_id: args.space, grace: args.grace };
    let made = regenerate(&service, &context.actor(), &request).await?;
    let now = service.now();
    let message = message(&made, now);
    let report = report(&made, message, now);
    let code = made.issued.code.reveal();
    output::report(&context.printer, &report, Some(code), || {
        table::facts(&[
            ("code", code.to_owned()),
            ("link", report.invite.link.clone().unwrap_or_else(|| "-".to_owned())),
            ("space", format!("{} ({})", report.invite.space_name, report.invite.space_id)),
            ("expires", report.invite.expiry_text()),
        ])
    })?;
    context.printer.note(&format!("Note: {}.", report.message));
    Ok(Exit::Done)
}

fn message(made: &Regenerated, now: DateTime<Utc>) -> String {
    let mut message = match &made.replaced {
        None if made.graces_ended > 0 => "the space had no standing code; it has one now".to_owned(),
        None => "the space had no live code; it has one now".to_owned(),
        Some((_, dies_at)) if *dies_at <= now => "the old code and its links no longer work".to_owned(),
        Some((_, dies_at)) => format!("the old code works until {}", time_or(Some(*dies_at), "-")),
    };
    if made.graces_ended > 0 {
        let codes = counted(made.graces_ended, "older code");
        message.push_str(&format!("; {codes} in a grace die no later than that"));
    }
    message
}

fn report(made: &Regenerated, message: String, now: DateTime<Utc>) -> Report {
    Report {
        success: true,
        message,
        invite: InviteView::issued(&made.issued, now),
        replaced_id: made.replaced.as_ref().map(|(old, _)| old.id.to_string()),
        replaced_dies_at: made.replaced.as_ref().map(|(_, dies_at)| rfc3339(*dies_at)),
        graces_ended: made.graces_ended,
    }
}
