//! Codes of directors (seed 003). Requests do not name a space: it is the one in which the
//! user may create invites.

use invite::Actor;
use invite::Reason;
use invite::invites::generate::Terms;
use invite::invites::list::{Filter, ListedInvite};
use invite::invites::one::Revocation;
use invite::model::code::Code;
use invite::model::invite::Status;
use invite::public::SignedIn;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, Outcome, Refusal, actor, body, by_id, listed, redeem, validate_code};
use crate::http::{Request, Response};

fn success(data: Value) -> Response {
    Response::json(200, json!({ "success": true, "data": data }))
}

/// Returns the space of the director.
async fn profile(app: &App, actor: &Actor) -> Result<String, Refusal> {
    let own = app.service.default_space(actor).await.map_err(Refusal::from);
    own.map_err(|refusal| refusal.with_words(Reason::NotFound, "Director profile not found"))
}

pub async fn generate(app: &App, request: &Request) -> Outcome {
    let actor = actor(request)?;
    let director = profile(app, &actor).await?;
    let issued = app.service.generate_one(&actor, &director, Terms::new()).await?;
    let end = issued.invite.expires_at;
    Ok(success(json!({
        "code": issued.code.reveal(),
        "expiresAt": end,
        "formattedExpiration": end.map(|end| end.format("%b %-d, %Y").to_string()),
        "message": "Invite code generated successfully",
    })))
}

#[derive(Deserialize)]
struct Given {
    code: String,
}

/// Validates a code, without authentication. The response has `data` also for an invalid
/// code, since the document's client reads it.
pub async fn validate(app: &App, request: &Request) -> Outcome {
    let Given { code } = body(request)?;
    let (director, reason, message) = match validate_code(app, request, &code).await {
        Ok(invite) => (Some(invite.space_name), None, "Invite code is valid".to_owned()),
        Err(refusal) if refusal.status < 429 => {
            let refusal = in_own_words(refusal);
            (None, refusal.reason, refusal.words)
        }
        Err(refusal) => return Err(refusal),
    };
    Ok(success(json!({
        "isValid": director.is_some(),
        "isExpired": reason == Some(Reason::Expired),
        "directorName": director,
        "message": message,
    })))
}

/// Replaces the messages by those of the document.
fn in_own_words(refusal: Refusal) -> Refusal {
    refusal
        .with_words(Reason::Expired, "Invite code has expired")
        .with_words(Reason::UsedUp, "Invite code has already been used")
        .with_words(Reason::Revoked, "Invite code has been revoked")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Use {
    code: String,
    user_id: String,
}

/// Redeems a code. In the document, the request is not authenticated and names the user. A
/// real backend takes the user from its session: otherwise anyone could add any user. The
/// status of an unknown code is 400, like that of every invalid code.
pub async fn use_code(app: &App, request: &Request) -> Outcome {
    let Use { code, user_id } = body(request)?;
    let user = SignedIn::new(user_id);
    let joined = redeem(app, request, &code, user).await.map_err(in_own_words).map_err(|refusal| {
        let status = if refusal.status == 404 { 400 } else { refusal.status };
        Refusal { status, ..refusal }
    })?;
    Ok(success(json!({
        "message": "Invite code used successfully",
        "directorId": joined.space_id,
        "relationshipCreated": !joined.repeated,
    })))
}

/// Lists all codes of the director. The document lacks `status`; its fields do not
/// distinguish revoked and expired codes from valid ones.
pub async fn my_codes(app: &App, request: &Request) -> Outcome {
    let actor = actor(request)?;
    let spaces = vec![profile(app, &actor).await?];
    let now = app.service.now();
    let mut codes = Vec::new();
    for ListedInvite { invite, used, .. } in listed(app, &actor, Filter::new().spaces(spaces)).await? {
        let (used_by, used_at) = used.map(|used| (used.by, used.at)).unzip();
        codes.push(json!({
            "id": invite.id.to_string(),
            "code": invite.code.as_ref().map(Code::reveal),
            "director_id": invite.space_id,
            "created_by": invite.created_by,
            "expires_at": invite.expires_at,
            "status": invite.status(now).as_str(),
            "is_used": invite.uses > 0,
            "used_by": used_by,
            "used_at": used_at,
            "created_at": invite.created_at,
            "updated_at": used_at.or(invite.closed.map(|closed| closed.at)).unwrap_or(invite.created_at),
        }));
    }
    Ok(success(Value::from(codes)))
}

pub async fn revoke(app: &App, request: &Request, id: &str) -> Outcome {
    let actor = actor(request)?;
    let in_own_words = |refusal: Refusal| {
        refusal
            .with_words(Reason::NotFound, "Code not found")
            .with_words(Reason::Forbidden, "Permission denied")
            .with_words(Reason::UsedCannotRevoke, "Cannot revoke used code")
    };
    let id = by_id(id).map_err(in_own_words)?;
    match app.service.revoke_one(&actor, id).await.map_err(Refusal::from).map_err(in_own_words)? {
        Revocation::Revoked | Revocation::AlreadyClosed(Status::Revoked) => {
            Ok(Response::json(200, json!({ "success": true, "message": "Invite code revoked successfully" })))
        }
        Revocation::AlreadyClosed(Status::UsedUp) => Err(Refusal::new(400, "Cannot revoke used code")),
        Revocation::AlreadyClosed(status) => Err(Refusal::new(400, format!("The code is already {}", status.as_str()))),
    }
}
