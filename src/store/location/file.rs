//! Checking or creating the database file before `SQLite` opens it.

pub(crate) mod checks;
pub(crate) mod database_file;
pub(crate) mod identity;

pub use crate::store::location::file::database_file::DatabaseFile;
pub(crate) use crate::store::location::file::identity::{FileId, OpenFile};

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use crate::error::{Error, Result};
use crate::shell::word;

/// The behavior if the database file does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingFile {
    /// Creates the file, readable by its owner only.
    Create,
    /// Reports an error.
    Refuse,
}

impl DatabaseFile {
    /// Checks the file before `SQLite` opens it, or creates it.
    ///
    /// The file is created exclusively and with mode 0600, since `SQLite` itself would create it
    /// readable for all.
    ///
    /// # Errors
    /// [`Error::Database`] for a folder, a file that every account may write or that has a second
    /// name, and a path that cannot be created; [`Error::DatabaseMissing`] if there is no file and
    /// none may be created.
    pub(crate) fn prepare(&self, missing: MissingFile) -> Result<()> {
        match fs::metadata(self.path()) {
            Ok(metadata) => checks::check(self, &metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => match missing {
                MissingFile::Create if !self.is_read_only() => self.create(),
                _ => Err(self.missing()),
            },
            Err(error) => Err(self.unopened().with_source(error)),
        }
    }

    fn missing(&self) -> Error {
        let create = if self.is_own() {
            "invite migrate".to_owned()
        } else {
            format!("invite migrate --database-url {}", word(&DatabaseFile::at(self.path()).url()))
        };
        Error::database_missing(format!("no database at {}", self.path().display()))
            .with_hint(format!("check the path, or create the database: {create}"))
    }

    fn create(&self) -> Result<()> {
        if self.is_own()
            && let Some(folder) = self.path().parent()
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|error| self.unopened().with_source(error))?;
        }
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.path()) {
            Ok(_) => Ok(()),
            // Another process created it first and is migrating it; this process waits for its
            // lock.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(self.unopened().with_source(error)),
        }
    }
}
