//! Paths of the engines' shells and of other programs.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools.sh");

/// Returns the path of `psql`, not of Debian's wrapper script, which takes as long to start
/// as a lookup.
pub fn psql() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| found("postgres_folder").join("psql")).clone()
}

/// Returns the path of `pgbench`.
pub fn pgbench() -> PathBuf {
    psql().with_file_name("pgbench")
}

/// Returns the path of the shell of MariaDB.
pub fn mariadb() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| found("mariadb_program mariadb mysql")).clone()
}

/// Returns the path of the shell of SQLite.
pub fn sqlite() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| found("command -v sqlite3")).clone()
}

/// Returns the path of a Python with drivers of all engines.
pub fn python() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| found("driver_python")).clone()
}

/// Returns the path of GNU time, which prints the peak memory of a process.
pub fn time() -> PathBuf {
    PathBuf::from("/usr/bin/time")
}

/// Returns the output of a shell command that can use the functions of `tools.sh`.
fn found(command: &str) -> PathBuf {
    let output = Command::new("sh").args(["-euc", &format!(". '{TOOLS}'; {command}")]).output();
    let path = String::from_utf8_lossy(&output.expect("the shell `sh` starts").stdout).trim_end().to_owned();
    assert!(!path.is_empty(), "`{command}` finds no program: run `sh benches/run.sh`");
    PathBuf::from(path)
}
