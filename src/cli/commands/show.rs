//! `invite show`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::output;
use crate::cli::ui::qr::Qr;
use crate::cli::ui::qr_args::{self, QrArgs};
use crate::cli::ui::table::{self, Columns};
use crate::cli::ui::text::{counted, rfc3339};
use crate::cli::ui::views::{InviteView, UseView};
use crate::error::Error;
use crate::invites::show::{Change, ShownInvite};
use crate::model::reference::Reference;
use crate::operations::Operation;
use crate::shell::word;

/// Show one invite with its uses and its history
///
/// Prints the terms and the status of the invite, the users who redeemed it (the first 100), and every change with its
/// time, operator and reason. Letter case, spaces and hyphens in a code do not matter, except in a token.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite show A1B2C3D4
  invite show '#3fa29c81' -o json
  invite show A1B2C3D4 --qr             show its link as a QR code")]
pub(crate) struct ShowArgs {
    /// Code, link, ID or #fingerprint, or - for standard input
    invite: String,

    #[command(flatten)]
    qr: QrArgs,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    invite: InviteView,
    used_by: Vec<UseView>,
    /// False if there are more uses than the 100 that are shown.
    used_by_is_whole: bool,
    history: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    at: String,
    what: String,
    operator: String,
    actor: Option<String>,
    reason: Option<String>,
    operation: String,
}

pub(crate) async fn run(context: &mut Context, args: ShowArgs) -> Result<Exit> {
    args.qr.check(&context.printer)?;
    let reference = context.reference(&args.invite)?;
    let service = context.service().await?;
    let shown =
        service.show_invite(&context.actor(), &reference).await.map_err(|error| match (&error, &reference) {
            // The argument may be the ID of a space.
            (Error::NotFound(_), Reference::Code(_)) => {
                error.with_hint("write the whole code or link; to show a space: invite space show ID")
            }
            _ => error,
        })?;
    let qr_code = if args.qr.is_given() { qr_code(context, &args.qr, &shown)? } else { None };
    let report = report(&shown);
    let code = report.invite.shown_code().to_owned();
    output::report(&context.printer, &report, Some(&code), || render(context, &report, &shown))?;
    qr_args::draw(&context.printer, qr_code.iter().map(|qr_code| (code.as_str(), qr_code)))?;
    if qr_code.is_some() && !shown.invite.status(shown.at).is_open() {
        context
            .printer
            .warn(&format!("the invite is {}; its link is not valid", report.invite.status.replace('_', " ")));
    }
    Ok(Exit::Done)
}

/// Returns the QR code of the link. A code that is stored as a hash has no link.
fn qr_code(context: &Context, args: &QrArgs, shown: &ShownInvite) -> Result<Option<Qr>> {
    let invite = &shown.invite;
    if invite.code.is_some() {
        return args.code(&context.printer, &context.settings().links, &invite.policy, shown.link.as_deref());
    }
    let unknown = Error::invalid("the link cannot be shown: only the hash of the code is stored");
    Err(match &invite.email {
        Some(_) => unknown.with_hint(format!("send another link: invite resend {}", invite.id)),
        None => {
            unknown.with_hint(format!("create another invite: invite generate --space {} --qr", word(&invite.space_id)))
        }
    }
    .into())
}

fn report(shown: &ShownInvite) -> Report {
    Report {
        invite: InviteView::new(&shown.invite, shown.link.clone(), shown.at),
        used_by: shown.uses.iter().map(UseView::new).collect(),
        used_by_is_whole: shown.uses.len() as u64 == shown.invite.uses.unsigned_abs(),
        history: shown.operations.iter().map(|operation| event(shown, operation)).collect(),
    }
}

/// Returns the effect of an operation on the invite.
fn event(shown: &ShownInvite, operation: &Operation) -> Event {
    let mut parts = Vec::new();
    if operation.id == shown.invite.created_op {
        parts.push("created".to_owned());
    }
    // The operation that closed the invite shows the closing.
    let of_this = |change: &&Change| change.operation_id == operation.id && change.field != "closed_op";
    for change in shown.changes.iter().filter(of_this) {
        let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        if change.field == "mail" {
            parts.push(format!("e-mail {}", word(&change.after)));
            continue;
        }
        parts.push(format!("{} from {} to {}", change.field, word(&change.before), word(&change.after)));
    }
    if Some(operation.id) == shown.invite.closed_op {
        parts.extend(shown.invite.closed.map(|closed| {
            let verb = if closed.at > shown.at { "closes later" } else { "closed" };
            format!("{verb}: {}", closed.reason.as_str())
        }));
    }
    parts.extend(closed_before(shown, operation).map(|reason| format!("closed: {reason}")));
    Event {
        at: rfc3339(operation.at),
        what: format!("{} ({})", operation.command, parts.join(", ")),
        operator: operation.operator.clone(),
        actor: operation.actor.clone(),
        reason: operation.reason.clone(),
        operation: operation.id.to_string(),
    }
}

/// Returns the reason why an operation closed an invite that is open again.
fn closed_before<'s>(shown: &'s ShownInvite, operation: &Operation) -> Option<&'s str> {
    let id = operation.id.to_string();
    let reopened =
        shown.changes.iter().find(|change| change.field == "closed_op" && change.before == Some(id.clone()))?;
    let of_reopening =
        |change: &&Change| change.operation_id == reopened.operation_id && change.field == "closed_reason";
    shown.changes.iter().find(of_reopening)?.before.as_deref()
}

/// Renders the report as a table.
fn render(context: &Context, report: &Report, shown: &ShownInvite) -> String {
    let mut text = table::facts(&report.invite.facts());
    if !report.used_by.is_empty() {
        let rows = shown
            .uses
            .iter()
            .map(|entry| vec![entry.user_id.as_str().into(), entry.role.as_str().into(), entry.used_at.into()]);
        text.push('\n');
        text.push_str(&table::render(&context.printer, &["USED BY", "ROLE", "AT"], rows.collect(), Columns::Default));
        let total = shown.invite.uses.unsigned_abs();
        if total > shown.uses.len() as u64 {
            text.push_str(&format!("Showing {} of {}.\n", shown.uses.len(), counted(total, "use")));
        }
    }
    let rows = report.history.iter().zip(&shown.operations).map(|(event, operation)| {
        let operator = operation
            .actor
            .as_ref()
            .map_or(operation.operator.clone(), |user| format!("{} as {user}", operation.operator));
        vec![operation.at.into(), event.what.as_str().into(), operator.into(), operation.reason.as_deref().into()]
    });
    text.push('\n');
    text.push_str(&table::render(
        &context.printer,
        &["TIME", "CHANGE", "OPERATOR", "REASON"],
        rows.collect(),
        Columns::Default,
    ));
    text
}
