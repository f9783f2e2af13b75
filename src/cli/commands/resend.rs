//! `invite resend`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::references::{References, refuse_single};
use crate::cli::ui::batch::{Batch, MAX_TABLE_ROWS};
use crate::cli::ui::changes::{Changes, REISSUED, SENT};
use crate::cli::ui::delivery::{DeliveryCounts, confirm_mails};
use crate::cli::ui::reference_sources::ReferenceSources;
use crate::cli::ui::text::{counted, grouped};
use crate::cli::ui::views::{InviteView, IssuedView};
use crate::error::Reason;
use crate::invites::issue::Issued;
use crate::invites::list::Filter;
use crate::invites::resend::{ResendPlan, ResendRequest, ResendSelection, ResendSummary};
use crate::service::Service;

/// Send e-mail invitations again with a new link and expiry
///
/// The old link becomes invalid. The policy limits how often an invitation can be resent; a link that --no-send prints
/// counts as well. An invitation is refused if a member of the space has its address.
///
/// --failed selects the invitations whose e-mail failed or was never sent. These do not count as resends, and expired
/// ones are renewed. More than 10 e-mails need a confirmation, or --yes. E-mails are limited per user, space and
/// address: "invite policy show" has the limits, "invite limits" the counters.
#[derive(Debug, Args)]
#[command(
    override_usage = "invite resend [OPTIONS] <INVITE>...\n       invite resend [OPTIONS] --failed [--space <SPACE>]",
    before_long_help = "\
Examples:
  invite resend '#3fa29c81'
  invite resend --failed
  invite resend --failed --space smith --dry-run
  invite resend '#3fa29c81' --no-send"
)]
pub(crate) struct ResendArgs {
    /// Codes, links, IDs or #fingerprints, or - to read them from standard input, one per line
    #[arg(value_name = "INVITE", required_unless_present = "failed")]
    invites: Vec<String>,

    /// All invitations whose e-mail failed or was never sent, including expired ones
    #[arg(long, conflicts_with = "invites")]
    failed: bool,

    /// With --failed: only invitations of this space
    #[arg(long, value_name = "SPACE", requires = "failed", conflicts_with = "invites")]
    space: Option<String>,

    /// Keep the link; only for codes that are stored as text
    #[arg(long)]
    keep_link: bool,

    /// Print the new link instead of sending an e-mail
    #[arg(long)]
    no_send: bool,

    /// Show what would be sent again; change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Summary {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    unsent: u64,
    in_progress: u64,
    failed: u64,
    interrupted: bool,
    message: String,
}

pub(crate) async fn run(context: &mut Context, args: ResendArgs) -> Result<Exit> {
    let mut invites = References::default();
    let selection = if args.failed {
        let filter = Filter { spaces: args.space.iter().cloned().collect(), ..Filter::default() };
        ResendSelection::Unsent(Box::new(filter))
    } else {
        invites = References::read(context, &args.invites)?;
        ResendSelection::Named(invites.take())
    };
    let request = ResendRequest { keep_link: args.keep_link, send: !args.no_send };
    let service = if request.send { context.service_with_mail().await? } else { context.service().await? };
    let actor = context.actor();
    let plan = service.plan_resend(&actor, selection, request).await?;
    invites.print_failures(context, &plan.failures);
    let planned = plan.failures.first().map(crate::batch::Failure::reason);
    let (exit, failed) = if args.dry_run {
        dry_run(context, &service, &plan, request, invites.sources()).await?
    } else {
        if request.send {
            confirm_mails(&context.prompter, plan.total)?;
        }
        act(context, &service, plan, request, invites.sources()).await?
    };
    Ok(refuse_single(exit, &args.invites, planned.or(failed)))
}

/// Prints the invitations of a dry run with their new expiries. Also returns the reason of
/// the first refusal.
async fn dry_run(
    context: &Context,
    service: &Service,
    plan: &ResendPlan,
    request: ResendRequest,
    sources: ReferenceSources,
) -> Result<(Exit, Option<Reason>)> {
    let now = service.now();
    let view = |issued: &Issued| InviteView::new(&issued.invite, None, now);
    let mut batch =
        Batch::new(&context.printer, &context.interrupt, "resend", Some(MAX_TABLE_ROWS), view).with_sources(sources);
    let ResendSummary { reissued, failed, interrupted, .. } =
        service.dry_run_resend(&context.actor(), plan, request, &mut batch).await?;
    let reason = batch.first_failure();
    let what = if request.send { "would be sent again" } else { "would get a new link" };
    let refused = if failed > 0 { format!(", {} refused", grouped(failed)) } else { String::new() };
    let message = format!("{} {what}{refused}", counted(reissued, "invitation"));
    let sent = if request.send { reissued } else { 0 };
    batch.finish::<InviteView>(&Summary {
        success: failed == 0 && !interrupted,
        changes: Changes::new(true, [(REISSUED, reissued), (SENT, sent)]),
        unsent: 0,
        in_progress: plan.elsewhere,
        failed,
        interrupted,
        message: message.clone(),
    })?;
    context.printer.info(&format!("{message}."));
    print_others(context, plan.elsewhere);
    context.printer.dry_run_info(reissued > 0);
    Ok((context.exit(interrupted, failed), reason))
}

/// Sends the invitations. Also returns the reason of the first failure.
async fn act(
    context: &Context,
    service: &Service,
    plan: ResendPlan,
    request: ResendRequest,
    sources: ReferenceSources,
) -> Result<(Exit, Option<Reason>)> {
    let now = service.now();
    let elsewhere = plan.elsewhere;
    let deliveries = DeliveryCounts::default();
    let view = |issued: &Issued| {
        if request.send {
            deliveries.add(issued);
        }
        IssuedView::new(issued, now)
    };
    let mut batch = Batch::new(&context.printer, &context.interrupt, "resend", None, view).with_sources(sources);
    if !request.send {
        batch = batch.stop_on_broken_pipe();
    }
    let outcome = service.resend(&context.actor(), plan, request, &mut batch).await;
    let (counts, reason) = (batch.counts(), batch.first_failure());
    let (summary, failure) = match outcome {
        Ok(summary) => (summary, None),
        Err(error) if counts.done == 0 && counts.failed == 0 => return Err(error.into()),
        // The report has the committed work before the error.
        Err(error) => {
            let (sent, unsent) = deliveries.totals();
            let failed = counts.failed.saturating_sub(unsent);
            (ResendSummary { reissued: counts.done, sent, unsent, failed, interrupted: false }, Some(error))
        }
    };
    let message = message(&summary, request);
    batch.finish::<IssuedView>(&Summary {
        success: summary.failed + summary.unsent == 0 && failure.is_none() && !summary.interrupted,
        changes: Changes::new(false, [(REISSUED, summary.reissued), (SENT, summary.sent)]),
        unsent: summary.unsent,
        in_progress: elsewhere,
        failed: summary.failed,
        interrupted: summary.interrupted,
        message: message.clone(),
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    context.printer.info(&format!("{message}."));
    print_others(context, elsewhere);
    context.explain_relative_links(!request.send && summary.reissued > 0);
    if summary.interrupted {
        context.printer.status("Interrupted. The invitations listed above are done; the rest are unchanged.");
    }
    Ok((context.exit(summary.interrupted, summary.failed + summary.unsent), reason))
}

/// Returns the message of the report.
fn message(summary: &ResendSummary, request: ResendRequest) -> String {
    let mut text = if request.send {
        format!("{} sent again", counted(summary.sent, "invitation"))
    } else {
        format!("{} with a new link, not sent", counted(summary.reissued, "invitation"))
    };
    for (count, word) in [(summary.unsent, "not sent"), (summary.failed, "refused")] {
        if count > 0 {
            text.push_str(&format!(", {} {word}", grouped(count)));
        }
    }
    text
}

/// Prints the number of invitations that another run is sending.
fn print_others(context: &Context, count: u64) {
    if count > 0 {
        context.printer.info(&format!(
            "{} being sent by another run; if that run was killed, wait 5 minutes and try again.",
            if count == 1 { "1 more is".to_owned() } else { format!("{} more are", grouped(count)) }
        ));
    }
}
