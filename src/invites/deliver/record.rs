//! Records and reports what became of each e-mail. Every e-mail of a run is reported,
//! also where the database refuses the record.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::batch::bisect::Halves;
use crate::batch::{Failure, Observer};
use crate::error::{Error, Result};
use crate::invites::deliver::{Delivery, Outgoing};
use crate::invites::issue::Issued;
use crate::invites::resend;
use crate::limits::{Mail, Refund, give_back_mails};
use crate::mail::SendError;
use crate::model::invite::Invite;
use crate::store::tables::{changes, invites, operations};
use crate::store::{Session, in_transaction};

/// What becomes of an invitation that is stored and not sent.
const AGAIN: &str = "send it again: invite resend --failed";

/// Whether a run may send an invitation now.
enum Held {
    /// It may, until this instant.
    Until(DateTime<Utc>),
    /// The invitation is closed, or in the hands of another run.
    Elsewhere,
    /// A member of the space has the address.
    ForMember,
}

/// What a letter that the server took over leads to.
enum Link {
    /// To the invite, as it is on record since this instant.
    Lives(DateTime<Utc>),
    /// To nothing: the invite has another one by now.
    Renewed,
    /// To nothing: the invite is gone.
    Gone,
}

impl Delivery<'_> {
    /// Holds an invitation for as long as sending may take, right before it is sent.
    /// `None` if it must not be sent, which is reported already.
    pub(crate) async fn hold(
        &mut self,
        mut outgoing: Outgoing,
        observer: &mut dyn Observer<Issued>,
    ) -> Option<Outgoing> {
        let (service, operation, invite) = (self.service, self.operation, &outgoing.issued.invite);
        let held: Result<_> = async {
            in_transaction!(service.db(), |session| {
                let now = service.now();
                let until = service.held_until(now);
                if invites::hold(session, invite, until, now).await? {
                    operations::record(session, operation, 0, 0).await?;
                    return Ok(Held::Until(until));
                }
                self.give_back(session, std::iter::once(&outgoing), Refund::Whole).await?;
                if !resend::is_for_member(session, invite).await? {
                    return Ok(Held::Elsewhere);
                }
                resend::give_up(session, operation, invite).await?;
                Ok(Held::ForMember)
            })
        }
        .await;
        match held {
            Ok(Held::Until(until)) => {
                outgoing.issued.invite.send_after = Some(until);
                return Some(outgoing);
            }
            Ok(Held::Elsewhere) => {
                let why = "it was closed or taken over by another run before its e-mail was sent";
                self.tell_unsent(outgoing, why, observer);
            }
            Ok(Held::ForMember) => {
                self.unsent += 1;
                outgoing.issued.invite.last_send_error = Some(resend::MEMBER.to_owned());
                let why = format!("the invite is stored, but its e-mail was not sent: {}", resend::MEMBER);
                tell(&outgoing, &Error::mail_failed(why), observer);
            }
            Err(error) => {
                let why = if error.is_row_fault() { in_full(&error) } else { "the run ended before".to_owned() };
                self.tell_unsent(outgoing, &why, observer);
                self.break_off_unless_refused(error);
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
                    Link::Lives(now)
                } else if invites::count_send(session, invite.id).await? {
                    Link::Renewed
                } else {
                    Link::Gone
                };
                if !matches!(link, Link::Gone) {
                    let what = Some(format!("sent as {message_id}"));
                    changes::insert(session, operation.id, invite.id, "mail", None, what).await?;
                }
                operations::record(session, operation, 0, 0).await?;
                Ok(link)
            })
        }
        .await;
        match recorded {
            Ok(Link::Lives(now)) => {
                let invite = &mut outgoing.issued.invite;
                (invite.sends, invite.last_sent_at) = (invite.sends + 1, Some(now));
                (invite.last_send_error, invite.send_after) = (None, None);
                self.sent += 1;
                observer.done(&outgoing.issued);
            }
            Ok(Link::Renewed) => {
                let why =
                    "its e-mail was sent with an invalid link: another run issued the invite again at the same time";
                let hint = format!("check when the valid link was sent: invite show {}", outgoing.issued.invite.id);
                self.tell_sent(outgoing, &Error::mail_failed(why).hint(hint), observer);
            }
            Ok(Link::Gone) => {
                let why = "its e-mail was sent with an invalid link: the invite was deleted at the same time";
                self.tell_sent(outgoing, &Error::mail_failed(why), observer);
            }
            Err(error) => {
                let why = format!(
                    "the mail server accepted its e-mail as {message_id}, but this could not be recorded: {}",
                    in_full(&error)
                );
                let id = outgoing.issued.invite.id;
                let hint = format!("check the record before you send it again: invite show {id}");
                self.unrecorded += 1;
                self.tell_sent(outgoing, &Error::mail_failed(why).hint(hint), observer);
                self.break_off_unless_refused(error);
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
                let is_held = invites::not_sent(session, held(invite), why, service.now()).await? == 1;
                if error.perhaps_delivered {
                    // It counts, so that the policy's limit ends it at last.
                    invites::count_send(session, invite.id).await?;
                }
                if is_held {
                    let what = Some(format!("not sent: {why}"));
                    changes::insert(session, operation.id, invite.id, "mail", None, what).await?;
                }
                self.give_back(session, std::iter::once(&outgoing), refund).await
            })
        }
        .await;
        match recorded {
            Ok(()) => self.tell_unsent(outgoing, why, observer),
            Err(error) => {
                let why = format!("{why}; this could not be recorded: {}", in_full(&error));
                self.tell_unsent(outgoing, &why, observer);
                self.break_off_unless_refused(error);
            }
        }
    }

    /// Tells of one that is stored and not sent.
    fn tell_unsent(&mut self, mut outgoing: Outgoing, why: &str, observer: &mut dyn Observer<Issued>) {
        self.unsent += 1;
        outgoing.issued.invite.last_send_error = Some(why.to_owned());
        let error = Error::mail_failed(format!("the invite is stored, but its e-mail was not sent: {why}")).hint(AGAIN);
        tell(&outgoing, &error, observer);
    }

    /// Tells of one that was sent, and of what is wrong with it all the same.
    fn tell_sent(&mut self, mut outgoing: Outgoing, error: &Error, observer: &mut dyn Observer<Issued>) {
        self.sent += 1;
        let invite = &mut outgoing.issued.invite;
        (invite.last_sent_at, invite.send_after) = (Some(self.service.now()), None);
        tell(&outgoing, error, observer);
    }

    /// Gives those free that are not tried any more, in one statement; tells of
    /// them as one failure.
    pub(crate) async fn leave(&mut self, messages: Vec<Outgoing>, why: &str, observer: &mut dyn Observer<Issued>) {
        if messages.is_empty() {
            return;
        }
        let mut parts = Halves::of(messages.iter().collect());
        while let Some(part) = parts.next() {
            if let Err(error) = self.leave_at_once(&part, why).await
                // A refused one is unsent all the same, and free when its time is over.
                && let Err(error) = parts.split(part, error)
            {
                self.break_off(error);
                break;
            }
        }
        let count = messages.len() as u64;
        self.unsent += count;
        let what = if count == 1 { "1 invitation".to_owned() } else { format!("{count} invitations") };
        let error =
            Error::mail_failed(format!("stored, but not sent: {why}")).hint("send them: invite resend --failed");
        let failure = Failure::of(what, &error);
        for mut outgoing in messages {
            outgoing.issued.invite.last_send_error = Some(why.to_owned());
            observer.done(&outgoing.issued);
        }
        observer.failed(&Failure { count, ..failure });
    }

    async fn leave_at_once(&self, messages: &[&Outgoing], why: &str) -> Result<()> {
        let service = self.service;
        let ids: Vec<Uuid> = messages.iter().map(|outgoing| outgoing.issued.invite.id).collect();
        // They were made together, and are held till the same instant.
        let held_until = messages.first().and_then(|first| first.issued.invite.send_after);
        in_transaction!(service.db(), |session| {
            invites::not_sent(session, (&ids, held_until), why, service.now()).await?;
            self.give_back(session, messages.iter().copied(), Refund::Whole).await
        })
    }

    /// Gives back what the rate limits counted for e-mails that were not sent, all
    /// counted at one instant. The step of the operation that records it keeps a
    /// commit whose answer is lost from being made twice.
    async fn give_back<'p>(
        &self,
        session: &mut Session,
        messages: impl Iterator<Item = &'p Outgoing> + Clone,
        refund: Refund,
    ) -> Result<()> {
        if let Some(first) = messages.clone().next() {
            let (policies, user) = (self.service.policies(), self.operation.actor.as_deref());
            let mails = messages.filter_map(|outgoing| Mail::of_invite(policies, &outgoing.issued.invite, user));
            give_back_mails(session, mails, first.counted_at, refund).await?;
        }
        operations::record(session, self.operation, 0, 0).await
    }
}

/// An error with what caused it.
fn in_full(error: &Error) -> String {
    error.cause().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn tell(outgoing: &Outgoing, error: &Error, observer: &mut dyn Observer<Issued>) {
    observer.done(&outgoing.issued);
    let failure = Failure::of(outgoing.subject(), error);
    observer.failed(&Failure { line: outgoing.line, ..failure });
}

/// One invitation, and until when this run holds it.
fn held(invite: &Invite) -> (&[Uuid], Option<DateTime<Utc>>) {
    (std::slice::from_ref(&invite.id), invite.send_after)
}
