//! E-mail invitations to family trees (seed 002).

use invite::invites::Issued;
use invite::invites::generate::Terms;
use invite::invites::list::Filter;
use invite::invites::one::Revocation;
use invite::invites::resend::ResendRequest;
use invite::model::invite::Status;
use invite::model::reference::Reference;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, Outcome, Refusal, actor, body, listed, redeem, signed_in, validate_code};
use crate::http::{Request, Response};

#[derive(Deserialize)]
struct Invitation {
    tree_id: String,
    email: String,
    role: Option<String>,
}

pub async fn send(app: &App, request: &Request) -> Outcome {
    let actor = actor(request)?;
    let Invitation { tree_id, email, role } = body(request)?;
    let terms = Terms::new().email(email).role(role).send(app.service.mailer().is_some());
    let issued = app.service.generate_one(&actor, &tree_id, terms).await?;
    Ok(Response::json(201, invitation(&issued)))
}

/// Resends an invitation. A custodian names it by its ID: only the recipient knows the token
/// of an invitation that was sent by e-mail.
pub async fn send_again(app: &App, request: &Request, token_or_id: &str) -> Outcome {
    let actor = actor(request)?;
    let again = ResendRequest::new().send(app.service.mailer().is_some());
    let issued = app.service.resend_one(&actor, Reference::parse(token_or_id)?, again).await?;
    Ok(Response::json(200, invitation(&issued)))
}

/// Returns the body for an invitation. It contains the token only if no mail server is
/// configured, so that the custodian can pass it on.
fn invitation(issued: &Issued) -> Value {
    let invite = &issued.invite;
    json!({
        "id": invite.id.to_string(),
        "tree_id": invite.space_id,
        "email": invite.email,
        "role": invite.role,
        "expires_at": invite.expires_at,
        "sent": invite.last_sent_at.is_some() && invite.last_send_error.is_none(),
        "token": (!issued.is_mailed).then(|| issued.code.reveal()),
    })
}

/// Shows an invitation to anyone who has the link.
pub async fn view(app: &App, request: &Request, token: &str) -> Outcome {
    let invite = validate_code(app, request, token).await?;
    Ok(Response::json(
        200,
        json!({ "tree_name": invite.space_name, "role": invite.role, "expires_at": invite.expires_at }),
    ))
}

pub async fn accept(app: &App, request: &Request, token: &str) -> Outcome {
    let joined = redeem(app, request, token, signed_in(request)?).await?;
    Ok(Response::json(200, json!({ "tree_id": joined.space_id, "tree_name": joined.space_name, "role": joined.role })))
}

pub async fn list_all(app: &App, request: &Request, tree: &str) -> Outcome {
    let actor = actor(request)?;
    let filter = Filter::new().spaces([tree.to_owned()]);
    let now = app.service.now();
    let line = |invite: invite::model::invite::Invite| {
        json!({
            "id": invite.id.to_string(),
            "email": invite.email,
            "role": invite.role,
            "status": invite.status(now).as_str(),
            "created_at": invite.created_at,
            "expires_at": invite.expires_at,
            "resends": (invite.sends - 1).max(0),
        })
    };
    let lines = listed(app, &actor, filter).await?.into_iter().map(|listed| line(listed.invite)).collect();
    Ok(Response::json(200, lines))
}

pub async fn cancel(app: &App, request: &Request, token_or_id: &str) -> Outcome {
    let actor = actor(request)?;
    match app.service.revoke_one(&actor, Reference::parse(token_or_id)?).await? {
        Revocation::Revoked | Revocation::AlreadyClosed(Status::Revoked) => Ok(Response::empty()),
        Revocation::AlreadyClosed(status) => {
            Err(Refusal::new(400, format!("The invitation is already {}", status.as_str())))
        }
    }
}
