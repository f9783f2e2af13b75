//! The table `invite_operations`: the audit trail.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::dialect::Statement;
use super::{Row, Session};
use crate::error::Result;

/// One run of a command that changes data.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its id: time-ordered.
    pub id: Uuid,
    /// When it began.
    pub at: DateTime<Utc>,
    /// When it ended; none: it is running, or it was cut off.
    pub finished_at: Option<DateTime<Utc>>,
    /// The account that ran it.
    pub actor: String,
    /// The user that it acted for.
    pub acting_as: Option<String>,
    /// The command's name.
    pub command: String,
    /// Why it was run.
    pub reason: Option<String>,
    /// How many rows it changed.
    pub changed: i64,
    /// How many items it could not change.
    pub failed: i64,
}

const COLUMNS: &str = "o.id, o.at, o.finished_at, o.actor, o.acting_as, o.command, o.reason, o.changed, o.failed";

const INSERT: &str = "INSERT INTO invite_operations (id, at, actor, acting_as, command, reason) \
     VALUES (:id, :at, :actor, :acting, :command, :reason)";

const ADD: &str = "UPDATE invite_operations SET changed = changed + :changed, failed = failed + :failed WHERE id = :id";

const FINISH: &str = "UPDATE invite_operations SET finished_at = :at WHERE id = :id";

/// Adds to the counts of an operation, writing its row first where this is the
/// first change that it makes.
pub(crate) async fn record(session: &mut Session, operation: &Operation, changed: i64, failed: i64) -> Result<()> {
    let counts = &[("id", operation.id.into()), ("changed", changed.into()), ("failed", failed.into())];
    if session.exec(ADD, counts).await? == 1 {
        return Ok(());
    }
    let row = &[
        ("id", operation.id.into()),
        ("at", operation.at.into()),
        ("actor", operation.actor.as_str().into()),
        ("acting", operation.acting_as.as_deref().into()),
        ("command", operation.command.as_str().into()),
        ("reason", operation.reason.as_deref().into()),
    ];
    session.exec(INSERT, row).await?;
    session.exec(ADD, counts).await?;
    Ok(())
}

/// Marks an operation as ended; without effect if it changed nothing and so
/// was never written.
pub(crate) async fn finish(session: &mut Session, id: Uuid, at: DateTime<Utc>) -> Result<()> {
    session.exec(FINISH, &[("id", id.into()), ("at", at.into())]).await.map(|_| ())
}

/// Operations, the newest first.
pub(crate) async fn list(
    session: &mut Session,
    limit: i64,
    mut each: impl FnMut(Operation) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let statement =
        Statement::from("SELECT ").push(COLUMNS).push(" FROM invite_operations AS o ORDER BY o.id DESC LIMIT :limit");
    session.stream(statement, &[("limit", limit.into())], |row| each(read(&row)?)).await
}

/// Whether there is such an operation.
pub(crate) async fn exists(session: &mut Session, id: Uuid) -> Result<bool> {
    let row = session.maybe_one("SELECT id FROM invite_operations WHERE id = :id", &[("id", id.into())]).await?;
    Ok(row.is_some())
}

/// How many there are.
pub(crate) async fn count(session: &mut Session) -> Result<i64> {
    session.one("SELECT count(*) AS total FROM invite_operations", &[]).await?.int("total")
}

/// The operations that made, changed or closed one invite, the oldest first.
/// Uses have a ledger of their own.
pub(crate) async fn of_invite(session: &mut Session, invite: Uuid) -> Result<Vec<Operation>> {
    let statement = Statement::from("SELECT ").push(COLUMNS).push(
        " FROM invite_operations AS o WHERE o.id IN ( \
           SELECT created_op FROM invites WHERE id = :id \
           UNION SELECT closed_op FROM invites WHERE id = :id AND closed_op IS NOT NULL \
           UNION SELECT operation_id FROM invite_changes WHERE invite_id = :id \
           UNION SELECT before_value FROM invite_changes WHERE invite_id = :id AND field = 'closed_op') \
         ORDER BY o.id LIMIT 100",
    );
    let rows = session.all(statement, &[("id", invite.into())]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Operation> {
    Ok(Operation {
        id: row.id("id")?,
        at: row.time("at")?,
        finished_at: row.maybe_time("finished_at")?,
        actor: row.text("actor")?,
        acting_as: row.maybe_text("acting_as")?,
        command: row.text("command")?,
        reason: row.maybe_text("reason")?,
        changed: row.int("changed")?,
        failed: row.int("failed")?,
    })
}
