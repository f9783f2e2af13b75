//! The table `invite_operations`: the audit trail.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::store::db::row::{Arg, Row};
use crate::store::db::session::Session;
use crate::store::dialect::Statement;

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
    pub operator: String,
    /// The user that it acted for.
    pub actor: Option<String>,
    /// The user that a backend names for the record.
    pub on_behalf_of: Option<String>,
    /// The command's name.
    pub command: String,
    /// What it was about: a space, a member, an invite or a filter. `None`:
    /// nothing in particular.
    pub target: Option<String>,
    /// Why it was run.
    pub reason: Option<String>,
    /// How many rows it changed.
    pub changed: i64,
    /// How many items it could not change.
    pub failed: i64,
    /// Which of its transactions was committed last, by this process.
    pub(crate) committed: Committed,
}

/// The number of the last transaction of an operation that this process knows to
/// be committed; shared by the clones of the operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Committed(Arc<AtomicI64>);

impl Committed {
    pub(crate) fn note(&self, step: i64) {
        self.0.fetch_max(step, Ordering::Relaxed);
    }

    fn last(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|step| *step > 0)
    }
}

impl Operation {
    /// Names what the operation is about, as far as the column takes it.
    #[must_use]
    pub(crate) fn on(mut self, target: impl Into<String>) -> Self {
        let target = target.into();
        self.target = Some(match target.char_indices().nth(LONGEST_TARGET) {
            None => target,
            Some(_) => target.chars().take(LONGEST_TARGET - 1).chain(['…']).collect(),
        });
        self
    }

    /// Names what the operation is about, if that is known.
    #[must_use]
    pub(crate) fn on_any(self, target: Option<&str>) -> Self {
        match target {
            Some(target) => self.on(target),
            None => self,
        }
    }
}

/// The most characters of a target.
const LONGEST_TARGET: usize = 200;

const COLUMNS: &str = "o.id, o.at, o.finished_at, o.operator, o.actor, o.on_behalf_of, o.command, o.target, \
     o.reason, o.changed, o.failed";

pub(crate) const INSERT: &str = "INSERT INTO invite_operations \
     (id, at, finished_at, operator, actor, on_behalf_of, command, target, reason, changed, failed, last_step) \
     VALUES (:operation, :at, :finished, :operator, :acting, :behalf, :command, :target, :reason, :changed, :failed, :step)";

const ADD: &str = "UPDATE invite_operations SET changed = changed + :changed, failed = failed + :failed, \
     last_step = :step WHERE id = :id";

/// A step is written once: one that is there already was committed by an
/// earlier try, whose answer was lost.
const NEW_STEP: &str = " AND last_step < :step";

/// An operation keeps the step that was committed last, or one whose answer was
/// lost. A database that went back to an earlier state has an earlier step.
const NEXT_STEP: &str = " AND last_step >= :last AND last_step < :step";

const FINISH: &str = "UPDATE invite_operations SET finished_at = :at WHERE id = :id";

/// Adds to the counts of an operation, writing its row first where this is the
/// first change that it makes.
///
/// # Errors
/// [`Error::Database`] where the database no longer has what this process
/// committed for the operation.
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
            // A row that is there has the step: then this is a conflict.
            None => insert(session, operation, None, changed, failed).await?,
            Some(_) => return Err(went_back(session, operation).await?),
        }
    }
    session.recorded_in(operation);
    Ok(())
}

/// Why the last step of an operation is not the one that was committed last.
async fn went_back(session: &mut Session, operation: &Operation) -> Result<Error> {
    let row = session.maybe_one(LAST_STEP, &[("id", operation.id.into())]).await?;
    let last = row.map(|row| row.int("last_step")).transpose()?;
    if last.is_some_and(|last| last >= session.step()) {
        // An earlier try was committed after all: that is looked up.
        return Ok(session.conflict());
    }
    Ok(session.lost_steps(operation.id))
}

/// Writes an operation that is one transaction, with its end.
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
    session.recorded_in(operation);
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

/// What is written of an operation.
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

const CLAIM: &str = "UPDATE invite_operations SET last_step = last_step WHERE id = :id";

const PLACEHOLDER: &str = "{insert_new} invite_operations (id, at, operator, command) \
     VALUES (:id, :at, '', '') {skip_conflicts}";

const LAST_STEP: &str = "SELECT last_step FROM invite_operations WHERE id = :id";

/// Whether a transaction of an operation was committed. Takes the row's lock,
/// or that of its place, and so waits for one that is still under way; the
/// caller rolls back.
pub(crate) async fn has_step(session: &mut Session, operation: Uuid, step: i64) -> Result<bool> {
    let id = ("id", operation.into());
    if session.exec(CLAIM, std::slice::from_ref(&id)).await? == 0 {
        let row = &[id.clone(), ("at", DateTime::UNIX_EPOCH.into())];
        if session.insert(PLACEHOLDER, row, 1).await? == 1 {
            return Ok(false);
        }
    }
    let row = session.maybe_one(LAST_STEP, &[id]).await?;
    Ok(row.map(|row| row.int("last_step")).transpose()?.is_some_and(|last| last >= step))
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

/// One operation.
pub(crate) async fn find(session: &mut Session, id: Uuid) -> Result<Option<Operation>> {
    let statement = Statement::from("SELECT ").push(COLUMNS).push(" FROM invite_operations AS o WHERE o.id = :id");
    session.maybe_one(statement, &[("id", id.into())]).await?.as_ref().map(read).transpose()
}

/// The newest operation by its ID.
pub(crate) async fn newest(session: &mut Session) -> Result<Option<Uuid>> {
    let row = session.maybe_one("SELECT id FROM invite_operations ORDER BY id DESC LIMIT 1", &[]).await?;
    row.map(|row| row.id("id")).transpose()
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
        " FROM ( \
           SELECT created_op AS id FROM invites WHERE id = :id \
           UNION SELECT closed_op FROM invites WHERE id = :id AND closed_op IS NOT NULL \
           UNION SELECT operation_id FROM invite_changes WHERE invite_id = :id \
           UNION SELECT {as_id:before_value} FROM invite_changes WHERE invite_id = :id AND field = 'closed_op') AS u \
         JOIN invite_operations AS o ON o.id = u.id ORDER BY o.id LIMIT 100",
    );
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
        committed: Committed::default(),
    })
}
