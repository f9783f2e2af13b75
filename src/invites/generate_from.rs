//! Creates an invite for every row of a file.

mod apply;
mod dry_run;
mod outcome;
mod row_limits;
mod row_spaces;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::batch::Observer;
use crate::error::{Error, Result};
use crate::invites::deliver::Delivery;
use crate::invites::generate::{GenerateSummary, Terms, draft};
use crate::invites::generate_from::apply::apply;
use crate::invites::generate_from::dry_run::DryRun;
use crate::invites::generate_from::outcome::{Outcome, row_failure, subject_of};
use crate::invites::generate_from::row_spaces::space_of_file;
use crate::invites::issue::{Draft, Issued};
use crate::records::{Record, Records};
use crate::service::{Actor, Service};
use crate::store::tables::spaces::{self, Space};
use crate::store::{DuplicateTracker, reading};
use crate::text::check_id;

/// Maximum number of rows per transaction.
const BATCH: usize = 1_000;

/// A row: a person to invite.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct PersonRow {
    /// The space; if the file has no such column, the space of the request.
    #[serde(default)]
    pub space_id: Option<String>,
    /// The address.
    #[serde(default)]
    pub email: Option<String>,
    /// The role that the invite grants.
    #[serde(default)]
    pub role: Option<String>,
    /// A note.
    #[serde(default)]
    pub note: Option<String>,
}

impl Record for PersonRow {
    const COLUMNS: &'static [&'static str] = &["space_id", "email", "role", "note"];
    const REQUIRED: &'static [&'static str] = &[];
    const ALIASES: &'static [(&'static str, &'static str)] = &[("space", "space_id"), ("address", "email")];
}

impl Service {
    /// Creates an invite for each row, in batches of one transaction each. A row that fails,
    /// for example because the actor may not create invites in its space, is reported; the
    /// others are not affected.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a file that cannot be read as rows, and any error of the database
    /// that does not concern a single row.
    pub async fn generate_from(
        &self,
        actor: &Actor,
        default_space: Option<&str>,
        terms: &Terms,
        rows: Records<PersonRow>,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<GenerateSummary> {
        create_rows(self, actor, (default_space, terms, None), rows, observer).await
    }

    /// Runs [`Service::generate_from`] without sending, and rolls back each batch: the dry run.
    /// Reports each invite with its terms, and each row that would fail; the codes are not
    /// stored. `sent` counts the e-mails that would be sent.
    ///
    /// # Errors
    /// As [`Service::generate_from`].
    pub async fn dry_run_generate_from(
        &self,
        actor: &Actor,
        default_space: Option<&str>,
        terms: &Terms,
        rows: Records<PersonRow>,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<GenerateSummary> {
        create_rows(self, actor, (default_space, terms, Some(DryRun::default())), rows, observer).await
    }
}

async fn create_rows<'s>(
    service: &'s Service,
    actor: &Actor,
    (default_space, terms, mut dry_run): (Option<&str>, &Terms, Option<DryRun<'s>>),
    mut rows: Records<PersonRow>,
    observer: &mut dyn Observer<Issued>,
) -> Result<GenerateSummary> {
    service.check_actor(actor)?;
    let space = space_of_file(service, actor, default_space, rows.has_column("space_id")).await?;
    let default_space = space.as_deref();
    let mut operation = service.operation(actor, "generate", service.now());
    operation = match default_space {
        Some(space) => operation.on(format!("space {space}")),
        None => operation.on_any(rows.name()),
    };
    let mut delivery = Delivery::for_actor(service, &operation).await?;
    let mut summary = GenerateSummary::default();
    let mut seen = DuplicateTracker::new().await?;
    loop {
        if observer.stop_requested() {
            summary.interrupted = true;
            break;
        }
        let now = service.now();
        let batch: Vec<(u64, Result<PersonRow>)> = rows.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        let read = batch.len() as u64;
        let known = spaces_of(service, default_space, &batch).await?;
        if terms.send {
            check_mailer(service, known.values())?;
        }
        let (mut drafts, mut outcome) = (Vec::with_capacity(batch.len()), Outcome::default());
        for (line, row) in batch {
            let subject = subject_of_row(line, &row, default_space);
            match row.and_then(|row| plan_row(service, actor, default_space, &known, terms, row, now)) {
                Ok(draft) => drafts.push((line, draft)),
                Err(error) => outcome.failures.push(row_failure(line, &subject, &error)),
            }
        }
        let drafts = without_repeated(&mut seen, drafts, &mut outcome).await?;
        if let Some(dry_run) = &mut dry_run {
            dry_run.created.clear();
        }
        let applied = apply(service, actor, (&operation, &mut dry_run), drafts, &mut outcome).await;
        summary.failed += outcome.failures.len() as u64;
        outcome.failures.sort_by_key(|failure| failure.line);
        outcome.failures.iter().for_each(|failure| observer.failed(failure));
        if dry_run.is_some() {
            summary.add_previews(outcome.issued.iter().map(|(_, issued)| issued), observer);
            applied?;
            observer.advance(read);
            continue;
        }
        summary.created += outcome.issued.len() as u64;
        // Also if `apply` failed: the created invites are stored. Outside of the bisected part,
        // so that an e-mail that cannot be recorded does not create a row again.
        let stopped = delivery.send_created(outcome.issued.into_iter(), observer).await;
        applied?;
        summary.interrupted |= stopped?;
        observer.advance(read);
    }
    if dry_run.is_some() {
        return Ok(summary);
    }
    (summary.sent, summary.unsent) = (delivery.sent, delivery.unsent);
    summary.failed += delivery.unrecorded;
    summary.finish(service, &operation).await?;
    Ok(summary)
}

/// Returns the drafts whose slot no earlier line has; the other drafts fail.
async fn without_repeated<'p>(
    seen: &mut DuplicateTracker,
    drafts: Vec<(u64, Draft<'p>)>,
    outcome: &mut Outcome,
) -> Result<Vec<(u64, Draft<'p>)>> {
    let wanting = drafts.iter().enumerate().filter_map(|(index, (line, draft))| {
        let slot = draft.slot.clone()?;
        Some((index, slot, *line))
    });
    let wanting: Vec<(usize, String, u64)> = wanting.collect();
    let repeated = seen.track(wanting.iter().map(|(_, slot, line)| (slot.as_str(), *line))).await?;
    let repeated: HashMap<usize, u64> = repeated.into_iter().map(|(place, line)| (wanting[place].0, line)).collect();
    let mut kept = Vec::with_capacity(drafts.len());
    for (index, (line, draft)) in drafts.into_iter().enumerate() {
        let Some(first) = repeated.get(&index) else {
            kept.push((line, draft));
            continue;
        };
        let what = if draft.email.is_some() { "the address" } else { "the space" };
        let error = Error::duplicate(format!("{what} is a duplicate of line {first}"));
        outcome.failures.push(row_failure(line, &subject_of(draft), &error));
    }
    Ok(kept)
}

/// Refuses the batch if the e-mails of a space could not be sent: the reason would be the
/// same for every row.
fn check_mailer<'s>(service: &Service, mut spaces: impl Iterator<Item = &'s Space>) -> Result<()> {
    spaces.try_for_each(|space| {
        let policy = service.policies().find(&space.policy).filter(|policy| policy.email_required());
        policy.map_or(Ok(()), |policy| service.mailer_for(policy).map(|_| ()))
    })
}

/// Looks up the spaces of a batch, by ID.
async fn spaces_of(
    service: &Service,
    default_space: Option<&str>,
    batch: &[(u64, Result<PersonRow>)],
) -> Result<HashMap<String, Space>> {
    let rows = batch.iter().filter_map(|(_, row)| row.as_ref().ok());
    let named: HashSet<&str> = rows.filter_map(|row| row.space_id.as_deref()).chain(default_space).collect();
    let ids: Vec<&str> = named.into_iter().filter(|id| check_id("space ID", id).is_ok()).collect();
    let stored = reading!(service.db(), |session| { spaces::find_many(session, &ids).await })?;
    Ok(stored.into_iter().map(|stored| (stored.space.id.clone(), stored.space)).collect())
}

fn plan_row<'s>(
    service: &'s Service,
    actor: &Actor,
    default_space: Option<&str>,
    known: &HashMap<String, Space>,
    terms: &Terms,
    row: PersonRow,
    now: DateTime<Utc>,
) -> Result<Draft<'s>> {
    let id = row.space_id.as_deref().or(default_space).ok_or_else(|| Error::invalid("the space is missing"))?;
    let space = known.get(id).ok_or_else(|| spaces::not_found(id))?.clone();
    let policy = service.policy_of(&space)?;
    let terms = Terms {
        email: row.email.or_else(|| terms.email.clone()),
        role: row.role.or_else(|| terms.role.clone()),
        note: row.note.or_else(|| terms.note.clone()),
        ..terms.clone()
    };
    draft(service, actor, space, policy, &terms, now)
}

/// Returns the subject of the failure of a row without a draft: its address or its space,
/// or the line if the row cannot be read.
fn subject_of_row(line: u64, row: &Result<PersonRow>, default_space: Option<&str>) -> String {
    let subject = |row: &PersonRow| row.email.clone().or(row.space_id.clone()).or(default_space.map(str::to_owned));
    let subject = row.as_ref().ok().and_then(subject);
    subject.unwrap_or_else(|| format!("line {line}"))
}
