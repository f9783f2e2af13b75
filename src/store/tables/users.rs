//! The table `invite_users`: known names and addresses.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::builder::setters;
use crate::error::{Error, Result};
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::shapes;
use crate::store::dialect::{Sql, sql};
use crate::text::{MAX_ID, shortened};

/// The stored data of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The ID, assigned by the application.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The address, in its canonical form.
    pub email: Option<String>,
}

impl User {
    /// Creates a user without a name and an address.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        User { id: id.into(), name: None, email: None }
    }
}

setters! {
    User {
        text name,
        text email,
    }
}

const REMEMBER: Sql = sql!(
    "INSERT INTO invite_users (id, name, email, created_at) \
     VALUES (:id, :name, :email, :at) {on_known:newer}"
);

/// Stores the values of a user that were unknown; known values stay unchanged.
pub(crate) const FILL_IN: Sql = sql!(
    "INSERT INTO invite_users (id, name, email, created_at) \
     VALUES (:user, :name, :given, :now) {on_known:older}"
);

/// Records new values of a user; values that are not given stay unchanged.
pub(crate) async fn remember(session: &mut Session, user: &User, now: DateTime<Utc>) -> Result<()> {
    let values = &[
        ("id", user.id.as_str().into()),
        ("name", user.name.as_deref().into()),
        ("email", user.email.as_deref().into()),
        ("at", now.into()),
    ];
    session.exec(REMEMBER, values).await.map(|_| ())
}

const FIND: Sql = sql!("SELECT id, name, email FROM {invite_users} WHERE id = :id");

const IS_KNOWN: Sql = sql!(
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM {invite_users} WHERE id = :id) \
     OR EXISTS (SELECT 1 FROM {invite_members} WHERE user_id = :id) \
     OR EXISTS (SELECT 1 FROM invite_uses WHERE user_id = :id) \
     OR EXISTS (SELECT 1 FROM {invites} WHERE created_by = :id) THEN 1 ELSE 0 END AS known"
);

const REMEMBER_MANY: Sql = sql!(
    "INSERT INTO invite_users (id, name, email, created_at) \
     SELECT r.row_id, r.row_name, r.row_email, :now FROM {rows:users} AS r WHERE true {on_known:newer}"
);

/// Records new values of users, each of whom occurs once.
pub(crate) async fn remember_many(session: &mut Session, users: &[User], now: DateTime<Utc>) -> Result<()> {
    let row = |user: &&User| [Arg::from(user.id.as_str()), user.name.as_deref().into(), user.email.as_deref().into()];
    // All transactions lock rows in the same order.
    let mut sorted: Vec<&User> = users.iter().collect();
    sorted.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    session.with_rows(REMEMBER_MANY, &shapes::USERS, (&sorted, row), &[("now", now.into())]).await.map(|_| ())
}

const FIND_MANY: Sql = sql!("SELECT id, name, email FROM {invite_users} WHERE id {in_texts:list}");

/// Returns the recorded users among these IDs, by ID.
pub(crate) async fn find_many(session: &mut Session, ids: &[&str]) -> Result<HashMap<String, User>> {
    let rows = session.all(FIND_MANY, &[("list", Arg::texts(ids))]).await?;
    let read = |row: &Row| {
        let id = row.text("id")?;
        Ok((id.clone(), User { id, name: row.maybe_text("name")?, email: row.maybe_text("email")? }))
    };
    rows.iter().map(read).collect()
}

/// Returns a user, if anything is recorded about them.
pub(crate) async fn find(session: &mut Session, id: &str) -> Result<Option<User>> {
    let row = session.maybe_one(FIND, &[("id", id.into())]).await?;
    row.map(|row| Ok(User { id: row.text("id")?, name: row.maybe_text("name")?, email: row.maybe_text("email")? }))
        .transpose()
}

/// Returns the error for an unknown user.
pub(crate) fn not_found(id: &str) -> Error {
    let id = shortened(id, MAX_ID);
    Error::not_found(format!("user {id} not found: neither a member nor a creator of an invite"))
}

/// Returns true if a user is known: recorded, a member, or one who used or created an invite.
pub(crate) async fn is_known(session: &mut Session, id: &str) -> Result<bool> {
    Ok(session.one(IS_KNOWN, &[("id", id.into())]).await?.int("known")? == 1)
}
