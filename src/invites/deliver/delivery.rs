//! Sends the invitations of one run, some of them at the same time.

use std::collections::VecDeque;

use tokio::task::JoinSet;

use crate::batch::Observer;
use crate::error::{Error, Result};
use crate::invites::deliver::outgoing::Outgoing;
use crate::invites::issue::Issued;
use crate::mail::{Fault, Message, SendError};
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::operations::Operation;
use crate::store::tables::users;

/// Maximum number of concurrent deliveries, each on its own connection, once the server has
/// accepted an e-mail.
const MAX_CONCURRENT: usize = 4;

/// Number of consecutive failures of the server after which the run stops sending.
const MAX_SERVER_FAILURES: u32 = 3;

/// The outcome of one delivery.
struct Finished {
    outgoing: Outgoing,
    message_id: String,
    outcome: Result<(), SendError>,
}

/// The deliveries of one run.
pub(crate) struct Delivery<'s> {
    pub(crate) service: &'s Service,
    pub(crate) operation: &'s Operation,
    /// The name of the inviting user, for invitations without one.
    invited_by: Option<String>,
    running: JoinSet<Finished>,
    /// True once the server has accepted an e-mail or refused only its address.
    server_works: bool,
    /// Number of consecutive failures of the server.
    server_failures: u32,
    /// The reason why the run stopped sending.
    stop_reason: Option<String>,
    /// The first outcome that could not be recorded: the run ends with it.
    fatal_error: Option<Error>,
    /// Number of e-mails that the mail server accepted.
    pub sent: u64,
    /// Number of invitations that are stored and not sent.
    pub unsent: u64,
    /// Number of sent e-mails that could not be recorded as sent.
    pub unrecorded: u64,
}

impl<'s> Delivery<'s> {
    pub(crate) fn new(service: &'s Service, operation: &'s Operation) -> Self {
        Delivery {
            service,
            operation,
            invited_by: None,
            running: JoinSet::new(),
            server_works: false,
            server_failures: 0,
            stop_reason: None,
            fatal_error: None,
            sent: 0,
            unsent: 0,
            unrecorded: 0,
        }
    }

    /// Creates the deliveries of invites that are created for an actor, with the name of the
    /// actor.
    pub(crate) async fn for_actor(service: &'s Service, operation: &'s Operation) -> Result<Self> {
        let mut delivery = Delivery::new(service, operation);
        if let (Some(user), Some(_)) = (&operation.actor, service.mailer()) {
            let known = reading!(service.db(), |session| { users::find(session, user).await })?;
            delivery.invited_by = known.and_then(|user| user.name);
        }
        Ok(delivery)
    }

    /// Returns the reason why the run stopped sending, if it did.
    pub(crate) fn stop_reason(&self) -> Option<&str> {
        self.stop_reason.as_deref()
    }

    /// Sends those of the created invites that are to be sent, and reports all of them to
    /// the observer, in any case. Returns true if the run was stopped before all were sent.
    ///
    /// # Errors
    /// The error of the first outcome that could not be recorded.
    pub(crate) async fn send_created(
        &mut self,
        created: impl Iterator<Item = (Option<u64>, Issued)>,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<bool> {
        let mut waiting = VecDeque::new();
        for (line, issued) in created {
            if issued.invite.send_after.is_some() {
                let counted_at = issued.invite.created_at;
                waiting.push_back(Outgoing { issued, line, counted_at });
            } else {
                observer.done(&issued);
            }
        }
        let stopped = self.send_all(&mut waiting, observer).await;
        self.wait_for_all(observer).await;
        let why = self.stop_reason.clone().unwrap_or_else(|| "the run ended before it was sent".to_owned());
        let stopped = stopped && !waiting.is_empty();
        self.mark_unsent(waiting.into(), &why, observer).await;
        self.fatal_error.take().map_or(Ok(stopped), Err)
    }

    /// Sends one invitation after the other. Returns true if the run was stopped.
    async fn send_all(&mut self, waiting: &mut VecDeque<Outgoing>, observer: &mut dyn Observer<Issued>) -> bool {
        loop {
            // Wait before the next invitation is claimed, so that its lease does not expire
            // meanwhile.
            self.wait_for_slot(observer).await;
            if self.stop_reason.is_some() || self.fatal_error.is_some() {
                return false;
            }
            let Some(outgoing) = waiting.pop_front() else { return false };
            if let Some(leased) = self.lease(outgoing, observer).await {
                self.start(leased);
            }
            if observer.stop_requested() {
                return true;
            }
        }
    }

    /// Waits until another delivery may start. The first one runs alone, so that a server
    /// that is down is contacted only once.
    pub(crate) async fn wait_for_slot(&mut self, observer: &mut dyn Observer<Issued>) {
        while self.running.len() >= if self.server_works { MAX_CONCURRENT } else { 1 } {
            self.finish_one(observer).await;
        }
    }

    /// Starts the delivery of an invitation that this run leased.
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
        self.running.spawn(async move {
            let outcome = mailer.send(&message, &message_id).await;
            Finished { outgoing, message_id, outcome }
        });
    }

    /// Waits for all running deliveries.
    pub(crate) async fn wait_for_all(&mut self, observer: &mut dyn Observer<Issued>) {
        while !self.running.is_empty() {
            self.finish_one(observer).await;
        }
    }

    /// Returns the error that ends the run, once.
    ///
    /// # Errors
    /// The error of the first outcome that could not be recorded.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.fatal_error.take().map_or(Ok(()), Err)
    }

    async fn finish_one(&mut self, observer: &mut dyn Observer<Issued>) {
        match self.running.join_next().await {
            None => {}
            Some(Ok(Finished { outgoing, message_id, outcome: Ok(()) })) => {
                (self.server_works, self.server_failures) = (true, 0);
                self.record_sent(outgoing, &message_id, observer).await;
            }
            Some(Ok(Finished { outgoing, outcome: Err(error), .. })) => {
                self.count_failure(&error);
                self.record_unsent(outgoing, &error, observer).await;
            }
            Some(Err(error)) => self.fail(Error::database("sending an e-mail was interrupted").with_source(error)),
        }
    }

    /// Counts failures of the server or the sender, after which other deliveries would fail,
    /// too, each after its own timeout.
    fn count_failure(&mut self, error: &SendError) {
        match error.fault {
            Fault::Recipient => (self.server_works, self.server_failures) = (true, 0),
            Fault::Server => self.server_failures += 1,
            Fault::Sender => self.server_failures = MAX_SERVER_FAILURES,
        }
        if self.server_failures >= MAX_SERVER_FAILURES && self.stop_reason.is_none() {
            self.stop_reason = Some(format!("not attempted, because other e-mails failed: {}", error.reason));
        }
    }

    /// Ends the run with an error.
    pub(crate) fn fail(&mut self, error: Error) {
        self.fatal_error.get_or_insert(error);
    }

    /// Ends the run with an error, unless it concerns only one row.
    pub(crate) fn fail_unless_row_fault(&mut self, error: Error) {
        if !error.is_row_error() {
            self.fail(error);
        }
    }
}
