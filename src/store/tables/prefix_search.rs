//! Ids that begin with what somebody has typed: what a shell offers.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::session::Session;

/// An id, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Nearby {
    /// The id.
    pub id: String,
    /// A name, or nothing.
    pub name: Option<String>,
}

/// In their order from what was typed, which an index gives; those that begin
/// otherwise come behind.
const SPACES: &str =
    "SELECT id, name FROM invite_spaces WHERE id >= :from AND removed_at IS NULL ORDER BY id LIMIT :many";
const USERS: &str = "SELECT id, name FROM invite_users WHERE id >= :from ORDER BY id LIMIT :many";

/// Active spaces from an id on.
pub(crate) async fn spaces(session: &mut Session, from: &str, many: i64) -> Result<Vec<Nearby>> {
    named(session, SPACES, from, many).await
}

/// Users of whom something was written down, from an id on.
pub(crate) async fn users(session: &mut Session, from: &str, many: i64) -> Result<Vec<Nearby>> {
    named(session, USERS, from, many).await
}

async fn named(session: &mut Session, statement: &'static str, from: &str, many: i64) -> Result<Vec<Nearby>> {
    let rows = session.all(statement, &[("from", from.into()), ("many", many.into())]).await?;
    rows.iter().map(|row| Ok(Nearby { id: row.text("id")?, name: row.maybe_text("name")? })).collect()
}

/// The newest first: ids follow each other in time.
const INVITES: &str = "SELECT id, space_id AS name FROM invites WHERE id >= :first AND id <= :last \
     ORDER BY id DESC LIMIT :many";
const OPERATIONS: &str = "SELECT id, command AS name, at FROM invite_operations \
     WHERE id >= :first AND id <= :last ORDER BY id DESC LIMIT :many";

/// Invites between two ids, with their spaces; never their codes.
pub(crate) async fn invites(session: &mut Session, (first, last): (Uuid, Uuid), many: i64) -> Result<Vec<Nearby>> {
    let rows = session.all(INVITES, &[("first", first.into()), ("last", last.into()), ("many", many.into())]).await?;
    rows.iter().map(|row| Ok(Nearby { id: row.id("id")?.to_string(), name: row.maybe_text("name")? })).collect()
}

/// Operations between two ids, with their command and when they began.
pub(crate) async fn operations(
    session: &mut Session,
    (first, last): (Uuid, Uuid),
    many: i64,
) -> Result<Vec<(Uuid, String, DateTime<Utc>)>> {
    let values = &[("first", first.into()), ("last", last.into()), ("many", many.into())];
    let rows = session.all(OPERATIONS, values).await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.text("name")?, row.time("at")?))).collect()
}
