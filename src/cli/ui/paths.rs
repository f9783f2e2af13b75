//! Checks of the paths at which a command writes files.

use std::path::Path;

use crate::error::{Error, Result};
use crate::files;

/// Checks that a new file can be created at a path.
///
/// # Errors
/// [`Error::Invalid`] if the path exists, or its folder does not.
pub(crate) fn refuse_existing(path: &Path) -> Result<()> {
    if files::exists(path) {
        return Err(Error::invalid(format!("{} already exists; not overwriting it", path.display()))
            .with_hint("name a new file"));
    }
    refuse_missing_folder(path)
}

/// Checks that the folder of a file exists.
///
/// # Errors
/// [`Error::Invalid`] if it does not.
pub(crate) fn refuse_missing_folder(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    if folder.is_dir() {
        return Ok(());
    }
    Err(Error::invalid(format!("the folder {} does not exist", folder.display())))
}

/// Returns the folder of a file; `.` for a bare file name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
