//! The file with the metrics: there is always a whole one, whoever writes and
//! reads meanwhile.

use std::fs::{File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::metrics::{LastRun, Totals};
use crate::cli::output::refuse_missing_folder;
use crate::error::{Error, Result};

/// Whoever collects metrics is another account.
const READABLE_BY_ALL: u32 = 0o644;

/// Ours have some 2,000 bytes.
const LONGEST: u64 = 64 * 1024;

/// What ours begin with.
const OURS: &[u8] = b"# HELP invite_cleanup_";

/// A place that the metrics of a run can be written to.
pub(super) struct MetricsFile {
    path: PathBuf,
}

impl MetricsFile {
    /// Looks whether a file can be written there, before anything is done that
    /// it should tell of.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is no such folder, or something of the
    /// file's name that is no file of metrics; what the system says where no file
    /// can be made in it.
    pub(super) fn at(path: &Path) -> Result<Self> {
        let file = MetricsFile { path: path.to_owned() };
        refuse_missing_folder(path)?;
        if path.file_name().is_none() || path.is_dir() {
            return Err(Error::invalid(format!("{} is a folder, not a file", path.display()))
                .hint("name a file in it: --metrics-file FOLDER/invite.prom"));
        }
        file.read()?;
        file.beside().map_err(|error| {
            Error::database(format!("the metrics file {} cannot be written; nothing was cleaned up", path.display()))
                .caused_by(error)
        })?;
        Ok(file)
    }

    /// Adds a run to what the file counts; answers whether what was there before
    /// was damaged. It is read only now, in turn with other runs: one may have
    /// ended since this one began.
    ///
    /// # Errors
    /// What keeps the file from being written; the old one then stays.
    pub(super) fn count(&self, run: &LastRun) -> Result<bool> {
        let _turn = self.turn();
        let old = self.read()?;
        let started_anew = matches!(old, Old::Damaged);
        let before = if let Old::Totals(totals) = old { totals } else { Totals::default() };
        self.replace(&before.with(run).render(run)).map_err(|error| {
            Error::database(format!("the metrics file {} cannot be written", self.path.display())).caused_by(error)
        })?;
        Ok(started_anew)
    }

    /// This run's turn, as long as it is kept: two that read and write at once
    /// would count one of them. Where there are no locks, it goes without.
    fn turn(&self) -> Option<File> {
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name()?);
        name.push(".lock");
        let lock = self.folder().join(name);
        // Another account's can be read, which is enough to lock it.
        let file = File::options().append(true).create(true).open(&lock).or_else(|_| File::open(&lock)).ok()?;
        file.lock().ok()?;
        Some(file)
    }

    fn read(&self) -> Result<Old> {
        let mut bytes = Vec::new();
        let read = File::open(&self.path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Old::Nothing),
            Err(error) => {
                let what = format!("the metrics file {} cannot be read", self.path.display());
                Err(Error::database(what).caused_by(error))
            }
            Ok(0) => Ok(Old::Nothing),
            Ok(_) if bytes.starts_with(OURS) => {
                let totals = std::str::from_utf8(&bytes).ok().and_then(Totals::parse);
                Ok(totals.map_or(Old::Damaged, Old::Totals))
            }
            Ok(_) => Err(Error::invalid(format!("{} is there, and holds no metrics of cleanups", self.path.display()))
                .hint("it is not written over: name a new file")),
        }
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
        tempfile::Builder::new().prefix(".invite-metrics-").suffix(".tmp").tempfile_in(self.folder())
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
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
    use std::time::Duration;

    use super::*;
    use crate::actions::cleanup::CleanupSummary;

    fn run() -> LastRun {
        LastRun {
            end: chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            took: Duration::from_millis(5),
            succeeded: true,
            done: CleanupSummary::default(),
            live: None,
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
                assert!(refused.unwrap().to_string().ends_with("holds no metrics of cleanups"));
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
        assert!(refusal(folder.path()).ends_with("is a folder, not a file"));
        assert!(refusal(Path::new("/proc/invite.prom")).contains("nothing was cleaned up"));
        MetricsFile::at(Path::new("invite.prom")).unwrap();
    }
}
