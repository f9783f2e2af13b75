//! Takes spaces in from a file: new ones are added, known ones left as they
//! are. A space that already has a code elsewhere brings it along.

mod plan;

use std::collections::HashMap;

use serde::Deserialize;

use super::halves::Halves;
use super::import::ImportSummary;
use super::{Actor, Failure, Observer, Service, check_id, check_text};
use crate::error::{Error, Result};
use crate::invite::CodeKey;
use crate::invite::code::{Code, normalise};
use crate::policy::{KeptAs, Policy};
use crate::records::{Record, Records};
use crate::store::operations::Operation;
use crate::store::spaces::Space;
use crate::store::{Seen, in_transaction, reading};
use plan::{plan_batch, write_batch};

/// How many rows one transaction takes.
const BATCH: u32 = 10_000;

/// One space of a file.
#[derive(Clone, Deserialize)]
pub struct SpaceRow {
    /// The application's id.
    pub id: String,
    /// Its policy; where the file has no such column, the request's.
    #[serde(default)]
    pub policy: Option<String>,
    /// Its name.
    pub name: String,
    /// The standing code that it already has, in any form (seed 001 shows two).
    #[serde(default)]
    pub code: Option<String>,
}

impl Record for SpaceRow {
    const COLUMNS: &'static [&'static str] = &["id", "policy", "name", "code"];
    const REQUIRED: &'static [&'static str] = &["id", "name"];
    const ALIASES: &'static [(&'static str, &'static str)] =
        &[("space_id", "id"), ("space_name", "name"), ("invite_code", "code")];
}

/// How to take a file in.
#[derive(Debug, Clone, Default)]
pub struct ImportSpacesRequest {
    /// The policy of rows that name none.
    pub default_policy: Option<String>,
    /// Give known spaces the file's names.
    pub update: bool,
    /// Plan, and stop there.
    pub dry_run: bool,
}

/// A space taken in.
#[derive(Debug, Clone)]
pub struct ImportedSpace {
    /// The space.
    pub space: Space,
    /// Whether it is new here; else it was renamed.
    pub is_new: bool,
    /// Whether it brought its standing code along.
    pub brings_code: bool,
}

/// Takes spaces in, batch by batch, each one transaction.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::Invalid`] for an unknown default policy or rows without one, and
/// what the database says; never for a single row.
pub async fn import_spaces(
    service: &Service,
    actor: &Actor,
    request: &ImportSpacesRequest,
    mut rows: Records<SpaceRow>,
    observer: &mut dyn Observer<ImportedSpace>,
) -> Result<ImportSummary> {
    if let Some(policy) = &request.default_policy {
        service.policies().get(policy)?;
    } else if !rows.has_column("policy") {
        return Err(Error::invalid("line 1: the column policy is missing, and no policy was given")
            .hint("add the column, or --policy NAME for all rows"));
    }
    let mut run = Run {
        service,
        request,
        operation: service.operation(actor, "space import", service.now()),
        summary: ImportSummary::default(),
        seen: Seen::new().await?,
    };
    loop {
        if observer.stop_requested() {
            run.summary.interrupted = true;
            break;
        }
        let batch: Vec<(u64, Result<SpaceRow>)> = rows.by_ref().take(service.batch_size(BATCH) as usize).collect();
        if batch.is_empty() {
            break;
        }
        let read = batch.len() as u64;
        run.summary.read += read;
        let planned = run.check(batch, observer).await?;
        run.apply(planned, observer).await?;
        observer.advance(read);
    }
    if run.summary.added + run.summary.updated > 0 && !request.dry_run {
        service.finish(&run.operation, run.summary.failed).await?;
    }
    Ok(run.summary)
}

/// A row that can be right by itself.
struct Checked<'s> {
    line: u64,
    space: Space,
    policy: &'s Policy,
    code: Option<Code>,
}

impl Checked<'_> {
    fn key(&self) -> Option<CodeKey> {
        self.code.as_ref().map(|code| code.key(KeptAs::Text))
    }
}

struct Run<'s> {
    service: &'s Service,
    request: &'s ImportSpacesRequest,
    operation: Operation,
    summary: ImportSummary,
    /// The ids and codes of the lines before.
    seen: Seen,
}

impl<'s> Run<'s> {
    /// Checks each row by itself and against the rows before it.
    async fn check(
        &mut self,
        batch: Vec<(u64, Result<SpaceRow>)>,
        observer: &mut dyn Observer<ImportedSpace>,
    ) -> Result<Vec<Checked<'s>>> {
        let mut rows = Vec::with_capacity(batch.len());
        for (line, row) in batch {
            let subject = subject(row.as_ref().ok().map(|row| row.id.as_str()));
            match row.and_then(|row| self.check_row(line, row)) {
                Ok(row) => rows.push(row),
                Err(error) => self.fail(&Failure::of(subject, &error).at_line(line), observer),
            }
        }
        let ids: Vec<(String, u64)> = rows.iter().map(|row| (format!("id {}", row.space.id), row.line)).collect();
        let ids = self.seen.name(&ids).await?;
        let rows = self.without(rows, &ids, "the space", observer);
        let bringing = rows.iter().enumerate().filter_map(|(place, row)| Some((place, row.key()?, row.line)));
        let (places, codes): (Vec<usize>, Vec<(String, u64)>) =
            bringing.map(|(place, key, line)| (place, (format!("code {}", key.as_str()), line))).unzip();
        let repeated = self.seen.name(&codes).await?;
        let taken = repeated.into_iter().map(|(index, line)| (places[index], line)).collect();
        Ok(self.without(rows, &taken, "the code that it brings", observer))
    }

    /// The rows that repeat no earlier line; the others fail.
    fn without(
        &mut self,
        rows: Vec<Checked<'s>>,
        repeated: &HashMap<usize, u64>,
        what: &str,
        observer: &mut dyn Observer<ImportedSpace>,
    ) -> Vec<Checked<'s>> {
        let mut kept = Vec::with_capacity(rows.len());
        for (place, row) in rows.into_iter().enumerate() {
            if let Some(line) = repeated.get(&place) {
                let error = Error::duplicate(format!("{what} is on line {line} already"));
                self.fail(&Failure::of(subject(Some(&row.space.id)), &error).at_line(row.line), observer);
            } else {
                kept.push(row);
            }
        }
        kept
    }

    fn check_row(&self, line: u64, row: SpaceRow) -> Result<Checked<'s>> {
        check_id("space's id", &row.id)?;
        check_text("space's name", &row.name, 200)?;
        let policy = row.policy.or_else(|| self.request.default_policy.clone());
        let policy = policy.ok_or_else(|| Error::invalid("the row names no policy"))?;
        let policy = self.service.policies().get(&policy)?;
        let code = row.code.filter(|code| !code.is_empty()).map(|code| check_code(policy, &code)).transpose()?;
        Ok(Checked { line, space: Space { id: row.id, policy: policy.name.clone(), name: row.name }, policy, code })
    }

    /// Applies a batch in one transaction; where the database refuses a row,
    /// halves it until that row stands alone.
    async fn apply(&mut self, rows: Vec<Checked<'s>>, observer: &mut dyn Observer<ImportedSpace>) -> Result<()> {
        let mut parts = Halves::of(rows);
        while let Some(part) = parts.next() {
            if let Err(error) = self.apply_at_once(&part, observer).await
                && let Some((row, error)) = parts.split(part, error)?
            {
                self.fail(&Failure::of(subject(Some(&row.space.id)), &error).at_line(row.line), observer);
            }
        }
        Ok(())
    }

    async fn apply_at_once(&mut self, rows: &[Checked<'s>], observer: &mut dyn Observer<ImportedSpace>) -> Result<()> {
        let (service, operation, request) = (self.service, &self.operation, self.request);
        let plan = if request.dry_run {
            reading!(service.db(), |session| { plan_batch(session, rows, request.update).await })?
        } else {
            in_transaction!(service.db(), |session| {
                let now = service.now();
                let mut plan = plan_batch(session, rows, request.update).await?;
                write_batch(session, service, &mut plan, now, operation).await?;
                Ok(plan)
            })?
        };
        self.summary.added += plan.add.len() as u64;
        self.summary.updated += plan.rename.len() as u64;
        self.summary.unchanged += plan.unchanged;
        for (rows, is_new) in [(&plan.add, true), (&plan.rename, false)] {
            for row in rows {
                let brings_code = is_new && row.code.is_some();
                observer.done(&ImportedSpace { space: row.space.clone(), is_new, brings_code });
            }
        }
        observer.unchanged(plan.unchanged);
        for failure in &plan.failures {
            self.fail(failure, observer);
        }
        Ok(())
    }

    fn fail(&mut self, failure: &Failure, observer: &mut dyn Observer<ImportedSpace>) {
        self.summary.failed += 1;
        observer.failed(failure);
    }
}

/// What a failure of a row is about; nothing where it names no space.
fn subject(id: Option<&str>) -> String {
    id.filter(|id| !id.is_empty()).map_or(String::new(), |id| format!("space {id}"))
}

/// A code that a space brings along: kept exactly as it is.
fn check_code(policy: &Policy, text: &str) -> Result<Code> {
    if !policy.standing || policy.kept_as != KeptAs::Text {
        return Err(Error::invalid(format!(
            "a space of the policy {} has no standing code to bring along",
            policy.name
        )));
    }
    let length = text.chars().count();
    let fits = (4..=50).contains(&length) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !fits || normalise(text).is_empty() {
        return Err(Error::invalid("the code that it brings is not 4 to 50 of A-Z, a-z, 0-9, - and _"));
    }
    Ok(Code::new(text))
}
