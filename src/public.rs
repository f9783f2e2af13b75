//! What somebody outside may be told of an invite: anybody who opens a page, or
//! a user who signed in. One answer for everything that is not usable, so that
//! nobody learns which codes exist; the reasons are for the operator's log.
//!
//! # What is equal, and what is not
//! Words and status are the same for a code that nobody has, and for one that
//! is expired, used up, revoked, replaced, not yet valid or somebody else's.
//! Which counters are written follows from the text alone. A code that exists
//! takes a few look-ups more, and a use of one that is alive a turn to write:
//! whoever can time these can tell it. That is why a client is asked for here:
//! `limit_failed`, `limit_validate` and `limit_use` of a policy end the
//! measuring.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::ser::Serializer;

use crate::client::Client;
use crate::error::{Denial, Error, ErrorBody, Reason, Result, readable};
use crate::invites::redeem::{Joined, RedeemRequest, Redemption};
use crate::invites::validate::{ValidateRequest, Validation};
use crate::model::invite::Invite;
use crate::model::reference::PublicCode;
use crate::service::{Actor, Service};

/// A user whom the application signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The application's id of the user.
    pub user_id: String,
    /// Their address, which the application has verified: whoever could write
    /// any here could take another's invitation. None: the one that is known of
    /// them counts.
    pub email: Option<String>,
    /// Their name; kept if none is known.
    pub name: Option<String>,
}

/// What the public may see of an invite that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicInvite {
    /// The name of the space; in the director system, the director's.
    pub space_name: String,
    /// The role that it grants.
    pub role: String,
    /// From when it can no longer be used; none: it does not end by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a user may see of the membership that an invite gave them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicMembership {
    /// The application's id of the space, which is theirs now.
    pub space_id: String,
    /// Its name.
    pub space_name: String,
    /// Their role.
    pub role: String,
    /// When they came in.
    pub joined_at: DateTime<Utc>,
    /// Whether they had used the invite before, and nothing changed this time.
    pub repeated: bool,
}

/// What is answered. Serialised it is the body: `{"success":true,"data":{...}}`,
/// or `{"success":false,"error":"..."}` as seed 003 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicAnswer {
    /// It can be used.
    Usable(PublicInvite),
    /// The user is in.
    Joined(PublicMembership),
    /// The user is in already, and nothing else keeps the invite from being
    /// used. They may know: the membership is their own, and of the invite it
    /// says no more than coming in would have.
    AlreadyMember,
    /// It cannot be used, whatever the reason.
    NotUsable,
    /// This client tried too often. It may know: it is its own counter, which
    /// is told before a code is looked at.
    ComeBack {
        /// From when it may try again.
        until: DateTime<Utc>,
    },
    /// Nothing is known at this moment: the database failed.
    Unavailable,
}

impl PublicAnswer {
    /// The HTTP status.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            PublicAnswer::Usable(_) | PublicAnswer::Joined(_) => 200,
            PublicAnswer::AlreadyMember | PublicAnswer::NotUsable => 400,
            PublicAnswer::ComeBack { .. } => 429,
            PublicAnswer::Unavailable => 503,
        }
    }

    /// The words of a no; none: it is a yes.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        match self {
            PublicAnswer::Usable(_) | PublicAnswer::Joined(_) => None,
            PublicAnswer::AlreadyMember => Some("You are already a member".to_owned()),
            PublicAnswer::NotUsable => Some("This invite code is not valid".to_owned()),
            PublicAnswer::ComeBack { until } => Some(format!("Too many attempts. Try again at {}", readable(*until))),
            PublicAnswer::Unavailable => Some("The service is not available. Try again later".to_owned()),
        }
    }

    fn usable(invite: &Invite) -> Self {
        PublicAnswer::Usable(PublicInvite {
            space_name: invite.space_name.clone(),
            role: invite.role.clone(),
            expires_at: invite.dies_at(),
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
            [Denial::RateLimited(until)] => PublicAnswer::ComeBack { until: *until },
            // Who used it before and was taken out learns that elsewhere.
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
            no => ErrorBody::new(no.error().unwrap_or_default()).serialize(serializer),
        }
    }
}

/// What is answered, and what the operator may know beside it.
#[derive(Debug)]
pub struct Told {
    /// For whoever asked.
    pub answer: PublicAnswer,
    /// For the log: every reason of a no, the weightiest first.
    pub reasons: Vec<Reason>,
    /// For the log: what failed, and what was refused before the invite was
    /// looked at.
    pub error: Option<Error>,
}

impl Told {
    fn yes(answer: PublicAnswer) -> Self {
        Told { answer, reasons: Vec::new(), error: None }
    }

    fn no(denials: &[Denial]) -> Self {
        let reasons = denials.iter().map(Denial::reason).collect();
        Told { answer: PublicAnswer::refused(denials), reasons, error: None }
    }

    fn failure(error: Error) -> Self {
        Told { answer: PublicAnswer::failed(&error), reasons: vec![error.reason()], error: Some(error) }
    }

    fn of_validation(outcome: Result<Validation>) -> Self {
        match outcome {
            Ok(seen) if seen.denials.is_empty() => Told::yes(PublicAnswer::usable(&seen.invite)),
            Ok(seen) => Told::no(&seen.denials),
            Err(error) => Told::failure(error),
        }
    }

    fn of_redemption(outcome: Result<Redemption>) -> Self {
        match outcome {
            Ok(Redemption::Accepted(joined)) => Told::yes(PublicAnswer::joined(&joined)),
            Ok(Redemption::Refused(_, denials)) => Told::no(&denials),
            Err(error) => Told::failure(error),
        }
    }
}

/// Says whether a code can be used, to anybody or to a user who signed in. It
/// never consumes, and counts as a try of the client; one that is dropped in the
/// middle as a failed one, so spawn it.
pub async fn validate(service: &Service, client: &Client, code: &PublicCode, user: Option<&SignedIn>) -> Told {
    let Some(reference) = code.reference() else { return Told::failure(no_code()) };
    let request = ValidateRequest {
        user_id: user.map(|user| user.user_id.clone()),
        email: user.and_then(|user| user.email.clone()),
        client: Some(client.clone()),
        ..ValidateRequest::of(reference)
    };
    // A code is named, and looking leaves no record: it does not matter who acts.
    let visitor = Actor::operator("visitor");
    Told::of_validation(crate::invites::validate::validate(service, &visitor, &request).await)
}

/// Lets a user who signed in use a code; counts as a try of the client.
///
/// As with [`redeem`](crate::invites::redeem::redeem), a future that is dropped in the
/// middle may have let them in or not: spawn it.
pub async fn redeem(service: &Service, actor: &Actor, client: &Client, code: &PublicCode, user: &SignedIn) -> Told {
    let Some(reference) = code.reference() else { return Told::failure(no_code()) };
    let request = RedeemRequest {
        email: user.email.clone(),
        name: user.name.clone(),
        client: Some(client.clone()),
        ..RedeemRequest::of(reference, user.user_id.as_str())
    };
    Told::of_redemption(crate::invites::redeem::redeem(service, actor, &request).await)
}

fn no_code() -> Error {
    Error::invalid("the input cannot be a code")
}

#[cfg(test)]
pub(crate) mod tests;
