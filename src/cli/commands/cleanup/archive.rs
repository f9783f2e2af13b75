//! Archive of deleted invites in JSON Lines. Each deleted invite has exactly one complete
//! line, even if a run is killed.
//!
//! A batch is written to the disk before its invites are deleted. Each line contains the
//! offset at which its batch begins. If the newest batch was not deleted, the next run finds
//! its invites in the database and removes their lines. The file is locked, so that one run
//! at a time appends.

use std::fs::{File, TryLockError};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::cli::host::Interrupt;
use crate::cli::ui::json::SCHEMA;
use crate::cli::ui::paths::refuse_missing_folder;
use crate::cli::ui::views::{InviteView, UseView};
use crate::error::{Error, Result};
use crate::files;
use crate::invites::cleanup::Archived;
use crate::model::invite::Invite;
use crate::service::Service;

/// Number of attempts to lock the file, and the pause between two: 30 seconds in total.
const LOCK_ATTEMPTS: u32 = 300;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Beginning of every line.
const LINE_START: &str = "{\"schema\":";

/// Number of bytes at the beginning of a line that contain its batch and its ID.
const HEAD: u64 = 256;

/// Number of invites of the newest batch that are looked up in the database. A few are
/// enough, because a batch is deleted as a whole.
const MAX_LOOKUPS: usize = 100;

/// Locked archive.
pub(crate) struct Archive {
    path: PathBuf,
    out: BufWriter<File>,
    /// Offset of the current batch.
    begin: u64,
    /// Offset of the next byte.
    end: u64,
    /// Number of uses in the current line; `None` between lines.
    uses: Option<u64>,
    now: DateTime<Utc>,
}

/// Beginning of a line, before the uses of the invite.
#[derive(Serialize)]
struct Line<'a> {
    schema: u32,
    batch_offset: u64,
    #[serde(flatten)]
    invite: InviteView,
    code_key: &'a str,
}

impl Archive {
    /// Opens and locks the file, or creates it readable by its owner only. Removes the lines
    /// of a killed run whose invites were not deleted.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a file that is not an archive; [`Error::Unavailable`] if
    /// another run has locked it; errors of the system and the database.
    pub(crate) async fn open(path: &Path, service: &Service, interrupt: &Interrupt) -> Result<Self> {
        refuse_missing_folder(path)?;
        let cannot = |error: io::Error| {
            let text = format!("cannot open the archive {}", path.display());
            let error = if error.kind() == io::ErrorKind::InvalidInput {
                Error::invalid(text).with_source(error)
            } else {
                Error::database(text).with_source(error)
            };
            error.with_hint("name a new file or an existing archive, in a folder where this account can write")
        };
        let mut file = files::open_or_create(path, 0o600).map_err(cannot)?;
        lock(&file, path, interrupt)?;
        let tail = Tail::of(&mut file).map_err(cannot)?;
        let Some(tail) = tail else {
            return Err(Error::invalid(format!("not an archive of invites: {}", path.display()))
                .with_hint("the file was not changed; name another file"));
        };
        let mut end = tail.end;
        if !tail.newest.is_empty() && service.is_any_invite_stored(&tail.newest).await? {
            end = tail.begin;
        }
        file.set_len(end).map_err(cannot)?;
        let out = BufWriter::with_capacity(256 * 1024, file);
        Ok(Archive { path: path.to_owned(), out, begin: end, end, uses: None, now: service.now() })
    }

    /// Begins a batch. Removes the lines that an earlier attempt wrote.
    pub(crate) fn begin_batch(&mut self) -> Result<()> {
        self.uses = None;
        // The buffer may contain lines of that attempt.
        let truncated = self.out.flush().and_then(|()| self.out.get_ref().set_len(self.begin));
        self.end = self.begin;
        self.write_result(truncated)
    }

    /// Writes an invite, or a use of the last invite.
    pub(crate) fn write(&mut self, piece: Archived<'_>) -> Result<()> {
        let written = match piece {
            Archived::Invite(invite) => self.end_line().and_then(|()| self.begin_line(invite)),
            Archived::Use(one) => serde_json::to_string(&UseView::new(one)).map_err(io::Error::from).and_then(|text| {
                let comma = if self.uses.unwrap_or(0) > 0 { "," } else { "" };
                self.uses = self.uses.map(|uses| uses + 1);
                self.append(comma).and_then(|()| self.append(&text))
            }),
        };
        self.write_result(written)
    }

    /// Writes the batch to the disk.
    pub(crate) fn keep_batch(&mut self) -> Result<()> {
        let synced = self.end_line().and_then(|()| self.out.flush()).and_then(|()| self.out.get_ref().sync_data());
        self.write_result(synced)
    }

    /// Records that the invites of the batch are deleted.
    pub(crate) fn deleted(&mut self) {
        self.begin = self.end;
    }

    fn begin_line(&mut self, invite: &Invite) -> io::Result<()> {
        let line = Line {
            schema: SCHEMA,
            batch_offset: self.begin,
            invite: InviteView::new(invite, None, self.now),
            code_key: invite.code_key.reveal(),
        };
        let text = serde_json::to_string(&line)?;
        self.uses = Some(0);
        self.append(text.strip_suffix('}').unwrap_or(&text)).and_then(|()| self.append(",\"used_by\":["))
    }

    fn end_line(&mut self) -> io::Result<()> {
        if self.uses.take().is_some() { self.append("]}\n") } else { Ok(()) }
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        self.end += text.len() as u64;
        self.out.write_all(text.as_bytes())
    }

    fn write_result<T>(&self, outcome: io::Result<T>) -> Result<T> {
        outcome.map_err(|error| {
            Error::database(format!(
                "cannot write to the archive {}; no invite of this batch was deleted",
                self.path.display()
            ))
            .with_source(error)
        })
    }
}

/// Locks the file; waits for a run that has locked it.
fn lock(file: &File, path: &Path, interrupt: &Interrupt) -> Result<()> {
    for _ in 0..LOCK_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if interrupt.raised().is_none() => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::WouldBlock) => break,
            Err(TryLockError::Error(error)) => {
                let error = Error::database(format!("cannot lock the archive {}", path.display())).with_source(error);
                return Err(error.with_hint("put the archive on a local disk"));
            }
        }
    }
    Err(Error::unavailable(format!("another cleanup is writing to the archive {}", path.display()))
        .with_hint("run the same command again when that cleanup has finished"))
}

/// Newest batch and last complete line of an archive file.
#[derive(Debug, PartialEq, Eq)]
struct Tail {
    /// Offset of the newest batch.
    begin: u64,
    /// Offset after the last complete line.
    end: u64,
    /// IDs of the first invites of the newest batch.
    newest: Vec<Uuid>,
}

impl Tail {
    /// Reads the end of an archive; `None` if the file is not an archive.
    fn of(file: &mut File) -> io::Result<Option<Self>> {
        let length = file.metadata()?.len();
        if length == 0 {
            return Ok(Some(Tail { begin: 0, end: 0, newest: Vec::new() }));
        }
        let head = line_head(file, 0)?;
        if !(head.starts_with(LINE_START) || LINE_START.starts_with(&head)) {
            return Ok(None);
        }
        let end = line_start(file, length)?;
        let torn = line_head(file, end)?;
        if !(torn.starts_with(LINE_START) || LINE_START.starts_with(&torn)) {
            return Ok(None);
        }
        let whole = Tail { begin: end, end, newest: Vec::new() };
        if end == 0 {
            return Ok(Some(whole));
        }
        let last = line_start(file, end - 1)?;
        let Some(begin) = batch_offset(&line_head(file, last)?).filter(|begin| *begin <= last) else {
            return Ok(Some(whole));
        };
        if line_start(file, begin)? != begin {
            return Ok(Some(whole));
        }
        let newest = batch_ids(file, begin, end)?;
        Ok(Some(Tail { begin, end, newest }))
    }
}

/// Returns the head of the line at an offset.
fn line_head(file: &mut File, offset: u64) -> io::Result<String> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(HEAD).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the offset of the line that contains, or ends at, an offset.
fn line_start(file: &mut File, offset: u64) -> io::Result<u64> {
    const BLOCK: u64 = 64 * 1024;
    let mut end = offset;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(end - start).read_to_end(&mut bytes)?;
        if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Parses the offset of the batch of a line.
fn batch_offset(head: &str) -> Option<u64> {
    let (_, rest) = head.split_once("\"batch_offset\":")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Reads the IDs of the first invites of a batch.
fn batch_ids(file: &mut File, begin: u64, end: u64) -> io::Result<Vec<Uuid>> {
    file.seek(SeekFrom::Start(begin))?;
    let mut lines = BufReader::new(file).take(end - begin);
    let mut ids = Vec::new();
    while ids.len() < MAX_LOOKUPS {
        let mut head = Vec::new();
        let read = (&mut lines).take(HEAD).read_until(b'\n', &mut head)?;
        if read == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&head);
        let id = text.split_once("\"id\":\"").and_then(|(_, rest)| rest.get(..36)?.parse::<Uuid>().ok());
        ids.extend(id);
        if !head.ends_with(b"\n") {
            lines.skip_until(b'\n')?;
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(text: &str) -> Option<Tail> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Tail::of(&mut file).unwrap()
    }

    fn line(batch: u64, id: u128, more: usize) -> String {
        let id = Uuid::from_u128(id);
        format!("{{\"schema\":1,\"batch_offset\":{batch},\"id\":\"{id}\",\"x\":\"{}\"}}\n", "x".repeat(more))
    }

    #[test]
    fn newest_batch_excludes_incomplete_line() {
        let ids = |ids: &[u128]| ids.iter().copied().map(Uuid::from_u128).collect::<Vec<_>>();
        let first = line(0, 1, 10) + &line(0, 2, 200_000);
        let begin = first.len() as u64;
        let second = line(begin, 3, 0) + &line(begin, 4, 70_000) + &line(begin, 5, 1);
        let end = begin + second.len() as u64;
        let whole = first.clone() + &second;
        assert_eq!(tail(&whole), Some(Tail { begin, end, newest: ids(&[3, 4, 5]) }));
        let long = line(end, 6, 100_000);
        for torn in ["{", "{\"schema\":1,\"batch", long.trim_end()] {
            assert_eq!(tail(&(whole.clone() + torn)), Some(Tail { begin, end, newest: ids(&[3, 4, 5]) }), "{torn:.20}");
        }
        assert_eq!(tail(&first), Some(Tail { begin: 0, end: begin, newest: ids(&[1, 2]) }));
        assert_eq!(tail(""), Some(Tail { begin: 0, end: 0, newest: Vec::new() }));
        assert_eq!(tail("{\"sche"), Some(Tail { begin: 0, end: 0, newest: Vec::new() }));
    }

    #[test]
    fn truncated_or_joined_archive_keeps_its_lines() {
        for text in [
            // Written by an older version.
            "{\"schema\":1,\"id\":\"x\"}\n".to_owned(),
            // The beginning of the file was removed.
            line(500, 1, 3),
            line(70, 1, 3) + &line(70, 2, 3),
        ] {
            let end = text.len() as u64;
            assert_eq!(tail(&text), Some(Tail { begin: end, end, newest: Vec::new() }), "{text}");
        }
    }

    #[test]
    fn other_file_is_not_an_archive() {
        for text in ["notes\n", "[1]", "{\"id\":1}\n", "{\"schema\":1}\nnotes"] {
            assert_eq!(tail(text), None, "{text}");
        }
    }
}
