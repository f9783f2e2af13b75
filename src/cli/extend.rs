//! `invite extend`

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::generate::end;
use super::text::rfc3339;
use super::view::InviteView;
use super::{Exit, output, table, values};
use crate::actions::extend::{ExtendRequest, Extended, extend};
use crate::actions::generate::Uses;
use crate::duration::Lifetime;

/// Give an invite another end or limit, instead of sending a new one
///
/// One that expired or was used up lives again; a revoked or replaced one does not.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite extend A1B2C3D4 --expires-in 7d
  invite extend A1B2C3D4 --max-uses 50
  invite extend A1B2C3D4 --expires-in never --max-uses unlimited")]
pub(super) struct ExtendArgs {
    /// Code, link, id or #fingerprint; - reads it from standard input
    invite: String,

    /// End so long from now, or from its start if that is to come: 90m, 24h, 7d, 2w, never
    #[arg(long, value_name = "DURATION", value_parser = values::lifetime, allow_hyphen_values = true)]
    expires_in: Option<Lifetime>,

    /// End at this time: 2026-12-31, "2026-12-31 18:00" (UTC), RFC 3339
    #[arg(long, value_name = "TIME", value_parser = values::instant, conflicts_with = "expires_in")]
    expires_at: Option<DateTime<Utc>>,

    /// How often it can be used in all: a number, or unlimited
    #[arg(long, value_name = "N", value_parser = values::uses, allow_hyphen_values = true)]
    max_uses: Option<Uses>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    previous_expires_at: Option<String>,
    previous_max_uses: Option<i64>,
    previous_status: &'static str,
    #[serde(flatten)]
    invite: InviteView,
}

pub(super) async fn run(context: &mut Context, args: ExtendArgs) -> Result<Exit> {
    let request = ExtendRequest {
        reference: context.reference(&args.invite)?,
        end: end(args.expires_in, args.expires_at),
        uses: args.max_uses.unwrap_or_default(),
    };
    let service = context.service().await?;
    let extended = extend(&service, &context.actor(), &request).await?;
    let report = report(&extended, service.link_of(&extended.after));
    output::report(&context.printer, &report, report.invite.code.as_deref(), || table::facts(&report.invite.facts()))?;
    Ok(Exit::Done)
}

fn report(extended: &Extended, link: Option<String>) -> Report {
    Report {
        success: true,
        previous_expires_at: extended.before.expires_at.map(rfc3339),
        previous_max_uses: extended.before.max_uses,
        previous_status: extended.before.status(extended.at).as_str(),
        invite: InviteView::new(&extended.after, link, extended.at),
    }
}
