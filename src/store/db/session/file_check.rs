//! The check that a connection writes to the file that is still in its place.

use crate::error::Result;
use crate::store::db::session::handle::Session;
use crate::store::location::OpenFile;

impl Session {
    /// Remembers the write-ahead log that the connection has opened by now.
    pub(crate) fn remember_log(&mut self) {
        if self.log.is_none() {
            self.log = self.pool.file().and_then(OpenFile::log);
        }
    }

    /// Checks after a commit that the file is still in its place: a change to a file that was moved
    /// or deleted must not be acknowledged.
    ///
    /// # Errors
    /// [`crate::error::Error::Database`] if the file was moved, deleted or replaced. The connection
    /// is not used again.
    pub(crate) fn check_file(&mut self) -> Result<()> {
        let Some(file) = self.pool.file() else { return Ok(()) };
        let checked = file.check().and_then(|()| self.log.map_or(Ok(()), |log| file.check_log(log)));
        if checked.is_err() {
            self.discard();
        } else {
            self.remember_log();
        }
        checked
    }
}
