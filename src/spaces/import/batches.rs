//! Reads the batches of an import, and checks each row by itself and against earlier rows.

use std::collections::HashMap;

use tokio::runtime::Handle;

use crate::batch::Failure;
use crate::error::{Error, Result};
use crate::model::code::{Code, CodeKey, MIN_LENGTH, Storage, normal_length};
use crate::policy::{Policies, Policy};
use crate::records::Records;
use crate::service::Service;
use crate::spaces::import::request::{ImportSpacesRequest, SpaceRow};
use crate::store::DuplicateTracker;
use crate::store::tables::spaces::Space;
use crate::text::{check_id, check_name, is_null_word, null_word_hint, quoted};

/// Maximum number of rows per transaction.
const BATCH: u32 = 10_000;

/// Maximum length of an imported code, in characters.
const MAX_LENGTH: usize = 50;

/// Minimum number of letters and digits of an imported code if short codes are accepted. A
/// shorter code could be redeemed by a typing mistake.
const SHORTEST: usize = 4;

/// A row that is valid by itself; it was not compared with the stored spaces yet.
pub(crate) struct Checked {
    pub line: u64,
    pub space: Space,
    pub code: Option<Code>,
}

impl Checked {
    pub(crate) fn key(&self) -> Option<CodeKey> {
        self.code.as_ref().map(|code| code.key(Storage::Text))
    }
}

/// A batch that is ready to be written.
pub(crate) struct Batch {
    /// Number of rows that were read.
    pub read: u64,
    pub rows: Vec<Checked>,
    /// The invalid rows.
    pub failures: Vec<Failure>,
}

/// The batches of a file. They are read on a separate thread, so that they do not delay the
/// concurrent write.
pub(crate) struct Batches {
    /// `None` while a batch is being read.
    file: Option<CheckedFile>,
}

impl Batches {
    pub(crate) async fn new(service: &Service, request: &ImportSpacesRequest, rows: Records<SpaceRow>) -> Result<Self> {
        let file = CheckedFile {
            rows,
            rules: Rules {
                policies: service.policies().clone(),
                default_policy: request.default_policy.clone(),
                allow_short_codes: request.allow_short_codes,
            },
            size: service.batch_size(BATCH) as usize,
            seen: DuplicateTracker::new().await?,
        };
        Ok(Batches { file: Some(file) })
    }

    /// Reads the next batch; `None` at the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch>> {
        // After a read that was cancelled, the rest would look like the end of the file.
        let Some(mut file) = self.file.take() else { return Err(Error::database("reading the file was interrupted")) };
        let runtime = Handle::current();
        let reading = tokio::task::spawn_blocking(move || {
            let batch = runtime.block_on(file.next());
            (file, batch)
        });
        let (file, batch) =
            reading.await.map_err(|error| Error::database("reading the file was interrupted").with_source(error))?;
        self.file = Some(file);
        batch
    }
}

/// A file whose rows are checked.
struct CheckedFile {
    rows: Records<SpaceRow>,
    /// Number of rows per batch.
    size: usize,
    rules: Rules,
    /// The IDs and codes of earlier lines.
    seen: DuplicateTracker,
}

/// The policies and options that apply to all imported rows.
struct Rules {
    policies: Policies,
    default_policy: Option<String>,
    allow_short_codes: bool,
}

impl CheckedFile {
    async fn next(&mut self) -> Result<Option<Batch>> {
        let mut batch = self.read();
        if batch.read == 0 {
            return Ok(None);
        }
        let ids: Vec<(&str, u64)> = batch.rows.iter().map(|row| (row.space.id.as_str(), row.line)).collect();
        let repeated = self.seen.track_ids(&ids).await?;
        batch.fail_repeated(&repeated, "the space");
        let bringing = batch.rows.iter().enumerate().filter_map(|(place, row)| Some((place, row.key()?, row.line)));
        let bringing: Vec<(usize, CodeKey, u64)> = bringing.collect();
        // With a prefix, so that codes are distinct from space IDs.
        let codes = bringing.iter().map(|(_, key, line)| (("code", key.as_str()), *line));
        let repeated = self.seen.track(codes).await?;
        let repeated = repeated.into_iter().map(|(index, line)| (bringing[index].0, line)).collect();
        batch.fail_repeated(&repeated, "the code of the row");
        Ok(Some(batch))
    }

    fn read(&mut self) -> Batch {
        let mut batch = Batch { read: 0, rows: Vec::with_capacity(self.size), failures: Vec::new() };
        for (line, row) in self.rows.by_ref().take(self.size) {
            batch.read += 1;
            let checked = row.map_err(|error| (String::new(), error)).and_then(|row| self.rules.check(line, row));
            match checked {
                Ok(row) => batch.rows.push(row),
                Err((id, error)) => batch.failures.push(Failure::of(subject(&id), &error).at_line(line)),
            }
        }
        batch
    }
}

impl Rules {
    /// Checks a row. The error contains the ID of the row.
    fn check(&self, line: u64, row: SpaceRow) -> Result<Checked, (String, Error)> {
        let check = || {
            check_id("space ID", &row.id)?;
            check_name("space name", &row.name)?;
            let policy = row.policy.as_ref().or(self.default_policy.as_ref());
            let policy = self.policies.get(policy.ok_or_else(|| Error::invalid("the policy is missing"))?)?;
            let code = row.code.as_ref().filter(|code| !code.is_empty());
            Ok((policy.name.clone(), code.map(|code| check_code(policy, code, self.allow_short_codes)).transpose()?))
        };
        match check() {
            Ok((policy, code)) => Ok(Checked { line, space: Space { id: row.id, policy, name: row.name }, code }),
            Err(error) => Err((row.id, error)),
        }
    }
}

impl Batch {
    /// Reports rows that duplicate an earlier line as failures.
    fn fail_repeated(&mut self, repeated: &HashMap<usize, u64>, what: &str) {
        if repeated.is_empty() {
            return;
        }
        let mut kept = Vec::with_capacity(self.rows.len());
        for (place, row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if let Some(line) = repeated.get(&place) {
                let error = Error::duplicate(format!("{what} is a duplicate of line {line}"));
                self.failures.push(Failure::of(subject(&row.space.id), &error).at_line(row.line));
            } else {
                kept.push(row);
            }
        }
        self.rows = kept;
    }
}

/// Returns the subject of a failure; empty for a row without an ID.
pub(crate) fn subject(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!("space {id}") }
}

/// Checks an imported code, which is stored unchanged.
fn check_code(policy: &Policy, text: &str, allow_short: bool) -> Result<Code> {
    if is_null_word(text) {
        return Err(Error::invalid(format!("the code is {}, a word for a missing value", quoted(text)))
            .with_hint(null_word_hint(text)));
    }
    if !policy.standing || policy.storage != Storage::Text {
        return Err(Error::invalid(format!("a space of the policy {} cannot have a standing code", policy.name)));
    }
    let is_allowed = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if text.len() > MAX_LENGTH || !is_allowed {
        return Err(Error::invalid("invalid code: it must be up to 50 of A-Z, a-z, 0-9, - and _"));
    }
    // Dashes do not count, because users may leave them out.
    let length = normal_length(text);
    if length < SHORTEST {
        return Err(Error::invalid(format!("the code is too short: {length} letters and digits (minimum {SHORTEST})"))
            .with_hint("leave the code out, so that backfill creates a new one"));
    }
    if length < usize::from(MIN_LENGTH) && !allow_short {
        return Err(Error::invalid(format!(
            "the code is easy to guess: {length} letters and digits (minimum {MIN_LENGTH})"
        ))
        .with_hint(
            "leave the code out, so that backfill creates a new one; or accept short codes: --allow-short-codes",
        ));
    }
    Ok(Code::new(text))
}
