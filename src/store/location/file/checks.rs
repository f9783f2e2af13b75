//! Requirements for a database file: a regular file with one name, which only its owner and group
//! may write.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::shell::word;
use crate::store::location::file::database_file::DatabaseFile;

/// Suffixes of the files that `SQLite` keeps next to a database.
pub(crate) const SIDECAR_SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The mount points of this process; exists on Linux only.
const MOUNTS: &str = "/proc/self/mountinfo";

/// Refuses a file that `SQLite` could not use safely.
pub(crate) fn check(file: &DatabaseFile, metadata: &Metadata) -> Result<()> {
    let place = file.path().display();
    if metadata.is_dir() {
        return Err(Error::database(format!("{place} is a folder, not a database file"))
            .with_hint(format!("name a file in it: {}", DatabaseFile::at(file.path().join("invite.db")).url())));
    }
    if !metadata.is_file() {
        return Err(Error::database(format!("{place} is not a regular file"))
            .with_hint("name a file for the database: sqlite:///absolute/path.db"));
    }
    if metadata.mode() & 0o002 != 0 {
        return Err(Error::database(format!(
            "{place} is writable by every account of this machine (mode {:04o}), so its data cannot be trusted",
            metadata.mode() & 0o7777
        ))
        .with_hint(format!("chmod 600 {}", word(&place.to_string()))));
    }
    if metadata.nlink() > 1 {
        return Err(shared(file, &format!("{place} has {} names (hard links)", metadata.nlink())));
    }
    let real = fs::canonicalize(file.path()).map_err(|error| file.unopened().with_source(error))?;
    if is_mount_point(&real) {
        return Err(mounted(file));
    }
    SIDECAR_SUFFIXES.iter().try_for_each(|suffix| check_sidecar(&sidecar(&real, suffix)))
}

/// Returns the error for a file with several names. `SQLite` keeps its log next to the name by which
/// it opened the file: two names mean two logs, and neither process sees the changes of the other.
fn shared(file: &DatabaseFile, what: &str) -> Error {
    let folder = file.path().parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Error::database(format!("{what}: commands that use different names would overwrite each other's changes"))
        .with_hint(format!(
            "find the other name and remove it, or use a copy: find {} -xdev -samefile {}",
            word(&folder.display().to_string()),
            word(&file.path().display().to_string())
        ))
}

fn mounted(file: &DatabaseFile) -> Error {
    Error::database(format!(
        "{} is mounted as a single file: commands inside and outside the mount would overwrite each other's changes",
        file.path().display()
    ))
    .with_hint("mount the folder of the database instead of the file: docker run -v /srv/invite:/data")
}

/// Checks a file next to the database. `SQLite` would write through a link, and wait for a special
/// file.
fn check_sidecar(path: &Path) -> Result<()> {
    let place = path.display();
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() && found.nlink() <= 1 => Ok(()),
        Ok(_) => Err(Error::database(format!("{place} is not a regular file with one name, as SQLite requires"))
            .with_hint("find out how it was created, then remove it; the database cannot be used with it")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::database(format!("cannot read {place}")).with_source(error)),
    }
}

/// Returns the path of a file next to the database.
pub(crate) fn sidecar(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Returns true if exactly this path is a mount point.
fn is_mount_point(path: &Path) -> bool {
    fs::read(MOUNTS).is_ok_and(|mounts| mount_points(&mounts).any(|point| point == path))
}

/// Parses the fifth field of each line, in which spaces, tabs, line feeds and backslashes are octal
/// escapes.
fn mount_points(mounts: &[u8]) -> impl Iterator<Item = PathBuf> {
    mounts.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4)).map(unescaped)
}

fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, tail)) = rest.split_first() {
        let octal = tail.get(..3).filter(|_| first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            bytes.push(byte);
            rest = &tail[3..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_with_spaces_and_backslashes_are_read() {
        let mounts = b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
            36 22 8:1 /a\\040b /data/my\\040invites.db rw shared:1 - ext4 /dev/sda1 rw\n\
            37 22 8:1 /x /data/back\\134slash\\011tab rw - ext4 /dev/sda1 rw\n37\n\n";
        let points: Vec<PathBuf> = mount_points(mounts).collect();
        let wanted = ["/", "/data/my invites.db", "/data/back\\slash\ttab"];
        assert_eq!(points, wanted.map(PathBuf::from));
    }
}
