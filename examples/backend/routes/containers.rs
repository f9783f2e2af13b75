//! Invites of containers (seed 004).

use chrono::TimeDelta;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::invites::list::Filter;
use invite::invites::one::Revocation;
use invite::model::code::Code;
use invite::model::invite::Status;
use serde::Deserialize;
use serde_json::json;

use super::fields::{id, optional_number, shown};
use super::{App, Outcome, Refusal, actor, body, by_id, listed, redeem, signed_in};
use crate::http::{Request, Response};

#[derive(Deserialize)]
struct NewInvite {
    #[serde(deserialize_with = "id")]
    container_id: String,
    #[serde(default, deserialize_with = "optional_number")]
    expires_in_hours: Option<i64>,
    #[serde(default, deserialize_with = "optional_number")]
    max_uses: Option<i64>,
}

pub async fn create(app: &App, request: &Request) -> Outcome {
    let actor = actor(request)?;
    let wanted: NewInvite = body(request)?;
    let end = match wanted.expires_in_hours.map(TimeDelta::try_hours) {
        None => Expiry::Never,
        Some(Some(span)) => Expiry::After(span),
        Some(None) => return Err(Refusal::new(400, "expires_in_hours is too large")),
    };
    let terms = Terms::new().expiry(end).usage_limit(wanted.max_uses.map_or(UsageLimit::Unlimited, UsageLimit::Times));
    let issued = app.service.generate_one(&actor, &wanted.container_id, terms).await?;
    let invite = issued.invite;
    Ok(Response::json(
        201,
        json!({
            "invite_id": invite.id.to_string(),
            "container_id": shown(&invite.space_id),
            "invite_code": issued.code.reveal(),
            "invite_link": issued.link,
            "created_by": invite.created_by.as_deref().map(shown),
            "created_at": invite.created_at,
            "expires_at": invite.expires_at,
            "max_uses": invite.max_uses,
            "current_uses": invite.uses,
            "is_active": true,
            "container_name": invite.space_name,
        }),
    ))
}

pub async fn join(app: &App, request: &Request) -> Outcome {
    let user = signed_in(request)?;
    let Some((_, code)) = request.query.iter().find(|(name, _)| name == "code") else {
        return Err(Refusal::new(400, "The code is missing"));
    };
    let joined = redeem(app, request, code, user.clone()).await?;
    Ok(Response::json(
        200,
        json!({
            "message": "Successfully joined container",
            "container": { "container_id": shown(&joined.space_id), "name": joined.space_name },
            "membership": { "participant_id": shown(&user.user_id), "role": joined.role, "joined_at": joined.joined_at },
        }),
    ))
}

pub async fn list_active(app: &App, request: &Request, container: &str) -> Outcome {
    let actor = actor(request)?;
    let filter = Filter::new().spaces([container.to_owned()]).statuses([Status::Active]);
    let lines = listed(app, &actor, filter).await?.into_iter().map(|line| {
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

pub async fn deactivate(app: &App, request: &Request, id: &str) -> Outcome {
    let actor = actor(request)?;
    match app.service.revoke_one(&actor, by_id(id)?).await? {
        Revocation::Revoked | Revocation::AlreadyClosed(Status::Revoked) => {
            Ok(Response::json(200, json!({ "message": "Invite deactivated successfully" })))
        }
        Revocation::AlreadyClosed(status) => {
            Err(Refusal::new(400, format!("The invite is already {}", status.as_str())))
        }
    }
}
