//! Imports members from a file: new ones are added, existing ones are kept.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::batch::bisect::BisectingBatch;
use crate::batch::import_summary::ImportSummary;
use crate::batch::{Failure, Observer};
use crate::builder::setters;
use crate::error::{Error, Result};
use crate::members::check::{check_role, check_user};
use crate::records::{Record, Records};
use crate::service::{Actor, Service};
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces::{Removed, StoredSpace};
use crate::store::tables::users::{self, User};
use crate::store::tables::{members, spaces};
use crate::store::{DuplicateTracker, Session, in_transaction, reading};
use crate::text::{MAX_ID, check_id, shortened};

/// Maximum number of rows per transaction.
const BATCH: u32 = 10_000;

/// A row: a member to import.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct MemberRow {
    /// The space.
    pub space_id: String,
    /// The application's ID of the user.
    pub user_id: String,
    /// The role; `None` for the first role of the policy.
    #[serde(default)]
    pub role: Option<String>,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The address.
    #[serde(default)]
    pub email: Option<String>,
}

impl Record for MemberRow {
    const COLUMNS: &'static [&'static str] = &["space_id", "user_id", "role", "name", "email"];
    const REQUIRED: &'static [&'static str] = &["space_id", "user_id"];
    const ALIASES: &'static [(&'static str, &'static str)] = &[("space", "space_id"), ("user", "user_id")];
}

/// Options of an import of members.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ImportMembersRequest {
    /// Update the roles, names and addresses of existing members.
    pub update: bool,
    /// Report what would be imported, and change nothing.
    pub dry_run: bool,
}

impl ImportMembersRequest {
    /// Creates a request that adds members.
    #[must_use]
    pub const fn new() -> Self {
        ImportMembersRequest { update: false, dry_run: false }
    }
}

setters! {
    ImportMembersRequest {
        value update: bool,
        value dry_run: bool,
    }
}

/// An imported member.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ImportedMember {
    /// The space.
    pub space_id: String,
    /// The user.
    pub user: User,
    /// The role.
    pub role: String,
    /// True if the member is new; otherwise it was updated.
    pub is_new: bool,
}

impl Service {
    /// Imports members in batches of one transaction each.
    ///
    /// Checks no permission: the caller decides who may import members.
    ///
    /// # Errors
    /// Any error of the database that does not concern a single row.
    pub async fn import_members(
        &self,
        actor: &Actor,
        request: ImportMembersRequest,
        mut rows: Records<MemberRow>,
        observer: &mut dyn Observer<ImportedMember>,
    ) -> Result<ImportSummary> {
        let mut run = Run {
            service: self,
            request,
            operation: self.operation(actor, "member import", self.now()).on_any(rows.name()),
            summary: ImportSummary::default(),
            seen: DuplicateTracker::new().await?,
        };
        loop {
            if observer.stop_requested() {
                run.summary.interrupted = true;
                break;
            }
            let batch: Vec<(u64, Result<MemberRow>)> = rows.by_ref().take(self.batch_size(BATCH) as usize).collect();
            if batch.is_empty() {
                break;
            }
            let read = batch.len() as u64;
            run.summary.read += read;
            let checked = run.check(batch, observer).await?;
            run.apply(checked, observer).await?;
            observer.advance(read);
        }
        if run.summary.added + run.summary.updated > 0 && !request.dry_run {
            self.finish(&run.operation, run.summary.failed).await?;
        }
        Ok(run.summary)
    }
}

type Checked = (u64, ImportedMember);

struct Run<'s> {
    service: &'s Service,
    request: ImportMembersRequest,
    operation: Operation,
    summary: ImportSummary,
    /// The members of earlier lines.
    seen: DuplicateTracker,
}

/// The changes of a batch.
#[derive(Default)]
struct Plan {
    add: Vec<ImportedMember>,
    update: Vec<ImportedMember>,
    unchanged: u64,
    failures: Vec<Failure>,
}

impl Run<'_> {
    async fn check(
        &mut self,
        batch: Vec<(u64, Result<MemberRow>)>,
        observer: &mut dyn Observer<ImportedMember>,
    ) -> Result<Vec<Checked>> {
        let ids: HashSet<&str> =
            batch.iter().filter_map(|(_, row)| row.as_ref().ok()).map(|row| row.space_id.as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().filter(|id| check_id("space ID", id).is_ok()).collect();
        let stored = reading!(self.service.db(), |session| { spaces::find_many(session, &ids).await })?;
        let stored: HashMap<String, StoredSpace> =
            stored.into_iter().map(|stored| (stored.space.id.clone(), stored)).collect();
        let mut rows = Vec::with_capacity(batch.len());
        for (line, row) in batch {
            let named = row.as_ref().ok().filter(|row| !row.user_id.is_empty());
            let subject = named.map_or(String::new(), |row| format!("user {}", shortened(&row.user_id, MAX_ID)));
            match row.and_then(|row| self.check_row(row, &stored)) {
                Ok(member) => rows.push((line, member)),
                Err(error) => self.fail(&Failure::of(subject, &error).at_line(line), observer),
            }
        }
        self.without_repeated(rows, observer).await
    }

    /// Returns the rows that repeat no earlier line; the other rows fail.
    async fn without_repeated(
        &mut self,
        rows: Vec<Checked>,
        observer: &mut dyn Observer<ImportedMember>,
    ) -> Result<Vec<Checked>> {
        let keys = rows.iter().map(|(line, member)| ((&member.space_id, &member.user.id), *line));
        let repeated = self.seen.track(keys).await?;
        let mut kept = Vec::with_capacity(rows.len());
        for (place, (line, member)) in rows.into_iter().enumerate() {
            if let Some(first) = repeated.get(&place) {
                let error = Error::duplicate(format!("the member is a duplicate of line {first}"));
                self.fail(&Failure::of(format!("user {}", member.user.id), &error).at_line(line), observer);
            } else {
                kept.push((line, member));
            }
        }
        Ok(kept)
    }

    fn check_row(&self, row: MemberRow, stored: &HashMap<String, StoredSpace>) -> Result<ImportedMember> {
        let not_found = || Error::not_found(format!("Space {} not found", shortened(&row.space_id, MAX_ID)));
        let stored = stored.get(&row.space_id).ok_or_else(not_found)?;
        if let Some(removed) = stored.removed {
            return Err(spaces::removed_error(&row.space_id, removed));
        }
        let role = check_role(self.service.policy_of(&stored.space)?, row.role.as_deref())?.to_owned();
        let user = check_user(&User { id: row.user_id, name: row.name, email: row.email })?;
        Ok(ImportedMember { space_id: row.space_id, user, role, is_new: true })
    }

    async fn apply(&mut self, rows: Vec<Checked>, observer: &mut dyn Observer<ImportedMember>) -> Result<()> {
        let mut parts = BisectingBatch::new(rows);
        while let Some(part) = parts.next() {
            if let Err(error) = self.apply_in_transaction(&part, observer).await
                && let Some(((line, member), error)) = parts.split(part, error)?
            {
                self.fail(&Failure::of(format!("user {}", member.user.id), &error).at_line(line), observer);
            }
        }
        Ok(())
    }

    async fn apply_in_transaction(
        &mut self,
        rows: &[Checked],
        observer: &mut dyn Observer<ImportedMember>,
    ) -> Result<()> {
        let (service, operation, request) = (self.service, &self.operation, self.request);
        let plan = if request.dry_run {
            reading!(service.db(), |session| { plan_batch(session, rows, request).await })?
        } else {
            in_transaction!(service.db(), |session| {
                let mut plan = plan_batch(session, rows, request).await?;
                write_batch(session, rows, &mut plan, service.now(), operation).await?;
                Ok(plan)
            })?
        };
        self.summary.added += plan.add.len() as u64;
        self.summary.updated += plan.update.len() as u64;
        self.summary.unchanged += plan.unchanged;
        for member in plan.add.iter().chain(&plan.update) {
            observer.done(member);
        }
        observer.unchanged(plan.unchanged);
        for failure in &plan.failures {
            self.fail(failure, observer);
        }
        Ok(())
    }

    fn fail(&mut self, failure: &Failure, observer: &mut dyn Observer<ImportedMember>) {
        self.summary.failed += 1;
        observer.failed(failure);
    }
}

fn rows_of(members: &[ImportedMember]) -> Vec<members::NewMember<'_>> {
    members.iter().map(|member| (member.space_id.as_str(), member.user.id.as_str(), member.role.as_str())).collect()
}

async fn plan_batch(session: &mut Session, rows: &[Checked], request: ImportMembersRequest) -> Result<Plan> {
    let wanted: Vec<ImportedMember> = rows.iter().map(|(_, member)| member.clone()).collect();
    let stored: HashMap<(String, String), String> = members::find_many(session, &rows_of(&wanted))
        .await?
        .into_iter()
        .map(|(space, user, role)| ((space, user), role))
        .collect();
    let ids: Vec<&str> = wanted.iter().map(|member| member.user.id.as_str()).collect();
    let users = users::find_many(session, &ids).await?;
    let mut plan = Plan::default();
    for (line, member) in rows {
        let role = stored.get(&(member.space_id.clone(), member.user.id.clone()));
        let difference = difference(&member.user, users.get(&member.user.id));
        let other_role = role.filter(|role| **role != member.role);
        if !request.update && (other_role.is_some() || difference == Difference::Conflict) {
            let error = match other_role {
                Some(role) => Error::duplicate(format!("the user is already a member, as {role}")),
                None => Error::duplicate("the user has another name or address"),
            };
            let error = error.with_hint("update members from the file: invite member import --update");
            plan.failures.push(Failure::of(format!("user {}", member.user.id), &error).at_line(*line));
        } else if role.is_none() {
            plan.add.push(member.clone());
        } else if other_role.is_some() || difference != Difference::None {
            plan.update.push(ImportedMember { is_new: false, ..member.clone() });
        } else {
            plan.unchanged += 1;
        }
    }
    Ok(plan)
}

/// The difference between the user of a row and the stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    /// The row has the stored name and address, or fewer.
    None,
    /// The row has a name or an address that is not stored yet.
    New,
    /// The row has another name or address than the stored one.
    Conflict,
}

fn difference(user: &User, known: Option<&User>) -> Difference {
    let fields = [
        (&user.name, known.and_then(|known| known.name.as_ref())),
        (&user.email, known.and_then(|known| known.email.as_ref())),
    ];
    let mut difference = Difference::None;
    for (value, before) in fields {
        match (value, before) {
            (Some(value), Some(before)) if value != before => return Difference::Conflict,
            (Some(_), None) => difference = Difference::New,
            _ => {}
        }
    }
    difference
}

async fn write_batch(
    session: &mut Session,
    rows: &[Checked],
    plan: &mut Plan,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<()> {
    if plan.add.is_empty() && plan.update.is_empty() {
        return Ok(());
    }
    let added = members::insert_many(session, &rows_of(&plan.add), now).await?;
    let updated = members::set_roles(session, &rows_of(&plan.update)).await?;
    let is_short = |plan: &Plan| added < plan.add.len() as u64 || updated < plan.update.len() as u64;
    if is_short(plan) {
        leave_out_removed(session, rows, plan).await?;
    }
    if is_short(plan) {
        // Another process added or removed a member since the plan.
        return Err(session.conflict());
    }
    let changed = plan.add.len() + plan.update.len();
    if changed == 0 {
        return Ok(());
    }
    let users = merged(plan.add.iter().chain(&plan.update).map(|member| &member.user));
    users::remember_many(session, &users, now).await?;
    operations::record(session, operation, i64::try_from(changed).unwrap_or(i64::MAX), 0).await
}

/// Fails the rows whose space was removed since they were checked; the statements have
/// skipped them.
async fn leave_out_removed(session: &mut Session, rows: &[Checked], plan: &mut Plan) -> Result<()> {
    let planned = plan.add.iter().chain(&plan.update);
    let ids: HashSet<&str> = planned.clone().map(|member| member.space_id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let stored = spaces::find_many(session, &ids).await?.into_iter();
    let gone: HashMap<String, Removed> = stored.filter_map(|stored| Some((stored.space.id, stored.removed?))).collect();
    let key = |member: &ImportedMember| (member.space_id.clone(), member.user.id.clone());
    let planned: HashSet<(String, String)> =
        planned.filter(|member| gone.contains_key(&member.space_id)).map(key).collect();
    for (line, member) in rows {
        if let Some(removed) = gone.get(&member.space_id)
            && planned.contains(&key(member))
        {
            let failure =
                Failure::of(format!("user {}", member.user.id), &spaces::removed_error(&member.space_id, *removed));
            plan.failures.push(failure.at_line(*line));
        }
    }
    plan.add.retain(|member| !gone.contains_key(&member.space_id));
    plan.update.retain(|member| !gone.contains_key(&member.space_id));
    Ok(())
}

/// Merges the rows of each user: the last name and address count.
fn merged<'u>(users: impl Iterator<Item = &'u User>) -> Vec<User> {
    let mut known: HashMap<&str, User> = HashMap::new();
    for user in users.filter(|user| user.name.is_some() || user.email.is_some()) {
        let entry = known.entry(&user.id).or_insert_with(|| User { id: user.id.clone(), ..User::default() });
        entry.name = user.name.clone().or(entry.name.take());
        entry.email = user.email.clone().or(entry.email.take());
    }
    known.into_values().collect()
}
