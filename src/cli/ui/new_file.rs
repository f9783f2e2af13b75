//! New files: one for codes, which only its owner can read, and plain ones.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::ui::paths::{folder_of, refuse_existing};
use crate::error::{Error, Result};
use crate::files::create_private;

/// New file for the codes of invites, readable by its owner only.
///
/// It is created before the first invite, so that a path that cannot be written is
/// reported in time. Until [`NewFile::keep`] writes the first invite, dropping it
/// deletes the file.
pub(crate) struct NewFile {
    path: PathBuf,
    file: BufWriter<File>,
    error: Option<io::Error>,
    is_kept: bool,
}

impl NewFile {
    /// Creates the file.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the path exists or its folder does not;
    /// [`Error::Database`] if the file cannot be created.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        refuse_existing(path)?;
        let file = create_private(path).map_err(|error| not_created(path, error))?;
        Ok(NewFile { path: path.to_owned(), file: BufWriter::new(file), error: None, is_kept: false })
    }

    /// Writes text that belongs to no invite. Does nothing after a failed write.
    pub(crate) fn write(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = self.file.write_all(text.as_bytes()).err();
        }
    }

    /// Writes the text of an invite; from then on, dropping the file keeps it.
    pub(crate) fn keep(&mut self, text: &str) {
        self.is_kept = true;
        self.write(text);
    }

    /// Writes the buffer to the file. Does nothing after a failed write.
    pub(crate) fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.file.flush().err();
        }
    }

    /// Flushes the file and returns it.
    ///
    /// # Errors
    /// [`Error::Database`] if a write failed.
    pub(crate) fn flushed(mut self) -> Result<Self> {
        self.flush();
        match self.error.take() {
            Some(error) => Err(not_created(&self.path, error)),
            None => Ok(self),
        }
    }

    /// True if a write failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Flushes and closes the file. Returns its path, or `None` if it holds no invite
    /// and is deleted.
    ///
    /// # Errors
    /// [`IncompleteFile`] if a write failed.
    pub(crate) fn finish(mut self) -> std::result::Result<Option<PathBuf>, IncompleteFile> {
        self.flush();
        match self.error.take() {
            Some(error) => Err(IncompleteFile { path: self.path.clone(), error }),
            None => Ok(self.is_kept.then(|| self.path.clone())),
        }
    }
}

/// File that lacks some of the text that was written to it.
#[derive(Debug)]
pub(crate) struct IncompleteFile {
    pub path: PathBuf,
    /// The error of the write that failed.
    pub error: io::Error,
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // If this fails, a file without codes is left.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn not_created(path: &Path, error: io::Error) -> Error {
    Error::database(format!("cannot write {}; no invite was created", path.display()))
        .with_source(error)
        .with_hint("name a new file in another folder")
}

/// Writes a new file with the permissions of the umask. The file appears with its whole
/// text, or not at all; an existing file is not overwritten.
pub(crate) fn write_new_file(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().prefix(".invite-").permissions(mode).tempfile_in(folder_of(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|failed| failed.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_file_is_never_written_over_an_existing_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        write_new_file(&path, "whole").unwrap();
        assert_eq!(write_new_file(&path, "other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
        // No temporary file is left.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        // The permissions are those of any other file that the account creates.
        let plain = folder.path().join("plain");
        std::fs::File::create(&plain).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }
}
