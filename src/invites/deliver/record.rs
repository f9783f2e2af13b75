//! Records and reports the outcome of each e-mail. Every e-mail of a run is reported, also
//! if the database refuses the record.

use std::error::Error as _;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::batch::bisect::BisectingBatch;
use crate::batch::{Failure, Observer};
use crate::error::{Error, Result};
use crate::invites::deliver::delivery::Delivery;
use crate::invites::deliver::outgoing::Outgoing;
use crate::invites::issue::Issued;
use crate::invites::resend;
use crate::limits::{Mail, Refund, refund_mails};
use crate::mail::SendError;
use crate::model::invite::Invite;
use crate::store::tables::{changes, invites, operations};
use crate::store::{Session, in_transaction};

/// The hint for an invitation that is stored and not sent.
const RESEND_HINT: &str = "send it again: invite resend --failed";

/// Result of leasing an invitation before it is sent.
enum SendLease {
    /// This run has the lease until this instant.
    Until(DateTime<Utc>),
    /// The invitation is closed, or another run has the lease.
    Unavailable,
    /// A member of the space has the address.
    Member,
}

/// The state of the link in an e-mail that the server accepted.
enum SentLink {
    /// The link is valid; the e-mail was recorded at this instant.
    Valid(DateTime<Utc>),
    /// The link is invalid: the invite was issued again with another one.
    Replaced,
    /// The link is invalid: the invite was deleted.
    Deleted,
}

impl Delivery<'_> {
    /// Leases an invitation for the duration of its delivery, so that no other run sends it. Returns
    /// `None` if it must not be sent, and reports why.
    pub(crate) async fn lease(
        &mut self,
        mut outgoing: Outgoing,
        observer: &mut dyn Observer<Issued>,
    ) -> Option<Outgoing> {
        let (service, operation, invite) = (self.service, self.operation, &outgoing.issued.invite);
        let lease: Result<_> = async {
            in_transaction!(service.db(), |session| {
                let now = service.now();
                let until = service.lease_until(now);
                if invites::lease(session, invite, until, now).await? {
                    operations::record(session, operation, 0, 0).await?;
                    return Ok(SendLease::Until(until));
                }
                self.refund(session, std::iter::once(&outgoing), Refund::Whole).await?;
                if !resend::is_for_member(session, invite).await? {
                    return Ok(SendLease::Unavailable);
                }
                resend::stop_sending(session, operation, invite).await?;
                Ok(SendLease::Member)
            })
        }
        .await;
        match lease {
            Ok(SendLease::Until(until)) => {
                outgoing.issued.invite.send_after = Some(until);
                return Some(outgoing);
            }
            Ok(SendLease::Unavailable) => {
                let why = "it was closed or taken over by another run before its e-mail was sent";
                self.report_unsent(outgoing, why, observer);
            }
            Ok(SendLease::Member) => {
                self.unsent += 1;
                outgoing.issued.invite.last_send_error = Some(resend::MEMBER_HAS_ADDRESS.to_owned());
                let why = format!("the invite is stored, but its e-mail was not sent: {}", resend::MEMBER_HAS_ADDRESS);
                report(&outgoing, &Error::mail_failed(why), observer);
            }
            Err(error) => {
                let why = if error.is_row_error() { with_cause(&error) } else { "the run ended before".to_owned() };
                self.report_unsent(outgoing, &why, observer);
                self.fail_unless_row_fault(error);
            }
        }
        None
    }

    pub(crate) async fn record_sent(
        &mut self,
        mut outgoing: Outgoing,
        message_id: &str,
        observer: &mut dyn Observer<Issued>,
    ) {
        let (service, operation, invite) = (self.service, self.operation, &outgoing.issued.invite);
        let recorded: Result<_> = async {
            in_transaction!(service.db(), |session| {
                let now = service.now();
                let link = if invites::sent(session, invite, now).await? {
                    SentLink::Valid(now)
                } else if invites::count_send(session, invite.id).await? {
                    SentLink::Replaced
                } else {
                    SentLink::Deleted
                };
                if !matches!(link, SentLink::Deleted) {
                    let what = Some(format!("sent as {message_id}"));
                    changes::insert(session, operation.id, invite.id, "mail", None, what).await?;
                }
                operations::record(session, operation, 0, 0).await?;
                Ok(link)
            })
        }
        .await;
        match recorded {
            Ok(SentLink::Valid(now)) => {
                let invite = &mut outgoing.issued.invite;
                (invite.sends, invite.last_sent_at) = (invite.sends + 1, Some(now));
                (invite.last_send_error, invite.send_after) = (None, None);
                self.sent += 1;
                observer.done(&outgoing.issued);
            }
            Ok(SentLink::Replaced) => {
                let why =
                    "its e-mail was sent with an invalid link: another run issued the invite again at the same time";
                let hint = format!("check when the valid link was sent: invite show {}", outgoing.issued.invite.id);
                self.report_sent_with_error(outgoing, &Error::mail_failed(why).with_hint(hint), observer);
            }
            Ok(SentLink::Deleted) => {
                let why = "its e-mail was sent with an invalid link: the invite was deleted at the same time";
                self.report_sent_with_error(outgoing, &Error::mail_failed(why), observer);
            }
            Err(error) => {
                let why = format!(
                    "the mail server accepted its e-mail as {message_id}, but this could not be recorded: {}",
                    with_cause(&error)
                );
                let id = outgoing.issued.invite.id;
                let hint = format!("check the record before you send it again: invite show {id}");
                self.unrecorded += 1;
                self.report_sent_with_error(outgoing, &Error::mail_failed(why).with_hint(hint), observer);
                self.fail_unless_row_fault(error);
            }
        }
    }

    pub(crate) async fn record_unsent(
        &mut self,
        outgoing: Outgoing,
        error: &SendError,
        observer: &mut dyn Observer<Issued>,
    ) {
        let (service, operation, invite) = (self.service, self.operation, &outgoing.issued.invite);
        let why = error.reason.as_str();
        let refund = Refund::after(error.fault, error.perhaps_delivered);
        let recorded: Result<()> = async {
            in_transaction!(service.db(), |session| {
                let is_leased = invites::not_sent(session, lease_of(invite), why, service.now()).await? == 1;
                if error.perhaps_delivered {
                    // The failure counts as a resend, so that the limit of the policy ends the
                    // retries.
                    invites::count_send(session, invite.id).await?;
                }
                if is_leased {
                    let what = Some(format!("not sent: {why}"));
                    changes::insert(session, operation.id, invite.id, "mail", None, what).await?;
                }
                self.refund(session, std::iter::once(&outgoing), refund).await
            })
        }
        .await;
        match recorded {
            Ok(()) => self.report_unsent(outgoing, why, observer),
            Err(error) => {
                let why = format!("{why}; this could not be recorded: {}", with_cause(&error));
                self.report_unsent(outgoing, &why, observer);
                self.fail_unless_row_fault(error);
            }
        }
    }

    /// Reports an invitation that is stored and not sent.
    fn report_unsent(&mut self, mut outgoing: Outgoing, why: &str, observer: &mut dyn Observer<Issued>) {
        self.unsent += 1;
        outgoing.issued.invite.last_send_error = Some(why.to_owned());
        let error = Error::mail_failed(format!("the invite is stored, but its e-mail was not sent: {why}"))
            .with_hint(RESEND_HINT);
        report(&outgoing, &error, observer);
    }

    /// Reports an invitation that was sent with an invalid link or without a record.
    fn report_sent_with_error(&mut self, mut outgoing: Outgoing, error: &Error, observer: &mut dyn Observer<Issued>) {
        self.sent += 1;
        let invite = &mut outgoing.issued.invite;
        (invite.last_sent_at, invite.send_after) = (Some(self.service.now()), None);
        report(&outgoing, error, observer);
    }

    /// Releases invitations that this run does not send, in one statement, and reports them
    /// as one failure.
    pub(crate) async fn mark_unsent(
        &mut self,
        messages: Vec<Outgoing>,
        why: &str,
        observer: &mut dyn Observer<Issued>,
    ) {
        if messages.is_empty() {
            return;
        }
        let mut parts = BisectingBatch::new(messages.iter().collect());
        while let Some(part) = parts.next() {
            if let Err(error) = self.mark_unsent_in_transaction(&part, why).await
                // A refused invitation is unsent as well, and is released when its lease expires.
                && let Err(error) = parts.split(part, error)
            {
                self.fail(error);
                break;
            }
        }
        let count = messages.len() as u64;
        self.unsent += count;
        let what = if count == 1 { "1 invitation".to_owned() } else { format!("{count} invitations") };
        let error =
            Error::mail_failed(format!("stored, but not sent: {why}")).with_hint("send them: invite resend --failed");
        let failure = Failure::of(what, &error);
        for mut outgoing in messages {
            outgoing.issued.invite.last_send_error = Some(why.to_owned());
            observer.done(&outgoing.issued);
        }
        observer.failed(&Failure { count, ..failure });
    }

    async fn mark_unsent_in_transaction(&self, messages: &[&Outgoing], why: &str) -> Result<()> {
        let service = self.service;
        let ids: Vec<Uuid> = messages.iter().map(|outgoing| outgoing.issued.invite.id).collect();
        // The invitations were created in one transaction, so their leases end at the same instant.
        let lease_until = messages.first().and_then(|first| first.issued.invite.send_after);
        in_transaction!(service.db(), |session| {
            invites::not_sent(session, (&ids, lease_until), why, service.now()).await?;
            self.refund(session, messages.iter().copied(), Refund::Whole).await
        })
    }

    /// Refunds the rate limits of e-mails that were not sent, all counted at the same
    /// instant. Recording a step of the operation detects a commit whose answer was lost, so
    /// that it is not repeated.
    async fn refund<'p>(
        &self,
        session: &mut Session,
        messages: impl Iterator<Item = &'p Outgoing> + Clone,
        refund: Refund,
    ) -> Result<()> {
        if let Some(first) = messages.clone().next() {
            let (policies, user) = (self.service.policies(), self.operation.actor.as_deref());
            let mails = messages.filter_map(|outgoing| Mail::of_invite(policies, &outgoing.issued.invite, user));
            refund_mails(session, mails, first.counted_at, refund).await?;
        }
        operations::record(session, self.operation, 0, 0).await
    }
}

/// Returns the message of an error with its cause.
fn with_cause(error: &Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn report(outgoing: &Outgoing, error: &Error, observer: &mut dyn Observer<Issued>) {
    observer.done(&outgoing.issued);
    let failure = Failure::of(outgoing.subject(), error);
    observer.failed(&Failure { line: outgoing.line, ..failure });
}

/// Returns the ID of an invitation and the end of this run's lease.
fn lease_of(invite: &Invite) -> (&[Uuid], Option<DateTime<Utc>>) {
    (std::slice::from_ref(&invite.id), invite.send_after)
}
