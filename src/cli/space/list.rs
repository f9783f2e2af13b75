//! `invite space list`

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use crate::actions::manage_spaces::{count_spaces, list_spaces};
use crate::cli::Exit;
use crate::cli::context::Context;
use crate::cli::listing::{LimitArgs, Listing};
use crate::cli::output::Row;
use crate::cli::table::Value;
use crate::cli::text::rfc3339;

/// List spaces, each with its standing code
///
/// With --as, only the codes are shown that this user may see.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite space list
  invite space list --policy director -o json")]
pub(super) struct ListArgs {
    /// Only spaces of this policy
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    #[command(flatten)]
    limit: LimitArgs,
}

#[derive(Serialize)]
struct SpaceRow {
    id: String,
    policy: String,
    name: String,
    standing_code: Option<String>,
    created_at: String,
    #[serde(skip)]
    created: DateTime<Utc>,
}

impl Row for SpaceRow {
    const LIST: &'static str = "spaces";
    const FIELDS: &'static [&'static str] = &["id", "policy", "name", "standing_code", "created_at"];

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
            self.standing_code.as_deref().into(),
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

pub(super) async fn run(context: &mut Context, args: ListArgs) -> Result<Exit> {
    let limit = args.limit.rows(context);
    let policy = args.policy.as_deref();
    let mut listing = Listing::new::<SpaceRow>(context, &args.limit)?;
    let service = context.service().await?;
    list_spaces(&service, &context.actor(), policy, limit, |stored, code| {
        listing.push(&SpaceRow {
            id: stored.space.id,
            policy: stored.space.policy,
            name: stored.space.name,
            standing_code: code,
            created_at: rfc3339(stored.created_at),
            created: stored.created_at,
        })
    })
    .await?;
    let total = if listing.is_cut(limit) { count_spaces(&service, policy).await? } else { listing.written() };
    let none = match policy {
        Some(policy) => format!("No spaces of the policy {policy} found in {}.", context.target()),
        None => context.no_spaces(),
    };
    listing.finish::<SpaceRow>(total, &none)
}
