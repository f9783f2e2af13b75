//! Which file a database is while it is open: another one in its place, or none,
//! must not be taken for it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};
use crate::shell::word;
use crate::store::location::file::{DatabaseFile, checks};

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
    /// The path as it was named, whose links may change.
    named: DatabaseFile,
    /// The path without links, which the engine opens.
    real: PathBuf,
    /// The engine's write-ahead log.
    log: PathBuf,
    id: FileId,
    /// The log was lost: the connections that share it disagree about what is stored.
    lost_log: AtomicBool,
}

impl OpenFile {
    /// Finds out which file is there now.
    ///
    /// # Errors
    /// [`Error::Database`] if there is none.
    pub(crate) fn of(named: &DatabaseFile) -> Result<Self> {
        let unopened = |error| named.unopened().with_source(error);
        let real = fs::canonicalize(named.path()).map_err(unopened)?;
        let id = FileId::of(&real).map_err(unopened)?;
        let log = checks::beside(&real, "-wal");
        Ok(OpenFile { named: named.clone(), real, log, id, lost_log: AtomicBool::new(false) })
    }

    /// The path without links.
    pub(crate) fn path(&self) -> &Path {
        &self.real
    }

    /// Compares the file that is there now with the one that was opened: one
    /// system call.
    ///
    /// # Errors
    /// [`Error::Database`] if it is another one, or none.
    pub(crate) fn check(&self) -> Result<()> {
        if self.lost_log.load(Ordering::Relaxed) {
            return Err(self.log_replaced(None));
        }
        let found = FileId::of(self.named.path());
        if found.as_ref().is_ok_and(|found| *found == self.id) {
            return Ok(());
        }
        let what = format!("the database file {}", self.named.path().display());
        Err(self.replaced(&what, found.err()))
    }

    /// The write-ahead log that is there now, if there is one.
    pub(crate) fn log(&self) -> Option<FileId> {
        FileId::of(&self.log).ok()
    }

    /// Compares the write-ahead log that is there now with the one that a
    /// connection writes to.
    ///
    /// # Errors
    /// [`Error::Database`] if it is another one, or none. Every later check fails then.
    pub(crate) fn check_log(&self, opened: FileId) -> Result<()> {
        let found = FileId::of(&self.log);
        if found.as_ref().is_ok_and(|found| *found == opened) {
            return Ok(());
        }
        self.lost_log.store(true, Ordering::Relaxed);
        Err(self.log_replaced(found.err()))
    }

    fn log_replaced(&self, cause: Option<io::Error>) -> Error {
        self.replaced(&format!("the write-ahead log {}", self.log.display()), cause)
    }

    fn replaced(&self, what: &str, cause: Option<io::Error>) -> Error {
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
