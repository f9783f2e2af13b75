//! A database file and the shell `sqlite3`.

use std::fs;
use std::path::PathBuf;

use super::Place;
use crate::call::Call;
use crate::programs;

/// What `invite` opens a file with, as far as it decides what is kept and what is
/// checked; WAL is a property of the file.
const SETTINGS: &str = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// The page cache of the connection that writes.
const CACHE: &str = " PRAGMA cache_size = -65536;";

impl Place {
    pub(super) fn database_file(&self) -> PathBuf {
        self.folder().join("invite.db")
    }

    /// What the shell is told first.
    pub(super) fn sqlite_settings(&self) -> String {
        format!("{SETTINGS}{}", if self.same_cache { CACHE } else { "" })
    }

    pub(super) fn sqlite_shell(&self, sql: &str) -> Call {
        let script = self.file("sql");
        fs::write(&script, format!(".bail on\n{}\n{sql}\n", self.sqlite_settings())).expect("the folder takes files");
        Call::new(programs::sqlite(), self.file("theirs"))
            .args(["-batch", "-init", "/dev/null"])
            .args([self.database_file()])
            .input(script)
    }

    pub(super) fn ask_sqlite(&self, sql: &str) -> String {
        let call = self.sqlite_shell(sql);
        call.run().unwrap_or_else(|problem| panic!("{sql}\n{problem}"));
        fs::read_to_string(call.output()).expect("the shell wrote its output").trim_end().to_owned()
    }

    pub(super) fn remove_database_file(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.folder().join(format!("invite.db{suffix}")));
        }
    }

    /// Whoever closes a file last leaves no log beside it, as the shell does
    /// here.
    pub(super) fn keep_file(&self, state: &str) {
        self.ask_sqlite("PRAGMA wal_checkpoint(TRUNCATE);");
        assert!(!self.folder().join("invite.db-wal").exists(), "another process has the database file open");
        fs::copy(self.database_file(), self.state_file(state)).expect("memory holds one more database");
    }

    pub(super) fn restore_file(&self, state: &str) {
        self.remove_database_file();
        fs::copy(self.state_file(state), self.database_file()).expect("memory holds one more database");
    }

    pub(super) fn forget_file(&self, state: &str) {
        fs::remove_file(self.state_file(state)).expect("the state was kept");
    }

    fn state_file(&self, state: &str) -> PathBuf {
        self.folder().join(format!("{state}.state"))
    }
}
