//! Sends invitations and writes down what came of each, as soon as it is known.
//!
//! An invitation is stored before it is sent, held by the run that sends it. A
//! delivery that fails loses nothing: it is on record, and `resend --failed`
//! tries again. What a mail server took over is never sent a second time by
//! itself; only a process that dies between the server's answer and its record,
//! or a database that takes no record of it, leaves that open.

pub(crate) mod record;

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinSet;

use crate::batch::Observer;
use crate::error::{Error, Result};
use crate::invites::issue::Issued;
use crate::mail::{Fault, Mailer, Message, SendError};
use crate::policy::Policy;
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::operations::Operation;
use crate::store::tables::users;

/// How long a run holds an invitation beyond the longest that an attempt takes:
/// time to write its outcome down.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// How many are under way at once, each on a connection of its own, once the
/// server has shown that it takes letters.
const AT_ONCE: usize = 4;

/// After so many failures in a row that are the server's own, the run stops
/// trying.
const STRIKES: u32 = 3;

impl Service {
    /// What sends the invitations of a policy.
    ///
    /// # Errors
    /// [`Error::Invalid`] if no mail server is configured, or not rightly, or if
    /// the link would lead nowhere.
    pub(crate) fn mailer_for(&self, policy: &Policy) -> Result<&Mailer> {
        let Some(mailer) = self.mailer_to_send()? else {
            return Err(Error::invalid("cannot send the invitation: no mail server is configured").hint(
                "set smtp_url and from_email in the configuration (see invite config show), or print the link instead: \
                 --no-send",
            ));
        };
        if policy.link.is_none() {
            return Err(Error::invalid(format!("the policy {} has no link to send", policy.name))
                .hint("set link in the table of the policy, or print the code instead: --no-send"));
        }
        if !self.links().are_absolute() {
            return Err(Error::invalid(
                "cannot send the invitation: an e-mail needs an absolute link, but base_url is not set",
            )
            .hint("set base_url in the configuration, INVITE_BASE_URL or FRONTEND_URL"));
        }
        Ok(mailer)
    }

    /// Until when an invitation is held that is to be sent at `now`: longer than
    /// the slowest attempt, short enough to wait for after a kill.
    pub(crate) fn held_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let longest = self.mailer().map(Mailer::attempt_timeout).unwrap_or_default();
        now + MARGIN + TimeDelta::from_std(longest).unwrap_or(MARGIN)
    }
}

/// An invitation to send, with its code.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub issued: Issued,
    /// The line of the input that it came from.
    pub line: Option<u64>,
    /// When its e-mail was counted for the rate limits.
    pub counted_at: DateTime<Utc>,
}

impl Outgoing {
    fn subject(&self) -> String {
        self.issued.invite.email.clone().unwrap_or_default()
    }
}

/// What became of one attempt.
struct Attempt {
    outgoing: Outgoing,
    message_id: String,
    outcome: Result<(), SendError>,
}

/// The sending of one run.
pub(crate) struct Delivery<'s> {
    service: &'s Service,
    operation: &'s Operation,
    /// Who invites, where the invitation itself does not say it.
    invited_by: Option<String>,
    in_progress: JoinSet<Attempt>,
    /// Whether the server has taken a letter, or refused only its address.
    is_proven: bool,
    strikes: u32,
    given_up: Option<String>,
    /// The first outcome that could not be written down: the run ends with it.
    broken: Option<Error>,
    /// How many the mail server took over.
    pub sent: u64,
    /// How many are stored and not sent.
    pub unsent: u64,
    /// How many of those that were sent the database does not have as sent.
    pub unrecorded: u64,
}

impl<'s> Delivery<'s> {
    pub(crate) fn new(service: &'s Service, operation: &'s Operation) -> Self {
        Delivery {
            service,
            operation,
            invited_by: None,
            in_progress: JoinSet::new(),
            is_proven: false,
            strikes: 0,
            given_up: None,
            broken: None,
            sent: 0,
            unsent: 0,
            unrecorded: 0,
        }
    }

    /// The same for invites that are made for a user, by whose name they invite.
    pub(crate) async fn on_behalf(service: &'s Service, operation: &'s Operation) -> Result<Self> {
        let mut delivery = Delivery::new(service, operation);
        if let (Some(user), Some(_)) = (&operation.actor, service.mailer()) {
            let known = reading!(service.db(), |session| { users::find(session, user).await })?;
            delivery.invited_by = known.and_then(|user| user.name);
        }
        Ok(delivery)
    }

    /// Why this run tries no more, if it does not.
    pub(crate) fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Hands over invites that this run made, those that are to be sent once
    /// their outcome is known; answers whether it was stopped before that. All
    /// of them are told of, whatever happens.
    pub(crate) async fn hand_over(
        &mut self,
        made: impl Iterator<Item = (Option<u64>, Issued)>,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<bool> {
        let mut waiting = VecDeque::new();
        for (line, issued) in made {
            if issued.invite.send_after.is_some() {
                let counted_at = issued.invite.created_at;
                waiting.push_back(Outgoing { issued, line, counted_at });
            } else {
                observer.done(&issued);
            }
        }
        let stopped = self.send_all(&mut waiting, observer).await;
        // Whatever became of the rest: what is under way has an outcome.
        self.settle(observer).await;
        let why = self.given_up.clone().unwrap_or_else(|| "the run ended before it was sent".to_owned());
        let stopped = stopped && !waiting.is_empty();
        self.leave(waiting.into(), &why, observer).await;
        self.broken.take().map_or(Ok(stopped), Err)
    }

    /// Sends one after the other; answers whether the run was stopped.
    async fn send_all(&mut self, waiting: &mut VecDeque<Outgoing>, observer: &mut dyn Observer<Issued>) -> bool {
        loop {
            // Room first: what is held is sent at once.
            self.make_room(observer).await;
            if self.given_up.is_some() || self.broken.is_some() {
                return false;
            }
            let Some(outgoing) = waiting.pop_front() else { return false };
            if let Some(held) = self.hold(outgoing, observer).await {
                self.start(held);
            }
            if observer.stop_requested() {
                return true;
            }
        }
    }

    /// Waits until another letter may set out: the first goes alone, so that a
    /// server that is down is asked once.
    pub(crate) async fn make_room(&mut self, observer: &mut dyn Observer<Issued>) {
        while self.in_progress.len() >= if self.is_proven { AT_ONCE } else { 1 } {
            self.end_one(observer).await;
        }
    }

    /// Begins to send one that this run holds.
    pub(crate) fn start(&mut self, outgoing: Outgoing) {
        let invite = &outgoing.issued.invite;
        let Some(mailer) = self.service.mailer().cloned() else { return };
        let message = Message {
            to: invite.email.clone().unwrap_or_default(),
            space_id: invite.space_id.clone(),
            space_name: invite.space_name.clone(),
            policy: invite.policy.clone(),
            role: invite.role.clone(),
            link: outgoing.issued.link.clone().unwrap_or_default(),
            code: outgoing.issued.code.reveal().to_owned(),
            expires_at: invite.expires_at,
            invited_by: outgoing.issued.invited_by.clone().or_else(|| self.invited_by.clone()),
        };
        let message_id = mailer.message_id(self.service.new_id(self.service.now()));
        self.in_progress.spawn(async move {
            let outcome = mailer.send(&message, &message_id).await;
            Attempt { outgoing, message_id, outcome }
        });
    }

    /// Waits for all that are under way.
    pub(crate) async fn settle(&mut self, observer: &mut dyn Observer<Issued>) {
        while !self.in_progress.is_empty() {
            self.end_one(observer).await;
        }
    }

    /// What keeps the run from going on, once: an outcome that could not be
    /// written down.
    pub(crate) fn broken(&mut self) -> Result<()> {
        self.broken.take().map_or(Ok(()), Err)
    }

    async fn end_one(&mut self, observer: &mut dyn Observer<Issued>) {
        match self.in_progress.join_next().await {
            None => {}
            Some(Ok(Attempt { outgoing, message_id, outcome: Ok(()) })) => {
                (self.is_proven, self.strikes) = (true, 0);
                self.record_sent(outgoing, &message_id, observer).await;
            }
            Some(Ok(Attempt { outgoing, outcome: Err(error), .. })) => {
                self.count_strike(&error);
                self.record_unsent(outgoing, &error, observer).await;
            }
            Some(Err(error)) => self.break_off(Error::database("sending an e-mail was interrupted").caused_by(error)),
        }
    }

    /// Where the server itself or the sender is at fault, the others would fail
    /// too, each after its own wait.
    fn count_strike(&mut self, error: &SendError) {
        match error.fault {
            Fault::Recipient => (self.is_proven, self.strikes) = (true, 0),
            Fault::Server => self.strikes += 1,
            Fault::Sender => self.strikes = STRIKES,
        }
        if self.strikes >= STRIKES && self.given_up.is_none() {
            self.given_up = Some(format!("not attempted, because other e-mails failed: {}", error.reason));
        }
    }

    fn break_off(&mut self, error: Error) {
        self.broken.get_or_insert(error);
    }

    /// Ends the run where nothing more can be recorded; a refused row is reported
    /// with its invitation, and the others go on.
    fn break_off_unless_refused(&mut self, error: Error) {
        if !error.is_row_fault() {
            self.break_off(error);
        }
    }
}
