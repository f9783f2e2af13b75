//! The table `invite_changes`: changed fields of invites.

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::{Sql, sql};

/// A changed field.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Change {
    /// Time at which the operation began.
    pub at: DateTime<Utc>,
    /// The operation that changed the field.
    pub operation_id: Uuid,
    /// The name of the field.
    pub field: String,
    /// The old value as text; `None` for no value.
    pub before: Option<String>,
    /// The new value as text; `None` for no value.
    pub after: Option<String>,
}

const INSERT: Sql = sql!(
    "INSERT INTO invite_changes (operation_id, invite_id, field, before_value, after_value) \
     VALUES (:operation, :invite, :field, :before, :after)"
);

const OF_INVITE: Sql = sql!(
    "SELECT o.at, c.operation_id, c.field, c.before_value, c.after_value \
     FROM invite_changes AS c JOIN invite_operations AS o ON o.id = c.operation_id \
     WHERE c.invite_id = :invite ORDER BY c.operation_id, c.field LIMIT 100"
);

/// Records a changed field.
pub(crate) async fn insert(
    session: &mut Session,
    operation: Uuid,
    invite: Uuid,
    field: &'static str,
    before: Option<String>,
    after: Option<String>,
) -> Result<()> {
    let values = &[
        ("operation", operation.into()),
        ("invite", invite.into()),
        ("field", field.into()),
        ("before", before.into()),
        ("after", after.into()),
    ];
    session.exec(INSERT, values).await.map(|_| ())
}

/// Formats an instant as the value of a field.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Records a changed expiry; does nothing if it is unchanged.
pub(crate) async fn record_expiry_change(
    session: &mut Session,
    operation: Uuid,
    invite: Uuid,
    [before, after]: [Option<DateTime<Utc>>; 2],
) -> Result<()> {
    if before == after {
        return Ok(());
    }
    insert(session, operation, invite, "expires_at", before.map(instant), after.map(instant)).await
}

/// Returns the changes of an invite, the oldest first; at most 100.
pub(crate) async fn of_invite(session: &mut Session, invite: Uuid) -> Result<Vec<Change>> {
    let rows = session.all(OF_INVITE, &[("invite", invite.into())]).await?;
    let read = |row: &crate::store::db::row::Row| {
        Ok(Change {
            at: row.time("at")?,
            operation_id: row.id("operation_id")?,
            field: row.text("field")?,
            before: row.maybe_text("before_value")?,
            after: row.maybe_text("after_value")?,
        })
    };
    rows.iter().map(read).collect()
}
