//! The database file: its path, and the checks before the engine sees it.

pub(crate) mod checks;
pub(crate) mod identity;

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt as _, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub(crate) use crate::store::location::file::identity::{FileId, OpenFile};

use crate::error::{Error, Result};
use crate::shell::word;

/// How a database URL of a file is written.
const EXAMPLE: &str = "write sqlite:///absolute/path.db or sqlite:relative.db";

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
    /// The default place, whose schema this tool brings up to date by itself.
    own: bool,
}

impl DatabaseFile {
    /// A file that somebody named.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        DatabaseFile { path: path.into(), read_only: false, own: false }
    }

    /// The default file, whose schema is brought up to date when it is opened.
    #[must_use]
    pub fn embedded_default(path: impl Into<PathBuf>) -> Self {
        DatabaseFile { path: path.into(), read_only: false, own: true }
    }

    /// Reads `sqlite:PATH`, `sqlite://PATH` or `sqlite:///PATH`, with
    /// `?mode=ro` to open the file read-only. The path is percent-decoded:
    /// `%20` is a space, `%3F` a question mark, `%25` a percent sign.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another scheme, an empty path, a database in
    /// memory, a URI of the engine's own (`file:`) or an unknown parameter.
    pub fn from_url(url: &str) -> Result<Self> {
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(Error::invalid("the database URL does not begin with sqlite:").with_hint(EXAMPLE));
        };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        if path.is_empty() || path == ":memory:" {
            return Err(Error::invalid("the database URL contains no file")
                .with_hint("write sqlite:///absolute/path.db; a database in memory is lost when the command ends"));
        }
        if path.starts_with("file:") {
            return Err(Error::invalid("the database URL contains a SQLite URI (file:), which is not supported")
                .with_hint(
                    "write only the path: sqlite:///absolute/path.db; write a path that begins with file: as ./file:",
                ));
        }
        let read_only = match parameters {
            "" | "mode=rw" | "mode=rwc" => false,
            "mode=ro" => true,
            _ => {
                return Err(Error::invalid(format!("the database URL has an unknown parameter: ?{parameters}"))
                    .with_hint("?mode=ro opens the file read-only; write a ? in a path as %3F"));
            }
        };
        Ok(DatabaseFile { path: decoded(path)?, read_only, own: false })
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

    /// Whether it is the default file.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// The file's mode, if accounts other than the owner may read it: the codes,
    /// notes and addresses in it are theirs, too.
    #[must_use]
    pub fn exposed_mode(&self) -> Option<u32> {
        let mode = fs::metadata(&self.path).ok()?.mode() & 0o7777;
        (mode & 0o044 != 0).then_some(mode)
    }

    /// The file as a URL, for people and for `--database-url`.
    #[must_use]
    pub fn url(&self) -> String {
        let mut url = "sqlite:".to_owned();
        for chunk in self.path.as_os_str().as_bytes().utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '%' => url.push_str("%25"),
                    '?' => url.push_str("%3F"),
                    c => url.push(c),
                }
            }
            chunk.invalid().iter().for_each(|byte| url.push_str(&format!("%{byte:02X}")));
        }
        url + if self.read_only { "?mode=ro" } else { "" }
    }

    /// Checks the file before the engine opens it; creates it if asked to.
    ///
    /// Creation is exclusive and 0600 from the first instant: the engine
    /// itself would create it readable for all.
    ///
    /// # Errors
    /// [`Error::Database`] for a folder, a file that everybody may write or that has
    /// a second name, a path that cannot be created; [`Error::DatabaseMissing`]
    /// where no file is and none may be made.
    pub(crate) fn prepare(&self, missing: MissingFile) -> Result<()> {
        match fs::metadata(&self.path) {
            Ok(metadata) => checks::check(self, &metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => match missing {
                MissingFile::Create if !self.read_only => self.create(),
                _ => Err(self.missing()),
            },
            Err(error) => Err(self.unopened().with_source(error)),
        }
    }

    fn missing(&self) -> Error {
        let create = if self.own {
            "invite migrate".to_owned()
        } else {
            format!("invite migrate --database-url {}", word(&DatabaseFile::at(&self.path).url()))
        };
        Error::database_missing(format!("no database at {}", self.path.display()))
            .with_hint(format!("check the path, or create the database: {create}"))
    }

    fn create(&self) -> Result<()> {
        if self.own
            && let Some(folder) = self.path.parent()
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|error| self.unopened().with_source(error))?;
        }
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path) {
            Ok(_) => Ok(()),
            // Another process was faster; it is migrating now, and the lock on
            // the schema makes us wait.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(self.unopened().with_source(error)),
        }
    }

    pub(crate) fn unopened(&self) -> Error {
        Error::database(format!("cannot open the database {}", self.path.display()))
            .with_hint("check that its folder exists and that this account can read and write there")
    }
}

/// A path with its percent escapes decoded.
fn decoded(path: &str) -> Result<PathBuf> {
    let unreadable = || {
        Error::invalid("the path in the database URL has an invalid percent escape")
            .with_hint("write a percent sign as %25: sqlite:///data/100%25.db")
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes().iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|&digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(unreadable()) };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| unreadable())?);
    }
    if bytes.contains(&0) {
        return Err(Error::invalid("the path in the database URL contains a NUL character").with_hint(EXAMPLE));
    }
    Ok(PathBuf::from(OsString::from_vec(bytes)))
}

#[cfg(test)]
pub(crate) mod tests;
