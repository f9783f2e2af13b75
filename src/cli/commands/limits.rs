//! `invite limits`

mod filter;
mod reset;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::commands::limits::filter::FilterArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::fields::FieldsArgs;
use crate::cli::ui::listing::{LimitArgs, Listing};
use crate::cli::ui::row::{Row, Selectable};
use crate::cli::ui::table::Value;
use crate::cli::ui::text::{grouped, rfc3339};
use crate::limits::{LimitFilter, LimitKind, LimitUsage};

/// Show the counters of the rate limits, and reset them
///
/// A counter counts within a window and restarts at 0 in the next one. A window is an hour of the database's clock,
/// from minute 0 to 59; for e-mails to an address, it is a day in UTC.
///
/// Invites created and e-mails sent are counted per user (--as). E-mails are also counted per space and per address.
/// Validations, uses and failed attempts are counted per client (--client of validate and use). All processes share the
/// counters.
///
/// The list shows a fingerprint instead of an e-mail address; --email shows the counter of one address.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    before_long_help = "\
Examples:
  invite limits
  invite limits --client 203.0.113.9
  invite limits --email kim@example.org
  invite limits --policy director -o json
  invite limits reset --client 203.0.113.9 --reason 'a class behind one address'"
)]
pub(crate) struct LimitsArgs {
    #[command(subcommand)]
    command: Option<LimitsCommand>,

    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    limit: LimitArgs,

    #[command(flatten)]
    fields: FieldsArgs<CounterRow>,
}

#[derive(Debug, Subcommand)]
enum LimitsCommand {
    Reset(reset::ResetArgs),
}

#[derive(Serialize)]
struct CounterRow {
    counter: &'static str,
    policy: Option<String>,
    subject: Option<String>,
    count: i64,
    limit: Option<i64>,
    exhausted: bool,
    resets_at: String,
    #[serde(skip)]
    shown_counter: &'static str,
    #[serde(skip)]
    shown_reset: DateTime<Utc>,
}

impl From<LimitUsage> for CounterRow {
    fn from(counted: LimitUsage) -> Self {
        CounterRow {
            counter: counted.what.as_str(),
            exhausted: counted.full,
            count: counted.hits,
            limit: counted.limit,
            resets_at: rfc3339(counted.until),
            shown_counter: match counted.what {
                LimitKind::Guesses => "failed attempts",
                LimitKind::MailsAddress => "mails to address",
                LimitKind::MailsSpace => "mails of space",
                other => other.as_str(),
            },
            shown_reset: counted.until,
            policy: counted.policy,
            subject: counted.who,
        }
    }
}

impl Row for CounterRow {
    const LIST: &'static str = "limits";
    const FIELDS: &'static [&'static str] =
        &["counter", "policy", "subject", "count", "limit", "exhausted", "resets_at"];

    fn headers(_wide: bool) -> Vec<&'static str> {
        vec!["COUNTER", "POLICY", "SUBJECT", "COUNT", "LIMIT", "EXHAUSTED", "RESETS"]
    }

    fn cells(&self, _wide: bool) -> Vec<Value> {
        vec![
            self.shown_counter.into(),
            self.policy.as_deref().into(),
            self.subject.as_deref().into(),
            grouped(self.count.unsigned_abs()).into(),
            self.limit.map_or_else(|| "none".to_owned(), |limit| grouped(limit.unsigned_abs())).into(),
            if self.exhausted { "yes" } else { "no" }.into(),
            self.shown_reset.into(),
        ]
    }

    fn code(&self) -> Option<&str> {
        None
    }
}

impl Selectable for CounterRow {
    const EXAMPLE: &'static str = "counter,subject,count,limit";
}

pub(crate) async fn run(context: &mut Context, args: LimitsArgs) -> Result<Exit> {
    if let Some(LimitsCommand::Reset(reset)) = args.command {
        return reset::run(context, reset).await;
    }
    let limit = args.limit.rows(&context.printer);
    let filter = LimitFilter::from(args.filter);
    let mut listing = Listing::new(&context.printer, args.fields.selected(context.printer.format())?);
    let service = context.service().await?;
    service.list_limits(&filter, limit, |counted| listing.push(&CounterRow::from(counted))).await?;
    let total = if listing.is_limited(limit) { service.count_limits(&filter).await? } else { listing.written() };
    listing.finish::<CounterRow>(total, "No counters in the current windows.")
}
