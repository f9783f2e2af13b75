//! A folder with a database of its own, and the binary.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tempfile::TempDir;

/// The folder.
pub struct Workshop {
    folder: TempDir,
}

impl Workshop {
    pub fn new() -> Self {
        Workshop { folder: tempfile::tempdir().unwrap() }
    }

    /// One with so many spaces that lack a code.
    pub fn with_spaces(count: usize) -> Self {
        let workshop = Workshop::new();
        let rows = (0..count).map(|number| format!("s{number:06},space,Space {number}"));
        let lines: Vec<String> = std::iter::once("id,policy,name".to_owned()).chain(rows).collect();
        let file = workshop.path("spaces.csv");
        std::fs::write(&file, lines.join("\n")).unwrap();
        let output = workshop.run(&["space", "import", file.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        workshop
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn database(&self) -> PathBuf {
        self.path("invite/invite.db")
    }

    /// The binary with these arguments, its streams caught.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_invite"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("XDG_DATA_HOME", self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// A number out of the database, past the tool.
    pub fn number(&self, sql: &str) -> i64 {
        self.query(sql, |row| sqlx::Row::get(row, 0)).first().copied().unwrap()
    }

    /// Texts out of the database.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        self.query(sql, |row| sqlx::Row::get(row, 0))
    }

    fn query<T>(&self, sql: &str, read: impl Fn(&sqlx::sqlite::SqliteRow) -> T) -> Vec<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let url = format!("sqlite://{}", self.database().display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            rows.iter().map(read).collect()
        })
    }

    /// Keeps every other process from writing until it is released.
    pub fn hold_the_write_lock(&self) -> WriteLock {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("sqlite://{}", self.database().display());
        let connection = runtime.block_on(async {
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            connection
        });
        WriteLock { runtime, connection }
    }

    /// What holds after whatever happened to the spaces of a backfill.
    pub fn assert_one_live_code_each(&self, spaces: i64) {
        assert_eq!(self.texts("PRAGMA integrity_check"), ["ok"]);
        let live = "SELECT count(*) FROM invite_overview WHERE status = 'active'";
        assert_eq!(self.number(live), spaces);
        assert_eq!(self.number("SELECT count(DISTINCT space_id) FROM invites"), spaces);
        assert_eq!(self.number("SELECT count(*) FROM invites"), spaces);
        assert_eq!(self.number("SELECT count(DISTINCT upper(code)) FROM invites"), spaces);
    }
}

/// A transaction that holds the write lock.
pub struct WriteLock {
    runtime: tokio::runtime::Runtime,
    connection: SqliteConnection,
}

impl WriteLock {
    pub fn release(mut self) {
        self.runtime.block_on(async {
            sqlx::raw_sql("ROLLBACK").execute(&mut self.connection).await.unwrap();
            self.connection.close().await.unwrap();
        });
    }
}

/// Reads lines of a child's output until there are so many; what it printed.
pub fn first_lines(child: &mut Child, count: usize) -> Vec<String> {
    let out = child.stdout.as_mut().unwrap();
    BufReader::with_capacity(1, out).lines().take(count).map(Result::unwrap).collect()
}

/// Sends a signal by its name.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
