//! `invite revoke`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::named::{Named, alone, operation_id};
use crate::cli::ui::batch::{Batch, SHOWN};
use crate::cli::ui::changes::{Changes, REVOKED};
use crate::cli::ui::prompt::{Confirmed, Question, confirm};
use crate::cli::ui::text::{counted, grouped, safe};
use crate::cli::ui::views::InviteView;
use crate::error::Reason;
use crate::invites::list::Filter;
use crate::invites::revoke::{AlreadyClosed, RevokePlan, RevokeSummary, Selection, plan_revoke, preview, revoke};
use crate::model::invite::Invite;
use crate::service::Service;

/// Revoke invites by code, space, creator or operation
///
/// A single invite is revoked without a question; several need a confirmation, or --yes.
#[derive(Debug, Args)]
#[command(
    override_usage = "invite revoke [OPTIONS] <INVITE>...\n       \
        invite revoke [OPTIONS] <--space <SPACE>|--created-by <USER>|--operation <OPERATION>>...",
    before_long_help = "\
Examples:
  invite revoke A1B2C3D4
  invite revoke --created-by u7 --dry-run
  invite revoke --space c1 --yes
  invite list --status active --search leaked -o jsonl | jq -r .id | invite revoke - --yes"
)]
pub(crate) struct RevokeArgs {
    /// Codes, links, IDs or #fingerprints, or - to read them from standard input, one per line
    #[arg(value_name = "INVITE", required_unless_present_any = ["space", "created_by", "operation"])]
    invites: Vec<String>,

    /// All active invites of this space
    #[arg(long, value_name = "SPACE", conflicts_with = "invites")]
    space: Option<String>,

    /// All active invites that this user created
    #[arg(long, value_name = "USER", conflicts_with = "invites")]
    created_by: Option<String>,

    /// All active invites that this operation created
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
    let plan = plan_revoke(&service, &context.actor(), selection).await?;
    let now = service.now();
    let view = |invite: &Invite| InviteView::new(invite, service.link_of(invite), now);
    tell_of_plan(context, &invites, &plan);
    let mut first_failure = plan.failures.first().map(|failure| failure.reason);
    let exit = if args.dry_run {
        let mut batch = Batch::new(context, "revoke", Some(SHOWN), view);
        preview(&service, &plan, &mut batch).await?;
        report(context, &planned(&plan), true, named, batch)?
    } else {
        let confirmed = agree(context, &args, &plan, named)?;
        let mut batch = Batch::new(context, "revoke", Some(SHOWN), view);
        if named {
            batch = batch.named_as(invites.places());
        }
        let (exit, failure) = act(context, &service, plan, named, batch, &confirmed).await?;
        first_failure = first_failure.or(failure);
        exit
    };
    Ok(alone(exit, &args.invites, first_failure))
}

/// What the plan already knows it cannot or need not do.
fn tell_of_plan(context: &Context, invites: &Named, plan: &RevokePlan) {
    invites.tell_of_failures(context, &plan.failures);
    let places = invites.places();
    for AlreadyClosed { place, status, .. } in &plan.already_closed {
        let text =
            format!("{} is already {}; nothing to revoke.", places.typed(*place), status.as_str().replace('_', " "));
        context.printer.note(&safe(&text));
    }
}

/// One invite that was named needs no question.
fn agree(context: &Context, args: &RevokeArgs, plan: &RevokePlan, named: bool) -> Result<Confirmed> {
    if plan.total == 0 || named && plan.total == 1 {
        return Ok(Confirmed::not_needed());
    }
    let what = format!(
        "this revokes {}{} in {}",
        counted(plan.total, "active invite"),
        args.space.as_deref().map_or(String::new(), |space| format!(" of the space {space}")),
        context.target()
    );
    confirm(context, &what, &args.space.as_deref().map_or(Question::YesNo, Question::TypeName))
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
    match revoke(service, &context.actor(), plan, &mut batch).await {
        Ok(summary) => {
            let failure = batch.first_failure();
            let exit = report(context, &summary, false, named, batch)?;
            context.tell_cut_short(summary.interrupted, false);
            Ok((exit, failure))
        }
        Err(error) if batch.counts().done == 0 => Err(error.into()),
        Err(error) => {
            // What was done before the error stays done, and is said.
            let counts = batch.counts();
            let failed = known_failures + counts.failed;
            let summary = RevokeSummary { revoked: counts.done, already_closed, failed, interrupted: true };
            report(context, &summary, false, named, batch)?;
            context.tell_cut_short(false, true);
            Err(error.into())
        }
    }
}

/// What a plan would do, in the words of a run.
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
    if summary.revoked == 0 && summary.already_closed > 0 && summary.failed == 0 {
        context.printer.note("Nothing was changed.");
    }
    if summary.revoked > 0 || !named {
        context.printer.note(&format!("{}.", revoked(summary, dry_run)));
    }
    Ok(context.exit(summary.interrupted, summary.failed))
}

fn revoked(summary: &RevokeSummary, dry_run: bool) -> String {
    let verb = if dry_run { "would be revoked" } else { "revoked" };
    format!("{} {verb}", counted(summary.revoked, "invite"))
}

/// The outcome in a sentence; of one invite, that of seed 003.
fn message(summary: &RevokeSummary, dry_run: bool) -> String {
    let RevokeSummary { revoked: count, already_closed, failed, interrupted } = *summary;
    if (count, already_closed, failed, dry_run || interrupted) == (1, 0, 0, false) {
        return "Invite code revoked successfully".to_owned();
    }
    let others = [(already_closed, "already closed"), (failed, "failed")];
    let told = others.iter().filter(|(count, _)| *count > 0);
    told.fold(revoked(summary, dry_run), |text, (count, word)| format!("{text}, {} {word}", grouped(*count)))
}

fn selection(context: &mut Context, args: &RevokeArgs) -> Result<(Selection, Named)> {
    if args.space.is_some() || args.created_by.is_some() || args.operation.is_some() {
        let filter = Filter {
            spaces: args.space.iter().cloned().collect(),
            created_by: args.created_by.clone(),
            ..Filter::default()
        };
        return Ok((Selection::Matching(Box::new(filter)), Named::default()));
    }
    let mut invites = Named::read(context, &args.invites)?;
    Ok((Selection::Named(invites.take()), invites))
}
