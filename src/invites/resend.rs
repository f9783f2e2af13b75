//! Sends invitations again (seed 002: at most 3 times), with a new token and a
//! new expiry; the old link is invalid from then on. An invitation that was never
//! delivered is sent for the first time, which does not count, and is renewed if
//! it expired meanwhile.

mod plan;
mod reissue;
mod request;

use crate::batch::{Failure, Observer};
use crate::error::{Error, Result};
use crate::invites::deliver::{Delivery, Outgoing};
use crate::invites::issue::Issued;
use crate::invites::resend::plan::{InvitePages, PlacedInvite};
pub use crate::invites::resend::plan::{ResendPlan, plan_resend};
pub(crate) use crate::invites::resend::reissue::{MEMBER_HAS_ADDRESS, is_for_member, stop_sending};
use crate::invites::resend::reissue::{Reissued, reissue};
pub use crate::invites::resend::request::{ResendRequest, ResendSelection};
use crate::limits::{DryRunMails, Mail, sweep_mail_counters};
use crate::model::invite::Invite;
use crate::service::{Actor, Service};
use crate::store::in_transaction;
use crate::store::tables::operations::Operation;

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResendSummary {
    /// Invitations with a new end, and a new link unless the old one was kept.
    pub reissued: u64,
    /// Those of them that the mail server took over.
    pub sent: u64,
    /// Those of them that were not sent.
    pub unsent: u64,
    /// Those that could not be issued again, or were sent and not recorded as sent.
    pub failed: u64,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// Sends the invitations of a plan again, a few at a time; tells of each once
/// its outcome is on record.
///
/// # Errors
/// [`Error::Invalid`] if no mail server is configured, and what the database
/// says; never for a single invitation, which is reported as failed.
pub async fn resend(
    service: &Service,
    actor: &Actor,
    plan: ResendPlan,
    request: ResendRequest,
    observer: &mut dyn Observer<Issued>,
) -> Result<ResendSummary> {
    service.check_actor(actor)?;
    let operation = service.operation(actor, "resend", service.now()).on(plan.described());
    let mut run = Run::new(service, actor, request, &operation, &plan);
    observer.expect(plan.total);
    if request.send && plan.total > 0 {
        // Before a link dies for an e-mail that cannot be sent.
        probe(service).await?;
    }
    let walked = run.walk(&plan, observer).await;
    // Whatever became of the rest: what is under way has an outcome.
    run.delivery.wait_for_all(observer).await;
    walked.and(run.delivery.check())?;
    run.summary.sent = run.delivery.sent;
    run.summary.unsent += run.delivery.unsent;
    run.summary.failed += run.delivery.unrecorded;
    if run.is_recorded {
        service.finish(&operation, run.summary.failed + run.summary.unsent).await?;
    }
    if run.summary.sent > 0 {
        sweep_mail_counters(service).await;
    }
    Ok(run.summary)
}

/// Does what [`resend`] would do up to the sending, and rolls back each change:
/// the dry run. Tells the observer of each invitation with its new expiry, and of
/// those that would be refused; `reissued` counts what would be sent.
///
/// # Errors
/// What the database says.
pub async fn preview(
    service: &Service,
    actor: &Actor,
    plan: &ResendPlan,
    request: ResendRequest,
    observer: &mut dyn Observer<Issued>,
) -> Result<ResendSummary> {
    service.check_actor(actor)?;
    let operation = service.operation(actor, "resend", service.now());
    let mut run = Run::new(service, actor, request, &operation, plan);
    run.dry_run_mails = Some(DryRunMails::default());
    observer.expect(plan.total);
    run.walk(plan, observer).await?;
    Ok(run.summary)
}

/// Whether the mail server takes letters at all.
///
/// # Errors
/// [`Error::MailFailed`] if not.
async fn probe(service: &Service) -> Result<()> {
    let Some(mailer) = service.mailer() else { return Ok(()) };
    mailer.probe().await.map_err(|error| {
        Error::mail_failed(format!("no e-mail was sent, and no link was changed: {}", error.reason))
            .with_hint("check the mail server, then run the same command again")
    })
}

struct Run<'s> {
    service: &'s Service,
    actor: &'s Actor,
    request: ResendRequest,
    operation: &'s Operation,
    delivery: Delivery<'s>,
    /// Set for a dry run: each change is rolled back, and nothing is sent.
    dry_run_mails: Option<DryRunMails>,
    /// The operation has changed something.
    is_recorded: bool,
    /// How many of the plan were tried.
    looked_at: u64,
    summary: ResendSummary,
}

impl<'s> Run<'s> {
    fn new(
        service: &'s Service,
        actor: &'s Actor,
        request: ResendRequest,
        operation: &'s Operation,
        plan: &ResendPlan,
    ) -> Self {
        Run {
            service,
            actor,
            request,
            operation,
            delivery: Delivery::new(service, operation),
            dry_run_mails: None,
            is_recorded: false,
            looked_at: 0,
            summary: ResendSummary { failed: plan.failures.len() as u64, ..ResendSummary::default() },
        }
    }

    async fn walk(&mut self, plan: &ResendPlan, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let mut pages = InvitePages::of(&plan.selection);
        while let Some(page) = pages.next(self.service).await? {
            for placed in page {
                // Room first: a link that is renewed is sent at once.
                self.delivery.wait_for_slot(observer).await;
                self.delivery.check()?;
                if observer.stop_requested() {
                    self.summary.interrupted = true;
                    return Ok(());
                }
                if let Some(why) = self.delivery.stop_reason() {
                    self.leave_the_rest(why.to_owned(), plan, observer);
                    return Ok(());
                }
                self.looked_at += 1;
                self.send_again(&placed, observer).await?;
                observer.advance(1);
            }
        }
        Ok(())
    }

    async fn send_again(&mut self, placed: &PlacedInvite, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let (place, invite) = placed;
        let (service, actor, request, operation) = (self.service, self.actor, self.request, self.operation);
        let dry_run_mails = self.dry_run_mails.as_ref();
        let outcome = in_transaction!(service.db(), |session| {
            if dry_run_mails.is_some() {
                session.begin_dry_run();
            }
            reissue(service, session, actor, invite, (request, dry_run_mails), operation).await
        });
        match outcome {
            Ok(Reissued::SentMeanwhile) => {}
            Ok(Reissued::Issued(issued, counted_at)) => {
                self.summary.reissued += 1;
                self.is_recorded = true;
                if let Some(dry_run_mails) = &mut self.dry_run_mails {
                    let user = actor.user.as_deref();
                    let mail = Mail::of_invite(service.policies(), invite, user).filter(|_| request.send);
                    if let Some(mail) = &mail {
                        dry_run_mails.add(mail);
                    }
                    // The new code exists nowhere.
                    let (expires_at, closed) = (issued.invite.expires_at, None);
                    observer.done(&Issued { invite: Invite { expires_at, closed, ..invite.clone() }, ..*issued });
                } else if request.send {
                    self.delivery.start(Outgoing { issued: *issued, line: *place, counted_at });
                } else {
                    observer.done(&issued);
                }
            }
            Ok(Reissued::Member(denial)) => {
                self.is_recorded = true;
                self.fail(placed, &Error::Refused(denial), observer);
            }
            Err(error @ (Error::Database(_) | Error::Unavailable(_))) if !error.is_row_error() => return Err(error),
            Err(error) => self.fail(placed, &error, observer),
        }
        Ok(())
    }

    fn fail(&mut self, (place, invite): &PlacedInvite, error: &Error, observer: &mut dyn Observer<Issued>) {
        self.summary.failed += 1;
        let failure = Failure::of(format!("invite {}", invite.id), error).hiding(invite.code.as_ref());
        observer.failed(&Failure { line: *place, ..failure });
    }

    /// What is not tried stays as it was: unsent, and with its old link.
    fn leave_the_rest(&mut self, why: String, plan: &ResendPlan, observer: &mut dyn Observer<Issued>) {
        let rest = plan.total.saturating_sub(self.looked_at);
        if rest > 0 {
            self.summary.unsent += rest;
            let again = if plan.is_of_unsent() { "send them: invite resend --failed" } else { "name them again later" };
            let error = Error::mail_failed(why).with_hint(again);
            let failure = Failure::of(format!("{rest} invitations"), &error);
            observer.failed(&Failure { count: rest, ..failure });
        }
    }
}
