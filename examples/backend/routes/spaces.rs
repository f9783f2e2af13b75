//! Standing codes of spaces (seed 001).

use invite::actions::Service;
use invite::actions::regenerate::{RegenerateRequest, plan_regenerate, regenerate};
use invite::actions::show_space::show_space;
use invite::invite::code::Code;
use serde_json::json;

use super::{Outcome, actor};
use crate::http::{Request, Response};

/// The code that is live when the request is looked at dies, seen or not; one
/// that is made between that look and the change is not replaced (409).
pub async fn regenerate_code(service: &Service, request: &Request, space: &str) -> Outcome {
    let actor = actor(request)?;
    let wanted = RegenerateRequest { space_id: space.to_owned(), grace: None };
    let plan = plan_regenerate(service, &actor, &wanted).await?;
    let made = regenerate(service, &actor, &plan).await?.issued;
    Ok(Response::json(200, json!({ "invite_code": made.code.reveal(), "invite_url": made.link })))
}

/// "Verify Invite Code Was Added".
pub async fn view(service: &Service, request: &Request, space: &str) -> Outcome {
    let actor = actor(request)?;
    let shown = show_space(service, &actor, space).await?;
    let code = shown.standing.and_then(|standing| standing.invite.code);
    Ok(Response::json(
        200,
        json!({
            "spaceId": shown.stored.space.id,
            "name": shown.stored.space.name,
            "inviteCode": code.as_ref().map(Code::reveal),
        }),
    ))
}
