//! The identity of an open database file, to detect a file that was replaced, moved or deleted.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};
use crate::shell::word;
use crate::store::location::file::checks;
use crate::store::location::file::database_file::DatabaseFile;

/// A file's device and inode number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|found| FileId { device: found.dev(), inode: found.ino() })
    }
}

/// The database file that a pool opened.
#[derive(Debug)]
pub(crate) struct OpenFile {
    /// The path as it was named; its links may change.
    named: DatabaseFile,
    /// The path without links, which `SQLite` opens.
    real: PathBuf,
    /// The write-ahead log of `SQLite`.
    log: PathBuf,
    id: FileId,
    /// True once the log was lost: the connections that share it no longer agree about the data.
    lost_log: AtomicBool,
}

impl OpenFile {
    /// Identifies the file that exists now.
    ///
    /// # Errors
    /// [`Error::Database`] if there is none.
    pub(crate) fn of(named: &DatabaseFile) -> Result<Self> {
        let unopened = |error| named.unopened().with_source(error);
        let real = fs::canonicalize(named.path()).map_err(unopened)?;
        let id = FileId::of(&real).map_err(unopened)?;
        let log = checks::sidecar(&real, "-wal");
        Ok(OpenFile { named: named.clone(), real, log, id, lost_log: AtomicBool::new(false) })
    }

    /// Returns the path without links.
    pub(crate) fn path(&self) -> &Path {
        &self.real
    }

    /// Returns true if a path names this file.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        FileId::of(path).is_ok_and(|id| id == self.id)
    }

    /// Checks with one system call that the file is still the one that was opened.
    ///
    /// # Errors
    /// [`Error::Database`] if the file was moved, deleted or replaced.
    pub(crate) fn check(&self) -> Result<()> {
        if self.lost_log.load(Ordering::Relaxed) {
            return Err(self.log_replaced_error(None));
        }
        let found = FileId::of(self.named.path());
        if found.as_ref().is_ok_and(|found| *found == self.id) {
            return Ok(());
        }
        let what = format!("the database file {}", self.named.path().display());
        Err(self.replaced_error(&what, found.err()))
    }

    /// Identifies the write-ahead log, if it exists.
    pub(crate) fn log(&self) -> Option<FileId> {
        FileId::of(&self.log).ok()
    }

    /// Checks that the write-ahead log is still the one that a connection writes to.
    ///
    /// # Errors
    /// [`Error::Database`] if the log was moved, deleted or replaced; every later check then fails
    /// too.
    pub(crate) fn check_log(&self, opened: FileId) -> Result<()> {
        let found = FileId::of(&self.log);
        if found.as_ref().is_ok_and(|found| *found == opened) {
            return Ok(());
        }
        self.lost_log.store(true, Ordering::Relaxed);
        Err(self.log_replaced_error(found.err()))
    }

    fn log_replaced_error(&self, cause: Option<io::Error>) -> Error {
        self.replaced_error(&format!("the write-ahead log {}", self.log.display()), cause)
    }

    fn replaced_error(&self, what: &str, cause: Option<io::Error>) -> Error {
        let error = Error::database(format!("{what} was moved, deleted or replaced while this command used it"))
            .with_hint(format!(
                "the last change may be lost; restore the file, then check the operations: invite operations \
                 --database-url {}",
                word(&self.named.url())
            ));
        match cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }
}
