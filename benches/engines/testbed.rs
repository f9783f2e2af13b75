//! The test bed: one engine with production settings. Its data is in memory, so that the
//! disk does not dominate the measurements.

mod server;
mod sqlite;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use servers::{Kind, Server};
use tempfile::TempDir;

use crate::call::Call;
use crate::options::Options;

/// An engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Engine {
    pub const ALL: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::Mariadb];

    /// Returns the name of the engine.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
            Engine::Mariadb => "MariaDB",
        }
    }

    /// Selects the value of this engine; the values are in the order of [`Engine::ALL`].
    pub fn of<T: Copy>(self, values: [T; 3]) -> T {
        values[self as usize]
    }
}

/// An engine with a temporary folder and a database, whose states can be saved and
/// restored by name.
pub struct Testbed {
    pub engine: Engine,
    folder: TempDir,
    server: Option<Server>,
    invite: PathBuf,
    same_cache: bool,
    files: Cell<u32>,
}

impl Testbed {
    /// Creates the folder, and starts the engine if it is a server.
    pub fn open(engine: Engine, options: &Options) -> Self {
        let folder = tempfile::Builder::new().prefix("invite-bench-").tempdir_in(&options.folder);
        let folder = folder.unwrap_or_else(|error| panic!("{} takes no files: {error}", options.folder.display()));
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Server::with_options(Kind::Postgres, server::POSTGRES)),
            Engine::Mariadb => Some(Server::with_options(Kind::MariaDb, server::MARIADB)),
        };
        Testbed {
            engine,
            folder,
            server,
            invite: options.invite.clone(),
            same_cache: options.same_cache,
            files: Cell::new(0),
        }
    }

    /// Returns the temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the free space of the folder, in bytes.
    pub fn free_bytes(&self) -> u64 {
        let output = Command::new("df").args(["-Pk"]).arg(self.folder()).output().expect("the program `df` starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let kib = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
        kib.expect("`df` tells what is available") * 1024
    }

    /// Returns the path of a new file.
    pub fn file(&self, name: &str) -> PathBuf {
        self.files.set(self.files.get() + 1);
        self.folder().join(format!("{}-{name}", self.files.get()))
    }

    /// Returns the URL of the database.
    pub fn url(&self) -> String {
        match &self.server {
            None => format!("sqlite://{}", self.database_file().display()),
            Some(server) => server::url(server),
        }
    }

    /// Returns the port of the server and the name of the database.
    pub fn server_address(&self) -> (u16, String) {
        let server = self.server.as_ref().expect("a file has no server");
        (server.port(), server::WORK.to_owned())
    }

    /// Enables the server's log of statements.
    pub fn log_statements(&self) {
        if let Some(server) = &self.server {
            server::log_statements(server);
        }
    }

    /// Returns the logged statements.
    pub fn logged_statements(&self) -> String {
        self.server.as_ref().map_or_else(|| "a file has no log".to_owned(), server::logged_statements)
    }

    /// Returns the path of the database file.
    pub fn database_path(&self) -> String {
        self.database_file().to_string_lossy().into_owned()
    }

    /// Returns a call of `invite` on the database.
    pub fn invite(&self, arguments: &[&str]) -> Call {
        self.invite_alone(arguments).args(["--database-url", &self.url()])
    }

    /// Returns a call of `invite` without a database.
    pub fn invite_alone(&self, arguments: &[&str]) -> Call {
        let folder = self.folder().to_string_lossy().into_owned();
        Call::new(&self.invite, self.file("ours")).env("HOME", folder).env("USER", "bench").args(arguments)
    }

    /// Returns a call of the engine's shell with these statements.
    pub fn shell(&self, sql: &str) -> Call {
        match &self.server {
            None => self.sqlite_shell(sql),
            Some(server) => self.server_shell(server, sql),
        }
    }

    /// Runs statements and returns their output; not measured.
    pub fn query(&self, sql: &str) -> String {
        match &self.server {
            None => self.query_sqlite(sql),
            Some(server) => server::query(server, sql),
        }
    }

    /// Recreates the database, with the empty tables of `invite`.
    pub fn empty(&self) {
        match &self.server {
            None => self.remove_database_file(),
            Some(server) => server::empty(server),
        }
        self.invite(&["migrate"]).run().unwrap_or_else(|problem| panic!("invite migrate failed: {problem}"));
    }

    /// Saves the state of the database under a name.
    pub fn save(&self, state: &str) {
        match &self.server {
            None => self.save_file(state),
            Some(server) => server::save(server, state),
        }
    }

    /// Restores a saved state of the database.
    pub fn restore(&self, state: &str) {
        match &self.server {
            None => self.restore_file(state),
            Some(server) => server::restore(server, state),
        }
    }

    /// Runs the engine's cleanup of deleted rows, which it would otherwise do in the
    /// background.
    pub fn vacuum(&self) {
        if let Some(server) = &self.server {
            server::vacuum(server);
        }
    }

    /// Deletes a saved state.
    pub fn delete(&self, state: &str) {
        match &self.server {
            None => self.delete_file(state),
            Some(server) => server::delete(server, state),
        }
    }

    /// Returns the version of the engine.
    pub fn version(&self) -> String {
        match self.engine {
            Engine::Sqlite => {
                format!("{} (the shell's; invite brings its own)", self.query("SELECT sqlite_version();"))
            }
            Engine::Postgres => self.query_server("SHOW server_version"),
            Engine::Mariadb => self.query_server("SELECT version()"),
        }
    }

    /// Returns the settings of the engine.
    pub fn settings(&self) -> String {
        match self.engine {
            Engine::Sqlite => self.sqlite_settings(),
            Engine::Postgres => {
                server::POSTGRES.iter().filter(|word| **word != "-c").copied().collect::<Vec<_>>().join(", ")
            }
            Engine::Mariadb => server::MARIADB.join(" "),
        }
    }

    fn query_server(&self, sql: &str) -> String {
        self.server.as_ref().map(|server| server.admin(sql)).unwrap_or_default()
    }
}
