//! Checks whether an invite is valid, with every reason if it is not. A check never consumes
//! a use, because mail scanners follow links, too.

use chrono::{DateTime, Utc};

use crate::authorize::{self, Action};
use crate::builder::setters;
use crate::client::Client;
use crate::error::{Denial, Result};
use crate::limits::{AttemptKind, consume_attempt};
use crate::model::invite::{Candidate, Invite};
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::{invites, members, users, uses};
use crate::store::{Session, reading};
use crate::text::{canonical_address, check_id, redacted_debug};

/// A request to validate an invite.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ValidateRequest {
    /// The invite.
    pub reference: Reference,
    /// The user; a membership in the space is a reason for refusal.
    pub user_id: Option<String>,
    /// The address of the user; `None` uses the stored one.
    pub email: Option<String>,
    /// The instant of the check; `None` is now.
    pub at: Option<DateTime<Utc>>,
    /// The client, for the rate limits; `None` counts and limits nothing.
    pub client: Option<Client>,
}

setters! {
    ValidateRequest {
        text user_id,
        text email,
        option at: DateTime<Utc>,
        option client: Client,
    }
}

impl ValidateRequest {
    /// Creates a request for now, without user and client.
    #[must_use]
    pub fn new(reference: Reference) -> Self {
        ValidateRequest { reference, user_id: None, email: None, at: None, client: None }
    }
}

/// The result of a validation.
#[non_exhaustive]
pub struct Validation {
    /// The invite.
    pub invite: Invite,
    /// The link, if the policy has links and the code is stored.
    pub link: Option<String>,
    /// The instant of the check.
    pub at: DateTime<Utc>,
    /// The reasons for a refusal, the most important one first; empty for a valid invite.
    pub denials: Vec<Denial>,
}

redacted_debug!(Validation { invite, at, denials; [link] });

impl Service {
    /// Validates an invite. With a code, no permission is needed; an actor who names the invite
    /// by ID or fingerprint must be permitted to see it.
    ///
    /// Validating an invalid invite counts as a failed attempt of the client, unless the user
    /// redeemed this invite.
    ///
    /// # Cancellation
    /// A future that is dropped before its end counts as a failed attempt: spawn it if clients
    /// disconnect.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] if the actor may not see the invite,
    /// [`crate::error::Error::NotFound`] for an unknown invite,
    /// [`crate::error::Error::Invalid`] for an invalid user or address,
    /// [`crate::error::Error::Refused`] with [`Denial::RateLimited`] if a rate limit of the
    /// client is reached, whether the invite exists or not.
    pub async fn validate(&self, actor: &Actor, request: &ValidateRequest) -> Result<Validation> {
        let given = request.email.as_deref().map(canonical_address).transpose()?;
        if let Some(user) = &request.user_id {
            check_id("user ID", user)?;
        }
        let attempt = consume_attempt(self, request.client.as_ref(), AttemptKind::Validate, &request.reference).await?;
        let outcome = reading!(self.db(), |session| { check(self, session, actor, request, given.clone()).await });
        if let Some(attempt) = attempt {
            let is_success =
                |(validation, is_their_own): &(Validation, bool)| *is_their_own || validation.denials.is_empty();
            attempt.refund(self, &outcome, is_success).await;
        }
        outcome.map(|(validation, _)| validation)
    }
}

/// Validates an invite, and returns true if the user has redeemed it.
async fn check(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    request: &ValidateRequest,
    given: Option<String>,
) -> Result<(Validation, bool)> {
    let invite = invites::get(session, &request.reference).await?;
    authorize::authorize_by_reference(service, session, actor, (Action::View, &request.reference), &invite).await?;
    let at = request.at.unwrap_or_else(|| service.now_of(&invite));
    let (mut earlier, mut user) = (None, None);
    if let Some(id) = &request.user_id {
        // The use is read before the membership. In the other order, a user who redeems the
        // invite in between would seem to have been removed.
        earlier = uses::find(session, invite.id, id).await?;
        user = Some(candidate(session, &invite, id, given).await?);
    } else if given.is_some() {
        user = Some(Candidate { email: given, member_as: None });
    }
    let mut denials = invite.denials(at, user.as_ref());
    let is_their_own = earlier.is_some();
    if let (Some(earlier), Some(Candidate { member_as: None, .. })) = (earlier, &user) {
        denials.push(Denial::UsedBefore(earlier.used_at));
    }
    Ok((Validation { link: service.link_of(&invite), at, denials, invite }, is_their_own))
}

/// Looks up what the rules need of a user: the address and the role in the space.
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
