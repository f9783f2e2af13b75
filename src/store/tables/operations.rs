//! The table `invite_operations`: the audit log.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::store::db::commit_check::LAST_STEP;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::db::steps::{CommittedStep, RecordedStep};
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};

/// A run of a command that changes data.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Operation {
    /// The ID, a version 7 UUID.
    pub id: Uuid,
    /// Time at which the operation began.
    pub at: DateTime<Utc>,
    /// Time at which the operation ended; `None` while it runs, or if it was interrupted.
    pub finished_at: Option<DateTime<Utc>>,
    /// The account that ran the command.
    pub operator: String,
    /// The user that the command acted for.
    pub actor: Option<String>,
    /// A user that a backend records with the operation.
    pub on_behalf_of: Option<String>,
    /// The name of the command.
    pub command: String,
    /// Target of the operation: a space, a member, an invite or a filter; `None` if nothing in
    /// particular.
    pub target: Option<String>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Number of changed rows.
    pub changed: i64,
    /// Number of items that could not be changed.
    pub failed: i64,
    /// The last transaction of the operation that this process committed.
    pub(crate) committed: CommittedStep,
}

impl Operation {
    /// Sets the target of the operation, truncated to the length of the column.
    #[must_use]
    pub(crate) fn on(mut self, target: impl Into<String>) -> Self {
        let target = target.into();
        self.target = Some(match target.char_indices().nth(MAX_TARGET) {
            None => target,
            Some(_) => target.chars().take(MAX_TARGET - 1).chain(['…']).collect(),
        });
        self
    }

    /// Sets the target of the operation, if known.
    #[must_use]
    pub(crate) fn on_any(self, target: Option<&str>) -> Self {
        match target {
            Some(target) => self.on(target),
            None => self,
        }
    }
}

/// Maximum length of a target, in characters.
const MAX_TARGET: usize = 200;

const COLUMNS: Sql = sql!(
    "o.id, o.at, o.finished_at, o.operator, o.actor, o.on_behalf_of, o.command, o.target, \
     o.reason, o.changed, o.failed"
);

pub(crate) const INSERT: Sql = sql!(
    "INSERT INTO invite_operations \
     (id, at, finished_at, operator, actor, on_behalf_of, command, target, reason, changed, failed, last_step) \
     VALUES (:operation, :at, :finished, :operator, :acting, :behalf, :command, :target, :reason, :changed, :failed, :step)"
);

const ADD: Sql = sql!(
    "UPDATE invite_operations SET changed = changed + :changed, failed = failed + :failed, \
     last_step = :step WHERE id = :id"
);

/// A step is recorded once. An existing one was committed by an earlier attempt whose answer was
/// lost.
const NEW_STEP: Sql = sql!(" AND last_step < :step");

/// An operation has the step that was committed last, or one whose answer was lost. A database that
/// was reset to an earlier state has an earlier step.
const NEXT_STEP: Sql = sql!(" AND last_step >= :last AND last_step < :step");

const FINISH: Sql = sql!("UPDATE invite_operations SET finished_at = :at WHERE id = :id");

/// Adds to the counts of an operation, and inserts its row before its first change.
///
/// # Errors
/// [`Error::Database`] if the database lost a transaction that this process committed for the
/// operation.
pub(crate) async fn record(session: &mut Session, operation: &Operation, changed: i64, failed: i64) -> Result<()> {
    let step = session.step();
    let mut counts = vec![
        ("id", operation.id.into()),
        ("changed", changed.into()),
        ("failed", failed.into()),
        ("step", step.into()),
    ];
    let (add, last) = (Statement::from(ADD), operation.committed.last());
    let add = match last {
        _ if session.recorded().is_some() => add,
        None => add.push(NEW_STEP),
        Some(last) => {
            counts.push(("last", last.into()));
            add.push(NEXT_STEP)
        }
    };
    if session.exec(add, &counts).await? == 0 {
        match last {
            // An existing row has the step already, so this fails with a conflict.
            None => insert(session, operation, None, changed, failed).await?,
            Some(_) => return Err(went_back(session, operation).await?),
        }
    }
    session.recorded_in(recorded_step(operation));
    Ok(())
}

/// Returns the step that a session remembers until its commit.
pub(crate) fn recorded_step(operation: &Operation) -> RecordedStep {
    RecordedStep { operation: operation.id, committed: operation.committed.clone() }
}

/// Returns the error for an operation whose last step is not the one that was committed last.
async fn went_back(session: &mut Session, operation: &Operation) -> Result<Error> {
    let row = session.maybe_one(LAST_STEP, &[("id", operation.id.into())]).await?;
    let last = row.map(|row| row.int("last_step")).transpose()?;
    if last.is_some_and(|last| last >= session.step()) {
        // An earlier attempt was committed after all; the retry finds it.
        return Ok(session.conflict());
    }
    Ok(session.lost_steps_error(operation.id))
}

/// Records an operation that is a single transaction, with its end.
pub(crate) async fn record_whole(
    session: &mut Session,
    operation: &Operation,
    changed: i64,
    finished_at: DateTime<Utc>,
) -> Result<()> {
    if session.recorded().is_some() {
        record(session, operation, changed, 0).await?;
        return finish(session, operation.id, finished_at).await;
    }
    insert(session, operation, Some(finished_at), changed, 0).await?;
    session.recorded_in(recorded_step(operation));
    Ok(())
}

async fn insert(
    session: &mut Session,
    operation: &Operation,
    finished_at: Option<DateTime<Utc>>,
    changed: i64,
    failed: i64,
) -> Result<()> {
    let row = values(operation, finished_at, changed, failed, session.step());
    session.exec(INSERT, &row).await.map(|_| ())
}

/// Returns the arguments for the row of an operation.
pub(crate) fn values(
    operation: &Operation,
    finished_at: Option<DateTime<Utc>>,
    changed: i64,
    failed: i64,
    step: i64,
) -> [(&'static str, Arg); 12] {
    [
        ("operation", operation.id.into()),
        ("at", operation.at.into()),
        ("finished", finished_at.into()),
        ("operator", operation.operator.as_str().into()),
        ("acting", operation.actor.as_deref().into()),
        ("behalf", operation.on_behalf_of.as_deref().into()),
        ("command", operation.command.as_str().into()),
        ("target", operation.target.as_deref().into()),
        ("reason", operation.reason.as_deref().into()),
        ("changed", changed.into()),
        ("failed", failed.into()),
        ("step", step.into()),
    ]
}

/// Records the end of an operation; has no effect if it changed nothing and so was never recorded.
pub(crate) async fn finish(session: &mut Session, id: Uuid, at: DateTime<Utc>) -> Result<()> {
    session.exec(FINISH, &[("id", id.into()), ("at", at.into())]).await.map(|_| ())
}

/// Calls `each` for the operations, newest first.
pub(crate) async fn list(
    session: &mut Session,
    limit: i64,
    mut each: impl FnMut(Operation) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let statement = Statement::from(sql!("SELECT "))
        .push(COLUMNS)
        .push(sql!(" FROM invite_operations AS o ORDER BY o.id DESC LIMIT :limit"));
    session.stream(statement, &[("limit", limit.into())], |row| each(read(&row)?)).await
}

/// Returns an operation.
pub(crate) async fn find(session: &mut Session, id: Uuid) -> Result<Option<Operation>> {
    let statement =
        Statement::from(sql!("SELECT ")).push(COLUMNS).push(sql!(" FROM invite_operations AS o WHERE o.id = :id"));
    session.maybe_one(statement, &[("id", id.into())]).await?.as_ref().map(read).transpose()
}

/// Returns the ID of the newest operation.
pub(crate) async fn newest(session: &mut Session) -> Result<Option<Uuid>> {
    let row = session.maybe_one(sql!("SELECT id FROM invite_operations ORDER BY id DESC LIMIT 1"), &[]).await?;
    row.map(|row| row.id("id")).transpose()
}

/// Returns true if an operation with this ID exists.
pub(crate) async fn exists(session: &mut Session, id: Uuid) -> Result<bool> {
    let row = session.maybe_one(sql!("SELECT id FROM invite_operations WHERE id = :id"), &[("id", id.into())]).await?;
    Ok(row.is_some())
}

/// Counts the operations.
pub(crate) async fn count(session: &mut Session) -> Result<i64> {
    session.one(sql!("SELECT count(*) AS total FROM invite_operations"), &[]).await?.int("total")
}

/// Returns the operations that created, changed or closed an invite, the oldest first; its uses are
/// not among them.
pub(crate) async fn of_invite(session: &mut Session, invite: Uuid) -> Result<Vec<Operation>> {
    let statement = Statement::from(sql!("SELECT ")).push(COLUMNS).push(sql!(
        " FROM ( \
           SELECT created_op AS id FROM {invites} WHERE id = :id \
           UNION SELECT closed_op FROM {invites} WHERE id = :id AND closed_op IS NOT NULL \
           UNION SELECT operation_id FROM invite_changes WHERE invite_id = :id \
           UNION SELECT {as_id:before_value} FROM invite_changes WHERE invite_id = :id AND field = 'closed_op') AS u \
         JOIN invite_operations AS o ON o.id = u.id ORDER BY o.id LIMIT 100"
    ));
    let rows = session.all(statement, &[("id", invite.into())]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Operation> {
    Ok(Operation {
        id: row.id("id")?,
        at: row.time("at")?,
        finished_at: row.maybe_time("finished_at")?,
        operator: row.text("operator")?,
        actor: row.maybe_text("actor")?,
        on_behalf_of: row.maybe_text("on_behalf_of")?,
        command: row.text("command")?,
        target: row.maybe_text("target")?,
        reason: row.maybe_text("reason")?,
        changed: row.int("changed")?,
        failed: row.int("failed")?,
        committed: CommittedStep::default(),
    })
}
