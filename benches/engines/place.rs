//! Where the work is done: one engine with settings for real work, its data in
//! memory, so that the engines are compared and not the disk.

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

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
            Engine::Mariadb => "MariaDB",
        }
    }

    /// One of three values, in the order of the engines.
    pub fn of<T: Copy>(self, values: [T; 3]) -> T {
        values[self as usize]
    }
}

/// An engine with a folder and the database that is worked on. States of the
/// database are kept by name, and it is brought back to them.
pub struct Place {
    pub engine: Engine,
    folder: TempDir,
    server: Option<Server>,
    invite: PathBuf,
    same_cache: bool,
    files: Cell<u32>,
}

impl Place {
    /// Starts the engine, if it is a server.
    pub fn open(engine: Engine, options: &Options) -> Self {
        let folder = tempfile::Builder::new().prefix("invite-bench-").tempdir_in(&options.folder);
        let folder = folder.unwrap_or_else(|error| panic!("{} takes no files: {error}", options.folder.display()));
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Server::with_options(Kind::Postgres, server::POSTGRES)),
            Engine::Mariadb => Some(Server::with_options(Kind::MariaDb, server::MARIADB)),
        };
        Place {
            engine,
            folder,
            server,
            invite: options.invite.clone(),
            same_cache: options.same_cache,
            files: Cell::new(0),
        }
    }

    /// The folder, for files of the work.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How much room the memory still has for files, in bytes.
    pub fn free_bytes(&self) -> u64 {
        let output = Command::new("df").args(["-Pk"]).arg(self.folder()).output().expect("the program `df` starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let kib = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
        kib.expect("`df` tells what is available") * 1024
    }

    /// A file that none else uses.
    pub fn file(&self, name: &str) -> PathBuf {
        self.files.set(self.files.get() + 1);
        self.folder().join(format!("{}-{name}", self.files.get()))
    }

    /// The URL of the database that is worked on.
    pub fn url(&self) -> String {
        match &self.server {
            None => format!("sqlite://{}", self.database_file().display()),
            Some(server) => server::url(server),
        }
    }

    /// The port of the server and the database that is worked on.
    pub fn server_address(&self) -> (u16, String) {
        let server = self.server.as_ref().expect("a file has no server");
        (server.port(), server::WORK.to_owned())
    }

    /// Has the server log every statement from here on.
    pub fn log_statements(&self) {
        if let Some(server) = &self.server {
            server::log_statements(server);
        }
    }

    /// What it logged.
    pub fn logged_statements(&self) -> String {
        self.server.as_ref().map_or_else(|| "a file has no log".to_owned(), server::logged_statements)
    }

    /// The file of the database, where it is one.
    pub fn database_path(&self) -> String {
        self.database_file().to_string_lossy().into_owned()
    }

    /// `invite` on that database.
    pub fn invite(&self, arguments: &[&str]) -> Call {
        self.invite_alone(arguments).args(["--database-url", &self.url()])
    }

    /// `invite` on no database.
    pub fn invite_alone(&self, arguments: &[&str]) -> Call {
        let folder = self.folder().to_string_lossy().into_owned();
        Call::new(&self.invite, self.file("ours")).env("HOME", folder).env("USER", "bench").args(arguments)
    }

    /// The engine's own shell on that database, with these statements.
    pub fn shell(&self, sql: &str) -> Call {
        match &self.server {
            None => self.sqlite_shell(sql),
            Some(server) => self.server_shell(server, sql),
        }
    }

    /// What the shell prints for these statements; not to be measured.
    pub fn ask(&self, sql: &str) -> String {
        match &self.server {
            None => self.ask_sqlite(sql),
            Some(server) => server::ask(server, sql),
        }
    }

    /// Makes the database anew: empty, with the tables of `invite`.
    pub fn empty(&self) {
        match &self.server {
            None => self.remove_database_file(),
            Some(server) => server::empty(server),
        }
        self.invite(&["migrate"]).run().unwrap_or_else(|problem| panic!("invite migrate failed: {problem}"));
    }

    /// Keeps the state of the database by a name.
    pub fn keep(&self, state: &str) {
        match &self.server {
            None => self.keep_file(state),
            Some(server) => server::keep(server, state),
        }
    }

    /// Brings the database back to a state that was kept.
    pub fn restore(&self, state: &str) {
        match &self.server {
            None => self.restore_file(state),
            Some(server) => server::restore(server, state),
        }
    }

    /// Lets the engine clear away what was changed, as it would in time by
    /// itself.
    pub fn settle(&self) {
        if let Some(server) = &self.server {
            server::settle(server);
        }
    }

    /// Gives up a state that was kept.
    pub fn forget(&self, state: &str) {
        match &self.server {
            None => self.forget_file(state),
            Some(server) => server::forget(server, state),
        }
    }

    /// The engine's version.
    pub fn version(&self) -> String {
        match self.engine {
            Engine::Sqlite => format!("{} (the shell's; invite brings its own)", self.ask("SELECT sqlite_version();")),
            Engine::Postgres => self.ask_anywhere("SHOW server_version"),
            Engine::Mariadb => self.ask_anywhere("SELECT version()"),
        }
    }

    /// The settings of the engine.
    pub fn settings(&self) -> String {
        match self.engine {
            Engine::Sqlite => self.sqlite_settings(),
            Engine::Postgres => {
                server::POSTGRES.iter().filter(|word| **word != "-c").copied().collect::<Vec<_>>().join(", ")
            }
            Engine::Mariadb => server::MARIADB.join(" "),
        }
    }

    fn ask_anywhere(&self, sql: &str) -> String {
        self.server.as_ref().map(|server| server.admin(sql)).unwrap_or_default()
    }
}
