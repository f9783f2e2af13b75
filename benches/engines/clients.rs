//! What uses codes without the library: `pgbench`, and clients in C that are
//! built when they are needed.

use std::path::{Path, PathBuf};
use std::process::Command;

use servers::{PASSWORD, USER};

use crate::call::Call;
use crate::place::{Engine, Place};
use crate::programs;
use crate::users::CONNECTIONS;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/clients");

/// How many threads the load tool of PostgreSQL has.
const THREADS: u32 = 2;

/// The load tool of PostgreSQL; each connection takes its part of the uses.
pub fn pgbench(place: &Place, uses: u64) -> Call {
    assert!(uses.is_multiple_of(u64::from(CONNECTIONS)), "each of {CONNECTIONS} connections does its part of the uses");
    let each = uses / u64::from(CONNECTIONS);
    let (port, database) = place.server_address();
    Call::new(programs::pgbench(), place.file("theirs"))
        .env("PGPASSWORD", PASSWORD)
        .env("PGSSLMODE", "disable")
        .env("PGTZ", "UTC")
        .args(["-n", "-M", "prepared", "-h", "127.0.0.1", "-U", USER])
        .args([format!("--port={port}"), format!("--client={CONNECTIONS}"), format!("--jobs={THREADS}")])
        .args(["-D", "k=1000000000000000"])
        .args([format!("--transactions={each}"), format!("--file={FOLDER}/use.postgres.sql"), database])
}

/// A client in C for the other two.
pub fn client(place: &Place, engine: Engine, codes: &Path, uses: u64) -> Call {
    let name = if engine == Engine::Sqlite { "sqlite" } else { "mariadb" };
    let call = Call::new(built(place, name), place.file("theirs"))
        .args([PathBuf::from(format!("{FOLDER}/use.{name}.sql")), codes.to_path_buf()])
        .args([uses.to_string(), CONNECTIONS.to_string()]);
    if engine == Engine::Sqlite {
        return call.args([place.database_path()]);
    }
    let (port, database) = place.server_address();
    call.args([port.to_string(), USER.to_owned(), PASSWORD.to_owned(), database])
}

fn built(place: &Place, name: &str) -> PathBuf {
    let program = place.folder().join(format!("use-{name}"));
    let libraries = if name == "sqlite" { ["-lsqlite3", "-lpthread"] } else { ["-lmariadb", "-lpthread"] };
    let status = Command::new("cc")
        .args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O2", "-I/usr/include/mariadb", "-o"])
        .args([&program, &PathBuf::from(format!("{FOLDER}/use_{name}.c"))])
        .args(libraries)
        .status();
    assert!(status.is_ok_and(|status| status.success()), "the client in C was not built");
    program
}
