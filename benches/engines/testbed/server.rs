//! PostgreSQL and MariaDB servers, and their shells `psql` and `mariadb`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use servers::{Kind, PASSWORD, Server, USER};

use super::Testbed;
use crate::call::Call;
use crate::tools;

/// Settings with full durability. Autovacuum is off: it would run during an arbitrary
/// measurement.
pub const POSTGRES: &[&str] = &[
    "-c",
    "shared_buffers=512MB",
    "-c",
    "max_wal_size=8GB",
    "-c",
    "checkpoint_timeout=1h",
    "-c",
    "wal_level=replica",
    "-c",
    "fsync=on",
    "-c",
    "synchronous_commit=on",
    "-c",
    "full_page_writes=on",
    "-c",
    "autovacuum=off",
];

/// Settings with full durability. The buffer pool is not reloaded at a start: it would
/// contain the pages of the previous measurement.
pub const MARIADB: &[&str] = &[
    "--innodb-buffer-pool-size=1G",
    "--innodb-log-file-size=1G",
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-doublewrite=1",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--innodb-buffer-pool-load-at-startup=0",
    "--local-infile=1",
];

/// Name of the database.
pub const WORK: &str = "invite_work";

/// Returns the URL of the database; both sides connect without TLS.
pub fn url(server: &Server) -> String {
    let plain = if server.kind() == Kind::Postgres { "sslmode=disable" } else { "ssl-mode=DISABLED" };
    format!("{}?{plain}", server.url(WORK))
}

pub fn query(server: &Server, sql: &str) -> String {
    let sql = if server.kind() == Kind::MariaDb { format!("{MARIADB_SESSION}; {sql}") } else { sql.to_owned() };
    server.admin_in(WORK, &sql)
}

pub fn empty(server: &Server) {
    server.admin(&format!("DROP DATABASE IF EXISTS {WORK}"));
    let owner = if server.kind() == Kind::Postgres { format!(" OWNER {USER}") } else { String::new() };
    server.admin(&format!("CREATE DATABASE {WORK}{owner}"));
}

/// Removes deleted rows; InnoDB does so during a slow shutdown.
pub fn vacuum(server: &Server) {
    match server.kind() {
        Kind::Postgres => drop(server.admin_in(WORK, "VACUUM (ANALYZE); CHECKPOINT")),
        Kind::MariaDb | Kind::MySql => {
            server.admin("SET GLOBAL innodb_fast_shutdown = 0");
            server.stop();
            server.start();
        }
    }
}

/// Enables the log of statements for new connections.
pub fn log_statements(server: &Server) {
    drop(match server.kind() {
        Kind::Postgres => server.admin(&format!("ALTER DATABASE {WORK} SET log_statement = 'all'")),
        Kind::MariaDb | Kind::MySql => server.admin("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1"),
    });
}

pub fn logged_statements(server: &Server) -> String {
    match server.kind() {
        Kind::Postgres => {
            let log = fs::read_to_string(server.folder().join("log")).expect("the server has a log");
            log.lines().skip_while(|line| !line.contains("execute ")).collect::<Vec<_>>().join("\n")
        }
        Kind::MariaDb | Kind::MySql => server.admin(
            "SET GLOBAL general_log = 0; SELECT command_type, argument FROM mysql.general_log \
             WHERE user_host LIKE 'invite%' ORDER BY event_time",
        ),
    }
}

const MARIADB_SESSION: &str = "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT', \
     unique_checks = 1, foreign_key_checks = 1";

impl Testbed {
    pub(super) fn server_shell(&self, server: &Server, sql: &str) -> Call {
        let script = self.file("sql");
        fs::write(&script, sql).expect("the folder takes files");
        let port = server.port();
        match server.kind() {
            Kind::Postgres => Call::new(tools::psql(), self.file("theirs"))
                .env("PGPASSWORD", PASSWORD)
                .env("PGTZ", "UTC")
                .env("PGSSLMODE", "disable")
                .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", &port.to_string()])
                .args(["-U", USER, "-d", WORK, "-f"])
                .args([script]),
            Kind::MariaDb | Kind::MySql => Call::new(tools::mariadb(), self.file("theirs"))
                .env("MYSQL_PWD", PASSWORD)
                .args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--skip-ssl", "--batch", "--quick"])
                .args([format!("--port={port}"), format!("--user={USER}"), format!("--init-command={MARIADB_SESSION}")])
                .args(["--default-character-set=utf8mb4", "--local-infile=1", WORK])
                .input(script),
        }
    }
}

pub fn save(server: &Server, state: &str) {
    match server.kind() {
        Kind::Postgres => {
            server.admin_in(WORK, "VACUUM (ANALYZE)");
            server.admin(&format!("ALTER DATABASE {WORK} RENAME TO {}", stored(state)));
        }
        Kind::MariaDb | Kind::MySql => {
            // A slow shutdown removes deleted rows, so that later starts need not.
            server.admin("SET GLOBAL innodb_fast_shutdown = 0");
            server.stop();
            copy(&server.folder().join("data"), &stored_data(server, state));
            server.start();
        }
    }
}

pub fn restore(server: &Server, state: &str) {
    match server.kind() {
        Kind::Postgres => {
            server.admin(&format!("DROP DATABASE IF EXISTS {WORK} WITH (FORCE)"));
            server.admin(&format!("CREATE DATABASE {WORK} OWNER {USER} TEMPLATE {} STRATEGY file_copy", stored(state)));
            server.admin("CHECKPOINT");
        }
        Kind::MariaDb | Kind::MySql => {
            server.stop();
            let data = server.folder().join("data");
            fs::remove_dir_all(&data).expect("the data of a server that was stopped can be removed");
            copy(&stored_data(server, state), &data);
            server.start();
        }
    }
}

pub fn delete(server: &Server, state: &str) {
    match server.kind() {
        Kind::Postgres => drop(server.admin(&format!("DROP DATABASE {}", stored(state)))),
        Kind::MariaDb | Kind::MySql => fs::remove_dir_all(stored_data(server, state)).expect("the state was kept"),
    }
}

fn stored_data(server: &Server, state: &str) -> PathBuf {
    server.folder().join(format!("data-{state}"))
}

fn stored(state: &str) -> String {
    format!("invite_{state}")
}

/// Copies a folder with owners and permissions.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    let status = Command::new("cp").arg("-a").args([from, to]).status().expect("the program `cp` starts");
    assert!(status.success(), "copying {} failed", from.display());
}
