//! Sends invitations and writes down what came of each, as soon as it is known.
//!
//! An invitation is stored before it is sent, held by the run that sends it. A
//! delivery that fails loses nothing: it is on record, and `resend --failed`
//! tries again. What a mail server took over is never sent a second time by
//! itself; only a process that dies between the server's answer and its record
//! leaves that open.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinSet;

use super::issue::Issued;
use super::{Failure, Observer, Service};
use crate::error::{Error, Result};
use crate::mail::{Fault, Letter, Mailer, Undelivered};
use crate::policy::Policy;
use crate::store::operations::{self, Operation};
use crate::store::{changes, in_transaction, invites, reading, users};

/// How long a run holds an invitation that it is about to send: longer than
/// the slowest attempt, short enough to wait for after a kill.
const HOLD: TimeDelta = TimeDelta::minutes(5);

/// How many are under way at once, each on a connection of its own.
const AT_ONCE: usize = 4;

/// After so many failures in a row that are the server's own, the run stops
/// trying.
const STRIKES: u32 = 3;

/// What becomes of an invitation that is stored and not sent.
const AGAIN: &str = "send it again: invite resend --failed";

/// Until when an invitation is held that is made or issued again at `now`.
pub(super) fn held_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now + HOLD
}

impl Service {
    /// What sends the invitations of a policy.
    ///
    /// # Errors
    /// [`Error::Invalid`] if no mail server is configured, or if the link would
    /// lead nowhere.
    pub(super) fn mailer_for(&self, policy: &Policy) -> Result<&Mailer> {
        let Some(mailer) = self.mailer() else {
            return Err(Error::invalid("no mail server is configured, so the invitation cannot be sent")
                .hint("set smtp_url and from_email in the configuration (see invite config show), or print the link instead: --no-send"));
        };
        if policy.link.is_none() {
            return Err(Error::invalid(format!("the policy {} has no link to send", policy.name))
                .hint("set link in its table, or print the code instead: --no-send"));
        }
        if !self.links().are_whole() {
            return Err(Error::invalid("no base URL is configured, so the link in the e-mail would lead nowhere")
                .hint("set base_url in the configuration, INVITE_BASE_URL or FRONTEND_URL"));
        }
        Ok(mailer)
    }
}

/// An invitation to send, with its code.
#[derive(Debug)]
pub(super) struct Parcel {
    pub issued: Issued,
    /// The line of the input that it came from.
    pub line: Option<u64>,
}

impl Parcel {
    fn subject(&self) -> String {
        self.issued.invite.email.clone().unwrap_or_default()
    }
}

/// What became of one attempt.
struct Attempt {
    parcel: Parcel,
    message_id: String,
    outcome: Result<(), Undelivered>,
}

/// The sending of one run.
pub(super) struct Delivery<'s> {
    service: &'s Service,
    operation: &'s Operation,
    /// Who invites, where the invitation itself does not say it.
    invited_by: Option<String>,
    under_way: JoinSet<Attempt>,
    strikes: u32,
    given_up: Option<String>,
    /// How many the mail server took over.
    pub sent: u64,
    /// How many are stored and not sent.
    pub unsent: u64,
}

impl<'s> Delivery<'s> {
    pub(super) fn new(service: &'s Service, operation: &'s Operation) -> Self {
        Delivery {
            service,
            operation,
            invited_by: None,
            under_way: JoinSet::new(),
            strikes: 0,
            given_up: None,
            sent: 0,
            unsent: 0,
        }
    }

    /// The same for invites that are made for a user, by whose name they invite.
    pub(super) async fn on_behalf(service: &'s Service, operation: &'s Operation) -> Result<Self> {
        let mut delivery = Delivery::new(service, operation);
        if let (Some(user), Some(_)) = (&operation.acting_as, service.mailer()) {
            let known = reading!(service.db(), |session| { users::find(session, user).await })?;
            delivery.invited_by = known.and_then(|user| user.name);
        }
        Ok(delivery)
    }

    /// Why this run tries no more, if it does not.
    pub(super) fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Hands over invites that this run made, those that are to be sent once
    /// their outcome is known; answers whether it was stopped before that.
    pub(super) async fn hand_over(
        &mut self,
        made: impl Iterator<Item = (Option<u64>, Issued)>,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<bool> {
        let mut parcels = Vec::new();
        for (line, issued) in made {
            if issued.invite.send_after.is_some() {
                parcels.push(Parcel { issued, line });
            } else {
                observer.done(&issued);
            }
        }
        self.send_all(parcels, observer).await
    }

    /// Sends invitations that this run made and holds, until all of them have
    /// their outcome or it is stopped; answers whether it was.
    async fn send_all(&mut self, parcels: Vec<Parcel>, observer: &mut dyn Observer<Issued>) -> Result<bool> {
        let mut waiting = VecDeque::from(parcels);
        let walked = self.walk(&mut waiting, observer).await;
        // Whatever became of the rest: what is under way has an outcome.
        let settled = self.settle(observer).await;
        let stopped = walked.and_then(|stopped| settled.map(|()| stopped))?;
        let stopped = stopped && !waiting.is_empty();
        let why = self.given_up.clone().unwrap_or_else(|| "the run was interrupted before".to_owned());
        self.leave(waiting.into(), &why, observer).await?;
        Ok(stopped)
    }

    /// Sends one after the other until the run is stopped, which it answers, or
    /// gives up.
    async fn walk(&mut self, waiting: &mut VecDeque<Parcel>, observer: &mut dyn Observer<Issued>) -> Result<bool> {
        while self.given_up.is_none() {
            let Some(mut parcel) = waiting.pop_front() else { break };
            if self.hold(&mut parcel).await? {
                self.start(parcel, observer).await?;
            } else {
                let why = "it was closed, or another run took it over, before its e-mail was sent";
                self.tell(parcel, why, observer);
            }
            if observer.stop_requested() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Begins to send one that this run holds, as soon as there is room.
    pub(super) async fn start(&mut self, parcel: Parcel, observer: &mut dyn Observer<Issued>) -> Result<()> {
        while self.under_way.len() >= AT_ONCE {
            self.end_one(observer).await?;
        }
        let invite = &parcel.issued.invite;
        let policy = self.service.policies().get(&invite.policy)?;
        let mailer = self.service.mailer_for(policy)?.clone();
        let letter = Letter {
            to: invite.email.clone().unwrap_or_default(),
            space_id: invite.space_id.clone(),
            space_name: invite.space_name.clone(),
            policy: invite.policy.clone(),
            role: invite.role.clone(),
            link: parcel.issued.link.clone().unwrap_or_default(),
            expires_at: invite.expires_at,
            invited_by: parcel.issued.invited_by.clone().or_else(|| self.invited_by.clone()),
        };
        let message_id = mailer.message_id(self.service.new_id(self.service.now()));
        self.under_way.spawn(async move {
            let outcome = mailer.send(&letter, &message_id).await;
            Attempt { parcel, message_id, outcome }
        });
        Ok(())
    }

    /// Waits for all that are under way.
    pub(super) async fn settle(&mut self, observer: &mut dyn Observer<Issued>) -> Result<()> {
        while !self.under_way.is_empty() {
            self.end_one(observer).await?;
        }
        Ok(())
    }

    async fn end_one(&mut self, observer: &mut dyn Observer<Issued>) -> Result<()> {
        match self.under_way.join_next().await {
            None => Ok(()),
            Some(Ok(Attempt { parcel, message_id, outcome: Ok(()) })) => {
                self.strikes = 0;
                self.record_sent(parcel, &message_id, observer).await
            }
            Some(Ok(Attempt { parcel, outcome: Err(undelivered), .. })) => {
                self.count_strike(&undelivered);
                let may_be = if undelivered.perhaps_delivered { "; it may have arrived all the same" } else { "" };
                self.record_unsent(parcel, &format!("{}{may_be}", undelivered.why), observer).await
            }
            Some(Err(error)) => Err(Error::database("sending an e-mail broke off").caused_by(error)),
        }
    }

    /// Where the server itself or the sender is at fault, the others would fail
    /// too, each after its own wait.
    fn count_strike(&mut self, undelivered: &Undelivered) {
        match undelivered.whose {
            Fault::Recipient => self.strikes = 0,
            Fault::Server => self.strikes += 1,
            Fault::Sender => self.strikes = STRIKES,
        }
        if self.strikes >= STRIKES && self.given_up.is_none() {
            self.given_up = Some(format!("not tried, for others failed: {}", undelivered.why));
        }
    }

    /// Holds one for longer, right before it is sent.
    async fn hold(&self, parcel: &mut Parcel) -> Result<bool> {
        let invite = &parcel.issued.invite;
        let until = in_transaction!(self.service.db(), |session| {
            let now = self.service.now();
            let until = held_until(now);
            let held = invites::hold(session, invite, until, now).await?;
            operations::record(session, self.operation, 0, 0).await?;
            Ok(held.then_some(until))
        })?;
        parcel.issued.invite.send_after = until;
        Ok(until.is_some())
    }

    async fn record_sent(
        &mut self,
        mut parcel: Parcel,
        message_id: &str,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<()> {
        let (invite, operation) = (&parcel.issued.invite, self.operation);
        let now = in_transaction!(self.service.db(), |session| {
            let now = self.service.now();
            if invites::sent(session, invite, now).await? {
                let what = Some(format!("sent as {message_id}"));
                changes::insert(session, operation.id, invite.id, "mail", None, what).await?;
            }
            operations::record(session, operation, 0, 0).await?;
            Ok(now)
        })?;
        let invite = &mut parcel.issued.invite;
        (invite.sends, invite.last_sent_at) = (invite.sends + 1, Some(now));
        (invite.last_send_error, invite.send_after) = (None, None);
        self.sent += 1;
        observer.done(&parcel.issued);
        Ok(())
    }

    async fn record_unsent(&mut self, parcel: Parcel, why: &str, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let (invite, operation) = (&parcel.issued.invite, self.operation);
        let Some(held) = invite.send_after else { return Ok(()) };
        in_transaction!(self.service.db(), |session| {
            if invites::not_sent(session, &[invite.id], held, why, self.service.now()).await? == 1 {
                let what = Some(format!("not sent: {why}"));
                changes::insert(session, operation.id, invite.id, "mail", None, what).await?;
            }
            operations::record(session, operation, 0, 0).await
        })?;
        self.tell(parcel, why, observer);
        Ok(())
    }

    /// Tells of one that is stored and not sent.
    fn tell(&mut self, mut parcel: Parcel, why: &str, observer: &mut dyn Observer<Issued>) {
        self.unsent += 1;
        parcel.issued.invite.last_send_error = Some(why.to_owned());
        observer.done(&parcel.issued);
        let error = Error::mail_failed(format!("the invite is stored, and its e-mail was not sent: {why}")).hint(AGAIN);
        let failure = Failure::of(parcel.subject(), &error);
        observer.failed(&Failure { line: parcel.line, ..failure });
    }

    /// Gives those free that are not tried any more, in one statement; tells of
    /// them as one failure.
    async fn leave(&mut self, parcels: Vec<Parcel>, why: &str, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let Some(held) = parcels.first().and_then(|parcel| parcel.issued.invite.send_after) else { return Ok(()) };
        let ids: Vec<_> = parcels.iter().map(|parcel| parcel.issued.invite.id).collect();
        in_transaction!(self.service.db(), |session| {
            invites::not_sent(session, &ids, held, why, self.service.now()).await?;
            operations::record(session, self.operation, 0, 0).await
        })?;
        self.unsent += parcels.len() as u64;
        let error =
            Error::mail_failed(format!("stored, and not sent: {why}")).hint("send them: invite resend --failed");
        let failure = Failure::of(format!("{} invitations", parcels.len()), &error);
        for mut parcel in parcels {
            parcel.issued.invite.last_send_error = Some(why.to_owned());
            observer.done(&parcel.issued);
        }
        observer.failed(&Failure { count: ids.len() as u64, ..failure });
        Ok(())
    }
}
