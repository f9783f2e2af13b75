//! The database file: its path, and the checks before the engine sees it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::shell::word;

/// What to do where no file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingFile {
    /// Create it, readable for its owner alone.
    Create,
    /// Say so.
    Refuse,
}

/// A database in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFile {
    path: PathBuf,
    read_only: bool,
    /// The default place, which this tool creates and migrates by itself.
    own: bool,
}

impl DatabaseFile {
    /// A file that somebody named.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        DatabaseFile { path: path.into(), read_only: false, own: false }
    }

    /// The default file, which creates and migrates itself.
    #[must_use]
    pub fn embedded_default(path: impl Into<PathBuf>) -> Self {
        DatabaseFile { path: path.into(), read_only: false, own: true }
    }

    /// Reads `sqlite:PATH`, `sqlite://PATH` or `sqlite:///PATH`, with
    /// `?mode=ro` for reading only.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another scheme, an empty path or an unknown
    /// parameter. A password in the text is not repeated.
    pub fn from_url(url: &str) -> Result<Self> {
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(Error::invalid("the database URL does not begin with sqlite:")
                .hint("write sqlite:///absolute/path.db or sqlite:relative.db"));
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        if path.is_empty() || path == ":memory:" {
            return Err(Error::invalid("the database URL names no file")
                .hint("write sqlite:///absolute/path.db; a database in memory would be gone with the command"));
        }
        let read_only = match parameters {
            "" | "mode=rw" | "mode=rwc" => false,
            "mode=ro" => true,
            _ => {
                return Err(Error::invalid(format!("the database URL has an unknown parameter: ?{parameters}"))
                    .hint("?mode=ro opens the file for reading only"));
            }
        };
        Ok(DatabaseFile { path: PathBuf::from(path), read_only, own: false })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is opened for reading only.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Whether it is the default file, which migrates itself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// The file as a URL, for people and for `--database-url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("sqlite:{}{}", self.path.display(), if self.read_only { "?mode=ro" } else { "" })
    }

    /// Checks the file before the engine opens it; creates it if asked to.
    ///
    /// Creation is exclusive and 0600 from the first instant: the engine
    /// itself would create it readable for all.
    ///
    /// # Errors
    /// [`Error::Database`] for a folder, a file that others may write, a path
    /// that cannot be created; [`Error::NotFound`] where no file is and none
    /// may be made.
    pub(in crate::store) fn prepare(&self, missing: MissingFile) -> Result<()> {
        match fs::metadata(&self.path) {
            Ok(metadata) => self.check(&metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => match missing {
                MissingFile::Create if !self.read_only => self.create(),
                _ => Err(Error::not_found(format!("there is no database at {}", self.path.display())).hint(format!(
                    "check the path, or create it: invite migrate --database-url {}",
                    word(&DatabaseFile::at(&self.path).url())
                ))),
            },
            Err(error) => Err(self.unopened().caused_by(error)),
        }
    }

    fn check(&self, metadata: &fs::Metadata) -> Result<()> {
        let place = self.path.display();
        if metadata.is_dir() {
            return Err(Error::database(format!("{place} is a folder, not a database file"))
                .hint(format!("name a file in it: sqlite:{}", self.path.join("invite.db").display())));
        }
        if !metadata.is_file() {
            return Err(Error::database(format!("{place} is not a regular file")));
        }
        if metadata.mode() & 0o002 != 0 {
            return Err(Error::database(format!(
                "{place} can be written by everyone on this machine (mode {:04o}), so nothing in it can be trusted",
                metadata.mode() & 0o7777
            ))
            .hint(format!("chmod 600 {}", word(&place.to_string()))));
        }
        Ok(())
    }

    fn create(&self) -> Result<()> {
        if self.own
            && let Some(folder) = self.path.parent()
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|error| self.unopened().caused_by(error))?;
        }
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path) {
            Ok(_) => Ok(()),
            // Another process was faster; it is migrating now, and the lock on
            // the schema makes us wait.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(self.unopened().caused_by(error)),
        }
    }

    fn unopened(&self) -> Error {
        Error::database(format!("the database {} cannot be opened", self.path.display()))
            .hint("check that its folder exists and that this account may read and write there")
    }
}
