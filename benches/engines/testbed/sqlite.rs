//! A SQLite database file, and the shell `sqlite3`.

use std::fs;
use std::path::PathBuf;

use super::Testbed;
use crate::call::Call;
use crate::tools;

/// The settings of `invite` that affect durability and constraints; WAL is a property of
/// the file.
const SETTINGS: &str = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// The page cache of the writing connection of `invite`.
const CACHE: &str = " PRAGMA cache_size = -65536;";

impl Testbed {
    pub(super) fn database_file(&self) -> PathBuf {
        self.folder().join("invite.db")
    }

    /// Returns the settings of the shell.
    pub(super) fn sqlite_settings(&self) -> String {
        format!("{SETTINGS}{}", if self.same_cache { CACHE } else { "" })
    }

    pub(super) fn sqlite_shell(&self, sql: &str) -> Call {
        let script = self.file("sql");
        fs::write(&script, format!(".bail on\n{}\n{sql}\n", self.sqlite_settings())).expect("the folder takes files");
        Call::new(tools::sqlite(), self.file("theirs"))
            .args(["-batch", "-init", "/dev/null"])
            .args([self.database_file()])
            .input(script)
    }

    pub(super) fn query_sqlite(&self, sql: &str) -> String {
        let call = self.sqlite_shell(sql);
        call.run().unwrap_or_else(|problem| panic!("{sql}\n{problem}"));
        fs::read_to_string(call.output()).expect("the shell wrote its output").trim_end().to_owned()
    }

    pub(super) fn remove_database_file(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.folder().join(format!("invite.db{suffix}")));
        }
    }

    /// Saves the file. The shell is the last to close it, so there is no WAL file.
    pub(super) fn save_file(&self, state: &str) {
        self.query_sqlite("PRAGMA wal_checkpoint(TRUNCATE);");
        assert!(!self.folder().join("invite.db-wal").exists(), "another process has the database file open");
        fs::copy(self.database_file(), self.state_file(state)).expect("memory holds one more database");
    }

    pub(super) fn restore_file(&self, state: &str) {
        self.remove_database_file();
        fs::copy(self.state_file(state), self.database_file()).expect("memory holds one more database");
    }

    pub(super) fn delete_file(&self, state: &str) {
        fs::remove_file(self.state_file(state)).expect("the state was kept");
    }

    fn state_file(&self, state: &str) -> PathBuf {
        self.folder().join(format!("{state}.state"))
    }
}
