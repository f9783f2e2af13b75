//! `invite list`

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::calendar::Moment;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::references::operation_id;
use crate::cli::ui::fields::FieldsArgs;
use crate::cli::ui::listing::{LimitArgs, Listing};
use crate::cli::ui::views::ListedView;
use crate::cli::values;
use crate::invites::list::{Filter, ListRequest, Mail, Sort};
use crate::model::invite::Status;

/// List invites
///
/// A table on a terminal shows the newest 50; --all and --limit change that. Other formats write every row, as it is
/// read from the database.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite list
  invite list --space c1 --status active
  invite list --status active --expires-before 2026-12-31 --sort expires
  invite list --status active --fields code,space_id,effective_expiry -o csv > valid.csv
  invite list --status active -o code")]
pub(crate) struct ListArgs {
    /// Only this space; can be repeated
    #[arg(long, value_name = "SPACE")]
    space: Vec<String>,

    /// Only spaces of this policy
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    /// Only invites with this status, such as active: valid now; can be repeated
    #[arg(long, value_name = "STATUS", value_enum)]
    status: Vec<StatusArg>,

    /// Only invites created by this user
    #[arg(long, value_name = "USER")]
    created_by: Option<String>,

    /// Only invites bound to this address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    /// Only invites that grant this role
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// Only invites that expire or have expired before this time: 2026-12-31 (the start of that day), "2026-12-31 18:00",
    /// 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    expires_before: Option<Moment>,

    /// Only invites created or closed by this operation
    #[arg(long, value_name = "OPERATION")]
    operation: Option<String>,

    /// Only invitations whose e-mail failed or was never sent
    #[arg(long)]
    unsent: bool,

    /// Only invites with this text in the ID or name of the space, the note or the address; ignores case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,

    /// Sort order
    #[arg(long, value_name = "ORDER", value_enum, default_value_t)]
    sort: SortArg,

    #[command(flatten)]
    limit: LimitArgs,

    #[command(flatten)]
    fields: FieldsArgs<ListedView>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum StatusArg {
    Active,
    Scheduled,
    Expired,
    UsedUp,
    Revoked,
    Replaced,
}

impl From<StatusArg> for Status {
    fn from(status: StatusArg) -> Self {
        match status {
            StatusArg::Active => Status::Active,
            StatusArg::Scheduled => Status::Scheduled,
            StatusArg::Expired => Status::Expired,
            StatusArg::UsedUp => Status::UsedUp,
            StatusArg::Revoked => Status::Revoked,
            StatusArg::Replaced => Status::Replaced,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum SortArg {
    #[default]
    Newest,
    Oldest,
    Expires,
    Uses,
    Space,
}

impl From<SortArg> for Sort {
    fn from(sort: SortArg) -> Self {
        match sort {
            SortArg::Newest => Sort::Newest,
            SortArg::Oldest => Sort::Oldest,
            SortArg::Expires => Sort::Expires,
            SortArg::Uses => Sort::Uses,
            SortArg::Space => Sort::Space,
        }
    }
}

pub(crate) async fn run(context: &mut Context, args: ListArgs) -> Result<Exit> {
    let limit = args.limit.rows(&context.printer);
    let zone = context.zone();
    let mut request = ListRequest {
        filter: Filter {
            spaces: args.space,
            policy: args.policy,
            statuses: args.status.into_iter().map(Status::from).collect(),
            created_by: args.created_by,
            email: args.email,
            role: args.role,
            expires_before: args.expires_before.map(|before| before.first(zone)).transpose()?,
            operation: None,
            made_by: None,
            mail: args.unsent.then_some(Mail::Unsent),
            search: args.search,
        },
        sort: args.sort.into(),
        limit,
    };
    let fields = args.fields.selected(context.printer.format())?;
    let shows_links = fields.as_ref().is_some_and(|fields| fields.contain("link"));
    let mut listing = Listing::new(&context.printer, fields);
    let service = context.service().await?;
    request.filter.operation = operation_id(&service, args.operation.as_ref()).await?;
    let now = service.now();
    let actor = context.actor();
    service.list_invites(&actor, &request, now, |listed| listing.push(&ListedView::new(listed, now))).await?;
    let total = if listing.is_limited(limit) {
        service.count_invites(&actor, &request.filter, now).await?
    } else {
        listing.written()
    };
    let exit = listing.finish::<ListedView>(total, "No invites found.")?;
    context.explain_relative_links(shows_links && total > 0);
    Ok(exit)
}
