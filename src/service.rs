//! The service that every action works on, and who acts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::links::Links;
use crate::mail::Mailer;
use crate::model::invite::Invite;
use crate::policy::Policies;
use crate::random::Random;
use crate::store::tables::operations::{self, Committed, Operation};
use crate::store::{Db, in_transaction, reading};

/// What a cluster's nodes take without stalling each other (measured: 1,000
/// rows 0.1 s, 10,000 rows 0.3 s).
const CLUSTER_BATCH: u32 = 1_000;

/// A database, the policies in force, and where time and chance come from.
pub struct Service {
    db: Db,
    policies: Policies,
    links: Links,
    clock: Clock,
    random: Mutex<Random>,
    /// The ID behind which those of new operations come.
    newest_operation: Mutex<Uuid>,
    require_actor: bool,
    mailer: Result<Option<Mailer>>,
}

impl Service {
    /// Puts a service together.
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

    /// Whether everything that a policy's roles govern is refused to those who
    /// act for nobody.
    #[must_use]
    pub fn require_actor(mut self, required: bool) -> Self {
        self.require_actor = required;
        self
    }

    /// Whether those who act for nobody are refused.
    pub(crate) fn demands_actor(&self) -> bool {
        self.require_actor
    }

    /// With what sends e-mail invitations.
    #[must_use]
    pub fn with_mailer(self, mailer: Mailer) -> Self {
        self.with_mail(Ok(Some(mailer)))
    }

    /// The same as it is configured, if at all. A mistake in that is told when
    /// something is to be sent, and refuses nothing else.
    #[must_use]
    pub fn with_mail(self, mailer: Result<Option<Mailer>>) -> Self {
        Service { mailer, ..self }
    }

    /// What sends e-mail invitations, where it is configured.
    #[must_use]
    pub fn mailer(&self) -> Option<&Mailer> {
        self.mailer.as_ref().ok()?.as_ref()
    }

    /// The same for whoever is about to send.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a mistake in what is configured.
    pub(crate) fn mailer_to_send(&self) -> Result<Option<&Mailer>> {
        // A mistake is told each time that it matters.
        self.mailer.as_ref().map(Option::as_ref).map_err(Error::retold)
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The policies in force.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// How links are made.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// The link of an invite whose code is kept, where its policy has one.
    #[must_use]
    pub fn link_of(&self, invite: &Invite) -> Option<String> {
        self.links.link(self.policies.find(&invite.policy)?, invite.code.as_ref()?)
    }

    /// The present instant by the database's clock, which all who work on it
    /// share.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match self.clock {
            Clock::System => self.db.now(),
            Clock::Fixed(instant) => instant,
        }
    }

    /// Where the present instant comes from, for a database whose clock is this
    /// machine's.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// The present instant, judged beside an invite: it was made before, also
    /// where the clock of the machine that made it is a little ahead.
    pub(crate) fn now_of(&self, invite: &Invite) -> DateTime<Utc> {
        self.now().max(invite.created_at)
    }

    pub(crate) fn random(&self) -> MutexGuard<'_, Random> {
        // A panic while drawing leaves a generator that still draws.
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn new_id(&self, now: DateTime<Utc>) -> Uuid {
        self.random().id(now)
    }

    /// Looks up the newest operation, so that the operations of this service come
    /// behind it in the audit log, also where a clock was set back since.
    ///
    /// # Errors
    /// What the database says.
    pub async fn follow_operations(&self) -> Result<()> {
        let newest = reading!(&self.db, |session| { operations::newest(session).await })?;
        if let Some(newest) = newest {
            *self.newest_operation.lock().unwrap_or_else(PoisonError::into_inner) = newest;
        }
        Ok(())
    }

    /// An ID for an operation: behind the newest that was looked up. IDs of one
    /// millisecond are in no order, so it is a millisecond later at least.
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

    /// How many rows one transaction takes, where so many are usual: fewer on a
    /// cluster, whose nodes all wait for each of them.
    pub(crate) fn batch_size(&self, usual: u32) -> u32 {
        if self.db.is_cluster() { usual.min(CLUSTER_BATCH) } else { usual }
    }

    /// A new operation of this actor; written with the first change it makes.
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
            committed: Committed::default(),
        }
    }

    /// Marks an operation that ran in several transactions and changed
    /// something as ended, with how many items it could not change.
    pub(crate) async fn finish(&self, operation: &Operation, failed: u64) -> Result<()> {
        let failed = i64::try_from(failed).unwrap_or(i64::MAX);
        in_transaction!(&self.db, |session| {
            let now = self.now();
            operations::record(session, operation, 0, failed).await?;
            operations::finish(session, operation.id, now).await
        })
    }
}

/// Who acts: recorded with every change.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account that runs the command, or the backend's name.
    pub operator: String,
    /// The user that they act for, whose roles decide about invites. What adds,
    /// imports and removes spaces and members, cleans up and resets limits only
    /// records them: no role governs that.
    pub user: Option<String>,
    /// The user for whom a backend runs it, for the record alone: gives no
    /// permission and takes none.
    pub on_behalf_of: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Actor {
    /// An operator who acts for nobody else and gives no reason.
    #[must_use]
    pub fn operator(name: impl Into<String>) -> Self {
        Actor { operator: name.into(), user: None, on_behalf_of: None, reason: None }
    }
}
