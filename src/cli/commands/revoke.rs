//! `invite revoke`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::references::{References, operation_id, refuse_single};
use crate::cli::ui::batch::{Batch, MAX_TABLE_ROWS};
use crate::cli::ui::changes::{Changes, REVOKED};
use crate::cli::ui::prompt::{Confirmed, Question};
use crate::cli::ui::text::{counted, grouped, safe};
use crate::cli::ui::views::InviteView;
use crate::error::Reason;
use crate::invites::list::Filter;
use crate::invites::revoke::{AlreadyClosed, RevokePlan, RevokeSummary, Selection};
use crate::model::invite::Invite;
use crate::service::Service;

/// Revoke invites by code, space, creator or operation
///
/// A revoked invite cannot become valid again. A single invite is revoked without a question; several need a
/// confirmation, or --yes. An invite that is already closed is reported and left unchanged, and the exit code is 0.
#[derive(Debug, Args)]
#[command(
    override_usage = "invite revoke [OPTIONS] <INVITE>...\n       \
        invite revoke [OPTIONS] <--space <SPACE>|--created-by <USER>|--operation <OPERATION>>...",
    before_long_help = "\
Examples:
  invite revoke A1B2C3D4 --reason leaked
  invite revoke --created-by u7 --dry-run
  invite revoke --space c1 --yes
  invite list --status active --search leaked -o jsonl | jq -r .id | invite revoke - --yes"
)]
pub(crate) struct RevokeArgs {
    /// Codes, links, IDs or #fingerprints, or - to read them from standard input, one per line
    #[arg(value_name = "INVITE", required_unless_present_any = ["space", "created_by", "operation"])]
    invites: Vec<String>,

    /// All open invites (active or scheduled) of this space
    #[arg(long, value_name = "SPACE", conflicts_with = "invites")]
    space: Option<String>,

    /// All open invites (active or scheduled) that this user created
    #[arg(long, value_name = "USER", conflicts_with = "invites")]
    created_by: Option<String>,

    /// All open invites (active or scheduled) that this operation created
    #[arg(long, value_name = "OPERATION", conflicts_with = "invites")]
    operation: Option<String>,

    /// Show what would be revoked; change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Summary {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    already_closed: u64,
    failed: u64,
    message: String,
}

pub(crate) async fn run(context: &mut Context, args: RevokeArgs) -> Result<Exit> {
    let (mut selection, invites) = selection(context, &args)?;
    let named = matches!(selection, Selection::Named(_));
    let service = context.service().await?;
    if let Selection::Matching(filter) = &mut selection {
        filter.made_by = operation_id(&service, args.operation.as_ref()).await?;
    }
    let plan = service.plan_revoke(&context.actor(), selection).await?;
    let now = service.now();
    let view = |invite: &Invite| InviteView::new(invite, service.link_of(invite), now);
    print_plan(context, &invites, &plan);
    let mut first_failure = plan.failures.first().map(crate::batch::Failure::reason);
    let exit = if args.dry_run {
        let mut batch = Batch::new(&context.printer, &context.interrupt, "revoke", Some(MAX_TABLE_ROWS), view);
        service.dry_run_revoke(&plan, &mut batch).await?;
        report(context, &planned(&plan), true, named, batch)?
    } else {
        let confirmed = confirm(context, &args, &plan, named)?;
        let mut batch = Batch::new(&context.printer, &context.interrupt, "revoke", Some(MAX_TABLE_ROWS), view);
        if named {
            batch = batch.with_sources(invites.sources());
        }
        let (exit, failure) = act(context, &service, plan, named, batch, &confirmed).await?;
        first_failure = first_failure.or(failure);
        exit
    };
    Ok(refuse_single(exit, &args.invites, first_failure))
}

/// Prints the invites that the plan cannot revoke or need not revoke.
fn print_plan(context: &Context, invites: &References, plan: &RevokePlan) {
    invites.print_failures(context, &plan.failures);
    let sources = invites.sources();
    for AlreadyClosed { place, status, .. } in &plan.already_closed {
        let text =
            format!("{} is already {}; nothing to revoke.", sources.text(*place), status.as_str().replace('_', " "));
        context.printer.info(&safe(&text));
    }
}

/// Asks for a confirmation, except for a single named invite.
fn confirm(context: &Context, args: &RevokeArgs, plan: &RevokePlan, named: bool) -> Result<Confirmed> {
    if plan.total == 0 || named && plan.total == 1 {
        return Ok(Confirmed::not_needed());
    }
    let what = format!(
        "this revokes {}{} in {}",
        counted(plan.total, "open invite"),
        args.space.as_deref().map_or(String::new(), |space| format!(" of the space {space}")),
        context.target()
    );
    context.prompter.confirm(&what, &args.space.as_deref().map_or(Question::YesNo, Question::TypeName))
}

async fn act<F>(
    context: &Context,
    service: &Service,
    plan: RevokePlan,
    named: bool,
    mut batch: Batch<F>,
    _confirmed: &Confirmed,
) -> Result<(Exit, Option<Reason>)>
where
    F: Fn(&Invite) -> InviteView + Send,
{
    let already_closed = plan.already_closed.len() as u64;
    let known_failures = plan.failures.len() as u64;
    match service.revoke(&context.actor(), plan, &mut batch).await {
        Ok(summary) => {
            let failure = batch.first_failure();
            let exit = report(context, &summary, false, named, batch)?;
            context.report_incomplete(summary.interrupted, false);
            Ok((exit, failure))
        }
        Err(error) if batch.counts().done == 0 => Err(error.into()),
        Err(error) => {
            // The report has the committed work before the error.
            let counts = batch.counts();
            let failed = known_failures + counts.failed;
            let summary = RevokeSummary { revoked: counts.done, already_closed, failed, interrupted: true };
            report(context, &summary, false, named, batch)?;
            context.report_incomplete(false, true);
            Err(error.into())
        }
    }
}

/// Returns the effect of a plan as the summary of a run.
fn planned(plan: &RevokePlan) -> RevokeSummary {
    RevokeSummary {
        revoked: plan.total,
        already_closed: plan.already_closed.len() as u64,
        failed: plan.failures.len() as u64,
        interrupted: false,
    }
}

fn report<F>(context: &Context, summary: &RevokeSummary, dry_run: bool, named: bool, batch: Batch<F>) -> Result<Exit>
where
    F: Fn(&Invite) -> InviteView + Send,
{
    batch.finish::<InviteView>(&Summary {
        success: summary.failed == 0 && !summary.interrupted,
        changes: Changes::new(dry_run, [(REVOKED, summary.revoked)]),
        already_closed: summary.already_closed,
        failed: summary.failed,
        message: message(summary, dry_run),
    })?;
    if !dry_run && summary.revoked == 0 && summary.already_closed > 0 && summary.failed == 0 {
        context.printer.info("Nothing was changed.");
    }
    if summary.revoked > 0 || !named {
        context.printer.info(&format!("{}.", count_text(summary, dry_run)));
    }
    if dry_run {
        context.printer.dry_run_info(summary.revoked > 0);
    }
    Ok(context.exit(summary.interrupted, summary.failed))
}

fn count_text(summary: &RevokeSummary, dry_run: bool) -> String {
    let verb = if dry_run { "would be revoked" } else { "revoked" };
    format!("{} {verb}", counted(summary.revoked, "invite"))
}

/// Returns the message of the report; for one invite, that of seed 003.
fn message(summary: &RevokeSummary, dry_run: bool) -> String {
    let RevokeSummary { revoked: count, already_closed, failed, interrupted } = *summary;
    if (count, already_closed, failed, dry_run || interrupted) == (1, 0, 0, false) {
        return "Invite code revoked successfully".to_owned();
    }
    let others = [(already_closed, "already closed"), (failed, "failed")];
    let shown = others.iter().filter(|(count, _)| *count > 0);
    shown.fold(count_text(summary, dry_run), |text, (count, word)| format!("{text}, {} {word}", grouped(*count)))
}

fn selection(context: &mut Context, args: &RevokeArgs) -> Result<(Selection, References)> {
    if args.space.is_some() || args.created_by.is_some() || args.operation.is_some() {
        let filter = Filter {
            spaces: args.space.iter().cloned().collect(),
            created_by: args.created_by.clone(),
            ..Filter::default()
        };
        return Ok((Selection::Matching(Box::new(filter)), References::default()));
    }
    let mut invites = References::read(context, &args.invites)?;
    Ok((Selection::Named(invites.take()), invites))
}
