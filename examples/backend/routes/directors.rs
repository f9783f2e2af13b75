//! Codes of directors (seed 003). Requests name no space: it is the one in which
//! the user may create.

use std::sync::Arc;

use invite::actions::Service;
use invite::actions::generate::Terms;
use invite::actions::list::{Filter, Listed};
use invite::actions::own_space::own_space;
use invite::actions::public::SignedIn;
use invite::actions::single::{generate_one, revoke_one};
use invite::invite::code::Code;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, actor, body, by_id, enter, listed, look};
use crate::http::{Request, Response};

fn success(data: Value) -> Response {
    Response::json(200, json!({ "success": true, "data": data }))
}

pub async fn generate(service: &Service, request: &Request) -> Outcome {
    let actor = actor(request)?;
    let director = own_space(service, &actor).await?;
    let issued = generate_one(service, &actor, &director, Terms::default()).await?;
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

/// Needs no sign-in. The document's `isExpired` would tell anybody which codes
/// there were; a code that cannot be used is 400, whatever the reason.
pub async fn validate(service: &Service, request: &Request) -> Outcome {
    let Given { code } = body(request)?;
    let invite = look(service, request, &code).await?;
    Ok(success(json!({
        "isValid": true,
        "isExpired": false,
        "directorName": invite.space_name,
        "message": "Invite code is valid",
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Use {
    code: String,
    user_id: String,
}

/// The document has no sign-in here, and the user in the body. A real backend
/// takes the user from its session, or anybody could bring anybody in.
pub async fn use_code(service: &Arc<Service>, request: &Request) -> Outcome {
    let Use { code, user_id } = body(request)?;
    let joined = enter(service, request, &code, SignedIn { user_id, email: None, name: None }).await?;
    Ok(success(json!({
        "message": "Invite code used successfully",
        "directorId": joined.space_id,
        "relationshipCreated": !joined.repeated,
    })))
}

pub async fn my_codes(service: &Service, request: &Request) -> Outcome {
    let actor = actor(request)?;
    let spaces = vec![own_space(service, &actor).await?];
    let mut codes = Vec::new();
    for Listed { invite, used, .. } in listed(service, &actor, Filter { spaces, ..Filter::default() }).await? {
        let (used_by, used_at) = used.map(|used| (used.by, used.at)).unzip();
        codes.push(json!({
            "id": invite.id.to_string(),
            "code": invite.code.as_ref().map(Code::reveal),
            "director_id": invite.space_id,
            "created_by": invite.created_by,
            "expires_at": invite.expires_at,
            "is_used": invite.uses > 0,
            "used_by": used_by,
            "used_at": used_at,
            "created_at": invite.created_at,
            "updated_at": used_at.or(invite.closed.map(|closed| closed.at)).unwrap_or(invite.created_at),
        }));
    }
    Ok(success(Value::from(codes)))
}

pub async fn revoke(service: &Service, request: &Request, id: &str) -> Outcome {
    let actor = actor(request)?;
    revoke_one(service, &actor, by_id(id)?).await?;
    Ok(Response::json(200, json!({ "success": true, "message": "Invite code revoked successfully" })))
}
