//! Invites of containers (seed 004).

use std::sync::Arc;

use chrono::TimeDelta;
use invite::actions::Service;
use invite::actions::generate::{End, Terms, Uses};
use invite::actions::list::Filter;
use invite::actions::single::{generate_one, revoke_one};
use invite::invite::Status;
use invite::invite::code::Code;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Refusal, actor, body, by_id, enter, listed, signed_in};
use crate::http::{Request, Response};

#[derive(Deserialize)]
struct NewInvite {
    container_id: Id,
    expires_in_hours: Option<i64>,
    max_uses: Option<i64>,
}

/// Ids are numbers in the document, and texts in the library.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

pub async fn create(service: &Service, request: &Request) -> Outcome {
    let actor = actor(request)?;
    let wanted: NewInvite = body(request)?;
    let container = match wanted.container_id {
        Id::Number(number) => number.to_string(),
        Id::Text(text) => text,
    };
    let end = match wanted.expires_in_hours.map(TimeDelta::try_hours) {
        None => End::Never,
        Some(Some(span)) => End::After(span),
        Some(None) => return Err(Refusal::new(400, "The invite would end too late")),
    };
    let terms = Terms { end, uses: wanted.max_uses.map_or(Uses::Unlimited, Uses::Times), ..Terms::default() };
    let issued = generate_one(service, &actor, &container, terms).await?;
    let invite = issued.invite;
    Ok(Response::json(
        201,
        json!({
            "invite_id": invite.id.to_string(),
            "container_id": invite.space_id,
            "invite_code": issued.code.reveal(),
            "invite_link": issued.link,
            "created_by": invite.created_by,
            "created_at": invite.created_at,
            "expires_at": invite.expires_at,
            "max_uses": invite.max_uses,
            "current_uses": invite.uses,
            "is_active": true,
            "container_name": invite.space_name,
        }),
    ))
}

pub async fn join(service: &Arc<Service>, request: &Request) -> Outcome {
    let user = signed_in(request)?;
    let Some((_, code)) = request.query.iter().find(|(name, _)| name == "code") else {
        return Err(Refusal::new(400, "The code is missing"));
    };
    let joined = enter(service, request, code, user.clone()).await?;
    Ok(Response::json(
        200,
        json!({
            "message": "Successfully joined container",
            "container": { "container_id": joined.space_id, "name": joined.space_name },
            "membership": { "participant_id": user.user_id, "role": joined.role, "joined_at": joined.joined_at },
        }),
    ))
}

pub async fn list_active(service: &Service, request: &Request, container: &str) -> Outcome {
    let actor = actor(request)?;
    let filter = Filter { spaces: vec![container.to_owned()], statuses: vec![Status::Active], ..Filter::default() };
    let lines = listed(service, &actor, filter).await?.into_iter().map(|line| {
        json!({
            "invite_id": line.invite.id.to_string(),
            "invite_code": line.invite.code.as_ref().map(Code::reveal),
            "invite_link": line.link,
            "current_uses": line.invite.uses,
            "max_uses": line.invite.max_uses,
            "expires_at": line.invite.expires_at,
            "is_active": true,
        })
    });
    Ok(Response::json(200, lines.collect()))
}

pub async fn deactivate(service: &Service, request: &Request, id: &str) -> Outcome {
    let actor = actor(request)?;
    revoke_one(service, &actor, by_id(id)?).await?;
    Ok(Response::json(200, json!({ "message": "Invite deactivated successfully" })))
}
