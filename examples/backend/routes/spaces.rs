//! Standing codes of spaces (seed 001).

use invite::actions::Service;
use invite::actions::regenerate::{RegenerateRequest, regenerate};
use serde_json::json;

use super::{Outcome, actor};
use crate::http::{Request, Response};

pub async fn regenerate_code(service: &Service, request: &Request, space: &str) -> Outcome {
    let actor = actor(request)?;
    let wanted = RegenerateRequest { space_id: space.to_owned(), grace: None };
    let made = regenerate(service, &actor, &wanted).await?.issued;
    Ok(Response::json(200, json!({ "invite_code": made.code.reveal(), "invite_url": made.link })))
}
