//! Searches for IDs by prefix, for the completions of a shell.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::{Sql, sql};

/// A found ID and its description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrefixMatch {
    /// The ID.
    pub id: String,
    /// Name, if any.
    pub name: Option<String>,
}

/// IDs from the typed prefix on, in the order of an index; those that begin with it come first.
const SPACES: Sql =
    sql!("SELECT id, name FROM {invite_spaces} WHERE id >= :from AND removed_at IS NULL ORDER BY id LIMIT :many");
const USERS: Sql = sql!("SELECT id, name FROM {invite_users} WHERE id >= :from ORDER BY id LIMIT :many");

/// Returns active spaces from an ID on.
pub(crate) async fn spaces(session: &mut Session, from: &str, many: i64) -> Result<Vec<PrefixMatch>> {
    named(session, SPACES, from, many).await
}

/// Returns users with a recorded name or address, from an ID on.
pub(crate) async fn users(session: &mut Session, from: &str, many: i64) -> Result<Vec<PrefixMatch>> {
    named(session, USERS, from, many).await
}

async fn named(session: &mut Session, statement: Sql, from: &str, many: i64) -> Result<Vec<PrefixMatch>> {
    let rows = session.all(statement, &[("from", from.into()), ("many", many.into())]).await?;
    rows.iter().map(|row| Ok(PrefixMatch { id: row.text("id")?, name: row.maybe_text("name")? })).collect()
}

/// Newest first: IDs are in the order of time.
const INVITES: Sql = sql!(
    "SELECT id, space_id AS name FROM {invites} WHERE id >= :first AND id <= :last \
     ORDER BY id DESC LIMIT :many"
);
const OPERATIONS: Sql = sql!(
    "SELECT id, command AS name, at FROM invite_operations \
     WHERE id >= :first AND id <= :last ORDER BY id DESC LIMIT :many"
);

/// Returns invites between two IDs, with their spaces but not their codes.
pub(crate) async fn invites(session: &mut Session, (first, last): (Uuid, Uuid), many: i64) -> Result<Vec<PrefixMatch>> {
    let rows = session.all(INVITES, &[("first", first.into()), ("last", last.into()), ("many", many.into())]).await?;
    rows.iter().map(|row| Ok(PrefixMatch { id: row.id("id")?.to_string(), name: row.maybe_text("name")? })).collect()
}

/// Returns operations between two IDs, with their commands and when they began.
pub(crate) async fn operations(
    session: &mut Session,
    (first, last): (Uuid, Uuid),
    many: i64,
) -> Result<Vec<(Uuid, String, DateTime<Utc>)>> {
    let values = &[("first", first.into()), ("last", last.into()), ("many", many.into())];
    let rows = session.all(OPERATIONS, values).await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.text("name")?, row.time("at")?))).collect()
}
