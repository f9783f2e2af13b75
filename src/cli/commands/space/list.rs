//! `invite space list`

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::fields::FieldsArgs;
use crate::cli::ui::listing::{LimitArgs, Listing};
use crate::cli::ui::row::{Row, Selectable};
use crate::cli::ui::table::Value;
use crate::cli::ui::text::{rfc3339, safe};
use crate::spaces::{Removed, SpaceFilter, Standing, StoredSpace};

/// List spaces with their standing codes
///
/// With --as, only the spaces of this user, with the codes that their role may see.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite space list
  invite space list --policy director -o json
  invite space list --removed")]
pub(crate) struct ListArgs {
    /// Only spaces of this policy
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    /// Only removed spaces
    #[arg(long)]
    removed: bool,

    #[command(flatten)]
    limit: LimitArgs,

    #[command(flatten)]
    fields: FieldsArgs<SpaceRow>,
}

#[derive(Serialize)]
struct SpaceRow {
    id: String,
    policy: String,
    name: String,
    standing_code: Option<String>,
    /// State of the standing code: `active`, or why there is no code to show.
    standing: &'static str,
    created_at: String,
    #[serde(skip)]
    shown_standing: &'static str,
    #[serde(skip)]
    created: DateTime<Utc>,
}

/// Returns the state of a standing code for programs and for people.
fn state_words(standing: &Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Code(_) => ("active", "-"),
        Standing::Hashed => ("hashed", "stored as hash"),
        Standing::Hidden => ("hidden", "not shown"),
        Standing::Missing => ("missing", "none yet"),
        Standing::NotByPolicy => ("not_by_policy", "none by policy"),
        Standing::Removed => ("removed", "space removed"),
        _ => ("unknown_policy", "unknown policy"),
    }
}

fn row(stored: StoredSpace, standing: &Standing) -> SpaceRow {
    let (standing_word, shown_standing) = state_words(standing);
    SpaceRow {
        id: stored.space.id,
        policy: stored.space.policy,
        name: stored.space.name,
        standing_code: standing.code().map(str::to_owned),
        standing: standing_word,
        shown_standing,
        created_at: rfc3339(stored.created_at),
        created: stored.created_at,
    }
}

impl Row for SpaceRow {
    const LIST: &'static str = "spaces";
    const FIELDS: &'static [&'static str] = &["id", "policy", "name", "standing_code", "standing", "created_at"];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["SPACE", "NAME", "POLICY", "STANDING CODE"];
        if wide {
            headers.push("ADDED");
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let mut cells: Vec<Value> = vec![
            self.id.as_str().into(),
            self.name.as_str().into(),
            self.policy.as_str().into(),
            self.standing_code.as_deref().unwrap_or(self.shown_standing).into(),
        ];
        if wide {
            cells.push(self.created.into());
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        self.standing_code.as_deref()
    }
}

impl Selectable for SpaceRow {
    const EXAMPLE: &'static str = "id,name,standing_code";
    const VARIANT: Option<(&'static str, &'static [&'static str])> = Some(("--removed", RemovedRow::FIELDS));
}

pub(crate) async fn run(context: &mut Context, args: ListArgs) -> Result<Exit> {
    if args.removed {
        return run_removed(context, &args).await;
    }
    let limit = args.limit.rows(&context.printer);
    let policy = args.policy.as_deref();
    let spaces = SpaceFilter { policy, removed: false };
    let mut listing = Listing::new(&context.printer, args.fields.selected(context.printer.format())?);
    let service = context.service().await?;
    let actor = context.actor();
    service.list_spaces(&actor, spaces, limit, |stored, standing| listing.push(&row(stored, &standing))).await?;
    let total = if listing.is_limited(limit) { service.count_spaces(&actor, spaces).await? } else { listing.written() };
    listing.finish::<SpaceRow>(total, &none_message(context, policy))
}

/// Removed space.
#[derive(Serialize)]
struct RemovedRow {
    id: String,
    policy: String,
    name: String,
    removed_at: Option<String>,
    removed_op: Option<String>,
    created_at: String,
    #[serde(skip)]
    removed: Option<Removed>,
}

impl Row for RemovedRow {
    const LIST: &'static str = "spaces";
    const FIELDS: &'static [&'static str] = &["id", "policy", "name", "removed_at", "removed_op", "created_at"];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["SPACE", "NAME", "POLICY", "REMOVED"];
        if wide {
            headers.push("OPERATION");
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let mut cells: Vec<Value> =
            vec![self.id.as_str().into(), self.name.as_str().into(), self.policy.as_str().into()];
        cells.push(self.removed.map_or_else(|| "-".into(), |removed| removed.at.into()));
        if wide {
            cells.push(self.removed_op.as_deref().unwrap_or("-").into());
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        None
    }
}

fn removed_row(stored: StoredSpace) -> RemovedRow {
    RemovedRow {
        id: stored.space.id,
        policy: stored.space.policy,
        name: stored.space.name,
        removed_at: stored.removed.map(|removed| rfc3339(removed.at)),
        removed_op: stored.removed.map(|removed| removed.operation.to_string()),
        created_at: rfc3339(stored.created_at),
        removed: stored.removed,
    }
}

async fn run_removed(context: &mut Context, args: &ListArgs) -> Result<Exit> {
    let limit = args.limit.rows(&context.printer);
    let policy = args.policy.as_deref();
    let spaces = SpaceFilter { policy, removed: true };
    let fields = args.fields.selected_of::<RemovedRow>(context.printer.format())?;
    let mut listing = Listing::new(&context.printer, fields);
    let service = context.service().await?;
    let actor = context.actor();
    service.list_spaces(&actor, spaces, limit, |stored, _| listing.push(&removed_row(stored))).await?;
    let total = if listing.is_limited(limit) { service.count_spaces(&actor, spaces).await? } else { listing.written() };
    let of_policy = policy.map_or(String::new(), |policy| format!(" of the policy {policy}"));
    listing.finish::<RemovedRow>(total, &format!("No removed spaces{of_policy} found in {}.", context.target()))
}

/// Returns the message for an empty list.
fn none_message(context: &Context, policy: Option<&str>) -> String {
    let of_policy = policy.map_or(String::new(), |policy| format!(" of the policy {policy}"));
    match &context.global.actor {
        Some(user) => format!("{} is not a member of any space{of_policy}.", safe(user)),
        None if policy.is_some() => format!("No spaces{of_policy} found in {}.", context.target()),
        None => context.no_spaces(),
    }
}
