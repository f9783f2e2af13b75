//! The engines' own shells.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools.sh");

/// The shell of PostgreSQL itself, not the script that Debian puts before it,
/// which takes as long to start as a look-up.
pub fn psql() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| found("postgres_folder").join("psql")).clone()
}

/// The load tool of PostgreSQL.
pub fn pgbench() -> PathBuf {
    psql().with_file_name("pgbench")
}

/// The shell of MariaDB.
pub fn mariadb() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| found("mariadb_program mariadb mysql")).clone()
}

/// The shell of SQLite.
pub fn sqlite() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| found("command -v sqlite3")).clone()
}

/// The Python that has the usual drivers.
pub fn python() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| found("driver_python")).clone()
}

/// What prints the most memory that a process had.
pub fn time() -> PathBuf {
    PathBuf::from("/usr/bin/time")
}

/// What a command prints that may use the functions of `tools.sh`.
fn found(command: &str) -> PathBuf {
    let output = Command::new("sh").args(["-euc", &format!(". '{TOOLS}'; {command}")]).output();
    let path = String::from_utf8_lossy(&output.expect("the shell `sh` starts").stdout).trim_end().to_owned();
    assert!(!path.is_empty(), "a program is missing (`{command}` finds none): start this by `sh benches/run.sh`");
    PathBuf::from(path)
}
