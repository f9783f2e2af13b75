//! Which file a connection writes to: the one that is still in its place.

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::location::OpenFile;

impl Session {
    /// Takes note of the write-ahead log that the connection has opened by now.
    pub(crate) fn note_log(&mut self) {
        if self.log.is_none() {
            self.log = self.pool.file().and_then(OpenFile::log);
        }
    }

    /// Sees after a commit that it went to the file that is still there: what was
    /// written to a file that was moved or deleted is not to be acknowledged.
    ///
    /// # Errors
    /// [`crate::error::Error::Database`] if another file is there, or none. The connection is
    /// not used again then.
    pub(crate) fn check_file(&mut self) -> Result<()> {
        let Some(file) = self.pool.file() else { return Ok(()) };
        let checked = file.check().and_then(|()| self.log.map_or(Ok(()), |log| file.check_log(log)));
        if checked.is_err() {
            self.discard();
        } else {
            self.note_log();
        }
        checked
    }
}
