//! A folder, a database of its own on one of the engines, and the binary.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use servers::{Database, Kind};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::holder::Holder;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The engines that the binary works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
    Mysql,
}

impl Engine {
    /// The server that all tests share.
    pub fn server(self) -> &'static servers::Server {
        match self {
            Engine::Sqlite => unreachable!("a file has no server"),
            Engine::Postgres => servers::postgres(),
            Engine::Mariadb => servers::mariadb(),
            Engine::Mysql => servers::mysql(),
        }
    }

    /// The system that its server runs.
    pub fn kind(self) -> Kind {
        match self {
            Engine::Sqlite => unreachable!("a file has no server"),
            Engine::Postgres => Kind::Postgres,
            Engine::Mariadb => Kind::MariaDb,
            Engine::Mysql => Kind::MySql,
        }
    }

    /// Whether the tests run without this engine.
    pub fn is_left_out(self) -> bool {
        self != Engine::Sqlite && self.kind().is_left_out()
    }

    /// The engines with a server that the tests run on.
    pub fn servers() -> impl Iterator<Item = Engine> {
        [Engine::Postgres, Engine::Mariadb, Engine::Mysql].into_iter().filter(|engine| !engine.is_left_out())
    }
}

/// The folder, and where the database is.
pub struct Workshop {
    folder: TempDir,
    engine: Engine,
    database: Option<Database>,
}

impl Workshop {
    /// One without a database; its default file does not exist.
    pub fn new() -> Self {
        Workshop { folder: tempfile::tempdir().unwrap(), engine: Engine::Sqlite, database: None }
    }

    /// One whose database has its tables.
    pub fn on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let workshop = Workshop::new();
                workshop.succeed(&["migrate"]);
                workshop
            }
            server => Workshop::migrated(server.server().create_database(), server),
        }
    }

    /// One whose database has no tables yet; a file is not even there.
    pub fn without_tables(engine: Engine) -> Self {
        let database = (engine != Engine::Sqlite).then(|| engine.server().create_database());
        Workshop { engine, database, ..Workshop::new() }
    }

    /// One with tables in a database, which may be on a server of the test's own.
    pub fn migrated(database: Database, engine: Engine) -> Self {
        let workshop = Workshop { engine, database: Some(database), ..Workshop::new() };
        workshop.succeed(&["migrate"]);
        workshop
    }

    /// One with so many spaces that lack a code.
    pub fn with_spaces(engine: Engine, count: i64) -> Self {
        let workshop = Workshop::on(engine);
        workshop.import_spaces(count);
        workshop
    }

    pub fn import_spaces(&self, count: i64) {
        let rows = (0..count).map(|number| format!("s{number:06},space,Space {number}"));
        let lines: Vec<String> = std::iter::once("id,policy,name".to_owned()).chain(rows).collect();
        let file = self.path("spaces.csv");
        std::fs::write(&file, lines.join("\n")).unwrap();
        self.succeed(&["space", "import", file.to_str().unwrap()]);
    }

    /// One with a space that anybody with a code can join.
    pub fn with_journal(engine: Engine) -> Self {
        let workshop = Workshop::on(engine);
        workshop.add_journal();
        workshop
    }

    pub fn add_journal(&self) {
        self.succeed(&["space", "add", "1", "--policy", "container", "--name", "Journal"]);
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The database's file.
    pub fn file(&self) -> PathBuf {
        self.path("invite/invite.db")
    }

    /// The database on a server.
    pub fn database(&self) -> &Database {
        self.database.as_ref().expect("this workshop has a file")
    }

    /// The database's URL, with its password.
    pub fn url(&self) -> String {
        match &self.database {
            None => format!("sqlite://{}", self.file().display()),
            Some(database) => database.url(),
        }
    }

    /// The binary with these arguments, its streams caught.
    pub fn command(&self, args: &[&str]) -> Command {
        self.with_database(self.command_without_database(args))
    }

    /// The same, and nothing that says where the database is.
    pub fn command_without_database(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_invite"));
        command.args(args);
        self.prepared(command)
    }

    /// The binary on a machine whose clock is off by so much: `+3y`.
    pub fn command_at(&self, clock: &str, args: &[&str]) -> Command {
        let mut command = Command::new("faketime");
        command.args(["-f", clock, env!("CARGO_BIN_EXE_invite")]).args(args);
        self.with_database(self.prepared(command))
    }

    /// Takes the surroundings of the tests away from a command.
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
            command.env("INVITE_DATABASE_URL", self.url_in_clear());
        }
        command
    }

    /// The URL of connections that are not encrypted: that would cost a tenth of
    /// a second each time, and has tests of its own.
    pub fn url_in_clear(&self) -> String {
        self.url() + if self.engine == Engine::Postgres { "?sslmode=disable" } else { "?ssl-mode=DISABLED" }
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The same with a database URL of the test's choice.
    pub fn run_at(&self, url: &str, args: &[&str]) -> Output {
        self.command_without_database(args).env("INVITE_DATABASE_URL", url).output().unwrap()
    }

    /// The same, with a short timeout: for what is not there.
    pub fn run_briefly_at(&self, url: &str, args: &[&str]) -> Output {
        let mut command = self.command_without_database(args);
        command.env("INVITE_DATABASE_URL", url).env("INVITE_TIMEOUT", "2s").output().unwrap()
    }

    /// Runs what has to go well; what it printed.
    pub fn succeed(&self, args: &[&str]) -> String {
        succeeded(&self.run(args))
    }

    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// A number out of the database, past the tool.
    pub fn number(&self, sql: &str) -> i64 {
        match &self.database {
            None => self.query(sql, |row| sqlx::Row::get(row, 0)).first().copied().unwrap(),
            Some(database) => database.admin(sql).parse().unwrap(),
        }
    }

    /// Changes something in the database, past the tool.
    pub fn set(&self, sql: &str) {
        match &self.database {
            None => assert!(self.query(sql, |_| ()).is_empty()),
            Some(database) => _ = database.admin(sql),
        }
    }

    /// Texts out of the database.
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

    /// Keeps every other process from changing an invite until it is released.
    pub fn hold_the_invites(&self) -> Holder {
        let words =
            if self.engine == Engine::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN; UPDATE invites SET uses = uses" };
        Holder::of(self.engine, &self.url(), words)
    }

    /// Waits until the server has ended what processes that were killed had asked
    /// it for; a file's engine is gone with its process.
    pub fn wait_until_left(&self) {
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

    /// A file that a kill met is still whole; a server looks after itself.
    pub fn assert_whole(&self) {
        if self.engine == Engine::Sqlite {
            assert_eq!(self.texts("PRAGMA integrity_check"), ["ok"]);
        }
    }

    /// What holds after whatever happened to the spaces of a backfill.
    pub fn assert_one_live_code_each(&self, spaces: i64) {
        self.assert_whole();
        let live = "SELECT count(*) FROM invite_overview WHERE status = 'active'";
        assert_eq!(self.number(live), spaces);
        assert_eq!(self.number("SELECT count(DISTINCT space_id) FROM invites"), spaces);
        assert_eq!(self.number("SELECT count(*) FROM invites"), spaces);
        assert_eq!(self.number("SELECT count(DISTINCT upper(code)) FROM invites"), spaces);
    }
}

/// Waits until something is so.
#[expect(clippy::disallowed_methods, reason = "how long a test waits is measured here")]
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Reads lines of a child's output until there are so many; what it printed.
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

/// What a run that went well printed.
pub fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
