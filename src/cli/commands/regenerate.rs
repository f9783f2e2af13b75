//! `invite regenerate`

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use crate::calendar::Moment;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::changes::{Changes, GRACE_PERIODS_ENDED, REPLACED};
use crate::cli::ui::prompt::{Confirmed, Question};
use crate::cli::ui::qr::Qr;
use crate::cli::ui::qr_args::{self, QrArgs};
use crate::cli::ui::text::{counted, grouped, rfc3339, time_or};
use crate::cli::ui::views::InviteView;
use crate::cli::ui::{output, table};
use crate::cli::values;
use crate::duration::{Lifetime, Span};
use crate::invites::generate::UsageLimit;
use crate::model::invite::Invite;
use crate::service::Service;
use crate::spaces::regenerate::{RegeneratePlan, RegenerateRequest, Regenerated, StandingTerms};

/// Replace the standing code of a space
///
/// The old code and its links stop working immediately, or after --grace; the command asks for a confirmation first.
/// The new code keeps the expiry, usage limit, role and note of the old one unless an option changes them; its uses are
/// counted from 0. A space without an active code gets a new one by its policy, without a question.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite regenerate abc123
  invite regenerate abc123 --dry-run
  invite regenerate abc123 --grace 24h --reason 'code was posted in public' --yes
  invite regenerate abc123 --expires-in 7d --max-uses 50
  invite regenerate abc123 --qr         show the new link as a QR code")]
pub(crate) struct RegenerateArgs {
    /// ID of the space
    space: String,

    /// Grace period of the old code: 90m, 24h, 7d, 2w, 1month [default: none]
    #[arg(long, value_name = "DURATION", value_parser = values::span, allow_hyphen_values = true)]
    grace: Option<Span>,

    /// Expire after this duration: 90m, 24h, 7d, 2w, 1month, never [default: as the old code]
    #[arg(long, value_name = "DURATION", value_parser = values::lifetime, allow_hyphen_values = true)]
    expires_in: Option<Lifetime>,

    /// Expire at this time: 2026-12-31 (the end of that day), "2026-12-31 18:00", 2026-12-31T18:00:00Z [default: as the
    /// old code]
    #[arg(long, value_name = "TIME", value_parser = values::instant, conflicts_with = "expires_in")]
    expires_at: Option<Moment>,

    /// Usage limit: a number, or unlimited [default: as the old code]
    #[arg(long, value_name = "N", value_parser = values::uses, allow_hyphen_values = true)]
    max_uses: Option<UsageLimit>,

    /// Note; '' for none [default: as the old code]
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// Show what would be replaced; change nothing
    #[arg(short = 'n', long, conflicts_with = "qr")]
    dry_run: bool,

    #[command(flatten)]
    qr: QrArgs,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    message: String,
    #[serde(flatten)]
    invite: InviteView,
    replaced_id: Option<String>,
    replaced_effective_expiry: Option<String>,
    grace_periods_ended: u64,
    /// Terms of the replaced code.
    before: Option<TermsView>,
}

/// Terms of a code in JSON.
#[derive(Serialize)]
struct TermsView {
    role: String,
    expires_at: Option<String>,
    max_uses: Option<i64>,
    uses: i64,
    note: Option<String>,
}

impl TermsView {
    fn of_old(old: &Invite) -> Self {
        TermsView {
            role: old.role.clone(),
            expires_at: old.expires_at.map(rfc3339),
            max_uses: old.max_uses,
            uses: old.uses,
            note: old.note.clone(),
        }
    }

    fn of_new(new: &StandingTerms) -> Self {
        TermsView {
            role: new.role.clone(),
            expires_at: new.expires_at.map(rfc3339),
            max_uses: new.max_uses,
            uses: 0,
            note: new.note.clone(),
        }
    }
}

#[derive(Serialize)]
struct DryRunReport {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    message: String,
    space_id: String,
    space_name: String,
    policy: String,
    would_replace_id: Option<String>,
    would_replace_at: Option<String>,
    before: Option<TermsView>,
    after: TermsView,
}

pub(crate) async fn run(context: &mut Context, args: RegenerateArgs) -> Result<Exit> {
    args.qr.check(&context.printer)?;
    let service = context.service().await?;
    let zone = context.zone();
    let request = RegenerateRequest {
        space_id: args.space,
        grace: args.grace.map(|grace| grace.length_after(context.clock().now(), zone)).transpose()?,
        expiry: values::expiry(args.expires_in, args.expires_at, zone)?,
        usage_limit: args.max_uses.unwrap_or_default(),
        note: args.note,
    };
    let plan = service.plan_regenerate(&context.actor(), &request).await?;
    if args.dry_run {
        return preview(context, &plan);
    }
    // Checked with a sample link of the same length, before the old link becomes invalid.
    let preview = service.preview_invites_of(&plan.space)?;
    let draws_qr =
        args.qr.code(&context.printer, &context.settings().links, &preview.policy, preview.link.as_deref())?.is_some();
    let confirmed = confirm(context, &plan)?;
    act(context, &service, &plan, draws_qr, &confirmed).await
}

/// Returns the effect of a plan in sentences, for the confirmation and the dry run.
fn effect(plan: &RegeneratePlan) -> String {
    let space = format!("the space {} ({})", plan.space.name, plan.space.id);
    let mut what = match &plan.replaces {
        None => format!("this creates a code for {space}, which has no active one"),
        Some(_) => format!("this replaces the code of {space}. The old code and its links {}", old_code_text(plan)),
    };
    if plan.graces_to_end > 0 {
        what.push_str(&format!(". {}", graces_text(plan.graces_to_end)));
    }
    if let Some((old, _)) = &plan.replaces {
        what.push_str(&format!(". Old code: {}", old_terms(old)));
    }
    what.push_str(&format!(". New code: {}", new_terms(&plan.new)));
    what
}

/// Returns until when the old code of a plan works; empty if there is none.
fn old_code_text(plan: &RegeneratePlan) -> String {
    match &plan.replaces {
        None => String::new(),
        Some((_, expiry)) if *expiry <= plan.at => "stop working immediately".to_owned(),
        Some((_, expiry)) => format!("work until {}", time_or(Some(*expiry), "-")),
    }
}

/// Returns the sentence about codes that were replaced earlier.
fn graces_text(count: u64) -> String {
    let verb = if count == 1 { "stops" } else { "stop" };
    format!("{} in a grace period {verb} working at the same time", counted(count, "older code"))
}

fn old_terms(old: &Invite) -> String {
    terms_text((old.uses, old.max_uses), old.expires_at, old.note.as_deref())
}

fn new_terms(new: &StandingTerms) -> String {
    terms_text((0, new.max_uses), new.expires_at, new.note.as_deref())
}

/// Returns the terms of a code as text.
fn terms_text((uses, max): (i64, Option<i64>), expires_at: Option<DateTime<Utc>>, note: Option<&str>) -> String {
    let uses = grouped(uses.unsigned_abs());
    let uses = match max {
        Some(max) => format!("{uses} of {} uses", grouped(max.unsigned_abs())),
        None => format!("{uses} uses, no limit"),
    };
    let expires = expires_at.map_or("never expires".to_owned(), |at| format!("expires {}", time_or(Some(at), "-")));
    let note = note.map_or(String::new(), |note| format!(", note {note:?}"));
    format!("{uses}, {expires}{note}")
}

fn preview(context: &Context, plan: &RegeneratePlan) -> Result<Exit> {
    let report = DryRunReport {
        success: true,
        changes: Changes::new(
            true,
            [(REPLACED, u64::from(plan.replaces.is_some())), (GRACE_PERIODS_ENDED, plan.graces_to_end)],
        ),
        message: effect(plan),
        space_id: plan.space.id.clone(),
        space_name: plan.space.name.clone(),
        policy: plan.space.policy.clone(),
        would_replace_id: plan.replaces.as_ref().map(|(old, _)| old.id.to_string()),
        would_replace_at: plan.replaces.as_ref().map(|(_, effective_expiry)| rfc3339(*effective_expiry)),
        before: plan.replaces.as_ref().map(|(old, _)| TermsView::of_old(old)),
        after: TermsView::of_new(&plan.new),
    };
    output::report(&context.printer, &report, None, || table::facts(&planned_facts(plan)))?;
    context.printer.dry_run_info(true);
    Ok(Exit::Done)
}

/// Returns the names and values that the table of a dry run lists.
fn planned_facts(plan: &RegeneratePlan) -> Vec<(&'static str, String)> {
    let mut facts = vec![("space", format!("{} ({})", plan.space.name, plan.space.id))];
    if let Some((old, _)) = &plan.replaces {
        facts.push(("replaces", old.id.to_string()));
        facts.push(("old code", old_terms(old)));
        facts.push(("old links", old_code_text(plan)));
    }
    if plan.graces_to_end > 0 {
        facts.push(("older codes", graces_text(plan.graces_to_end)));
    }
    facts.push(("new code", new_terms(&plan.new)));
    facts
}

/// Asks for a confirmation if links become invalid.
fn confirm(context: &Context, plan: &RegeneratePlan) -> Result<Confirmed> {
    if plan.replaces.is_none() && plan.graces_to_end == 0 {
        return Ok(Confirmed::not_needed());
    }
    context.prompter.confirm(&effect(plan), &Question::YesNo)
}

async fn act(
    context: &Context,
    service: &Service,
    plan: &RegeneratePlan,
    draws_qr: bool,
    _confirmed: &Confirmed,
) -> Result<Exit> {
    let regenerated = service.regenerate(&context.actor(), plan).await?;
    let now = service.now();
    let message = message(&regenerated, now);
    let report = report(&regenerated, message, now);
    let code = regenerated.issued.code.reveal();
    output::report(&context.printer, &report, Some(code), || {
        table::facts(&[
            ("code", code.to_owned()),
            ("link", report.invite.link.clone().unwrap_or_else(|| "-".to_owned())),
            ("space", format!("{} ({})", report.invite.space_name, report.invite.space_id)),
            ("expires", report.invite.expiry_text()),
        ])
    })?;
    let qr_code = regenerated.issued.link.as_deref().filter(|_| draws_qr).and_then(|link| Qr::for_screen(link).ok());
    qr_args::draw(&context.printer, qr_code.iter().map(|qr_code| (code, qr_code)))?;
    context.printer.info(&format!("Note: {}.", report.message));
    Ok(Exit::Done)
}

fn message(regenerated: &Regenerated, now: DateTime<Utc>) -> String {
    let mut message = match &regenerated.replaced {
        None if regenerated.grace_periods_ended > 0 => "the space had no standing code; it has one now".to_owned(),
        None => "the space had no active code; it has one now".to_owned(),
        Some((_, effective_expiry)) if *effective_expiry <= now => {
            "the old code and its links no longer work".to_owned()
        }
        Some((_, effective_expiry)) => format!("the old code works until {}", time_or(Some(*effective_expiry), "-")),
    };
    if regenerated.grace_periods_ended > 0 {
        message.push_str(&format!("; {}", graces_text(regenerated.grace_periods_ended)));
    }
    message
}

fn report(regenerated: &Regenerated, message: String, now: DateTime<Utc>) -> Report {
    Report {
        success: true,
        message,
        invite: InviteView::issued(&regenerated.issued, now),
        replaced_id: regenerated.replaced.as_ref().map(|(old, _)| old.id.to_string()),
        replaced_effective_expiry: regenerated
            .replaced
            .as_ref()
            .map(|(_, effective_expiry)| rfc3339(*effective_expiry)),
        grace_periods_ended: regenerated.grace_periods_ended,
        before: regenerated.replaced.as_ref().map(|(old, _)| TermsView::of_old(old)),
    }
}
