//! `invite member list`

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
use crate::cli::ui::text::rfc3339;
use crate::members::Member;

/// List the members of one space or of all spaces
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite member list abc123
  invite member list -o csv > members.csv")]
pub(crate) struct ListArgs {
    /// ID of the space [default: all spaces]
    space: Option<String>,

    #[command(flatten)]
    limit: LimitArgs,

    #[command(flatten)]
    fields: FieldsArgs<MemberRow>,
}

#[derive(Serialize)]
struct MemberRow {
    space_id: String,
    user_id: String,
    role: String,
    name: Option<String>,
    email: Option<String>,
    joined_at: String,
    invite_id: Option<String>,
    #[serde(skip)]
    joined: DateTime<Utc>,
}

impl From<Member> for MemberRow {
    fn from(member: Member) -> Self {
        MemberRow {
            space_id: member.space_id,
            user_id: member.user_id,
            role: member.role,
            name: member.name,
            email: member.email,
            joined_at: rfc3339(member.joined_at),
            invite_id: member.invite_id.map(|id| id.to_string()),
            joined: member.joined_at,
        }
    }
}

impl Row for MemberRow {
    const LIST: &'static str = "members";
    const FIELDS: &'static [&'static str] = &["space_id", "user_id", "role", "name", "email", "joined_at", "invite_id"];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["SPACE", "USER", "ROLE", "NAME", "ADDRESS", "JOINED"];
        if wide {
            headers.push("BY INVITE");
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let mut cells: Vec<Value> = vec![
            self.space_id.as_str().into(),
            self.user_id.as_str().into(),
            self.role.as_str().into(),
            self.name.as_deref().into(),
            self.email.as_deref().into(),
            self.joined.into(),
        ];
        if wide {
            cells.push(self.invite_id.as_deref().into());
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        None
    }
}

impl Selectable for MemberRow {
    const EXAMPLE: &'static str = "space_id,user_id,role";
}

pub(crate) async fn run(context: &mut Context, args: ListArgs) -> Result<Exit> {
    let limit = args.limit.rows(&context.printer);
    let space = args.space.as_deref();
    let mut listing = Listing::new(&context.printer, args.fields.selected(context.printer.format())?);
    let service = context.service().await?;
    service.list_members(space, limit, |member| listing.push(&MemberRow::from(member))).await?;
    let total = if listing.is_limited(limit) { service.count_members(space).await? } else { listing.written() };
    listing.finish::<MemberRow>(total, "No members found.")
}
