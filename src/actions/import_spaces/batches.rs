//! The batches of an import: read from the file, and each row checked by itself
//! and against the rows before it.

use std::collections::HashMap;

use super::{ImportSpacesRequest, SpaceRow};
use crate::actions::{Failure, Service, check_id, check_text};
use crate::error::{Error, Result};
use crate::invite::CodeKey;
use crate::invite::code::{Code, normalise};
use crate::policy::{KeptAs, Policy};
use crate::records::Records;
use crate::store::Seen;
use crate::store::spaces::Space;

/// How many rows one transaction takes.
const BATCH: u32 = 10_000;

/// A row that can be right by itself.
pub(super) struct Checked<'s> {
    pub line: u64,
    pub space: Space,
    pub policy: &'s Policy,
    pub code: Option<Code>,
}

impl Checked<'_> {
    pub(super) fn key(&self) -> Option<CodeKey> {
        self.code.as_ref().map(|code| code.key(KeptAs::Text))
    }
}

/// A batch that is ready to be written.
pub(super) struct Batch<'s> {
    /// How many rows were read for it.
    pub read: u64,
    pub rows: Vec<Checked<'s>>,
    /// Those that cannot be right.
    pub failures: Vec<Failure>,
}

pub(super) struct Batches<'s> {
    service: &'s Service,
    request: &'s ImportSpacesRequest,
    /// There but while they are read.
    rows: Option<Records<SpaceRow>>,
    /// The ids and codes of the lines before.
    seen: Seen,
}

impl<'s> Batches<'s> {
    pub(super) async fn new(
        service: &'s Service,
        request: &'s ImportSpacesRequest,
        rows: Records<SpaceRow>,
    ) -> Result<Self> {
        Ok(Batches { service, request, rows: Some(rows), seen: Seen::new().await? })
    }

    /// The next batch; none behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Batch<'s>>> {
        let mut batch = Batch { read: 0, rows: Vec::new(), failures: Vec::new() };
        for (line, row) in self.read().await? {
            batch.read += 1;
            let checked = row.map_err(|error| (None, error)).and_then(|row| {
                let id = row.id.clone();
                self.check_row(line, row).map_err(|error| (Some(id), error))
            });
            match checked {
                Ok(row) => batch.rows.push(row),
                Err((id, error)) => {
                    batch.failures.push(Failure::of(subject(id.as_deref()), &error).at_line(line));
                }
            }
        }
        if batch.read == 0 {
            return Ok(None);
        }
        let ids: Vec<(&str, u64)> = batch.rows.iter().map(|row| (row.space.id.as_str(), row.line)).collect();
        let repeated = self.seen.name_ids(&ids).await?;
        batch.leave_out(&repeated, "the space");
        let bringing = batch.rows.iter().enumerate().filter_map(|(place, row)| Some((place, row.key()?, row.line)));
        let bringing: Vec<(usize, CodeKey, u64)> = bringing.collect();
        // Together with a word, so that it is the name of no space.
        let codes = bringing.iter().map(|(_, key, line)| (("code", key.as_str()), *line));
        let repeated = self.seen.name(codes).await?;
        let repeated = repeated.into_iter().map(|(index, line)| (bringing[index].0, line)).collect();
        batch.leave_out(&repeated, "the code that it brings");
        Ok(Some(batch))
    }

    /// Reads the rows of a batch on a thread of their own, beside what the engine
    /// does with the batch before.
    async fn read(&mut self) -> Result<Vec<(u64, Result<SpaceRow>)>> {
        let Some(mut rows) = self.rows.take() else { return Ok(Vec::new()) };
        let size = self.service.batch_size(BATCH) as usize;
        let reading = tokio::task::spawn_blocking(move || {
            let read = rows.by_ref().take(size).collect();
            (rows, read)
        });
        let (rows, read) =
            reading.await.map_err(|error| Error::database("reading the file broke off").caused_by(error))?;
        self.rows = Some(rows);
        Ok(read)
    }

    fn check_row(&self, line: u64, row: SpaceRow) -> Result<Checked<'s>> {
        check_id("space's id", &row.id)?;
        check_text("space's name", &row.name, 200)?;
        let policy = row.policy.as_ref().or(self.request.default_policy.as_ref());
        let policy = policy.ok_or_else(|| Error::invalid("the row names no policy"))?;
        let policy = self.service.policies().get(policy)?;
        let code = row.code.filter(|code| !code.is_empty()).map(|code| check_code(policy, &code)).transpose()?;
        Ok(Checked { line, space: Space { id: row.id, policy: policy.name.clone(), name: row.name }, policy, code })
    }
}

impl Batch<'_> {
    /// Takes out the rows that repeat an earlier line: they fail.
    fn leave_out(&mut self, repeated: &HashMap<usize, u64>, what: &str) {
        if repeated.is_empty() {
            return;
        }
        let mut kept = Vec::with_capacity(self.rows.len());
        for (place, row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if let Some(line) = repeated.get(&place) {
                let error = Error::duplicate(format!("{what} is on line {line} already"));
                self.failures.push(Failure::of(subject(Some(&row.space.id)), &error).at_line(row.line));
            } else {
                kept.push(row);
            }
        }
        self.rows = kept;
    }
}

/// What a failure of a row is about; nothing where it names no space.
pub(super) fn subject(id: Option<&str>) -> String {
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
