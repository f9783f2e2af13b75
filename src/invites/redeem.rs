//! Redeems an invite. One transaction checks its conditions, counts the use, and stores the
//! use and the membership.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::authorize::{self, Action};
use crate::builder::setters;
use crate::client::Client;
use crate::error::{Denial, Error, Result};
use crate::invites::validate::candidate;
use crate::limits::{self, consume_attempt};
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::db::row::Row;
use crate::store::tables::invites::{GroupedUse, NewUse, UseOutcome};
use crate::store::tables::operations::Operation;
use crate::store::tables::users::User;
use crate::store::tables::uses::{self, Use};
use crate::store::tables::{invites, members, users};
use crate::store::{Session, in_transaction, reading};
use crate::text::{canonical_address, check_id, check_name};

/// A request to redeem an invite for a user.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RedeemRequest {
    /// The invite.
    pub reference: Reference,
    /// The application's ID of the user.
    pub user_id: String,
    /// The address of the user; stored if none is known. `None` uses the stored one. The
    /// application must have verified it: it decides whether the user may redeem an invitation to
    /// this address.
    pub email: Option<String>,
    /// The name of the user; stored if none is known.
    pub name: Option<String>,
    /// The client, for the rate limits; `None` counts and limits nothing.
    pub client: Option<Client>,
}

setters! {
    RedeemRequest {
        text email,
        text name,
        option client: Client,
    }
}

impl RedeemRequest {
    /// Creates a request without address, name and client.
    #[must_use]
    pub fn new(reference: Reference, user_id: impl Into<String>) -> Self {
        RedeemRequest { reference, user_id: user_id.into(), email: None, name: None, client: None }
    }
}

impl RedeemRequest {
    /// Checks the user, and returns the canonical form of the address.
    pub(crate) fn check(&self) -> Result<Option<String>> {
        check_id("user ID", &self.user_id)?;
        if let Some(name) = &self.name {
            check_name("user name", name)?;
        }
        self.email.as_deref().map(canonical_address).transpose()
    }
}

/// The outcome of a redemption.
#[derive(Debug)]
pub enum Redemption {
    /// The user is a member of the space.
    Accepted(Box<Joined>),
    /// The invite was not redeemed. The reasons are ordered by importance.
    Refused(Box<Invite>, Vec<Denial>),
}

/// A user who redeemed an invite.
#[derive(Debug)]
#[non_exhaustive]
pub struct Joined {
    /// The invite after the use.
    pub invite: Invite,
    /// The user.
    pub user_id: String,
    /// The current role of the user in the space. For a repeated redemption, it may differ
    /// from the role that the invite granted.
    pub role: String,
    /// Time at which the user redeemed the invite.
    pub used_at: DateTime<Utc>,
    /// Time at which the user joined the space.
    pub joined_at: DateTime<Utc>,
    /// True if the user had redeemed the invite before, and nothing was changed.
    pub repeated: bool,
}

impl Service {
    /// Redeems an invite for a user. An invalid invite is refused in a read-only transaction.
    ///
    /// A user who redeemed the invite before gets the stored use and the current membership,
    /// marked as repeated. A redemption that is refused changes nothing but the counters of the
    /// client. If the database fails, the attempt is refunded to the client if possible.
    ///
    /// # Cancellation
    /// A future that is dropped before its end may have redeemed the invite or not, and counts
    /// as a failed attempt of the client: spawn it if the answer matters.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown invite, [`Error::Invalid`] for an invalid ID or
    /// address, [`Error::Forbidden`] for an ID or a fingerprint of an invite that the actor may
    /// not see, [`Error::Refused`] with [`Denial::RateLimited`] if a rate limit of the client
    /// is reached, whether the invite exists or not.
    pub async fn redeem(&self, actor: &Actor, request: &RedeemRequest) -> Result<Redemption> {
        let given = request.check()?;
        let attempt =
            consume_attempt(self, request.client.as_ref(), limits::AttemptKind::Use, &request.reference).await?;
        let outcome = redeem_counted(self, actor, request, given).await;
        if let Some(attempt) = attempt {
            attempt.refund(self, &outcome, is_success).await;
        }
        outcome
    }
}

/// Returns true if the user redeemed the invite, now or before: then the code was no guess.
pub(crate) fn is_success(redemption: &Redemption) -> bool {
    match redemption {
        Redemption::Accepted(_) => true,
        Redemption::Refused(_, denials) => denials.iter().any(|denial| matches!(denial, Denial::UsedBefore(_))),
    }
}

async fn redeem_counted(
    service: &Service,
    actor: &Actor,
    request: &RedeemRequest,
    given: Option<String>,
) -> Result<Redemption> {
    // Read-only, so that guesses do not delay writers. A valid invite is read and checked
    // again in the write transaction.
    let (found, denials) =
        reading!(service.db(), |session| { find_redeemable(service, session, actor, request, given.clone()).await })?;
    if !denials.is_empty() {
        return Ok(refused(denials, found));
    }
    let attempt = UserRedemption::new(service, actor, request, given, &found);
    if let Some(redemption) = attempt.redeem_in_group(service).await? {
        return Ok(redemption);
    }
    // Most users are new to the space, so the first transaction does not look them up. If
    // the user is known after all, the second one does.
    let outcome = match attempt.redeem_alone(service, &request.reference, false).await {
        Err(Error::Refused(_)) => attempt.redeem_alone(service, &request.reference, true).await,
        other => other,
    };
    match outcome {
        Err(Error::Refused(denial)) => Ok(refused(vec![denial], found)),
        other => other,
    }
}

/// Finds the invite, and returns the reasons why it refuses the user, as far as they are final.
///
/// # Errors
/// [`Error::NotFound`] for an unknown invite, [`Error::Forbidden`] if the actor may not use its ID.
pub(crate) async fn find_redeemable(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    request: &RedeemRequest,
    given: Option<String>,
) -> Result<(Invite, Vec<Denial>)> {
    let found = invites::get(session, &request.reference).await?;
    authorize::authorize_by_reference(service, session, actor, (Action::UseById, &request.reference), &found).await?;
    let denials = denials_if_closed(service, session, &found, &request.user_id, given).await?;
    Ok((found, denials))
}

/// Returns the reasons why an invalid invite refuses a user; empty for an open invite, and for a user
/// who has redeemed it.
async fn denials_if_closed(
    service: &Service,
    session: &mut Session,
    invite: &Invite,
    user: &str,
    given: Option<String>,
) -> Result<Vec<Denial>> {
    let now = service.now_of(invite);
    let is_final = |denial: &Denial| !matches!(denial, Denial::NotStarted(_));
    // Read after the invite: its last use may be by this user.
    if !invite.denials(now, None).iter().any(is_final) || uses::find(session, invite.id, user).await?.is_some() {
        return Ok(Vec::new());
    }
    let candidate = candidate(session, invite, user, given).await?;
    Ok(invite.denials(now, Some(&candidate)))
}

/// The redemption of one invite by one user.
pub(crate) struct UserRedemption<'i> {
    user: User,
    found: &'i Invite,
    operation: Operation,
}

impl<'i> UserRedemption<'i> {
    pub(crate) fn new(
        service: &Service,
        actor: &Actor,
        request: &RedeemRequest,
        given: Option<String>,
        found: &'i Invite,
    ) -> Self {
        let user = User { id: request.user_id.clone(), name: request.name.clone(), email: given };
        let operation = service.operation(actor, "use", service.now()).on(format!("invite {}", found.id));
        UserRedemption { user, found, operation }
    }
    /// Redeems the invite in a transaction of its own. With `looks_up_user`, it looks up an
    /// earlier use by the user first; without, such a user gets an error.
    async fn redeem_alone(&self, service: &Service, reference: &Reference, looks_up_user: bool) -> Result<Redemption> {
        in_transaction!(service.db(), invites::select_for_update(self.found), |session, row| {
            self.redeem_locked(service, session, (row?, reference), looks_up_user).await
        })
    }

    /// Redeems the invite of a locked row. With `looks_up_user`, an earlier use by the user is
    /// looked up first; without, it is an error.
    pub(crate) async fn redeem_locked(
        &self,
        service: &Service,
        session: &mut Session,
        (row, reference): (Option<Row>, &Reference),
        looks_up_user: bool,
    ) -> Result<Redemption> {
        let held = invites::locked_invite(row.as_ref(), self.found)?;
        let invite = held.ok_or_else(|| invites::not_found(reference))?;
        if !matches!(reference, Reference::Id(_)) && invite.code_key != self.found.code_key {
            // The invite was issued again after the code was looked up.
            return Err(invites::not_found(reference));
        }
        // Read the time only now: the invite may have expired during the wait for the lock.
        let now = service.now();
        if looks_up_user && let Some(earlier) = uses::find(session, self.found.id, &self.user.id).await? {
            return self.repeated(session, invite, earlier).await;
        }
        self.run(session, invite, service.new_id(now), now).await
    }

    /// Redeems the invite together with other redemptions, if the store can. Returns `None` if
    /// the invite was not redeemed, for any reason.
    async fn redeem_in_group(&self, service: &Service) -> Result<Option<Redemption>> {
        let (user, operation) = (self.user.clone(), self.operation.clone());
        let grouped = GroupedUse { user, operation, clock: service.clock() };
        let new_id = || service.new_id(service.now());
        let recorded = invites::record_use_in_group(service.db(), self.found, grouped, new_id).await?;
        Ok(recorded.map(|(invite, now)| self.joined(invite, now)))
    }

    fn joined(&self, invite: Invite, now: DateTime<Utc>) -> Redemption {
        Redemption::Accepted(Box::new(Joined {
            role: invite.role.clone(),
            invite: invite.after_use(now, self.operation.id),
            user_id: self.user.id.clone(),
            used_at: now,
            joined_at: now,
            repeated: false,
        }))
    }

    async fn run(&self, session: &mut Session, invite: Invite, use_id: Uuid, now: DateTime<Utc>) -> Result<Redemption> {
        let email = match (&self.user.email, &invite.email) {
            (None, Some(_)) => users::find(session, &self.user.id).await?.and_then(|user| user.email),
            // An invite without an address is for anyone who has the code.
            (given, _) => given.clone(),
        };
        let operation = Operation { at: now, ..self.operation.clone() };
        let (user, email) = (&self.user, email.as_deref());
        let new_use = NewUse { use_id, invite: &invite, user, email, now, operation: &operation };
        match invites::record_use(session, &new_use).await? {
            UseOutcome::Recorded => {}
            UseOutcome::Refused => return self.not_counted(session, invite, now).await,
            UseOutcome::AlreadyKnown => {
                // An error rolls back the counter, too. The user is a member already, or
                // became one at the same time.
                let role = members::role(session, &invite.space_id, &user.id).await?;
                return Err(Error::Refused(Denial::AlreadyMember { role: role.unwrap_or(invite.role) }));
            }
        }
        Ok(self.joined(invite, now))
    }

    /// Reads the reasons why the condition of the statement refused the use, in the same
    /// transaction.
    async fn not_counted(&self, session: &mut Session, invite: Invite, now: DateTime<Utc>) -> Result<Redemption> {
        if let Some(earlier) = uses::find(session, invite.id, &self.user.id).await? {
            return self.repeated(session, invite, earlier).await;
        }
        // Read with its space, whose removal may be the reason.
        let invite = invites::find(session, &Reference::Id(invite.id)).await?.unwrap_or(invite);
        let candidate = candidate(session, &invite, &self.user.id, self.user.email.clone()).await?;
        let denials = invite.denials(now.max(invite.created_at), Some(&candidate));
        // The reason is gone by now, for example the removal of the space, which is not locked.
        if denials.is_empty() { Err(session.conflict()) } else { Ok(refused(denials, invite)) }
    }

    /// Returns the first use and the current membership of a user who redeemed the invite
    /// before. If the user or the space was removed since, the redemption is refused: a user
    /// can redeem an invite only once.
    async fn repeated(&self, session: &mut Session, invite: Invite, earlier: Use) -> Result<Redemption> {
        match members::membership(session, &invite.space_id, &self.user.id).await? {
            None => {
                let invite = invites::find(session, &Reference::Id(invite.id)).await?.unwrap_or(invite);
                // A removed space has no memberships, and its invites are revoked.
                let denials = invite.denials(self.operation.at.max(invite.created_at), None).into_iter();
                let revoked = denials.filter(|denial| matches!(denial, Denial::Revoked(_)));
                Ok(refused(revoked.chain([Denial::UsedBefore(earlier.used_at)]).collect(), invite))
            }
            Some((role, joined_at)) => Ok(Redemption::Accepted(Box::new(Joined {
                invite,
                user_id: earlier.user_id,
                role,
                used_at: earlier.used_at,
                joined_at,
                repeated: true,
            }))),
        }
    }
}

pub(crate) fn refused(denials: Vec<Denial>, invite: Invite) -> Redemption {
    Redemption::Refused(Box::new(invite), denials)
}

#[cfg(test)]
pub(crate) mod tests;
