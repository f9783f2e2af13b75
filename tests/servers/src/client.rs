//! The servers' own command-line clients, for statements past the tool.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use crate::server::Kind;
use crate::supervisor::TESTS;

/// The account of the tests, who may do everything.
const ADMIN: &str = "harness";

/// Seconds until a server that does not answer counts as down.
const TIMEOUT: u32 = 10;

/// The URL of a database, for the account of the tests.
pub fn admin_url(kind: Kind, port: u16, database: &str) -> String {
    format!("{}://{ADMIN}:{ADMIN}@127.0.0.1:{port}/{database}", kind.scheme())
}

/// Runs statements; what they print, or what went wrong.
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
        // Beside the reading, or both sides may wait for each other. A client
        // that stops at an error does not read on, and its output says why.
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
        // A server that was started read-only still has to get its databases.
        .env("PGOPTIONS", "-c default_transaction_read_only=off")
        .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--field-separator=\t", "--pset=null=NULL"])
        .args(["--set=ON_ERROR_STOP=1", "--file=-"])
        .arg(format!(
            "host=127.0.0.1 port={port} user={ADMIN} dbname='{database}' sslmode=disable connect_timeout={TIMEOUT}"
        ));
    command
}

/// MariaDB's client without encryption, or MySQL's, which encrypts where the server can and
/// otherwise asks for the key that encrypts the password.
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

/// The client alone: no environment of whoever runs the tests changes it.
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

/// What a function of `tools.sh` finds.
fn found(function: &str) -> PathBuf {
    let output = Command::new("sh").args(["-euc", &format!(". '{TESTS}/tools.sh'; {function}")]).output();
    let output = output.expect("the shell `sh` starts");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
}
