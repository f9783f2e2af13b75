//! What a database file must be before the engine opens it: a regular file with
//! one name, which only its owner and group may write.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::shell::word;
use crate::store::location::file::DatabaseFile;

/// The files that the engine keeps beside a database, named after it.
pub(crate) const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The mount points of this process. Other systems than Linux have no such file.
const MOUNTS: &str = "/proc/self/mountinfo";

/// Refuses a file that the engine could not use safely.
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
    BESIDE.iter().try_for_each(|end| check_beside(&beside(&real, end)))
}

/// The engine writes its log beside the name by which it opened the file: two
/// names are two logs, and neither process sees what the other one wrote.
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

/// A file beside the database that is none would be written through, or keep the
/// engine waiting.
fn check_beside(path: &Path) -> Result<()> {
    let place = path.display();
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() && found.nlink() <= 1 => Ok(()),
        Ok(_) => Err(Error::database(format!("{place} is not a regular file with one name, as SQLite requires"))
            .with_hint("find out how it was created, then remove it; the database cannot be used with it")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::database(format!("cannot read {place}")).with_source(error)),
    }
}

/// The path of a file beside the database.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// True if something is mounted exactly there.
fn is_mount_point(path: &Path) -> bool {
    fs::read(MOUNTS).is_ok_and(|mounts| mount_points(&mounts).any(|point| point == path))
}

/// The fifth field of each line, whose spaces, tabs, line feeds and backslashes
/// are written as octal numbers.
fn mount_points(mounts: &[u8]) -> impl Iterator<Item = PathBuf> {
    mounts.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4)).map(unescaped)
}

fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, behind)) = rest.split_first() {
        let octal = behind.get(..3).filter(|_| first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            bytes.push(byte);
            rest = &behind[3..];
        } else {
            bytes.push(first);
            rest = behind;
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
