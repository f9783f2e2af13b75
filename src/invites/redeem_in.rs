//! Redeems an invite inside a transaction of the caller: the caller's rows and the redemption are
//! committed together, or neither.

use chrono::{DateTime, Utc};

use crate::error::{Denial, Error, Result};
use crate::invites::redeem::{Joined, RedeemRequest, Redemption, UserRedemption, find_redeemable, is_success, refused};
use crate::limits::{Attempt, AttemptKind, consume_attempt};
use crate::model::invite::Invite;
use crate::service::{Actor, Service};
use crate::store::CallerConnection;
use crate::store::Session;
use crate::store::errors::ErrorClass;
use crate::store::tables::invites;

/// A request to redeem an invite whose attempt is counted for the client.
#[derive(Debug)]
pub struct CountedRequest {
    request: RedeemRequest,
    /// Time at which the attempt was counted.
    at: DateTime<Utc>,
    /// The canonical address of the user.
    given: Option<String>,
    attempt: Option<Attempt>,
}

impl CountedRequest {
    /// Returns true for a repeated redemption that was made by this request: its commit refunded the
    /// attempt, although the caller did not get the answer.
    fn made(&self, redemption: &Redemption) -> bool {
        matches!(redemption, Redemption::Accepted(joined) if joined.repeated && joined.used_at >= self.at)
    }
}

/// The outcome of a redemption in a transaction of the caller.
#[derive(Debug)]
#[must_use = "an accepted redemption takes effect when the caller commits its transaction"]
pub enum UncommittedRedemption {
    /// The user becomes a member when the caller commits its transaction.
    Accepted(Uncommitted<Joined>),
    /// The invite was not redeemed, and nothing of the redemption remains: the transaction can be
    /// continued. Rows that it locked may stay locked until the transaction ends. The reasons are
    /// ordered by importance.
    Refused(Box<Invite>, Vec<Denial>),
}

/// A result that depends on a commit of the caller.
#[derive(Debug)]
pub struct Uncommitted<T>(Box<T>);

impl<T> Uncommitted<T> {
    /// Returns the result, after the caller has committed its transaction.
    #[must_use]
    pub fn after_commit(self) -> T {
        *self.0
    }

    /// Returns what the result will be after the commit, for further statements of the same
    /// transaction.
    #[must_use]
    pub fn before_commit(&self) -> &T {
        &self.0
    }
}

impl Service {
    /// Counts an attempt to redeem an invite, in a transaction of its own, before the caller begins
    /// its transaction. Otherwise a rollback would make guessing free. An attempt without a client
    /// counts nothing.
    ///
    /// The failure that is counted is refunded by [`Service::redeem_in`] in the transaction of a
    /// success. One counted request can be used again when the transaction is run again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid ID, name or address, [`Error::Refused`] with
    /// [`Denial::RateLimited`] if a rate limit of the client is reached, whether the invite exists
    /// or not.
    pub async fn count_attempt(&self, request: RedeemRequest) -> Result<CountedRequest> {
        let given = request.check()?;
        let attempt = consume_attempt(self, request.client.as_ref(), AttemptKind::Use, &request.reference).await?;
        Ok(CountedRequest { request, at: self.now(), given, attempt })
    }

    /// Redeems an invite for a user in a transaction of the caller, on a connection or transaction
    /// of sqlx to the database of this service. The use, the membership and the caller's own rows
    /// are committed together or rolled back together.
    ///
    /// Nothing is retried. If [`Error::is_retryable`] returns true, roll the transaction back and
    /// run it again with the same counted request. A refusal, an unknown invite and a missing
    /// permission leave the transaction usable; after any other error, roll it back. The invite
    /// stays locked until the transaction ends, so keep it short.
    ///
    /// The connection must have these settings, which are checked:
    /// - `SQLite`: a transaction that began with `BEGIN IMMEDIATE` (`pool.begin_with("BEGIN
    ///   IMMEDIATE")`), `foreign_keys = ON`, and the same file.
    /// - `PostgreSQL`: the isolation level READ COMMITTED, and a `search_path` that finds the tables.
    ///   For this transaction, `synchronous_commit = off` is replaced by `on`.
    ///   During the redemption, `lock_timeout` is at most the timeout of the service.
    /// - `MariaDB` and `MySQL`: `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED`, which is not
    ///   their default, a strict `sql_mode`, and foreign keys that are checked.
    /// - A Galera cluster also: `wsrep_sync_wait = 7`, `autocommit = 0`, and a transaction that
    ///   begins with `SAVEPOINT invite_transaction` and ends with `RELEASE SAVEPOINT
    ///   invite_transaction; COMMIT`. A node can roll a transaction back without reporting it; then
    ///   the release fails, and nothing is committed.
    ///
    /// # Cancellation
    /// If the future is dropped, drop the transaction too: a statement may still be running.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown invite, [`Error::Forbidden`] for an ID or a fingerprint of an
    /// invite that the actor may not see, [`Error::Invalid`] for a connection that is not in a
    /// transaction, belongs to another database or lacks a setting, and errors of the database. The
    /// database of a server is compared by its name.
    pub async fn redeem_in<'c>(
        &self,
        connection: impl Into<CallerConnection<'c>>,
        actor: &Actor,
        counted: &CountedRequest,
    ) -> Result<UncommittedRedemption> {
        let (session, server) = self.db().session_on(connection.into())?;
        tokio::select! {
            biased;
            outcome = redeem_on(self, session, actor, counted) => outcome,
            () = server.serve() => Err(Error::database("the session on the connection of the caller ended early")),
        }
    }
}

async fn redeem_on(
    service: &Service,
    mut session: Session,
    actor: &Actor,
    counted: &CountedRequest,
) -> Result<UncommittedRedemption> {
    let outcome = redeem_at_savepoint(service, &mut session, actor, counted).await;
    let can_run_again =
        matches!(session.first_failure(), Some(ErrorClass::Retryable | ErrorClass::Blocked | ErrorClass::Conflict));
    outcome.map_err(|error| if can_run_again { error.of_retryable_transaction() } else { error })
}

async fn redeem_at_savepoint(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    counted: &CountedRequest,
) -> Result<UncommittedRedemption> {
    let settings = session.check_lent().await?;
    if service.db().location().file().is_some() && service.db().is_write_lock_free().await? {
        return Err(Error::invalid("the transaction is deferred, so its first write may fail")
            .with_hint("begin it with: pool.begin_with(\"BEGIN IMMEDIATE\")"));
    }
    session.set_savepoint(&settings).await?;
    let outcome = redeem_and_refund(service, session, actor, counted).await;
    if outcome.is_err() {
        session.abandon_redemption().await;
        return outcome;
    }
    session.release_savepoint(&settings).await?;
    outcome
}

async fn redeem_and_refund(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    counted: &CountedRequest,
) -> Result<UncommittedRedemption> {
    let redemption = redeem_found(service, session, actor, counted).await?;
    if let Redemption::Refused(..) = redemption {
        session.roll_back_to_savepoint().await?;
    }
    if let Some(attempt) = counted.attempt.as_ref().filter(|_| is_success(&redemption) && !counted.made(&redemption)) {
        attempt.refund_failure(session).await?;
    }
    Ok(uncommitted(redemption))
}

fn uncommitted(redemption: Redemption) -> UncommittedRedemption {
    match redemption {
        Redemption::Accepted(joined) => UncommittedRedemption::Accepted(Uncommitted(joined)),
        Redemption::Refused(invite, denials) => UncommittedRedemption::Refused(invite, denials),
    }
}

async fn redeem_found(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    counted: &CountedRequest,
) -> Result<Redemption> {
    let CountedRequest { request, given, .. } = counted;
    let (found, denials) = find_redeemable(service, session, actor, request, given.clone()).await?;
    if !denials.is_empty() {
        return Ok(refused(denials, found));
    }
    let redemption = UserRedemption::new(service, actor, request, given.clone(), &found);
    let select = invites::select_for_update(&found);
    let row = session.maybe_one(select.statement, &select.args).await?;
    match redemption.redeem_locked(service, session, (row, &request.reference), true).await {
        Err(Error::Refused(denial)) => Ok(refused(vec![denial], found)),
        other => other,
    }
}
