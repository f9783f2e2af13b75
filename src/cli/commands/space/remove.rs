//! `invite space remove`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::changes::{Changes, INVITES_CLOSED, REMOVED};
use crate::cli::ui::output;
use crate::cli::ui::prompt::Question;
use crate::cli::ui::text::{counted, safe};
use crate::shell::word;
use crate::spaces::Removal;

/// Remove a space and close its invites
///
/// Its memberships become ineffective. Invites, uses, members and operations are kept until "invite cleanup
/// --purge-after" deletes them; until then, "invite space restore" restores the space.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite space remove abc123 --dry-run
  invite space remove abc123 --yes --reason 'closed by its owner'")]
pub(crate) struct RemoveArgs {
    /// ID of the space
    #[arg(value_name = "SPACE")]
    id: String,

    /// Show what would be removed; change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    id: String,
    name: String,
    members: u64,
}

pub(crate) async fn run(context: &mut Context, args: RemoveArgs) -> Result<Exit> {
    let service = context.service().await?;
    let plan = service.plan_remove_space(&context.actor(), &args.id).await?;
    if args.dry_run {
        report(context, &plan, true)?;
        context.printer.dry_run_info(true);
        return Ok(Exit::Done);
    }
    let what =
        format!("this removes {} from {} and permanently closes its invites", description(&plan), context.target());
    let _confirmed = context.prompter.confirm(&what, &Question::TypeName(&args.id))?;
    let removed = service.remove_space(&context.actor(), &args.id).await?;
    report(context, &removed, false)?;
    let restore = format!("invite space restore {}", word(&removed.space.id));
    context.printer.info(&format!("Its data is kept until a purge. Restore the space: {restore}"));
    Ok(Exit::Done)
}

/// Describes the space and its data.
fn description(plan: &Removal) -> String {
    format!(
        "the space {} ({}) with {} and {}",
        safe(&plan.space.name),
        safe(&plan.space.id),
        counted(plan.invites, "open invite"),
        counted(plan.members, "member")
    )
}

fn report(context: &Context, plan: &Removal, dry_run: bool) -> std::io::Result<()> {
    let record = Report {
        success: true,
        changes: Changes::new(dry_run, [(REMOVED, 1), (INVITES_CLOSED, plan.invites)]),
        id: plan.space.id.clone(),
        name: plan.space.name.clone(),
        members: plan.members,
    };
    let verb = record.changes.verb(REMOVED);
    output::report(&context.printer, &record, None, || format!("{verb}: {}\n", description(plan)))
}
