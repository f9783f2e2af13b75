//! Says whether an invite can be used, and every reason why not. Looking never
//! consumes: mail scanners follow links too.

use chrono::{DateTime, Utc};

use crate::authorize::{self, Action};
use crate::client::Client;
use crate::error::{Denial, Result};
use crate::limits::{AttemptKind, consume_attempt};
use crate::model::invite::{Candidate, Invite};
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::{invites, members, users, uses};
use crate::store::{Session, reading};
use crate::text::{canonical_address, check_id, redacted_debug};

/// What to look at.
#[derive(Debug, Clone)]
pub struct ValidateRequest {
    /// Which invite.
    pub reference: Reference,
    /// For this user, whose membership counts then.
    pub user_id: Option<String>,
    /// With this address; else the one that is known of the user.
    pub email: Option<String>,
    /// At this instant; none: now.
    pub at: Option<DateTime<Utc>>,
    /// Who asks, for the hourly limits; none: nothing is limited or counted.
    pub client: Option<Client>,
}

impl ValidateRequest {
    /// A look at an invite now, for nobody in particular.
    #[must_use]
    pub fn of(reference: Reference) -> Self {
        ValidateRequest { reference, user_id: None, email: None, at: None, client: None }
    }
}

/// What was seen.
pub struct Validation {
    /// The invite.
    pub invite: Invite,
    /// Its link, where the policy has one and the code is kept.
    pub link: Option<String>,
    /// The instant that the answer is for.
    pub at: DateTime<Utc>,
    /// Every reason why not, the weightiest first; empty: it can be used.
    pub denials: Vec<Denial>,
}

redacted_debug!(Validation { invite, at, denials; [link] });

/// Looks at an invite. Whoever has its code may look; a user who is acted for
/// and names it otherwise must be one who may see it.
///
/// A client's look at an invite that cannot be used counts as a failed try, but
/// for one by the very user who used it. So does a future that is dropped in
/// the middle: where clients go away, spawn it.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] for a user who may not;
/// [`crate::error::Error::NotFound`] if there is none; [`crate::error::Error::Invalid`] for
/// a user or an address that cannot be right; [`crate::error::Error::Refused`] with
/// [`Denial::RateLimited`] for a client whose tries of this hour are over,
/// whether the invite exists or not.
pub async fn validate(service: &Service, actor: &Actor, request: &ValidateRequest) -> Result<Validation> {
    let given = request.email.as_deref().map(canonical_address).transpose()?;
    if let Some(user) = &request.user_id {
        check_id("user ID", user)?;
    }
    let attempt = consume_attempt(service, request.client.as_ref(), AttemptKind::Validate, &request.reference).await?;
    let outcome = reading!(service.db(), |session| { look(service, session, actor, request, given.clone()).await });
    if let Some(attempt) = attempt {
        let is_success = |(seen, is_their_own): &(Validation, bool)| *is_their_own || seen.denials.is_empty();
        attempt.refund(service, &outcome, is_success).await;
    }
    outcome.map(|(seen, _)| seen)
}

/// What is seen, and whether the user has used the invite themselves.
async fn look(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    request: &ValidateRequest,
    given: Option<String>,
) -> Result<(Validation, bool)> {
    let invite = invites::get(session, &request.reference).await?;
    authorize::authorize_by_reference(service, session, actor, (Action::View, &request.reference), &invite).await?;
    let at = request.at.unwrap_or_else(|| service.now_of(&invite));
    let (mut earlier, mut who) = (None, None);
    if let Some(user) = &request.user_id {
        // The use before the membership: they come together, and the other way
        // round somebody who comes in now would seem to have gone.
        earlier = uses::find(session, invite.id, user).await?;
        who = Some(candidate(session, &invite, user, given).await?);
    } else if given.is_some() {
        who = Some(Candidate { email: given, member_as: None });
    }
    let mut denials = invite.denials(at, who.as_ref());
    let is_their_own = earlier.is_some();
    if let (Some(earlier), Some(Candidate { member_as: None, .. })) = (earlier, &who) {
        denials.push(Denial::UsedBefore(earlier.used_at));
    }
    Ok((Validation { link: service.link_of(&invite), at, denials, invite }, is_their_own))
}

/// What the rules ask about a user: their address, their role in the space.
pub(crate) async fn candidate(
    session: &mut Session,
    invite: &Invite,
    user: &str,
    given: Option<String>,
) -> Result<Candidate> {
    let email = match given {
        Some(email) => Some(email),
        None => users::find(session, user).await?.and_then(|user| user.email),
    };
    Ok(Candidate { email, member_as: members::role(session, &invite.space_id, user).await? })
}
