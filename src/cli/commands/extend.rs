//! `invite extend`

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use crate::calendar::Moment;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::instant::Instant;
use crate::cli::ui::text::grouped;
use crate::cli::ui::views::InviteView;
use crate::cli::ui::{output, table};
use crate::cli::values;
use crate::duration::{Lifetime, Span};
use crate::invites::extend::{ExtendRequest, Extended};
use crate::invites::generate::{Expiry, UsageLimit};
use crate::model::invite::Invite;

/// Change the expiry or usage limit of an invite
///
/// An expired or used-up invite becomes valid again if the new terms allow it; a revoked or replaced one does not. The
/// report shows the expiry and the limit before and after.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite extend A1B2C3D4 --expires-in 7d          from now
  invite extend A1B2C3D4 --by 3d                  after the current expiry
  invite extend A1B2C3D4 --max-uses 50
  invite extend A1B2C3D4 --expires-in never --max-uses unlimited")]
pub(crate) struct ExtendArgs {
    /// Code, link, ID or #fingerprint, or - for standard input
    invite: String,

    /// Expire after this duration, from now or from a start in the future: 90m, 24h, 7d, 2w, 1month, never
    #[arg(long, value_name = "DURATION", value_parser = values::lifetime, allow_hyphen_values = true)]
    expires_in: Option<Lifetime>,

    /// Expire at this time: 2026-12-31 (the end of that day), "2026-12-31 18:00", 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = values::instant, conflicts_with = "expires_in")]
    expires_at: Option<Moment>,

    /// Extend the current expiry by this duration: 90m, 24h, 7d, 2w, 1month
    #[arg(long, value_name = "DURATION", value_parser = values::span, allow_hyphen_values = true,
        conflicts_with_all = ["expires_in", "expires_at"])]
    by: Option<Span>,

    /// Usage limit, including past uses: a number, or unlimited
    #[arg(long, value_name = "N", value_parser = values::uses, allow_hyphen_values = true)]
    max_uses: Option<UsageLimit>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    before: Terms,
    after: Terms,
    #[serde(flatten)]
    invite: InviteView,
}

/// Expiry, usage limit and status of an invite.
#[derive(Serialize)]
struct Terms {
    expires_at: Option<Instant>,
    max_uses: Option<i64>,
    status: &'static str,
    #[serde(skip)]
    expiry: String,
}

impl Terms {
    fn of(invite: &Invite, at: DateTime<Utc>) -> Self {
        let view = InviteView::new(invite, None, at);
        Terms { expires_at: view.expires_at, max_uses: view.max_uses, status: view.status, expiry: view.expiry_text() }
    }

    fn limit(&self) -> String {
        self.max_uses.map_or_else(|| "unlimited".to_owned(), |max| grouped(max.unsigned_abs()))
    }
}

pub(crate) async fn run(context: &mut Context, args: ExtendArgs) -> Result<Exit> {
    let request = ExtendRequest {
        reference: context.reference(&args.invite)?,
        expiry: args.by.map_or_else(
            || values::expiry(args.expires_in, args.expires_at, context.zone()),
            |span| Ok(Expiry::Later(span)),
        )?,
        usage_limit: args.max_uses.unwrap_or_default(),
    };
    let service = context.service().await?;
    let extended = service.extend(&context.actor(), &request).await?;
    let report = report(&extended, service.link_of(&extended.after));
    output::report(&context.printer, &report, report.invite.code.as_deref(), || table::facts(&facts(&report)))?;
    Ok(Exit::Done)
}

fn report(extended: &Extended, link: Option<String>) -> Report {
    Report {
        success: true,
        before: Terms::of(&extended.before, extended.at),
        after: Terms::of(&extended.after, extended.at),
        invite: InviteView::new(&extended.after, link, extended.at),
    }
}

/// Returns the names and values of the report, with the previous terms.
fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let (before, after) = (&report.before, &report.after);
    let changed = |was: &str, now: &str| if was == now { now.to_owned() } else { format!("{now}; was {was}") };
    let mut facts = report.invite.facts();
    for (name, text) in &mut facts {
        match *name {
            "expires" => *text = changed(&before.expiry, &after.expiry),
            "status" => *text = changed(before.status, after.status),
            _ => {}
        }
    }
    let position = facts.iter().position(|(name, _)| *name == "expires").unwrap_or(facts.len());
    facts.insert(position, ("max uses", changed(&before.limit(), &after.limit())));
    facts
}
