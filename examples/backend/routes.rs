//! Which request goes where, and what all handlers share. The paths and fields
//! are those of the four source documents, one file a document.

mod containers;
mod directors;
mod spaces;
mod trees;

use std::io::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use invite::actions::list::{Filter, ListRequest, Listed, Sort, list};
use invite::actions::public::{self, PublicAnswer, PublicInvite, PublicMembership, SignedIn, Told};
use invite::actions::{Actor, Failure, Service};
use invite::client::Client;
use invite::invite::reference::{PublicCode, Reference};
use invite::{Error, ErrorBody};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::http::{Request, Response};

/// What this backend is called in the operations that it is recorded with.
const NAME: &str = "example backend";

/// A no, in whichever body the document has for it.
pub struct Refusal {
    status: u16,
    words: String,
    retry_at: Option<DateTime<Utc>>,
}

type Outcome = Result<Response, Refusal>;

/// Answers a request.
pub async fn answer(service: &Arc<Service>, request: &Request) -> Response {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let outcome = match (request.method.as_str(), &path[..]) {
        ("POST", ["api", "spaces", space, "invite"]) => spaces::regenerate_code(service, request, space).await,
        ("GET", ["api", "spaces", space]) => spaces::view(service, request, space).await,

        ("POST", ["api", "invites"]) => trees::send(service, request).await,
        ("POST", ["api", "invites", token, "resend"]) => trees::send_again(service, request, token).await,
        ("GET", ["api", "invites", token]) => trees::view(service, request, token).await,
        ("POST", ["api", "invites", token, "accept"]) => trees::accept(service, request, token).await,
        ("GET", ["api", "trees", tree, "invites"]) => trees::list_all(service, request, tree).await,
        ("DELETE", ["api", "invites", token]) => trees::cancel(service, request, token).await,

        ("POST", ["api", "invite-codes", "generate"]) => directors::generate(service, request).await,
        ("POST", ["api", "invite-codes", "validate"]) => directors::validate(service, request).await,
        ("POST", ["api", "invite-codes", "use"]) => directors::use_code(service, request).await,
        ("GET", ["api", "invite-codes", "my-codes"]) => directors::my_codes(service, request).await,
        ("DELETE", ["api", "invite-codes", id]) => directors::revoke(service, request, id).await,

        ("POST", ["invites"]) => containers::create(service, request).await,
        ("POST", ["invites", "join"]) => containers::join(service, request).await,
        ("GET", ["invites", "container", container]) => containers::list_active(service, request, container).await,
        ("DELETE", ["invites", id]) => containers::deactivate(service, request, id).await,
        _ => Err(Refusal::new(404, "There is nothing here")),
    };
    outcome.unwrap_or_else(|refusal| {
        // Seed 003 has a body of its own for what goes wrong.
        let body = if path.get(1) == Some(&"invite-codes") {
            json!(ErrorBody::new(refusal.words))
        } else {
            json!({ "detail": refusal.words })
        };
        let seconds = |until: DateTime<Utc>| ((until - service.now()).num_seconds() + 1).to_string();
        let retry_after = refusal.retry_at.map(|until| ("Retry-After", seconds(until)));
        Response { headers: retry_after.into_iter().collect(), ..Response::json(refusal.status, body) }
    })
}

impl Refusal {
    fn new(status: u16, words: impl Into<String>) -> Self {
        Refusal { status, words: words.into(), retry_at: None }
    }
}

/// Those who administer invites may know the reason of a refusal; of a failure
/// they learn only that it is one, and the log has the rest.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Failure::of("", &error).into()
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        if failure.http_status() >= 500 {
            log(&failure.message);
        }
        Refusal { retry_at: failure.retry_at, ..Refusal::new(failure.http_status(), ErrorBody::from(&failure).error()) }
    }
}

fn log(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Who is signed in. A real backend asks its session; an address in particular
/// counts only if the backend itself has verified it.
fn signed_in(request: &Request) -> Result<SignedIn, Refusal> {
    let Some(user) = request.header("x-user").filter(|user| !user.is_empty()) else {
        return Err(Refusal::new(401, "Sign in first"));
    };
    let email = request.header("x-user-email").map(str::to_owned);
    Ok(SignedIn { user_id: user.to_owned(), email, name: None })
}

/// The backend on behalf of the user who is signed in: the policy's roles decide
/// what they may do.
fn actor(request: &Request) -> Result<Actor, Refusal> {
    let acting_as = Some(signed_in(request)?.user_id);
    Ok(Actor { acting_as, ..Actor::operator(NAME) })
}

/// Whose tries are counted.
fn client(request: &Request) -> Result<Client, Refusal> {
    Ok(Client::parse(&request.peer.to_string())?)
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::new(400, format!("The body cannot be read: {error}")))
}

/// An invite by the id that a list of invites showed.
fn by_id(id: &str) -> Result<Reference, Refusal> {
    id.parse().map(Reference::Id).map_err(|_| Refusal::new(404, "No invite has this id"))
}

/// The answer to anybody who looks at a code.
async fn look(service: &Service, request: &Request, code: &str) -> Result<PublicInvite, Refusal> {
    let told = public::validate(service, &client(request)?, &PublicCode::read(code), None).await;
    match told.answer {
        PublicAnswer::Usable(invite) => Ok(invite),
        _ => Err(refused(told)),
    }
}

/// The answer to a user who uses a code. In a task of its own: a web framework
/// drops what it works on when the browser goes away, and a use that was dropped
/// in the middle may have taken place or not.
async fn enter(
    service: &Arc<Service>,
    request: &Request,
    code: &str,
    user: SignedIn,
) -> Result<PublicMembership, Refusal> {
    let (client, code) = (client(request)?, PublicCode::read(code));
    let actor = Actor::operator(NAME);
    let task = {
        let service = Arc::clone(service);
        tokio::spawn(async move { public::redeem(&service, &actor, &client, &code, &user).await })
    };
    let told = task.await.map_err(|_| Refusal::new(500, "Internal server error"))?;
    match told.answer {
        PublicAnswer::Joined(membership) => Ok(membership),
        _ => Err(refused(told)),
    }
}

/// The asker gets the answer, the log the reasons.
fn refused(told: Told) -> Refusal {
    let cause = told.error.map(|error| format!(": {error}")).unwrap_or_default();
    log(&format!("refused: {:?}{cause}", told.reasons));
    let retry_at = match told.answer {
        PublicAnswer::ComeBack { until } => Some(until),
        _ => None,
    };
    let words = told.answer.error().unwrap_or_default();
    Refusal { retry_at, ..Refusal::new(told.answer.http_status(), words) }
}

/// The newest hundred invites that a filter picks and the user may see.
async fn listed(service: &Service, actor: &Actor, filter: Filter) -> Result<Vec<Listed>, Refusal> {
    let request = ListRequest { filter, sort: Sort::Newest, limit: Some(100) };
    let mut all = Vec::new();
    list(service, actor, &request, service.now(), |line| {
        all.push(line);
        ControlFlow::Continue(())
    })
    .await?;
    Ok(all)
}
