//! The file with the metrics: there is always a whole one, whoever writes and
//! reads meanwhile.

use std::ffi::OsString;
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::cli::commands::cleanup::metrics::{LastRun, Totals};
use crate::cli::ui::output::{folder_of, refuse_missing_folder};
use crate::error::{Error, Result};
use crate::files;

/// Whoever collects metrics is another account.
const READABLE_BY_ALL: u32 = 0o644;

/// How long a run looks for its turn, and how often: a turn takes milliseconds,
/// and whoever can read the lock can hold it.
const PATIENCE: u32 = 1_000;
const PAUSE: Duration = Duration::from_millis(10);

/// Ours have some 2,000 bytes.
const LONGEST: u64 = 64 * 1024;

/// What ours begin with.
const OURS: &[u8] = b"# HELP invite_cleanup_";

/// A place that the metrics of a run can be written to.
pub(crate) struct MetricsFile {
    path: PathBuf,
}

impl MetricsFile {
    /// Looks whether a file can be written there, before anything is done that
    /// it should tell of.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is no such folder, or something of the
    /// file's name that is no file of metrics; what the system says where ours
    /// cannot be read, or no file can be made in the folder.
    pub(crate) fn at(path: &Path) -> Result<Self> {
        let file = MetricsFile { path: path.to_owned() };
        refuse_missing_folder(path)?;
        if path.file_name().is_none() || path.is_dir() {
            return Err(Error::invalid(format!("the metrics file is a folder: {}", path.display()))
                .with_hint("name a file in the folder: --metrics-file FOLDER/invite.prom"));
        }
        file.read()?;
        file.beside().map_err(|error| {
            Error::database(format!(
                "cannot write the metrics file {}; no invite was closed or deleted",
                path.display()
            ))
            .with_source(error)
        })?;
        Ok(file)
    }

    /// Adds a run to what the file counts; answers whether what was there before
    /// was damaged. It is read only now, in turn with other runs: one may have
    /// ended since this one began.
    ///
    /// # Errors
    /// What keeps the file from being written; the old one then stays.
    pub(crate) fn count(&self, run: &LastRun) -> Result<bool> {
        let _turn = self.turn(PATIENCE);
        let old = self.read()?;
        let started_anew = matches!(old, Old::Damaged);
        let before = if let Old::Totals(totals) = old { totals } else { Totals::default() };
        self.replace(&before.with(run).render(run)).map_err(|error| {
            Error::database(format!("cannot write the metrics file {}", self.path.display())).with_source(error)
        })?;
        Ok(started_anew)
    }

    /// This run's turn, as long as it is kept: two that read and write at once
    /// would count one of them. Where there are no locks, or somebody keeps this
    /// one for good, it goes without: a count lost is less than a run that hangs.
    fn turn(&self, patience: u32) -> Option<File> {
        let file = self.lock_file().ok()?;
        for _ in 0..patience {
            match file.try_lock() {
                Ok(()) => return Some(file),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(_)) => return None,
            }
        }
        None
    }

    /// The file that is locked: not the one with the metrics, whose place a new
    /// one takes each time. It stays, since whoever takes it away lets two have
    /// their turn at once.
    fn lock_file(&self) -> io::Result<File> {
        let mut name = OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(".lock");
        let path = folder_of(&self.path).join(name);
        if !files::exists(&path)
            && let Ok(new) = files::open_or_create(&path, READABLE_BY_ALL)
        {
            // Other accounts' runs lock it, too, whatever the umask of this one;
            // on a file system without modes they may anyhow.
            let _ = new.set_permissions(Permissions::from_mode(READABLE_BY_ALL));
            return Ok(new);
        }
        // Reading is enough to lock it, but on NFS.
        files::open_or_create(&path, READABLE_BY_ALL).or_else(|_| files::open_own(&path))
    }

    fn read(&self) -> Result<Old> {
        // A device or a link would lose its place to a file, and a pipe keeps its reader waiting.
        if files::check_replaceable(&self.path).is_err_and(|error| error.kind() == io::ErrorKind::InvalidInput) {
            return Err(self.strange());
        }
        let mut bytes = Vec::new();
        let read = files::open_own(&self.path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Old::Nothing),
            Err(error) => {
                let what = format!("cannot read the metrics file {}", self.path.display());
                Err(Error::database(what)
                    .with_hint("make it readable for this account, or name a new file")
                    .with_source(error))
            }
            Ok(0) => Ok(Old::Nothing),
            Ok(_) if bytes.starts_with(OURS) => {
                let totals = std::str::from_utf8(&bytes).ok().and_then(Totals::parse);
                Ok(totals.map_or(Old::Damaged, Old::Totals))
            }
            Ok(_) => Err(self.strange()),
        }
    }

    fn strange(&self) -> Error {
        Error::invalid(format!("{} exists and contains no metrics of invite cleanup", self.path.display()))
            .with_hint("the file was not changed; name a new file")
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let mut new = self.beside()?;
        new.write_all(text.as_bytes())?;
        // Past the umask, which for a service may be a strict one.
        new.as_file().set_permissions(Permissions::from_mode(READABLE_BY_ALL))?;
        new.as_file().sync_data()?;
        new.persist(&self.path)?;
        Ok(())
    }

    /// A new file in the same folder, whose name no collector reads; it goes
    /// away by itself.
    fn beside(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(".invite-metrics-").suffix(".tmp").tempfile_in(folder_of(&self.path))
    }
}

/// What is there before a run is counted.
enum Old {
    /// No file, or an empty one.
    Nothing,
    /// A file of ours of which something is missing.
    Damaged,
    /// What earlier runs came to.
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
            took: Duration::from_millis(5),
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
    fn a_damaged_file_begins_anew_and_what_is_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invite.prom");
        let file = MetricsFile::at(&path).unwrap();
        assert!(!file.count(&run()).unwrap());
        assert!(!file.count(&run()).unwrap());
        assert!(runs(&path).ends_with(" 2"));
        for rest in [&b"runs_total half a fi"[..], b"\xff\xfe", "x".repeat(100_000).as_bytes()] {
            fs::write(&path, [OURS, rest].concat()).unwrap();
            assert!(file.count(&run()).unwrap());
            assert!(runs(&path).ends_with(" 1"));
        }
        for other in [&b"node_load1 0.5\n"[..], b"\xff\xfe", b"precious"] {
            fs::write(&path, other).unwrap();
            for refused in [MetricsFile::at(&path).err(), file.count(&run()).err()] {
                assert!(refused.unwrap().to_string().ends_with("contains no metrics of invite cleanup"));
            }
            assert_eq!(fs::read(&path).unwrap(), other);
        }
        fs::write(&path, "").unwrap();
        assert!(!file.count(&run()).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, READABLE_BY_ALL);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the file and its lock");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |path: &Path| MetricsFile::at(path).err().unwrap().to_string();
        assert!(refusal(&folder.path().join("none/invite.prom")).ends_with("none does not exist"));
        assert!(refusal(folder.path()).starts_with("the metrics file is a folder"));
        assert!(refusal(Path::new("/proc/invite.prom")).contains("no invite was closed or deleted"));
        assert!(refusal(Path::new("/dev/null")).ends_with("contains no metrics of invite cleanup"));
        // There, and nobody can read it from its beginning.
        assert!(refusal(Path::new("/proc/self/mem")).ends_with("cannot read the metrics file /proc/self/mem"));
        MetricsFile::at(Path::new("invite.prom")).unwrap();
    }

    #[test]
    fn a_turn_is_waited_for_and_not_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let file = MetricsFile::at(&folder.path().join("invite.prom")).unwrap();
        let turn = file.turn(1).unwrap();
        assert_eq!(turn.metadata().unwrap().permissions().mode() & 0o7777, READABLE_BY_ALL);
        assert!(file.turn(3).is_none());
        thread::scope(|scope| {
            let other = scope.spawn(|| file.turn(PATIENCE).is_some());
            thread::sleep(PAUSE * 5);
            assert!(!other.is_finished());
            drop(turn);
            assert!(other.join().unwrap());
        });
        // Where there can be no lock, the run is counted all the same.
        fs::remove_file(folder.path().join(".invite.prom.lock")).unwrap();
        std::os::unix::fs::symlink("nowhere/lock", folder.path().join(".invite.prom.lock")).unwrap();
        assert!(file.turn(1).is_none());
        assert!(!file.count(&run()).unwrap());
        assert!(runs(&folder.path().join("invite.prom")).ends_with(" 1"));
    }
}
