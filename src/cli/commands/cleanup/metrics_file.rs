//! File of metrics. It is replaced as a whole, so that a reader never sees an incomplete one,
//! and locked, so that parallel runs are all counted.

use std::ffi::OsString;
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::cli::commands::cleanup::metrics::{LastRun, Totals};
use crate::cli::ui::paths::{folder_of, refuse_missing_folder};
use crate::error::{Error, Result};
use crate::files;

/// Mode of the file: the collector runs as another account.
const READABLE_BY_ALL: u32 = 0o644;

/// Number of attempts to lock the file, and the pause between two: 10 seconds in total. An
/// update takes milliseconds, but any account that can read the lock file can hold the lock.
const LOCK_ATTEMPTS: u32 = 1_000;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Maximum size of a file that is read, in bytes. The command writes about 2,000.
const MAX_SIZE: u64 = 64 * 1024;

/// Beginning of every file of metrics.
const FILE_START: &[u8] = b"# HELP invite_cleanup_";

/// File of metrics at a path that can be written.
pub(crate) struct MetricsFile {
    path: PathBuf,
}

impl MetricsFile {
    /// Checks that the file can be read and replaced, before the run changes anything.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the folder does not exist, or the path is another file;
    /// [`Error::Database`] if the file cannot be read, or no file can be created in the
    /// folder.
    pub(crate) fn at(path: &Path) -> Result<Self> {
        let file = MetricsFile { path: path.to_owned() };
        refuse_missing_folder(path)?;
        if path.file_name().is_none() || path.is_dir() {
            return Err(Error::invalid(format!("the metrics file is a folder: {}", path.display()))
                .with_hint("name a file in the folder: --metrics-file FOLDER/invite.prom"));
        }
        file.read()?;
        file.create_temporary().map_err(|error| {
            Error::database(format!(
                "cannot write the metrics file {}; no invite was closed or deleted",
                path.display()
            ))
            .with_source(error)
        })?;
        Ok(file)
    }

    /// Adds a run to the counters. Returns true if the file was damaged, so that the counters
    /// start at 0. The file is read under the lock, because another run may have updated it
    /// since [`MetricsFile::at`].
    ///
    /// # Errors
    /// As [`MetricsFile::at`]; the old file then stays.
    pub(crate) fn add(&self, run: &LastRun) -> Result<bool> {
        let _lock = self.lock(LOCK_ATTEMPTS);
        let previous = self.read()?;
        let was_damaged = matches!(previous, Previous::Damaged);
        let before = if let Previous::Totals(totals) = previous { totals } else { Totals::default() };
        self.replace(&before.with(run).render(run)).map_err(|error| {
            Error::database(format!("cannot write the metrics file {}", self.path.display())).with_source(error)
        })?;
        Ok(was_damaged)
    }

    /// Locks the file until the returned value is dropped. Returns `None` if locking is not
    /// possible, or the lock is not released in time: losing a count is better than a run that
    /// hangs.
    fn lock(&self, attempts: u32) -> Option<File> {
        let file = self.lock_file().ok()?;
        for _ in 0..attempts {
            match file.try_lock() {
                Ok(()) => return Some(file),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(_)) => return None,
            }
        }
        None
    }

    /// Opens the lock file. It is a file of its own, because the file of metrics is replaced,
    /// and it is never deleted, because then two runs could lock different files.
    fn lock_file(&self) -> io::Result<File> {
        let mut name = OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(".lock");
        let path = folder_of(&self.path).join(name);
        if !files::exists(&path)
            && let Ok(new) = files::open_or_create(&path, READABLE_BY_ALL)
        {
            // Runs of other accounts need to open it too, whatever the umask of this one. A
            // file system without modes allows that anyway.
            let _ = new.set_permissions(Permissions::from_mode(READABLE_BY_ALL));
            return Ok(new);
        }
        // Read access is enough to lock a file, except on NFS.
        files::open_or_create(&path, READABLE_BY_ALL).or_else(|_| files::open_own(&path))
    }

    fn read(&self) -> Result<Previous> {
        // A device or link must not be replaced, and reading a pipe would block.
        if files::check_replaceable(&self.path).is_err_and(|error| error.kind() == io::ErrorKind::InvalidInput) {
            return Err(self.foreign());
        }
        let mut bytes = Vec::new();
        let read = files::open_own(&self.path).and_then(|file| file.take(MAX_SIZE).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Previous::Nothing),
            Err(error) => {
                let what = format!("cannot read the metrics file {}", self.path.display());
                Err(Error::database(what)
                    .with_hint("make it readable for this account, or name a new file")
                    .with_source(error))
            }
            Ok(0) => Ok(Previous::Nothing),
            Ok(_) if bytes.starts_with(FILE_START) => {
                let totals = std::str::from_utf8(&bytes).ok().and_then(Totals::parse);
                Ok(totals.map_or(Previous::Damaged, Previous::Totals))
            }
            Ok(_) => Err(self.foreign()),
        }
    }

    fn foreign(&self) -> Error {
        Error::invalid(format!("{} exists and contains no metrics of invite cleanup", self.path.display()))
            .with_hint("the file was not changed; name a new file")
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let mut new = self.create_temporary()?;
        new.write_all(text.as_bytes())?;
        // Set explicitly, because the umask of a service may be stricter.
        new.as_file().set_permissions(Permissions::from_mode(READABLE_BY_ALL))?;
        new.as_file().sync_data()?;
        new.persist(&self.path)?;
        Ok(())
    }

    /// Creates a temporary file in the same folder, with a name that collectors ignore.
    fn create_temporary(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(".invite-metrics-").suffix(".tmp").tempfile_in(folder_of(&self.path))
    }
}

/// Content of the file before a run is added.
enum Previous {
    /// The file is missing or empty.
    Nothing,
    /// File of metrics that lacks some of them.
    Damaged,
    /// Counters of the earlier runs.
    Totals(Totals),
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::invites::cleanup::CleanupSummary;

    fn run() -> LastRun {
        LastRun {
            end: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            duration: Duration::from_millis(5),
            succeeded: true,
            done: CleanupSummary::default(),
            open: None,
            locked: None,
        }
    }

    fn runs(path: &Path) -> String {
        let text = fs::read_to_string(path).unwrap();
        text.lines().find(|line| line.starts_with("invite_cleanup_runs_total{result=\"success\"}")).unwrap().to_owned()
    }

    #[test]
    fn damaged_file_restarts_and_foreign_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invite.prom");
        let file = MetricsFile::at(&path).unwrap();
        assert!(!file.add(&run()).unwrap());
        assert!(!file.add(&run()).unwrap());
        assert!(runs(&path).ends_with(" 2"));
        for rest in [&b"runs_total half a fi"[..], b"\xff\xfe", "x".repeat(100_000).as_bytes()] {
            fs::write(&path, [FILE_START, rest].concat()).unwrap();
            assert!(file.add(&run()).unwrap());
            assert!(runs(&path).ends_with(" 1"));
        }
        for other in [&b"node_load1 0.5\n"[..], b"\xff\xfe", b"precious"] {
            fs::write(&path, other).unwrap();
            for refused in [MetricsFile::at(&path).err(), file.add(&run()).err()] {
                assert!(refused.unwrap().to_string().ends_with("contains no metrics of invite cleanup"));
            }
            assert_eq!(fs::read(&path).unwrap(), other);
        }
        fs::write(&path, "").unwrap();
        assert!(!file.add(&run()).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, READABLE_BY_ALL);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the file and its lock file");
    }

    #[test]
    fn path_that_cannot_be_written_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |path: &Path| MetricsFile::at(path).err().unwrap().to_string();
        assert!(refusal(&folder.path().join("none/invite.prom")).ends_with("none does not exist"));
        assert!(refusal(folder.path()).starts_with("the metrics file is a folder"));
        assert!(refusal(Path::new("/proc/invite.prom")).contains("no invite was closed or deleted"));
        assert!(refusal(Path::new("/dev/null")).ends_with("contains no metrics of invite cleanup"));
        // A file that cannot be read.
        assert!(refusal(Path::new("/proc/self/mem")).ends_with("cannot read the metrics file /proc/self/mem"));
        MetricsFile::at(Path::new("invite.prom")).unwrap();
    }

    #[test]
    fn lock_is_waited_for_with_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = MetricsFile::at(&folder.path().join("invite.prom")).unwrap();
        let lock = file.lock(1).unwrap();
        assert_eq!(lock.metadata().unwrap().permissions().mode() & 0o7777, READABLE_BY_ALL);
        assert!(file.lock(3).is_none());
        thread::scope(|scope| {
            let other = scope.spawn(|| file.lock(LOCK_ATTEMPTS).is_some());
            thread::sleep(LOCK_PAUSE * 5);
            assert!(!other.is_finished());
            drop(lock);
            assert!(other.join().unwrap());
        });
        // Without a lock, the run is still counted.
        fs::remove_file(folder.path().join(".invite.prom.lock")).unwrap();
        std::os::unix::fs::symlink("nowhere/lock", folder.path().join(".invite.prom.lock")).unwrap();
        assert!(file.lock(1).is_none());
        assert!(!file.add(&run()).unwrap());
        assert!(runs(&folder.path().join("invite.prom")).ends_with(" 1"));
    }
}
