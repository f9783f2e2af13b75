//! Safe access to files that an operator names: reading never blocks on a pipe without a
//! writer, and writing never follows links or overwrites files.
//!
//! The type of a file is checked before it is opened, since opening a device can have an
//! effect, and again on the open handle, which no other process can replace.

mod input;

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

pub(crate) use crate::files::input::Input;
#[cfg(feature = "cli")]
pub(crate) use crate::files::input::is_stopped;

/// Maximum size of a configuration file, URL file, credential, certificate or template, in
/// bytes.
pub(crate) const MAX_TEXT: u64 = 4 * 1024 * 1024;

/// Opens a file for reading: a regular file, `/dev/null`, or an open descriptor of the
/// process (`/dev/stdin`, `/dev/fd/3`). Follows links.
///
/// # Errors
/// The error of the system, and [`io::ErrorKind::InvalidInput`] for a folder, a named pipe,
/// a socket or a device.
pub(crate) fn open_input(path: &Path) -> io::Result<Input> {
    let is_open_descriptor = is_descriptor(path);
    let found = fs::metadata(path)?;
    if !is_open_descriptor && !is_null(&found) {
        refuse_special(&found)?;
    }
    let file = OpenOptions::new().read(true).custom_flags(flags(OFlags::NONBLOCK | OFlags::NOCTTY)).open(path)?;
    let opened = file.metadata()?;
    if is_open_descriptor || is_null(&opened) {
        return Ok(Input::that_may_block(file));
    }
    refuse_special(&opened)?;
    Ok(Input::of_file(file))
}

/// Reads a text of at most [`MAX_TEXT`] bytes.
///
/// # Errors
/// As [`open_input`]; for a longer file, and for one that is not UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read_bytes(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Reads at most [`MAX_TEXT`] bytes.
///
/// # Errors
/// As [`open_input`], and for a longer file.
pub(crate) fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_input(path)?.take(MAX_TEXT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_TEXT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {MAX_TEXT} bytes")));
    }
    Ok(bytes)
}

/// Returns true if the path exists, also as a dangling link.
pub(crate) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Creates a file that only its owner can read; never overwrites a file.
///
/// # Errors
/// The error of the system, and [`io::ErrorKind::AlreadyExists`] if the path exists, also
/// as a dangling link.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a regular file for reading and appending; creates it with this mode if it does
/// not exist.
///
/// # Errors
/// The error of the system, and [`io::ErrorKind::InvalidInput`] for a symbolic link, a file
/// with several hard links, and a special file.
pub(crate) fn open_or_create(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).custom_flags(flags(OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY));
    loop {
        match fs::symlink_metadata(path) {
            Ok(found) => refuse_shared(&found)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match options.clone().create_new(true).mode(mode).open(path) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                    created => return created,
                }
            }
            Err(error) => return Err(error),
        }
        match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => {
                let file = opened?;
                refuse_shared(&file.metadata()?)?;
                return Ok(file);
            }
        }
    }
}

/// Opens a regular file for reading; does not follow links.
///
/// # Errors
/// The error of the system, and [`io::ErrorKind::InvalidInput`] for a symbolic link and a
/// special file.
pub(crate) fn open_own(path: &Path) -> io::Result<File> {
    refuse_link(&fs::symlink_metadata(path)?)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags(OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY))
        .open(path)?;
    refuse_special(&file.metadata()?)?;
    Ok(file)
}

/// Checks that [`replace`] accepts a path: it does not exist, or is a regular file.
///
/// # Errors
/// The error of the system, and [`io::ErrorKind::InvalidInput`] for a symbolic link and a
/// special file.
pub(crate) fn check_replaceable(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) => refuse_link(&found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Creates or replaces a regular file atomically. Other hard links of the replaced file
/// keep its content.
///
/// # Errors
/// The error of the system, and [`io::ErrorKind::InvalidInput`] for a symbolic link and a
/// special file.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    check_replaceable(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = fs::Permissions::from_mode(mode);
    let mut file = tempfile::Builder::new().prefix(".invite-").permissions(mode).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map(|_| ()).map_err(|failed| failed.error)
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

/// Returns true for the path of an open descriptor of the process.
fn is_descriptor(path: &Path) -> bool {
    let Some(text) = path.to_str() else { return false };
    let number = text.strip_prefix("/dev/fd/").or_else(|| text.strip_prefix("/proc/self/fd/"));
    text == "/dev/stdin" || number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_null(found: &Metadata) -> bool {
    found.file_type().is_char_device() && fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == found.rdev())
}

fn refuse_special(found: &Metadata) -> io::Result<()> {
    match special_type(found.file_type()) {
        None => Ok(()),
        Some(what) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a regular file"))),
    }
}

fn refuse_link(found: &Metadata) -> io::Result<()> {
    if found.file_type().is_symlink() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link, not a regular file"));
    }
    refuse_special(found)
}

fn refuse_shared(found: &Metadata) -> io::Result<()> {
    refuse_link(found)?;
    if found.nlink() > 1 {
        let what =
            format!("the file has {} names (hard links), and a change would appear under each of them", found.nlink());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    Ok(())
}

/// Names the type of a file; `None` for a regular file.
fn special_type(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a named pipe (FIFO)")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

#[cfg(test)]
mod tests;
