//! Answers for callers outside: visitors of a page and signed-in users. All invalid
//! codes get the same answer, so that nobody learns which codes exist; the reasons are
//! for the operator's log.
//!
//! # What differs between codes
//! Message and HTTP status are the same for a code that does not exist and for one that
//! is expired, used up, revoked, replaced, not started or bound to another address.
//! Which counters are written depends on the text alone. The duration differs: a code
//! that exists needs a few more lookups, and redeeming a valid one a write transaction.
//! The functions therefore require a client, so that `limit_failed`, `limit_validate`
//! and `limit_use` of a policy limit such measurements.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::ser::Serializer;

use crate::builder::setters;
use crate::client::Client;
use crate::error::{Denial, Error, ErrorBody, Reason, Result, readable};
use crate::invites::redeem::{Joined, RedeemRequest, Redemption};
use crate::invites::validate::{ValidateRequest, Validation};
use crate::model::invite::Invite;
use crate::model::reference::PublicCode;
use crate::service::{Actor, Service};

/// A user whom the application signed in.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignedIn {
    /// The application's ID of the user.
    pub user_id: String,
    /// The address of the user. The application must have verified it: it decides whether
    /// the user may redeem an invitation to this address. `None` uses the stored one.
    pub email: Option<String>,
    /// The name of the user; stored if none is known.
    pub name: Option<String>,
}

impl SignedIn {
    /// Creates a user without an address and a name.
    #[must_use]
    pub fn new(user_id: impl Into<String>) -> Self {
        SignedIn { user_id: user_id.into(), email: None, name: None }
    }
}

setters! {
    SignedIn {
        text email,
        text name,
    }
}

/// The public data of a valid invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PublicInvite {
    /// The name of the space; for directors, the name of the director.
    pub space_name: String,
    /// The role that the invite grants.
    pub role: String,
    /// The expiry; `None` if the invite does not expire.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The data of the membership that a user got from an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PublicMembership {
    /// The application's ID of the space.
    pub space_id: String,
    /// The name of the space.
    pub space_name: String,
    /// The role of the user.
    pub role: String,
    /// Time at which the user joined.
    pub joined_at: DateTime<Utc>,
    /// True if the user had redeemed the invite before, and nothing changed.
    pub repeated: bool,
}

/// The answer to a client of a public endpoint. It serializes to the response body:
/// `{"success":true,"data":{...}}`, or `{"success":false,"error":"..."}` (seed 003).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicAnswer {
    /// The invite is valid.
    Usable(PublicInvite),
    /// The user is a member now.
    Joined(PublicMembership),
    /// The user is a member already, and the invite is valid otherwise. This discloses
    /// nothing that redeeming the invite would not.
    AlreadyMember,
    /// The invite is invalid, for any reason.
    NotUsable,
    /// The client reached a rate limit. This discloses nothing: the counter belongs to the
    /// client and is checked before the code is looked up.
    RetryAfter {
        /// The end of the window.
        until: DateTime<Utc>,
    },
    /// The database failed, so nothing is known.
    Unavailable,
}

impl PublicAnswer {
    /// Returns the HTTP status.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            PublicAnswer::Usable(_) | PublicAnswer::Joined(_) => 200,
            PublicAnswer::AlreadyMember | PublicAnswer::NotUsable => 400,
            PublicAnswer::RetryAfter { .. } => 429,
            PublicAnswer::Unavailable => 503,
        }
    }

    /// Returns the error message; `None` for a positive answer.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        match self {
            PublicAnswer::Usable(_) | PublicAnswer::Joined(_) => None,
            PublicAnswer::AlreadyMember => Some("You are already a member".to_owned()),
            PublicAnswer::NotUsable => Some("This invite code is not valid".to_owned()),
            PublicAnswer::RetryAfter { until } => Some(format!("Too many attempts. Try again at {}", readable(*until))),
            PublicAnswer::Unavailable => Some("The service is not available. Try again later".to_owned()),
        }
    }

    fn usable(invite: &Invite) -> Self {
        PublicAnswer::Usable(PublicInvite {
            space_name: invite.space_name.clone(),
            role: invite.role.clone(),
            expires_at: invite.effective_expiry(),
        })
    }

    fn joined(joined: &Joined) -> Self {
        PublicAnswer::Joined(PublicMembership {
            space_id: joined.invite.space_id.clone(),
            space_name: joined.invite.space_name.clone(),
            role: joined.role.clone(),
            joined_at: joined.joined_at,
            repeated: joined.repeated,
        })
    }

    fn refused(denials: &[Denial]) -> Self {
        match denials {
            [Denial::AlreadyMember { .. }] => PublicAnswer::AlreadyMember,
            [Denial::RateLimited(until)] => PublicAnswer::RetryAfter { until: *until },
            _ => PublicAnswer::NotUsable,
        }
    }

    fn failed(error: &Error) -> Self {
        match error {
            Error::Refused(denial) => PublicAnswer::refused(std::slice::from_ref(denial)),
            Error::Invalid(_) | Error::Forbidden(_) | Error::NotFound(_) | Error::Duplicate(_) => {
                PublicAnswer::NotUsable
            }
            Error::NoFreeCode(_)
            | Error::MailFailed(_)
            | Error::Database(_)
            | Error::DatabaseMissing(_)
            | Error::Unavailable(_) => PublicAnswer::Unavailable,
        }
    }
}

impl Serialize for PublicAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Success<'a, T> {
            success: bool,
            data: &'a T,
        }
        match self {
            PublicAnswer::Usable(data) => Success { success: true, data }.serialize(serializer),
            PublicAnswer::Joined(data) => Success { success: true, data }.serialize(serializer),
            other => ErrorBody::new(other.error().unwrap_or_default()).serialize(serializer),
        }
    }
}

/// The answer for a caller outside, with details for the operator's log.
#[derive(Debug)]
#[non_exhaustive]
pub struct PublicOutcome {
    /// The answer to send to the client.
    pub answer: PublicAnswer,
    /// The reasons of a negative answer for the log, the most important one first.
    pub reasons: Vec<Reason>,
    /// The error for the log, if the action failed or was refused before the lookup of the
    /// invite.
    pub error: Option<Error>,
}

impl PublicOutcome {
    fn accepted(answer: PublicAnswer) -> Self {
        PublicOutcome { answer, reasons: Vec::new(), error: None }
    }

    fn refused(denials: &[Denial]) -> Self {
        let reasons = denials.iter().map(Denial::reason).collect();
        PublicOutcome { answer: PublicAnswer::refused(denials), reasons, error: None }
    }

    fn failed(error: Error) -> Self {
        PublicOutcome { answer: PublicAnswer::failed(&error), reasons: vec![error.reason()], error: Some(error) }
    }

    fn of_validation(outcome: Result<Validation>) -> Self {
        match outcome {
            Ok(validation) if validation.denials.is_empty() => {
                PublicOutcome::accepted(PublicAnswer::usable(&validation.invite))
            }
            Ok(validation) => PublicOutcome::refused(&validation.denials),
            Err(error) => PublicOutcome::failed(error),
        }
    }

    fn of_redemption(outcome: Result<Redemption>) -> Self {
        match outcome {
            Ok(Redemption::Accepted(joined)) => PublicOutcome::accepted(PublicAnswer::joined(&joined)),
            Ok(Redemption::Refused(_, denials)) => PublicOutcome::refused(&denials),
            Err(error) => PublicOutcome::failed(error),
        }
    }
}

impl Service {
    /// Checks whether a code is valid, for a visitor or a signed-in user. It does not consume
    /// a use, and counts as an attempt of the client.
    ///
    /// # Cancellation
    /// A future that is dropped before its end counts as a failed attempt: spawn it.
    pub async fn validate_publicly(
        &self,
        client: &Client,
        code: &PublicCode,
        user: Option<&SignedIn>,
    ) -> PublicOutcome {
        let Some(reference) = code.reference() else { return PublicOutcome::failed(invalid_code()) };
        let request = ValidateRequest {
            user_id: user.map(|user| user.user_id.clone()),
            email: user.and_then(|user| user.email.clone()),
            client: Some(client.clone()),
            ..ValidateRequest::new(reference)
        };
        // The actor does not matter: a code needs no permission, and a check is not recorded.
        let visitor = Actor::operator("visitor");
        PublicOutcome::of_validation(self.validate(&visitor, &request).await)
    }

    /// Redeems a code for a signed-in user. It counts as an attempt of the client.
    ///
    /// # Cancellation
    /// As with [`Service::redeem`], a future that is dropped before
    /// its end may have redeemed the code or not: spawn it.
    pub async fn redeem_publicly(
        &self,
        actor: &Actor,
        client: &Client,
        code: &PublicCode,
        user: &SignedIn,
    ) -> PublicOutcome {
        let Some(reference) = code.reference() else { return PublicOutcome::failed(invalid_code()) };
        let request = RedeemRequest {
            email: user.email.clone(),
            name: user.name.clone(),
            client: Some(client.clone()),
            ..RedeemRequest::new(reference, user.user_id.as_str())
        };
        PublicOutcome::of_redemption(self.redeem(actor, &request).await)
    }
}

fn invalid_code() -> Error {
    Error::invalid("the input cannot be a code")
}

#[cfg(test)]
pub(crate) mod tests;
