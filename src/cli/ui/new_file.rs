//! A file for codes beside what the screen shows: new, for its owner alone, and
//! made before anything else is, so that a place that cannot be written is told
//! in time.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::ui::output::refuse_existing;
use crate::error::{Error, Result};
use crate::files::create_private;

/// The file. As long as nothing was made that belongs into it, dropping it takes
/// it away again.
pub(crate) struct NewFile {
    path: PathBuf,
    file: BufWriter<File>,
    error: Option<io::Error>,
    is_kept: bool,
}

impl NewFile {
    /// Makes the file.
    ///
    /// # Errors
    /// [`Error::Invalid`] if something is there already, or no folder is;
    /// [`Error::Database`] if it cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        refuse_existing(path)?;
        let file = create_private(path).map_err(|error| not_made(path, error))?;
        Ok(NewFile { path: path.to_owned(), file: BufWriter::new(file), error: None, is_kept: false })
    }

    /// Writes what belongs to no invite, unless an earlier try failed.
    pub(crate) fn write(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = self.file.write_all(text.as_bytes()).err();
        }
    }

    /// Writes what an invite is handed on with: from now on the file stays.
    pub(crate) fn keep(&mut self, text: &str) {
        self.is_kept = true;
        self.write(text);
    }

    /// Hands over what was written.
    pub(crate) fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.file.flush().err();
        }
    }

    /// The same file, with all that was written so far in it.
    ///
    /// # Errors
    /// [`Error::Database`] if that cannot be written.
    pub(crate) fn flushed(mut self) -> Result<Self> {
        self.flush();
        match self.error.take() {
            Some(error) => Err(not_made(&self.path, error)),
            None => Ok(self),
        }
    }

    /// Whether something could not be written.
    pub(crate) fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Ends it; where it is, if it stays.
    pub(crate) fn finish(mut self) -> std::result::Result<Option<PathBuf>, Unfinished> {
        self.flush();
        match self.error.take() {
            Some(error) => Err(Unfinished { path: self.path.clone(), error }),
            None => Ok(self.is_kept.then(|| self.path.clone())),
        }
    }
}

/// A file that could not be written whole.
#[derive(Debug)]
pub(crate) struct Unfinished {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub error: io::Error,
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // What is left behind otherwise is an empty file.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn not_made(path: &Path, error: io::Error) -> Error {
    Error::database(format!("cannot write {}; no invite was created", path.display()))
        .with_source(error)
        .with_hint("name a new file in another folder")
}
