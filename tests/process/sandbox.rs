//! A temporary home folder with its own database, in which the binary runs.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use servers::{Database, Kind};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::lock_holder::LockHolder;
use crate::migrations;

/// Timeout for events that a test waits for.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
    Mysql,
}

impl Engine {
    /// Returns the server that all tests share.
    pub fn server(self) -> &'static servers::Server {
        match self {
            Engine::Sqlite => unreachable!("a file has no server"),
            Engine::Postgres => servers::postgres(),
            Engine::Mariadb => servers::mariadb(),
            Engine::Mysql => servers::mysql(),
        }
    }

    /// Returns the kind of its server.
    pub fn kind(self) -> Kind {
        match self {
            Engine::Sqlite => unreachable!("a file has no server"),
            Engine::Postgres => Kind::Postgres,
            Engine::Mariadb => Kind::MariaDb,
            Engine::Mysql => Kind::MySql,
        }
    }

    /// Returns the engine whose SQL the library uses.
    pub fn of_library(self) -> invite::Engine {
        match self {
            Engine::Sqlite => invite::Engine::Sqlite,
            Engine::Postgres => invite::Engine::Postgres,
            Engine::Mariadb | Engine::Mysql => invite::Engine::Mysql,
        }
    }

    /// True if the tests run without this engine.
    pub fn is_left_out(self) -> bool {
        self != Engine::Sqlite && self.kind().is_left_out()
    }

    /// Returns the tested engines that have a server.
    pub fn servers() -> impl Iterator<Item = Engine> {
        [Engine::Postgres, Engine::Mariadb, Engine::Mysql].into_iter().filter(|engine| !engine.is_left_out())
    }
}

/// A home folder and a database.
pub struct Sandbox {
    folder: TempDir,
    engine: Engine,
    database: Option<Database>,
}

impl Sandbox {
    /// Creates a sandbox without a database; the default file does not exist.
    pub fn new() -> Self {
        Sandbox { folder: tempfile::tempdir().unwrap(), engine: Engine::Sqlite, database: None }
    }

    /// Creates a sandbox with a migrated database.
    pub fn on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let sandbox = Sandbox::new();
                sandbox.succeed(&["migrate"]);
                sandbox
            }
            server => Sandbox::migrated(server.server().create_database(), server),
        }
    }

    /// Creates a sandbox with an empty database; a SQLite file does not exist.
    pub fn without_tables(engine: Engine) -> Self {
        let database = (engine != Engine::Sqlite).then(|| engine.server().create_database());
        Sandbox { engine, database, ..Sandbox::new() }
    }

    /// Creates a sandbox on a given database, and migrates it.
    pub fn migrated(database: Database, engine: Engine) -> Self {
        let sandbox = Sandbox { engine, database: Some(database), ..Sandbox::new() };
        sandbox.succeed(&["migrate"]);
        sandbox
    }

    /// Creates a sandbox with this many spaces without a code.
    pub fn with_spaces(engine: Engine, count: i64) -> Self {
        let sandbox = Sandbox::on(engine);
        sandbox.import_spaces(count);
        sandbox
    }

    pub fn import_spaces(&self, count: i64) {
        let rows = (0..count).map(|number| format!("s{number:06},space,Space {number}"));
        let lines: Vec<String> = std::iter::once("id,policy,name".to_owned()).chain(rows).collect();
        let file = self.path("spaces.csv");
        std::fs::write(&file, lines.join("\n")).unwrap();
        self.succeed(&["space", "import", file.to_str().unwrap()]);
    }

    /// Creates a sandbox with a container space.
    pub fn with_container(engine: Engine) -> Self {
        let sandbox = Sandbox::on(engine);
        sandbox.add_container();
        sandbox
    }

    pub fn add_container(&self) {
        self.succeed(&["space", "add", "1", "--policy", "container", "--name", "Journal"]);
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the path of the SQLite file.
    pub fn file(&self) -> PathBuf {
        self.path("invite/invite.db")
    }

    /// Returns the database on a server; panics for SQLite.
    pub fn database(&self) -> &Database {
        self.database.as_ref().expect("this sandbox has a file")
    }

    /// Returns the URL of the database with its password.
    pub fn url(&self) -> String {
        match &self.database {
            None => format!("sqlite://{}", self.file().display()),
            Some(database) => database.url(),
        }
    }

    /// Returns a command of the binary with piped output.
    pub fn command(&self, args: &[&str]) -> Command {
        self.with_database(self.command_without_database(args))
    }

    /// Returns a command without a configured database.
    pub fn command_without_database(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_invite"));
        command.args(args);
        self.prepared(command)
    }

    /// Returns a command with a shifted clock, for example `+3y`.
    pub fn command_with_clock(&self, clock: &str, args: &[&str]) -> Command {
        let mut command = Command::new("faketime");
        command.args(["-f", clock, env!("CARGO_BIN_EXE_invite")]).args(args);
        self.with_database(self.prepared(command))
    }

    /// Clears the environment of a command.
    fn prepared(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("XDG_DATA_HOME", self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn with_database(&self, mut command: Command) -> Command {
        if self.database.is_some() {
            command.env("INVITE_DATABASE_URL", self.unencrypted_url());
        }
        command
    }

    /// Returns a URL without encryption, which costs 0.1 s per connection and has its own tests.
    pub fn unencrypted_url(&self) -> String {
        self.url() + if self.engine == Engine::Postgres { "?sslmode=disable" } else { "?ssl-mode=DISABLED" }
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command with this database URL.
    pub fn run_at(&self, url: &str, args: &[&str]) -> Output {
        self.command_without_database(args).env("INVITE_DATABASE_URL", url).output().unwrap()
    }

    /// Runs a command with this database URL and a short timeout.
    pub fn run_at_with_short_timeout(&self, url: &str, args: &[&str]) -> Output {
        let mut command = self.command_without_database(args);
        command.env("INVITE_DATABASE_URL", url).env("INVITE_TIMEOUT", "2s").output().unwrap()
    }

    /// Runs a command that must succeed, and returns its output.
    pub fn succeed(&self, args: &[&str]) -> String {
        succeeded(&self.run(args))
    }

    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// Selects a number with SQL.
    pub fn number(&self, sql: &str) -> i64 {
        match &self.database {
            None => self.query(sql, |row| sqlx::Row::get(row, 0)).first().copied().unwrap(),
            Some(database) => database.admin(sql).parse().unwrap(),
        }
    }

    /// Runs a statement with SQL, bypassing the tool.
    pub fn set(&self, sql: &str) {
        match &self.database {
            None => assert!(self.query(sql, |_| ()).is_empty()),
            Some(database) => _ = database.admin(sql),
        }
    }

    /// Runs statements on the server so that the owner of the tables owns what they create.
    pub fn run_as_owner(&self, sql: &str) {
        let role =
            if self.engine() == Engine::Postgres { format!("SET ROLE {}; ", servers::USER) } else { String::new() };
        self.database().admin(&(role + sql));
    }

    /// Reverts all migrations from a version on, on a server.
    pub fn revert_from(&self, version: i64) {
        self.run_as_owner(&migrations::revert_from(self.engine().of_library(), version));
    }

    /// Selects texts with SQL.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        match &self.database {
            None => self.query(sql, |row| sqlx::Row::get(row, 0)),
            Some(database) => database.admin(sql).lines().map(str::to_owned).collect(),
        }
    }

    fn query<T>(&self, sql: &str, read: impl Fn(&sqlx::sqlite::SqliteRow) -> T) -> Vec<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            rows.iter().map(read).collect()
        })
    }

    /// Locks all invites against changes until released.
    pub fn lock_invites(&self) -> LockHolder {
        let words =
            if self.engine == Engine::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN; UPDATE invites SET uses = uses" };
        LockHolder::of(self.engine, &self.url(), words)
    }

    /// Waits until the server has ended the sessions of killed processes; SQLite has none.
    pub fn wait_until_sessions_end(&self) {
        let sql = match self.engine {
            Engine::Sqlite => return,
            Engine::Postgres => {
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'invite'"
            }
            Engine::Mariadb | Engine::Mysql => {
                "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND user = 'invite'"
            }
        };
        wait_for("the server to end its sessions", || self.number(sql) == 0);
    }

    /// Asserts the integrity of a SQLite file; servers check themselves.
    pub fn assert_intact(&self) {
        if self.engine == Engine::Sqlite {
            assert_eq!(self.texts("PRAGMA integrity_check"), ["ok"]);
        }
    }

    /// Asserts that each of the spaces has exactly one active code.
    pub fn assert_one_active_code_each(&self, spaces: i64) {
        self.assert_intact();
        let live = "SELECT count(*) FROM invite_overview WHERE status = 'active'";
        assert_eq!(self.number(live), spaces);
        assert_eq!(self.number("SELECT count(DISTINCT space_id) FROM invites"), spaces);
        assert_eq!(self.number("SELECT count(*) FROM invites"), spaces);
        assert_eq!(self.number("SELECT count(DISTINCT upper(code)) FROM invites"), spaces);
    }
}

/// Waits until a condition holds.
#[expect(clippy::disallowed_methods, reason = "measures the wait of a test")]
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < TIMEOUT, "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Reads this many lines of a child's output.
pub fn first_lines(child: &mut Child, count: usize) -> Vec<String> {
    let out = child.stdout.as_mut().unwrap();
    BufReader::with_capacity(1, out).lines().take(count).map(Result::unwrap).collect()
}

/// Sends a signal by its name.
pub fn signal(child: &Child, name: &str) {
    let signal = match name {
        "INT" => Signal::INT,
        "TERM" => Signal::TERM,
        _ => panic!("unknown signal {name}"),
    };
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Returns the output of a successful run; panics otherwise.
pub fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
