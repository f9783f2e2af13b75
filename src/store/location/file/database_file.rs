//! The path of a database file, and its URL.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A hint about the form of the URL.
const EXAMPLE: &str = "write sqlite:///absolute/path.db or sqlite:relative.db";

/// A database file of `SQLite`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFile {
    path: PathBuf,
    read_only: bool,
    /// True for the default file, whose schema is migrated automatically.
    own: bool,
}

impl DatabaseFile {
    /// Creates the location of a named file.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        DatabaseFile { path: path.into(), read_only: false, own: false }
    }

    /// Creates the location of the default file, whose schema is migrated when it is opened.
    #[must_use]
    pub fn embedded_default(path: impl Into<PathBuf>) -> Self {
        DatabaseFile { path: path.into(), read_only: false, own: true }
    }

    /// Parses `sqlite:PATH`, `sqlite://PATH` or `sqlite:///PATH`, with `?mode=ro` to open the file
    /// read-only. The path is percent-decoded: `%20` is a space, `%3F` a question mark, `%25` a
    /// percent sign.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another scheme, an empty path, an in-memory database, a `SQLite` URI
    /// (`file:`) or an unknown parameter.
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

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns true if the file is opened read-only.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Returns true for the default file.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// Returns the mode of the file if accounts other than the owner may read it, and with it the
    /// codes, notes and addresses.
    #[must_use]
    pub fn exposed_mode(&self) -> Option<u32> {
        let mode = fs::metadata(&self.path).ok()?.mode() & 0o7777;
        (mode & 0o044 != 0).then_some(mode)
    }

    /// Returns the URL of the file, for display and for `--database-url`.
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

    pub(crate) fn unopened(&self) -> Error {
        Error::database(format!("cannot open the database {}", self.path.display()))
            .with_hint("check that its folder exists and that this account can read and write there")
    }
}

/// Decodes the percent escapes of a path.
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
mod tests;
