//! Routes, and functions that all handlers share. Paths, fields, statuses and messages are
//! those of the source documents; there is one file per document.

mod containers;
mod directors;
mod fields;
mod spaces;
mod trees;

use std::io::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use invite::client::Client;
use invite::invites::list::{Filter, ListRequest, ListedInvite, Sort};
use invite::model::reference::{PublicCode, Reference};
use invite::public::{PublicAnswer, PublicInvite, PublicMembership, PublicOutcome, SignedIn};
use invite::{Actor, Service};
use invite::{Error, ErrorBody, Reason};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::http::{Request, Response};

/// Name of this backend in the audit log.
const NAME: &str = "example backend";

/// The reasons that the answer for an invalid code discloses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// The reason, as in the four documents: 404 for an unknown code, 400 with a message
    /// for an expired, used or revoked one. A guesser learns which codes exist.
    Reason,
    /// No reason: one answer for every invalid code.
    OneAnswer,
}

/// The state that all handlers share.
pub struct App {
    pub service: Arc<Service>,
    pub disclosure: Disclosure,
}

/// A refusal or a failure, before it is converted to a response.
pub struct Refusal {
    status: u16,
    reason: Option<Reason>,
    words: String,
    retry_at: Option<DateTime<Utc>>,
}

type Outcome = Result<Response, Refusal>;

/// Answers a request.
pub async fn answer(app: &App, request: &Request) -> Response {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let outcome = match (request.method.as_str(), &path[..]) {
        ("POST", ["api", "spaces", space, "invite"]) => spaces::regenerate_code(app, request, space).await,
        ("GET", ["api", "spaces"]) => spaces::list_own(app, request).await,
        ("GET", ["api", "spaces", space]) => spaces::view(app, request, space).await,

        ("POST", ["api", "invites"]) => trees::send(app, request).await,
        ("POST", ["api", "invites", token, "resend"]) => trees::send_again(app, request, token).await,
        ("GET", ["api", "invites", token]) => trees::view(app, request, token).await,
        ("POST", ["api", "invites", token, "accept"]) => trees::accept(app, request, token).await,
        ("GET", ["api", "trees", tree, "invites"]) => trees::list_all(app, request, tree).await,
        ("DELETE", ["api", "invites", token]) => trees::cancel(app, request, token).await,

        ("POST", ["api", "invite-codes", "generate"]) => directors::generate(app, request).await,
        ("POST", ["api", "invite-codes", "validate"]) => directors::validate(app, request).await,
        ("POST", ["api", "invite-codes", "use"]) => directors::use_code(app, request).await,
        ("GET", ["api", "invite-codes", "my-codes"]) => directors::my_codes(app, request).await,
        ("DELETE", ["api", "invite-codes", id]) => directors::revoke(app, request, id).await,

        ("POST", ["invites"]) => containers::create(app, request).await,
        ("POST", ["invites", "join"]) => containers::join(app, request).await,
        ("GET", ["invites", "container", container]) => containers::list_active(app, request, container).await,
        ("DELETE", ["invites", id]) => containers::deactivate(app, request, id).await,
        _ => Err(Refusal::new(404, "Not found")),
    };
    outcome.unwrap_or_else(|refusal| refusal.response(&path, app.service.now()))
}

impl Refusal {
    fn new(status: u16, words: impl Into<String>) -> Self {
        Refusal { status, reason: None, words: words.into(), retry_at: None }
    }

    /// Replaces the message of one reason: each document has its own.
    fn with_words(self, reason: Reason, words: &str) -> Self {
        if self.reason == Some(reason) { Refusal { words: words.to_owned(), ..self } } else { self }
    }

    /// Converts it to a response, in the format of the document that the path belongs to.
    fn response(self, path: &[&str], now: DateTime<Utc>) -> Response {
        let words = match path {
            ["api", "spaces", _, "invite"] if self.status >= 500 => "Failed to regenerate invite code".to_owned(),
            ["api", "invite-codes", ..] if self.status >= 500 => "Server error".to_owned(),
            _ => self.words,
        };
        let body = if path.get(1) == Some(&"invite-codes") {
            json!(ErrorBody::new(words))
        } else {
            json!({ "detail": words })
        };
        let seconds = |until: DateTime<Utc>| ((until - now).num_seconds() + 1).to_string();
        let retry_after = self.retry_at.map(|until| ("Retry-After", seconds(until)));
        Response { headers: retry_after.into_iter().collect(), ..Response::json(self.status, body) }
    }
}

/// Users who administer invites may know the reason of a refusal. The body of a failure is
/// generic; the log has the details.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if error.http_status() >= 500 {
            log(&error.to_string());
        }
        Refusal {
            reason: Some(error.reason()),
            retry_at: error.retry_at(),
            ..Refusal::new(error.http_status(), ErrorBody::from(&error).error())
        }
    }
}

fn log(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Returns the authenticated user. A real backend takes it from its session; it must have
/// verified the e-mail address.
fn signed_in(request: &Request) -> Result<SignedIn, Refusal> {
    let Some(user) = request.header("x-user").filter(|user| !user.is_empty()) else {
        return Err(Refusal::new(401, "Unauthorized"));
    };
    let email = request.header("x-user-email").map(str::to_owned);
    Ok(SignedIn::new(user).email(email))
}

/// Returns an actor for the authenticated user, whose role in the space determines the
/// permissions.
fn actor(request: &Request) -> Result<Actor, Refusal> {
    let user = Some(signed_in(request)?.user_id);
    Ok(Actor::operator(NAME).user(user))
}

/// Returns the client, whose attempts are counted.
fn client(request: &Request) -> Result<Client, Refusal> {
    Ok(Client::parse(&request.peer.to_string())?)
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body).map_err(|error| Refusal::new(400, format!("Invalid request body: {error}")))
}

/// Parses the ID of an invite.
fn by_id(id: &str) -> Result<Reference, Refusal> {
    id.parse()
        .map(Reference::Id)
        .map_err(|_| Refusal { reason: Some(Reason::NotFound), ..Refusal::new(404, "Invite not found") })
}

/// Validates a code for an unauthenticated caller.
async fn validate_code(app: &App, request: &Request, code: &str) -> Result<PublicInvite, Refusal> {
    let code = public_code(app, code)?;
    let outcome = app.service.validate_publicly(&client(request)?, &code, None).await;
    match outcome.answer {
        PublicAnswer::Usable(invite) => Ok(invite),
        _ => Err(refused(outcome, app.disclosure)),
    }
}

/// Redeems a code for a user, in a separate task: a web framework drops the future of a
/// request when the browser disconnects, and it is unknown whether a dropped redemption was
/// committed.
async fn redeem(app: &App, request: &Request, code: &str, user: SignedIn) -> Result<PublicMembership, Refusal> {
    let (client, code) = (client(request)?, public_code(app, code)?);
    let actor = Actor::operator(NAME);
    let task = {
        let service = Arc::clone(&app.service);
        tokio::spawn(async move { service.redeem_publicly(&actor, &client, &code, &user).await })
    };
    let outcome = task.await.map_err(|_| Refusal::new(500, "Internal server error"))?;
    match outcome.answer {
        PublicAnswer::Joined(membership) => Ok(membership),
        _ => Err(refused(outcome, app.disclosure)),
    }
}

/// Parses a code; a text that cannot be a code is an unknown code.
fn public_code(app: &App, text: &str) -> Result<PublicCode, Refusal> {
    let code = PublicCode::read(text);
    if code.is_readable() || app.disclosure == Disclosure::OneAnswer {
        return Ok(code);
    }
    Err(Refusal { reason: Some(Reason::NotFound), ..Refusal::new(404, words(Reason::NotFound).unwrap_or_default()) })
}

/// The log gets every reason, the caller what the setting discloses.
fn refused(outcome: PublicOutcome, disclosure: Disclosure) -> Refusal {
    let cause = outcome.error.map(|error| format!(": {error}")).unwrap_or_default();
    log(&format!("refused: {:?}{cause}", outcome.reasons));
    let retry_at = match outcome.answer {
        PublicAnswer::RetryAfter { until } => Some(until),
        _ => None,
    };
    let message = outcome.answer.error().unwrap_or_default();
    let refusal = Refusal { retry_at, ..Refusal::new(outcome.answer.http_status(), message) };
    match (disclosure, outcome.reasons.first()) {
        (Disclosure::Reason, Some(reason)) if let Some(words) = words(*reason) => {
            Refusal { reason: Some(*reason), status: reason.http_status(), words: words.to_owned(), ..refusal }
        }
        _ => refusal,
    }
}

/// Returns the message of seed 004 for a reason, or one in its style; `None` if the public
/// answer already discloses the reason.
fn words(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::NotFound => "Invalid invite code",
        Reason::Expired => "Invite expired",
        Reason::UsedUp => "Max uses reached",
        Reason::Revoked => "Invite revoked",
        Reason::Replaced => "Invite replaced by a newer one",
        Reason::NotStarted => "Invite not valid yet",
        Reason::EmailMismatch => "Invite is for another e-mail address",
        Reason::AlreadyMember => "Already a member",
        _ => return None,
    })
}

/// The newest hundred invites that a filter picks and the user may see.
async fn listed(app: &App, actor: &Actor, filter: Filter) -> Result<Vec<ListedInvite>, Refusal> {
    let request = ListRequest::new().filter(filter).sort(Sort::Newest).limit(100);
    let mut all = Vec::new();
    app.service
        .list_invites(actor, &request, app.service.now(), |line| {
            all.push(line);
            ControlFlow::Continue(())
        })
        .await?;
    Ok(all)
}
