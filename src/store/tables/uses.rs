//! The table `invite_uses`: the recorded uses of invites.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, sql};

/// A use of an invite.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Use {
    /// The invite.
    pub invite_id: Uuid,
    /// The user.
    pub user_id: String,
    /// The role that the invite granted.
    pub role: String,
    /// Time at which the invite was used.
    pub used_at: DateTime<Utc>,
    /// The operation that recorded the use.
    pub operation_id: Uuid,
}

pub(crate) const INSERT: Sql = sql!(
    "{insert_new} invite_uses (id, invite_id, user_id, role, used_at, operation_id) \
     VALUES (:use, :invite, :user, :role, :now, :operation)"
);

const FIND: Sql = sql!(
    "SELECT invite_id, user_id, role, used_at, operation_id FROM invite_uses \
     WHERE invite_id = :invite AND user_id = :user"
);

const OF_INVITE: Sql = sql!(
    "SELECT invite_id, user_id, role, used_at, operation_id FROM invite_uses \
     WHERE invite_id = :invite ORDER BY id LIMIT :limit"
);

/// Returns the use of an invite by a user.
pub(crate) async fn find(session: &mut Session, invite: Uuid, user: &str) -> Result<Option<Use>> {
    let row = session.maybe_one(FIND, &[("invite", invite.into()), ("user", user.into())]).await?;
    row.map(|row| read(&row)).transpose()
}

/// Returns the first uses of an invite.
pub(crate) async fn of_invite(session: &mut Session, invite: Uuid, limit: i64) -> Result<Vec<Use>> {
    let rows = session.all(OF_INVITE, &[("invite", invite.into()), ("limit", limit.into())]).await?;
    rows.iter().map(read).collect()
}

const OF_INVITES: Sql = sql!(
    "SELECT invite_id, user_id, role, used_at, operation_id FROM invite_uses \
     WHERE invite_id {in_ids:list} ORDER BY invite_id, id"
);

/// Calls `each` for every use of these invites, in the order of the invites.
pub(crate) async fn stream_of_invites(
    session: &mut Session,
    invites: &[Uuid],
    mut each: impl FnMut(Use) -> Result<ControlFlow<()>>,
) -> Result<()> {
    session.stream(OF_INVITES, &[("list", Arg::ids(invites))], |row| each(read(&row)?)).await
}

fn read(row: &Row) -> Result<Use> {
    Ok(Use {
        invite_id: row.id("invite_id")?,
        user_id: row.text("user_id")?,
        role: row.text("role")?,
        used_at: row.time("used_at")?,
        operation_id: row.id("operation_id")?,
    })
}
