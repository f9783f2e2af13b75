//! The error of a process that has too many open files.

use rustix::io::Errno;

use crate::error::Error;

/// Number of files that `SQLite` opens for a database: the file, its log, the log's index and,
/// briefly, the folder.
const FILES_OF_A_DATABASE: usize = 4;

/// Returns the error if this process cannot open as many files as a database needs.
///
/// `SQLite` does not report why it cannot open a file, and has closed the others by now.
pub(crate) fn too_many_files(place: &str) -> Option<Error> {
    let opened: std::io::Result<Vec<_>> = (0..FILES_OF_A_DATABASE).map(|_| std::fs::File::open("/dev/null")).collect();
    let refused = opened.err()?;
    is_file_limit(&refused).then(|| {
        Error::database(format!("cannot open {place}: this process has too many open files"))
            .with_source(refused)
            .with_hint("raise the limit: ulimit -n 1024")
    })
}

/// Returns true if this process, or the machine, has too many open files.
pub(crate) fn is_file_limit(error: &std::io::Error) -> bool {
    let of_files = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|number| of_files.contains(&number))
}
