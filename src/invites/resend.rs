//! Sends invitations again (seed 002: at most 3 times), with a new code and a new expiry; the
//! old link becomes invalid. Sending an invitation that was never delivered does not count,
//! and renews it if it has expired.

mod plan;
mod reissue;
mod request;

use crate::batch::{Failure, Observer};
use crate::error::{Error, Result};
use crate::invites::deliver::{Delivery, Outgoing};
use crate::invites::issue::Issued;
pub use crate::invites::resend::plan::ResendPlan;
use crate::invites::resend::plan::{InvitePages, PlacedInvite};
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
#[non_exhaustive]
pub struct ResendSummary {
    /// Number of invitations with a new expiry, and a new link unless the old one was kept.
    pub reissued: u64,
    /// Number of invitations whose e-mail the mail server accepted.
    pub sent: u64,
    /// Number of invitations whose e-mail was not sent.
    pub unsent: u64,
    /// Number of invitations that could not be issued again, or were sent and not recorded
    /// as sent.
    pub failed: u64,
    /// True if the run was stopped before the end.
    pub interrupted: bool,
}

impl Service {
    /// Sends the invitations of a plan again, some of them at the same time. Reports each
    /// invitation after its outcome is recorded.
    ///
    /// # Errors
    /// [`Error::Invalid`] if no mail server is configured, [`Error::MailFailed`] if it accepts no
    /// e-mails, and any error of the database that does not concern a single invitation.
    pub async fn resend(
        &self,
        actor: &Actor,
        plan: ResendPlan,
        request: ResendRequest,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<ResendSummary> {
        self.check_actor(actor)?;
        let operation = self.operation(actor, "resend", self.now()).on(plan.described());
        let mut run = Run::new(self, actor, request, &operation, &plan);
        observer.expect(plan.total);
        if request.send && plan.total > 0 {
            // Check the mail server before links are replaced by e-mails that cannot be sent.
            probe(self).await?;
        }
        let outcome = run.resend_all(&plan, observer).await;
        run.delivery.wait_for_all(observer).await;
        outcome.and(run.delivery.check())?;
        run.summary.sent = run.delivery.sent;
        run.summary.unsent += run.delivery.unsent;
        run.summary.failed += run.delivery.unrecorded;
        if run.is_recorded {
            self.finish(&operation, run.summary.failed + run.summary.unsent).await?;
        }
        if run.summary.sent > 0 {
            sweep_mail_counters(self).await;
        }
        Ok(run.summary)
    }

    /// Runs [`Service::resend`] without sending, and rolls back each change: the dry run.
    /// Reports each invitation with its new expiry, and those that would be refused; `reissued`
    /// counts the e-mails that would be sent.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn dry_run_resend(
        &self,
        actor: &Actor,
        plan: &ResendPlan,
        request: ResendRequest,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<ResendSummary> {
        self.check_actor(actor)?;
        let operation = self.operation(actor, "resend", self.now());
        let mut run = Run::new(self, actor, request, &operation, plan);
        run.dry_run_mails = Some(DryRunMails::default());
        observer.expect(plan.total);
        run.resend_all(plan, observer).await?;
        Ok(run.summary)
    }
}

/// Checks that the mail server accepts e-mails.
///
/// # Errors
/// [`Error::MailFailed`] if it does not.
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
    /// True if the operation has changed something.
    is_recorded: bool,
    /// Number of invitations of the plan that were processed.
    processed: u64,
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
            processed: 0,
            summary: ResendSummary { failed: plan.failures.len() as u64, ..ResendSummary::default() },
        }
    }

    async fn resend_all(&mut self, plan: &ResendPlan, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let mut pages = InvitePages::of(&plan.selection);
        while let Some(page) = pages.next(self.service).await? {
            for placed in page {
                // Wait before the link is renewed, so that the new link is sent immediately.
                self.delivery.wait_for_slot(observer).await;
                self.delivery.check()?;
                if observer.stop_requested() {
                    self.summary.interrupted = true;
                    return Ok(());
                }
                if let Some(why) = self.delivery.stop_reason() {
                    self.report_rest(why.to_owned(), plan, observer);
                    return Ok(());
                }
                self.processed += 1;
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
                    // The new code is not stored, so the report has the old one.
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

    /// Reports the invitations that were not processed: they are unsent and keep their links.
    fn report_rest(&mut self, why: String, plan: &ResendPlan, observer: &mut dyn Observer<Issued>) {
        let rest = plan.total.saturating_sub(self.processed);
        if rest > 0 {
            self.summary.unsent += rest;
            let again = if plan.is_of_unsent() { "send them: invite resend --failed" } else { "name them again later" };
            let error = Error::mail_failed(why).with_hint(again);
            let failure = Failure::of(format!("{rest} invitations"), &error);
            observer.failed(&Failure { count: rest, ..failure });
        }
    }
}
