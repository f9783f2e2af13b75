//! Standing codes of spaces (seed 001).

use std::ops::ControlFlow;

use invite::model::code::Code;
use invite::spaces::regenerate::RegenerateRequest;
use serde_json::{Value, json};

use super::{App, Outcome, actor};
use crate::http::{Request, Response};

/// Replaces the open code of a space. A code that another request creates at the same time
/// is not replaced (409).
pub async fn regenerate_code(app: &App, request: &Request, space: &str) -> Outcome {
    let actor = actor(request)?;
    let wanted = RegenerateRequest::new(space);
    let plan = app.service.plan_regenerate(&actor, &wanted).await?;
    let made = app.service.regenerate(&actor, &plan).await?.issued;
    Ok(Response::json(200, json!({ "invite_code": made.code.reveal(), "invite_url": made.link })))
}

/// Lists the spaces of the user with their IDs (seed 000).
pub async fn list_own(app: &App, request: &Request) -> Outcome {
    let actor = actor(request)?;
    let mut own = Vec::new();
    app.service
        .list_spaces(&actor, None, None, |stored, standing| {
            own.push(json!({ "spaceId": stored.space.id, "name": stored.space.name, "inviteCode": standing.code() }));
            ControlFlow::Continue(())
        })
        .await?;
    Ok(Response::json(200, Value::from(own)))
}

/// Shows a space with its code (seed 001, "Verify Invite Code Was Added").
pub async fn view(app: &App, request: &Request, space: &str) -> Outcome {
    let actor = actor(request)?;
    let shown = app.service.show_space(&actor, space).await?;
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
