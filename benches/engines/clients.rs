//! Clients that redeem codes without the library: `pgbench`, and programs in C, which are
//! built on demand.

use std::path::{Path, PathBuf};
use std::process::Command;

use servers::{PASSWORD, USER};

use crate::call::Call;
use crate::testbed::{Engine, Testbed};
use crate::tools;
use crate::users::CONNECTIONS;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/clients");

/// Number of threads of `pgbench`.
const THREADS: u32 = 2;

/// Returns a call of `pgbench`, whose connections share the uses equally.
pub fn pgbench(testbed: &Testbed, uses: u64) -> Call {
    assert!(uses.is_multiple_of(u64::from(CONNECTIONS)), "each of {CONNECTIONS} connections does its part of the uses");
    let each = uses / u64::from(CONNECTIONS);
    let (port, database) = testbed.server_address();
    Call::new(tools::pgbench(), testbed.file("theirs"))
        .env("PGPASSWORD", PASSWORD)
        .env("PGSSLMODE", "disable")
        .env("PGTZ", "UTC")
        .args(["-n", "-M", "prepared", "-h", "127.0.0.1", "-U", USER])
        .args([format!("--port={port}"), format!("--client={CONNECTIONS}"), format!("--jobs={THREADS}")])
        .args(["-D", "k=1000000000000000"])
        .args([format!("--transactions={each}"), format!("--file={FOLDER}/use.postgres.sql"), database])
}

/// Returns a call of the C client for SQLite or MariaDB.
pub fn client(testbed: &Testbed, engine: Engine, codes: &Path, uses: u64) -> Call {
    let name = if engine == Engine::Sqlite { "sqlite" } else { "mariadb" };
    let call = Call::new(built(testbed, name), testbed.file("theirs"))
        .args([PathBuf::from(format!("{FOLDER}/use.{name}.sql")), codes.to_path_buf()])
        .args([uses.to_string(), CONNECTIONS.to_string()]);
    if engine == Engine::Sqlite {
        return call.args([testbed.database_path()]);
    }
    let (port, database) = testbed.server_address();
    call.args([port.to_string(), USER.to_owned(), PASSWORD.to_owned(), database])
}

fn built(testbed: &Testbed, name: &str) -> PathBuf {
    let program = testbed.folder().join(format!("use-{name}"));
    let libraries = if name == "sqlite" { ["-lsqlite3", "-lpthread"] } else { ["-lmariadb", "-lpthread"] };
    let status = Command::new("cc")
        .args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O2", "-I/usr/include/mariadb", "-o"])
        .args([&program, &PathBuf::from(format!("{FOLDER}/use_{name}.c"))])
        .args(libraries)
        .status();
    assert!(status.is_ok_and(|status| status.success()), "the client in C was not built");
    program
}
