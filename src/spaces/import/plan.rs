//! Compares a batch of an import with the stored spaces, and writes it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::batch::Failure;
use crate::error::{Error, Result};
use crate::model::code::{CodeKey, Storage};
use crate::service::Service;
use crate::spaces::import::batches::Checked;
use crate::store::Session;
use crate::store::tables::invites::{self, NewInvite};
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces::{self, Space, StoredSpace};

/// The changes of a batch.
#[derive(Default)]
pub(crate) struct Plan<'b> {
    /// Spaces that were inserted without a lookup.
    pub added: Vec<&'b Checked>,
    /// New spaces that are still to be inserted.
    pub add: Vec<&'b Checked>,
    /// Existing spaces that get the name of their row.
    pub rename: Vec<&'b Checked>,
    /// Number of existing spaces that equal their rows.
    pub unchanged: u64,
    /// The rows that cannot be imported.
    pub failures: Vec<Failure>,
}

impl Plan<'_> {
    /// Returns the number of new spaces.
    pub(crate) fn new_rows(&self) -> usize {
        self.added.len() + self.add.len()
    }
}

/// Inserts a batch without a lookup. Returns `None` if some of its spaces exist; the others
/// are inserted.
pub(crate) async fn add_new<'b>(
    session: &mut Session,
    rows: &'b [Checked],
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Option<Plan<'b>>> {
    let new: Vec<&Space> = rows.iter().map(|row| &row.space).collect();
    if new.is_empty() {
        return Ok(Some(Plan::default()));
    }
    if spaces::insert(session, &new, now, operation.id).await? < new.len() as u64 {
        return Ok(None);
    }
    operations::record(session, operation, i64::try_from(new.len()).unwrap_or(i64::MAX), 0).await?;
    Ok(Some(Plan { added: rows.iter().collect(), ..Plan::default() }))
}

/// Compares a batch with the stored spaces. Spaces that the operation `ours` stored were inserted
/// by this batch ([`add_new`]), because earlier batches cannot have the same IDs.
pub(crate) async fn plan_batch<'b>(
    session: &mut Session,
    rows: &'b [Checked],
    update: bool,
    ours: Option<Uuid>,
) -> Result<Plan<'b>> {
    let ids: Vec<&str> = rows.iter().map(|row| row.space.id.as_str()).collect();
    let stored: HashMap<String, StoredSpace> =
        spaces::find_many(session, &ids).await?.into_iter().map(|stored| (stored.space.id.clone(), stored)).collect();
    let keys: Vec<CodeKey> = rows.iter().filter_map(Checked::key).collect();
    let holders = invites::holders(session, &keys.iter().collect::<Vec<&CodeKey>>()).await?;
    let mut plan = Plan::default();
    for row in rows {
        if stored.get(&row.space.id).is_some_and(|stored| Some(stored.changed_op) == ours) {
            plan.added.push(row);
            continue;
        }
        let holder = row.key().and_then(|key| holders.get(&key));
        let refused = match stored.get(&row.space.id) {
            None => holder.map(|(space, _)| foreign_code(space)),
            Some(StoredSpace { removed: Some(removed), .. }) => {
                Some(spaces::removed_space_exists(&row.space.id, *removed))
            }
            Some(known) if known.space.policy != row.space.policy => Some(
                Error::duplicate(format!("the space exists with another policy, {}", known.space.policy))
                    .with_hint("the policy of a space cannot change: use another ID"),
            ),
            Some(_) => other_code(row, holder),
        };
        if let Some(error) = refused {
            plan.failures.push(Failure::of(format!("space {}", row.space.id), &error).at_line(row.line));
            continue;
        }
        match stored.get(&row.space.id) {
            None => plan.add.push(row),
            Some(known) if known.space.name == row.space.name => plan.unchanged += 1,
            Some(_) if update => plan.rename.push(row),
            Some(_) => {
                let error = Error::duplicate("the space exists with another name")
                    .with_hint("update the names from the file: invite space import --update");
                plan.failures.push(Failure::of(format!("space {}", row.space.id), &error).at_line(row.line));
            }
        }
    }
    Ok(plan)
}

/// Returns the error for a new space whose code belongs to another space.
fn foreign_code(space: &str) -> Error {
    Error::duplicate(format!("the code belongs to the space {space} (ignoring case)"))
        .with_hint("leave the code out, so that backfill creates a new one")
}

/// Returns the error for an existing space whose code differs from its standing code.
fn other_code(row: &Checked, holder: Option<&(String, Option<String>)>) -> Option<Error> {
    row.code.as_ref()?;
    let slot = crate::model::invite::slot(true, &row.space.id, None);
    let same = holder.is_some_and(|(_, held)| *held == slot);
    (!same).then(|| {
        Error::duplicate("the space exists with another code")
            .with_hint("leave the code out: only new spaces can bring a code")
    })
}

pub(crate) async fn write_batch(
    session: &mut Session,
    service: &Service,
    plan: &mut Plan<'_>,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<()> {
    let new: Vec<&Space> = plan.add.iter().map(|row| &row.space).collect();
    if !new.is_empty() && spaces::insert(session, &new, now, operation.id).await? < new.len() as u64 {
        keep_inserted(session, plan, operation).await?;
    }
    let renamed: Vec<&Space> = plan.rename.iter().map(|row| &row.space).collect();
    if !renamed.is_empty() && spaces::rename(session, &renamed, operation.id).await? < renamed.len() as u64 {
        return Err(session.conflict());
    }
    insert_codes(session, service, plan, now, operation).await?;
    let changed = plan.new_rows() + plan.rename.len();
    if changed > 0 {
        operations::record(session, operation, i64::try_from(changed).unwrap_or(i64::MAX), 0).await?;
    }
    Ok(())
}

/// Fails the rows whose space another process added since the plan.
async fn keep_inserted(session: &mut Session, plan: &mut Plan<'_>, operation: &Operation) -> Result<()> {
    let ids: Vec<&str> = plan.add.iter().map(|row| row.space.id.as_str()).collect();
    let stored = spaces::find_many(session, &ids).await?.into_iter();
    let ours: HashSet<String> =
        stored.filter(|stored| stored.changed_op == operation.id).map(|stored| stored.space.id).collect();
    let (kept, lost) = plan.add.drain(..).partition(|row| ours.contains(&row.space.id));
    plan.add = kept;
    let lost: Vec<&Checked> = lost;
    for row in lost {
        let error =
            Error::duplicate("another process added the space at the same time").with_hint("run the import again");
        plan.failures.push(Failure::of(format!("space {}", row.space.id), &error).at_line(row.line));
    }
    Ok(())
}

/// Inserts the imported codes of new spaces. A code that is taken is the error of its row, for
/// which the caller bisects the batch.
async fn insert_codes(
    session: &mut Session,
    service: &Service,
    plan: &Plan<'_>,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<()> {
    let slots: Vec<Option<String>> =
        plan.add.iter().map(|row| crate::model::invite::slot(true, &row.space.id, None)).collect();
    let mut brought = Vec::new();
    for (row, slot) in plan.add.iter().zip(&slots) {
        let Some(code) = &row.code else { continue };
        let policy = service.policy_of(&row.space)?;
        brought.push(NewInvite {
            id: service.new_id(now),
            space_id: &row.space.id,
            role: &policy.roles[0],
            code: Some(code),
            code_key: code.key(Storage::Text),
            email: None,
            note: None,
            created_by: None,
            created_at: now,
            starts_at: None,
            expires_at: policy.default_end(now)?,
            max_uses: policy.max_uses,
            slot: slot.as_deref(),
            send_after: None,
            created_op: operation.id,
        });
    }
    if !brought.is_empty() && invites::insert(session, &brought).await? < brought.len() as u64 {
        return Err(Error::duplicate("the code belongs to another space (ignoring case)")
            .with_hint("leave the code out, so that backfill creates a new one")
            .of_row());
    }
    Ok(())
}
