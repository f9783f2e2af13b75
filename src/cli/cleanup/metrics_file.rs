//! The file with the metrics: there is always a whole one, whoever writes and
//! reads meanwhile.

use std::fs::{self, Permissions};
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

/// A place that the metrics of a run can be written to.
pub(super) struct MetricsFile {
    path: PathBuf,
}

impl MetricsFile {
    /// Looks whether a file can be written there, before anything is done that
    /// it should tell of.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is no such folder, or a folder of the
    /// file's name; what the system says where no file can be made in it.
    pub(super) fn at(path: &Path) -> Result<Self> {
        let file = MetricsFile { path: path.to_owned() };
        refuse_missing_folder(path)?;
        if path.file_name().is_none() || path.is_dir() {
            return Err(Error::invalid(format!("{} is a folder, not a file", path.display()))
                .hint("name a file in it: --metrics-file FOLDER/invite.prom"));
        }
        file.beside().map_err(|error| {
            Error::database(format!("the metrics file {} cannot be written; nothing was cleaned up", path.display()))
                .caused_by(error)
        })?;
        Ok(file)
    }

    /// Adds a run to what the file counts; answers whether what was there before
    /// counted no runs. It is read only now: another run may have ended since
    /// this one began.
    ///
    /// # Errors
    /// What keeps the file from being written; the old one then stays.
    pub(super) fn count(&self, run: &LastRun) -> Result<bool> {
        let old = self.read();
        let started_anew = matches!(old, Old::Foreign);
        let before = if let Old::Totals(totals) = old { totals } else { Totals::default() };
        self.replace(&before.with(run).render(run)).map_err(|error| {
            Error::database(format!("the metrics file {} cannot be written", self.path.display()))
                .caused_by(error)
                .hint("the cleanup itself is done")
        })?;
        Ok(started_anew)
    }

    fn read(&self) -> Old {
        let mut text = String::new();
        let read = fs::File::open(&self.path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Old::Nothing,
            Err(_) => Old::Foreign,
            Ok(0) => Old::Nothing,
            Ok(_) => Totals::parse(&text).map_or(Old::Foreign, Old::Totals),
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
    /// A file that is not ours, or that nobody can read.
    Foreign,
    /// What earlier runs came to.
    Totals(Totals),
}

#[cfg(test)]
mod tests {
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
    fn a_file_that_is_not_ours_begins_anew_and_counts_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invite.prom");
        let file = MetricsFile::at(&path).unwrap();
        assert!(!file.count(&run()).unwrap());
        assert!(!file.count(&run()).unwrap());
        assert!(runs(&path).ends_with(" 2"));
        for strange in [&b"node_load1 0.5\n"[..], b"\xff\xfe", "x".repeat(100_000).as_bytes()] {
            fs::write(&path, strange).unwrap();
            assert!(file.count(&run()).unwrap());
            assert!(runs(&path).ends_with(" 1"));
        }
        fs::write(&path, "").unwrap();
        assert!(!file.count(&run()).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, READABLE_BY_ALL);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
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
