//! Makes an invite for every row of a file: people and their addresses.

pub(crate) mod apply;
pub(crate) mod of_spaces;

use std::collections::{HashMap, HashSet};

use crate::invites::generate_from::apply::{Foreseen, apply};
use crate::invites::generate_from::of_spaces::space_of_file;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::batch::{Failure, Observer};
use crate::error::{Error, Result};
use crate::invites::deliver::Delivery;
use crate::invites::generate::{GenerateSummary, Terms, draft, row_failure};
use crate::invites::issue::{Draft, Issued};
use crate::records::{Record, Records};
use crate::service::{Actor, Service};
use crate::store::tables::spaces::{self, Space};
use crate::store::{Seen, reading};
use crate::text::check_id;

/// How many rows one transaction takes.
const BATCH: usize = 1_000;

/// One person to invite.
#[derive(Debug, Clone, Deserialize)]
pub struct PersonRow {
    /// The space; where the file has no such column, the request's.
    #[serde(default)]
    pub space_id: Option<String>,
    /// Their address.
    #[serde(default)]
    pub email: Option<String>,
    /// The role to grant.
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

/// Makes an invite for each row; a row that fails is told of (so one for a space
/// in which the user that is acted for may not create), and the others go on. Each batch is one transaction.
///
/// # Errors
/// [`Error::Invalid`] for a file that cannot be read as rows, and what the
/// database says; never for a single row.
pub async fn generate_from(
    service: &Service,
    actor: &Actor,
    default_space: Option<&str>,
    terms: &Terms,
    rows: Records<PersonRow>,
    observer: &mut dyn Observer<Issued>,
) -> Result<GenerateSummary> {
    make_rows(service, actor, (default_space, terms, None), rows, observer).await
}

/// Does what [`generate_from`] would do up to the sending, and rolls back each
/// batch: the dry run. Tells the observer of each invite on its terms, and of
/// each row that would fail; the codes exist nowhere. `sent` counts the e-mails
/// that would be sent.
///
/// # Errors
/// As [`generate_from`].
pub async fn preview_from(
    service: &Service,
    actor: &Actor,
    default_space: Option<&str>,
    terms: &Terms,
    rows: Records<PersonRow>,
    observer: &mut dyn Observer<Issued>,
) -> Result<GenerateSummary> {
    make_rows(service, actor, (default_space, terms, Some(Foreseen::default())), rows, observer).await
}

async fn make_rows<'s>(
    service: &'s Service,
    actor: &Actor,
    (default_space, terms, mut foreseen): (Option<&str>, &Terms, Option<Foreseen<'s>>),
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
    let mut delivery = Delivery::on_behalf(service, &operation).await?;
    let mut summary = GenerateSummary::default();
    let mut seen = Seen::new().await?;
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
        if let Some(foreseen) = &mut foreseen {
            foreseen.made.clear();
        }
        let applied = apply(service, actor, (&operation, &mut foreseen), drafts, &mut outcome).await;
        summary.failed += outcome.failures.len() as u64;
        outcome.failures.sort_by_key(|failure| failure.line);
        outcome.failures.iter().for_each(|failure| observer.failed(failure));
        if foreseen.is_some() {
            summary.foresee(outcome.issued.iter().map(|(_, issued)| issued), observer);
            applied?;
            observer.advance(read);
            continue;
        }
        summary.made += outcome.issued.len() as u64;
        // Whatever became of the rest; and out of what is split: a letter that
        // cannot be recorded makes no row again.
        let handed_over = delivery.hand_over(outcome.issued.into_iter(), observer).await;
        applied?;
        summary.interrupted |= handed_over?;
        observer.advance(read);
    }
    if foreseen.is_some() {
        return Ok(summary);
    }
    (summary.sent, summary.unsent) = (delivery.sent, delivery.unsent);
    summary.failed += delivery.unrecorded;
    summary.finish(service, &operation).await?;
    Ok(summary)
}

/// The drafts that want a place which no earlier line wanted; the others fail.
async fn without_repeated<'p>(
    seen: &mut Seen,
    drafts: Vec<(u64, Draft<'p>)>,
    outcome: &mut Outcome,
) -> Result<Vec<(u64, Draft<'p>)>> {
    let wanting = drafts.iter().enumerate().filter_map(|(index, (line, draft))| {
        let slot = draft.slot.clone()?;
        Some((index, slot, *line))
    });
    let wanting: Vec<(usize, String, u64)> = wanting.collect();
    let repeated = seen.name(wanting.iter().map(|(_, slot, line)| (slot.as_str(), *line))).await?;
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

/// Refuses the batch where no e-mail of a space could be sent: the reason holds
/// for every row.
fn check_mailer<'s>(service: &Service, mut spaces: impl Iterator<Item = &'s Space>) -> Result<()> {
    spaces.try_for_each(|space| {
        let policy = service.policies().find(&space.policy).filter(|policy| policy.email_required);
        policy.map_or(Ok(()), |policy| service.mailer_for(policy).map(|_| ()))
    })
}

/// The spaces that a batch names, by id.
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

/// What became of the rows of one batch.
#[derive(Default)]
pub(crate) struct Outcome {
    issued: Vec<(Option<u64>, Issued)>,
    failures: Vec<Failure>,
}

/// What the failure of a row is about that made no draft: its address, else its
/// space; only the line is known of one that cannot be read.
fn subject_of_row(line: u64, row: &Result<PersonRow>, default_space: Option<&str>) -> String {
    let named = |row: &PersonRow| row.email.clone().or(row.space_id.clone()).or(default_space.map(str::to_owned));
    let named = row.as_ref().ok().and_then(named);
    named.unwrap_or_else(|| format!("line {line}"))
}

/// The same of a draft.
fn subject_of(draft: Draft<'_>) -> String {
    draft.email.unwrap_or(draft.space.id)
}
