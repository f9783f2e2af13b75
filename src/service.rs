//! The context of every action: database, policies, clock and mailer; and the actor.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::builder::setters;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::links::Links;
use crate::mail::Mailer;
use crate::model::invite::Invite;
use crate::policy::Policies;
use crate::random::Random;
use crate::store::db::steps::CommittedStep;
use crate::store::tables::operations::{self, Operation};
use crate::store::{Db, in_transaction, reading};

/// Maximum number of rows per transaction on a cluster. All nodes wait while one applies
/// it (measured: 0.1 s for 1,000 rows, 0.3 s for 10,000).
const CLUSTER_BATCH: u32 = 1_000;

/// A database with the current policies, clock, random number generator and mailer.
pub struct Service {
    db: Db,
    policies: Policies,
    links: Links,
    clock: Clock,
    random: Mutex<Random>,
    /// The ID after which those of new operations are ordered.
    newest_operation: Mutex<Uuid>,
    require_actor: bool,
    mailer: Result<Option<Mailer>>,
}

impl Service {
    /// Creates a service without a mailer.
    #[must_use]
    pub fn new(db: Db, policies: Policies, links: Links, clock: Clock, random: Random) -> Self {
        Service {
            db,
            policies,
            links,
            clock,
            random: Mutex::new(random),
            newest_operation: Mutex::default(),
            require_actor: false,
            mailer: Ok(None),
        }
    }

    /// Creates a service with the built-in policies, without links and mailer, with the clock
    /// of the database and the random number generator of the operating system.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the random number generator fails.
    pub fn open(db: Db) -> Result<Self> {
        Ok(Service::new(db, Policies::built_in()?, Links::below(None)?, Clock::System, Random::from_system()?))
    }

    /// Sets the policies.
    #[must_use]
    pub fn with_policies(self, policies: Policies) -> Self {
        Service { policies, ..self }
    }

    /// Sets the rules for links.
    #[must_use]
    pub fn with_links(self, links: Links) -> Self {
        Service { links, ..self }
    }

    /// Sets whether actions that need a permission are refused without an actor.
    #[must_use]
    pub fn require_actor(mut self, required: bool) -> Self {
        self.require_actor = required;
        self
    }

    /// Returns true if actions that need a permission are refused without an actor.
    pub(crate) fn requires_actor(&self) -> bool {
        self.require_actor
    }

    /// Sets the mailer for e-mail invitations.
    #[must_use]
    pub fn with_mailer(self, mailer: Mailer) -> Self {
        self.with_mail(Ok(Some(mailer)))
    }

    /// Sets the configured mailer. An error in the configuration is returned by
    /// actions that send, and affects no others.
    #[must_use]
    pub fn with_mail(self, mailer: Result<Option<Mailer>>) -> Self {
        Service { mailer, ..self }
    }

    /// Returns the mailer, if it is configured without errors.
    #[must_use]
    pub fn mailer(&self) -> Option<&Mailer> {
        self.mailer.as_ref().ok()?.as_ref()
    }

    /// Returns the mailer for an action that sends.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an error in the configuration.
    pub(crate) fn mailer_to_send(&self) -> Result<Option<&Mailer>> {
        self.mailer.as_ref().map(Option::as_ref).map_err(Error::clone)
    }

    /// Returns the database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Returns the current policies.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Returns the rules for links.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Returns the link of an invite, if its code is stored and its policy has links.
    #[must_use]
    pub fn link_of(&self, invite: &Invite) -> Option<String> {
        self.links.link(self.policies.find(&invite.policy)?, invite.code.as_ref()?)
    }

    /// Returns the current time by the database's clock, which all its clients share.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match self.clock {
            Clock::System => self.db.now(),
            Clock::Fixed(instant) => instant,
        }
    }

    /// Returns the clock, for a database that uses the clock of this machine.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the current time, but not before the creation of an invite: the clock of
    /// the machine that created it may be ahead.
    pub(crate) fn now_of(&self, invite: &Invite) -> DateTime<Utc> {
        self.now().max(invite.created_at)
    }

    pub(crate) fn random(&self) -> MutexGuard<'_, Random> {
        // After a panic, the generator is still usable.
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn new_id(&self, now: DateTime<Utc>) -> Uuid {
        self.random().id(now)
    }

    /// Looks up the newest operation, so that the operations of this service follow it in
    /// the audit log, also if a clock was set back since.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn follow_operations(&self) -> Result<()> {
        let newest = reading!(&self.db, |session| { operations::newest(session).await })?;
        if let Some(newest) = newest {
            *self.newest_operation.lock().unwrap_or_else(PoisonError::into_inner) = newest;
        }
        Ok(())
    }

    /// Creates an ID for an operation, after the newest one that was looked up. IDs of one
    /// millisecond have no order, so it is at least one millisecond later.
    fn operation_id(&self, now: DateTime<Utc>) -> Uuid {
        const TIME: usize = 6;
        let time = |id: Uuid| id.as_u128() >> (128 - 8 * TIME);
        let id = self.new_id(now);
        let mut newest = self.newest_operation.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.is_nil() || time(id) > time(*newest) {
            return id;
        }
        let mut bytes = id.into_bytes();
        bytes[..TIME].copy_from_slice(&(time(*newest) + 1).to_be_bytes()[16 - TIME..]);
        *newest = Uuid::from_bytes(bytes);
        *newest
    }

    /// Returns the number of rows per transaction: the given one, or fewer on a cluster.
    pub(crate) fn batch_size(&self, usual: u32) -> u32 {
        if self.db.is_cluster() { usual.min(CLUSTER_BATCH) } else { usual }
    }

    /// Creates an operation of an actor; it is stored with its first change.
    pub(crate) fn operation(&self, actor: &Actor, command: &str, now: DateTime<Utc>) -> Operation {
        Operation {
            id: self.operation_id(now),
            at: now,
            finished_at: None,
            operator: actor.operator.clone(),
            actor: actor.user.clone(),
            on_behalf_of: actor.on_behalf_of.clone(),
            command: command.to_owned(),
            target: None,
            reason: actor.reason.clone(),
            changed: 0,
            failed: 0,
            committed: CommittedStep::default(),
        }
    }

    /// Marks an operation of several transactions as finished, with the number of items
    /// that failed.
    pub(crate) async fn finish(&self, operation: &Operation, failed: u64) -> Result<()> {
        let failed = i64::try_from(failed).unwrap_or(i64::MAX);
        in_transaction!(&self.db, |session| {
            let now = self.now();
            operations::record(session, operation, 0, failed).await?;
            operations::finish(session, operation.id, now).await
        })
    }
}

/// The operator and the actor of an action; recorded with every change.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Actor {
    /// The account that runs the command, or the backend's name.
    pub operator: String,
    /// The user that is acted for (`--as`), whose roles decide about invites. Actions on
    /// spaces, members and limits, and cleanups, need no role and only record the user.
    pub user: Option<String>,
    /// The user for whom a backend runs the action. It is recorded and does not affect
    /// permissions.
    pub on_behalf_of: Option<String>,
    /// The reason.
    pub reason: Option<String>,
}

setters! {
    Actor {
        text user,
        text on_behalf_of,
        text reason,
    }
}

impl Actor {
    /// Creates an operator without an actor or a reason.
    #[must_use]
    pub fn operator(name: impl Into<String>) -> Self {
        Actor { operator: name.into(), user: None, on_behalf_of: None, reason: None }
    }
}
