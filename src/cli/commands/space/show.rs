//! `invite space show`

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::qr::Qr;
use crate::cli::ui::qr_args::{self, QrArgs};
use crate::cli::ui::text::{grouped, rfc3339, time_or};
use crate::cli::ui::{output, table};
use crate::error::{Error, readable};
use crate::shell::word;
use crate::spaces::show::ShownSpace;

/// Show one space with its members, standing code and invites
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite space show abc123
  invite space show abc123 -o json
  invite space show abc123 -o code
  invite space show abc123 --qr         show its standing link as a QR code")]
pub(crate) struct ShowArgs {
    /// ID of the space
    space: String,

    #[command(flatten)]
    qr: QrArgs,
}

#[derive(Serialize)]
struct Report {
    id: String,
    name: String,
    policy: String,
    created_at: String,
    removed_at: Option<String>,
    removed_op: Option<String>,
    standing_code: Option<String>,
    standing_fingerprint: Option<String>,
    link: Option<String>,
    standing_id: Option<String>,
    standing_since: Option<String>,
    /// True if a lookup of the standing code finds this space; `None` without a code.
    code_resolves: Option<bool>,
    members: Map<String, Json>,
    invites: Map<String, Json>,
}

pub(crate) async fn run(context: &mut Context, args: ShowArgs) -> Result<Exit> {
    args.qr.check(&context.printer)?;
    let service = context.service().await?;
    let shown = service.show_space(&context.actor(), &args.space).await?;
    let qr_code = if args.qr.is_given() { qr_code(context, &args.qr, &shown)? } else { None };
    let report = report(&shown);
    output::report(&context.printer, &report, report.standing_code.as_deref(), || render(&report, &shown))?;
    qr_args::draw(&context.printer, qr_code.iter().map(|qr_code| ("", qr_code)))?;
    Ok(Exit::Done)
}

/// Returns the QR code of the standing link.
fn qr_code(context: &Context, args: &QrArgs, shown: &ShownSpace) -> Result<Option<Qr>> {
    let space = &shown.stored.space;
    if let Some(removed) = shown.stored.removed {
        let message = format!("Space {} was removed at {}", space.id, readable(removed.at));
        let restore = format!("restore it: invite space restore {}", word(&space.id));
        return Err(Error::not_found(message).with_hint(restore).into());
    }
    let Some(standing) = &shown.standing else {
        return Err(Error::invalid(format!("the space {} has no standing code", space.id))
            .with_hint(format!("create an invite: invite generate --space {} --qr", word(&space.id)))
            .into());
    };
    if standing.invite.code.is_none() {
        return Err(Error::invalid("the standing link cannot be shown: only the hash of the code is stored")
            .with_hint(format!("replace it: invite regenerate {} --qr", word(&space.id)))
            .into());
    }
    args.code(&context.printer, &context.settings().links, &space.policy, standing.link.as_deref())
}

fn report(shown: &ShownSpace) -> Report {
    let standing = shown.standing.as_ref();
    let code = standing.and_then(|standing| standing.invite.code.as_ref()).map(|code| code.reveal().to_owned());
    let link = standing.and_then(|standing| standing.link.clone());
    let hashed = standing.filter(|standing| standing.invite.code.is_none());
    Report {
        id: shown.stored.space.id.clone(),
        name: shown.stored.space.name.clone(),
        policy: shown.stored.space.policy.clone(),
        created_at: rfc3339(shown.stored.created_at),
        removed_at: shown.stored.removed.map(|removed| rfc3339(removed.at)),
        removed_op: shown.stored.removed.map(|removed| removed.operation.to_string()),
        standing_fingerprint: hashed.map(|standing| standing.invite.code_key.fingerprint()),
        standing_code: code,
        link,
        standing_id: standing.map(|standing| standing.invite.id.to_string()),
        standing_since: standing.map(|standing| rfc3339(standing.invite.created_at)),
        code_resolves: standing.map(|standing| standing.resolves),
        members: counts(&shown.members),
        invites: counts(&shown.invites),
    }
}

fn counts(counted: &[(String, u64)]) -> Map<String, Json> {
    counted.iter().map(|(what, count)| (what.clone(), Json::from(*count))).collect()
}

/// Renders the report as text.
fn render(report: &Report, shown: &ShownSpace) -> String {
    let list = |counted: &[(String, u64)], what: &dyn Fn(&str) -> String| {
        let parts: Vec<String> =
            counted.iter().map(|(word, count)| format!("{} {}", what(word), grouped(*count))).collect();
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    };
    let mut facts = vec![
        ("space", report.id.clone()),
        ("name", report.name.clone()),
        ("policy", report.policy.clone()),
        ("added", time_or(Some(shown.stored.created_at), "-")),
    ];
    if let Some(removed) = shown.stored.removed {
        facts.push(("removed", format!("{} by operation {}", time_or(Some(removed.at), "-"), removed.operation)));
    }
    let code = report.standing_code.as_ref().or(report.standing_fingerprint.as_ref());
    facts.push(("standing code", code.cloned().unwrap_or_else(|| "none".to_owned())));
    if let Some(standing) = &shown.standing {
        facts.push(("since", time_or(Some(standing.invite.created_at), "-")));
        facts.extend(report.link.clone().map(|link| ("link", link)));
        let found = if standing.resolves {
            "the code leads to this space"
        } else {
            "PROBLEM: the code leads to another invite"
        };
        facts.push(("lookup", found.to_owned()));
    }
    facts.push(("members", list(&shown.members, &str::to_owned)));
    facts.push(("invites", list(&shown.invites, &|word| word.replace('_', " "))));
    table::facts(&facts)
}
