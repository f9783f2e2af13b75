//! The command-line clients of the servers, for statements that bypass the tool.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use crate::server::Kind;
use crate::supervisor::TESTS;

/// The administrator account of the tests.
const ADMIN: &str = "harness";

/// Timeout in seconds for a server that does not respond.
const TIMEOUT: u32 = 10;

pub fn admin_url(kind: Kind, port: u16, database: &str) -> String {
    format!("{}://{ADMIN}:{ADMIN}@127.0.0.1:{port}/{database}", kind.scheme())
}

/// Runs statements, and returns their output or the error.
pub fn run(kind: Kind, port: u16, database: Option<&str>, sql: &str) -> Result<String, String> {
    let mut command = match kind {
        Kind::Postgres => psql(port, database.unwrap_or("postgres")),
        Kind::MariaDb | Kind::MySql => mysql(kind, port, database),
    };
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let mut input = process.stdin.take().expect("standard input is a pipe");
    let output = thread::scope(|scope| {
        // Write concurrently with reading, or both sides may wait for each other. A client
        // that stops at an error reads no further input, and its output contains the error.
        scope.spawn(move || {
            let _ = input.write_all(sql.as_bytes());
        });
        process.wait_with_output()
    });
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
    } else {
        Err(format!("{sql}\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn psql(port: u16, database: &str) -> Command {
    let mut command = command(Kind::Postgres);
    command
        .env("PGPASSWORD", ADMIN)
        .env("PGTZ", "UTC")
        .env("PGCLIENTENCODING", "UTF8")
        // A read-only server still needs its databases.
        .env("PGOPTIONS", "-c default_transaction_read_only=off")
        .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--field-separator=\t", "--pset=null=NULL"])
        .args(["--set=ON_ERROR_STOP=1", "--file=-"])
        .arg(format!(
            "host=127.0.0.1 port={port} user={ADMIN} dbname='{database}' sslmode=disable connect_timeout={TIMEOUT}"
        ));
    command
}

/// Returns a command of MariaDB's client without encryption, or of MySQL's, which encrypts
/// if the server supports it and otherwise requests the public key that encrypts the
/// password.
fn mysql(kind: Kind, port: u16, database: Option<&str>) -> Command {
    let mut command = command(kind);
    command
        .env("MYSQL_PWD", ADMIN)
        .args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1"])
        .arg(if kind == Kind::MariaDb { "--skip-ssl" } else { "--get-server-public-key" })
        .args([format!("--port={port}"), format!("--user={ADMIN}"), format!("--connect-timeout={TIMEOUT}")])
        .args(["--default-character-set=utf8mb4", "--init-command=SET time_zone = '+00:00'"])
        .args(["--batch", "--raw", "--skip-column-names"])
        .args(database);
    command
}

/// Returns the client with a clean environment.
fn command(kind: Kind) -> Command {
    static PSQL: OnceLock<PathBuf> = OnceLock::new();
    static MARIADB: OnceLock<PathBuf> = OnceLock::new();
    static MYSQL: OnceLock<PathBuf> = OnceLock::new();
    let program = match kind {
        Kind::Postgres => PSQL.get_or_init(|| found("postgres_folder").join("psql")),
        Kind::MariaDb => MARIADB.get_or_init(|| found("mariadb_program mariadb mysql")),
        Kind::MySql => MYSQL.get_or_init(|| found("mysql_program mysql")),
    };
    let mut command = Command::new(program);
    command.env_clear();
    command
}

/// Returns the path that a function of `tools.sh` prints.
fn found(function: &str) -> PathBuf {
    let output = Command::new("sh").args(["-euc", &format!(". '{TESTS}/tools.sh'; {function}")]).output();
    let output = output.expect("the shell `sh` starts");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
}
