//! Helpers for uses with an address, validation, and rows that bypass the library.

use chrono::DateTime;
use invite::Service;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::invites::validate::ValidateRequest;
use invite::model::reference::Reference;
use invite::{Denial, Reason, Result};
use uuid::Uuid;

use crate::fixture::operator;
use crate::helpers::raw::Raw;

/// Redeems an invite with an address and a name.
pub async fn try_redeem_with(
    service: &Service,
    reference: &Reference,
    user: &str,
    email: Option<&str>,
    name: Option<&str>,
) -> Redemption {
    let request = RedeemRequest::new(reference.clone(), user).email(email).name(name);
    service.redeem(&operator(), &request).await.unwrap()
}

/// Returns a validation request without a user, for the current time.
pub fn validation_request(reference: &Reference) -> ValidateRequest {
    ValidateRequest::new(reference.clone())
}

/// Returns a validation request for a user.
pub fn validation_request_for(reference: &Reference, user: &str) -> ValidateRequest {
    validation_request(reference).user_id(user)
}

/// Returns the reasons of a validation.
pub async fn reasons(service: &Service, request: &ValidateRequest) -> Vec<Reason> {
    service.validate(&operator(), request).await.unwrap().denials.iter().map(Denial::reason).collect()
}

/// Returns the ID of the invite that a reference names.
pub async fn found(service: &Service, text: &str) -> Result<Uuid> {
    service.show_invite(&operator(), &Reference::parse(text)?).await.map(|shown| shown.invite.id)
}

/// A row of `invites`. Fields default to null or to the minimum that a row needs.
#[derive(Clone)]
pub struct RawInvite {
    pub id: Uuid,
    pub space: String,
    pub code: Option<String>,
    pub code_key: String,
    pub starts_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub max_uses: Option<i64>,
    pub uses: i64,
    pub closed: Option<(i64, &'static str)>,
}

impl RawInvite {
    pub fn new(number: u128, space: &str, code_key: impl Into<String>) -> Self {
        RawInvite {
            id: Uuid::from_u128(number),
            space: space.to_owned(),
            code: None,
            code_key: code_key.into(),
            starts_at: None,
            expires_at: None,
            max_uses: None,
            uses: 0,
            closed: None,
        }
    }
}

/// Inserts rows without the library, as part of the first operation.
pub async fn insert_raw(raw: &mut Raw, invites: &[RawInvite]) {
    let number = |value: Option<i64>| value.map_or("NULL".to_owned(), |value| value.to_string());
    let text = |value: Option<&str>| value.map_or("NULL".to_owned(), |value| format!("'{value}'"));
    let instant = |value: Option<i64>| {
        value.map_or("NULL".to_owned(), |value| raw.at(DateTime::from_timestamp_micros(value).unwrap()))
    };
    let rows: Vec<String> = invites
        .iter()
        .map(|row| {
            format!(
                "('{}', '{}', 'member', {}, '{}', {}, {}, {}, {}, {}, {}, {}, \
                 (SELECT id FROM invite_operations ORDER BY id LIMIT 1))",
                row.id,
                row.space,
                text(row.code.as_deref()),
                row.code_key,
                instant(Some(1)),
                instant(row.starts_at),
                instant(row.expires_at),
                number(row.max_uses),
                row.uses,
                instant(row.closed.map(|closed| closed.0)),
                text(row.closed.map(|closed| closed.1)),
            )
        })
        .collect();
    raw.run(format!(
        "INSERT INTO invites (id, space_id, role, code, code_key, created_at, starts_at, expires_at, max_uses, uses, \
         closed_at, closed_reason, created_op) VALUES {}",
        rows.join(", ")
    ))
    .await;
}
