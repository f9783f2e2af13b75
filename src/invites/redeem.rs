//! Uses an invite: the guard, the use, the membership and the counter are one
//! transaction.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::authorize::{self, Deed};
use crate::client::Client;
use crate::error::{Denial, Error, Result};
use crate::invites::validate::candidate;
use crate::limits::{self, take_try};
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::invites::{Entered, Entry, Together};
use crate::store::tables::operations::Operation;
use crate::store::tables::users::User;
use crate::store::tables::uses::{self, Use};
use crate::store::tables::{invites, members, users};
use crate::store::{Session, in_transaction, reading};
use crate::text::{canonical_address, check_id, check_name};

/// Who uses what.
#[derive(Debug, Clone)]
pub struct RedeemRequest {
    /// Which invite.
    pub reference: Reference,
    /// The application's id of the user.
    pub user_id: String,
    /// Their address; kept if none is known. Without it, the one that is known
    /// of them counts.
    pub email: Option<String>,
    /// Their name; kept if none is known.
    pub name: Option<String>,
    /// Who asks, for the hourly limits; none: nothing is limited or counted.
    pub client: Option<Client>,
}

impl RedeemRequest {
    /// A use by a user of whom nothing new is known.
    #[must_use]
    pub fn of(reference: Reference, user_id: impl Into<String>) -> Self {
        RedeemRequest { reference, user_id: user_id.into(), email: None, name: None, client: None }
    }
}

/// What came of it.
#[derive(Debug)]
pub enum Redemption {
    /// The user is in.
    Accepted(Box<Joined>),
    /// The invite did not let them in; nothing changed.
    Refused(Box<Invite>, Vec<Denial>),
}

/// A user who came in.
#[derive(Debug)]
pub struct Joined {
    /// The invite as it is after the use.
    pub invite: Invite,
    /// The user.
    pub user_id: String,
    /// The role that they have in the space now: of a repeated use, it may
    /// differ from the role that the invite granted.
    pub role: String,
    /// When they used it.
    pub used_at: DateTime<Utc>,
    /// Since when they are a member of the space.
    pub joined_at: DateTime<Utc>,
    /// Whether this user had used it before, and nothing changed this time.
    pub repeated: bool,
}

/// Uses an invite for a user. One that is dead refuses at the first look,
/// without a turn to write.
///
/// A future that is dropped in the middle may have let the user in or not, and
/// counts as a failed try of the client: where the answer matters, spawn it. The
/// same user again gets the use that is stored and the membership as it is now,
/// marked as repeated. A user who is a
/// member already, or whom the guard refuses, changes nothing. What the
/// database fails to answer is no try.
///
/// # Errors
/// [`Error::NotFound`] if there is no such invite, [`Error::Invalid`] for an id
/// or an address that cannot be right, [`Error::Refused`] with
/// [`Denial::RateLimited`] for a client whose tries of this hour are over,
/// whether the invite exists or not.
pub async fn redeem(service: &Service, actor: &Actor, request: &RedeemRequest) -> Result<Redemption> {
    check_id("user ID", &request.user_id)?;
    if let Some(name) = &request.name {
        check_name("user name", name)?;
    }
    let given = request.email.as_deref().map(canonical_address).transpose()?;
    let counted = take_try(service, request.client.as_ref(), limits::Attempt::Use, &request.reference).await?;
    let outcome = enter(service, actor, request, given).await;
    if let Some(counted) = counted {
        counted.settle(service, &outcome, is_no_guess).await;
    }
    outcome
}

/// Whether the user came in, now or before: whoever used an invite knows it.
fn is_no_guess(redemption: &Redemption) -> bool {
    match redemption {
        Redemption::Accepted(_) => true,
        Redemption::Refused(_, denials) => denials.iter().any(|denial| matches!(denial, Denial::UsedBefore(_))),
    }
}

async fn enter(service: &Service, actor: &Actor, request: &RedeemRequest, given: Option<String>) -> Result<Redemption> {
    // Found before the turn to write is taken: whoever guesses codes must not
    // keep others from theirs. What can be used is read again, and judged,
    // within.
    let (seen, denials) = reading!(service.db(), |session| {
        let seen = invites::get(session, &request.reference).await?;
        authorize::demand_for_id(service, session, actor, (Deed::UseById, &request.reference), &seen).await?;
        let denials = denials_of_the_dead(service, session, &seen, &request.user_id, given.clone()).await?;
        Ok((seen, denials))
    })?;
    if !denials.is_empty() {
        return Ok(refused(denials, seen));
    }
    let user = User { id: request.user_id.clone(), name: request.name.clone(), email: given };
    let operation = service.operation(actor, "use", service.now()).on(format!("invite {}", seen.id));
    let attempt = Attempt { user, seen: &seen, operation };
    if let Some(redemption) = attempt.make_together(service).await? {
        return Ok(redemption);
    }
    // Most users are new to the space: nothing is asked about them first. One
    // who turns out not to be is looked at from the beginning.
    let outcome = match attempt.make(service, &request.reference, false).await {
        Err(Error::Refused(_)) => attempt.make(service, &request.reference, true).await,
        other => other,
    };
    match outcome {
        Err(Error::Refused(denial)) => Ok(refused(vec![denial], seen)),
        other => other,
    }
}

/// Why an invite that is dead refuses a user; nothing for one that is alive or
/// not yet open, and for a user who has used it.
async fn denials_of_the_dead(
    service: &Service,
    session: &mut Session,
    invite: &Invite,
    user: &str,
    given: Option<String>,
) -> Result<Vec<Denial>> {
    let now = service.now_of(invite);
    let is_death = |denial: &Denial| !matches!(denial, Denial::NotStarted(_));
    // The uses after the invite: the one use that there is may be their own.
    if !invite.denials(now, None).iter().any(is_death) || uses::find(session, invite.id, user).await?.is_some() {
        return Ok(Vec::new());
    }
    let candidate = candidate(session, invite, user, given).await?;
    Ok(invite.denials(now, Some(&candidate)))
}

struct Attempt<'i> {
    user: User,
    seen: &'i Invite,
    operation: Operation,
}

impl Attempt<'_> {
    /// One transaction; whether the user may be known is asked first, or comes
    /// out.
    async fn make(&self, service: &Service, reference: &Reference, asks: bool) -> Result<Redemption> {
        in_transaction!(service.db(), invites::hold_to_use(self.seen), |session, row| {
            let held = invites::held_to_use(row?.as_ref(), self.seen)?;
            let invite = held.ok_or_else(|| invites::not_found(reference))?;
            if !matches!(reference, Reference::Id(_)) && invite.code_key != self.seen.code_key {
                // It was issued again since the code was looked up.
                return Err(invites::not_found(reference));
            }
            // Only now: another process may have closed it while this one waited
            // for its turn to write.
            let now = service.now();
            if asks && let Some(earlier) = uses::find(session, self.seen.id, &self.user.id).await? {
                return self.again(session, invite, earlier).await;
            }
            self.run(session, invite, service.new_id(now), now).await
        })
    }

    /// Together with others who wait for their turn to write, where the engine has
    /// a way; none where it did not let them in, for whatever reason.
    async fn make_together(&self, service: &Service) -> Result<Option<Redemption>> {
        let is_open = self.seen.closed.is_none() && self.seen.starts_at.is_none_or(|start| start <= service.now());
        let is_theirs = self.seen.email.is_none() || self.seen.email == self.user.email;
        let is_last_of_several =
            self.seen.max_uses.is_some_and(|most| self.seen.uses > 0 && self.seen.uses + 1 >= most);
        // Who is known to need the usual way does not take the others along.
        if !service.db().has_groups() || !is_open || !is_theirs || is_last_of_several {
            return Ok(None);
        }
        let wish = Together {
            use_id: service.new_id(service.now()),
            user: self.user.clone(),
            operation: self.operation.clone(),
            clock: service.clock(),
        };
        let used = invites::enter_together(service.db(), self.seen, wish).await?;
        Ok(used.map(|(invite, now)| self.joined(invite, now)))
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
            // For whoever has the code, no address counts.
            (given, _) => given.clone(),
        };
        let operation = Operation { at: now, ..self.operation.clone() };
        let (user, email) = (&self.user, email.as_deref());
        let entry = Entry { use_id, invite: &invite, user, email, now, operation: &operation };
        match invites::enter(session, &entry).await? {
            Entered::Whole => {}
            Entered::NotCounted => return self.not_counted(session, invite, now).await,
            Entered::Known => {
                // An error, so that the counter is rolled back with the rest: they
                // are in already, or came in by another way at the same moment.
                let role = members::role(session, &invite.space_id, &user.id).await?;
                return Err(Error::Refused(Denial::AlreadyMember { role: role.unwrap_or(invite.role) }));
            }
        }
        Ok(self.joined(invite, now))
    }

    /// The guard refused. It stands in the statement; only the reasons are read
    /// afterwards, in the same transaction.
    async fn not_counted(&self, session: &mut Session, invite: Invite, now: DateTime<Utc>) -> Result<Redemption> {
        if let Some(earlier) = uses::find(session, invite.id, &self.user.id).await? {
            return self.again(session, invite, earlier).await;
        }
        // With its space, which may be what refused.
        let invite = invites::find(session, &Reference::Id(invite.id)).await?.unwrap_or(invite);
        let candidate = candidate(session, &invite, &self.user.id, self.user.email.clone()).await?;
        let denials = invite.denials(now.max(invite.created_at), Some(&candidate));
        // What refused has changed since, such as the space, which is not locked.
        if denials.is_empty() { Err(session.conflict()) } else { Ok(refused(denials, invite)) }
    }

    /// Answers a user who redeemed the invite before with the first use and the
    /// membership as it is now. A user who was removed since, or whose space was, is
    /// refused: an
    /// invite admits a user only once.
    async fn again(&self, session: &mut Session, invite: Invite, earlier: Use) -> Result<Redemption> {
        match members::membership(session, &invite.space_id, &self.user.id).await? {
            None => {
                let invite = invites::find(session, &Reference::Id(invite.id)).await?.unwrap_or(invite);
                // Of a removed space, no membership counts, and its invites are revoked.
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

fn refused(denials: Vec<Denial>, invite: Invite) -> Redemption {
    Redemption::Refused(Box::new(invite), denials)
}

#[cfg(test)]
pub(crate) mod tests;
