//! A simulated machine for the command line: a home folder, an environment, a frozen clock
//! and a random number generator with a fixed seed.

use std::ffi::OsString;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use invite::cli::{Host, Interrupt, run};
use invite::clock::Clock;
use invite::config::Environment;
use invite::random::Random;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;

/// The output and the exit code of a command.
#[derive(Debug)]
pub struct Screen {
    pub exit: u8,
    pub out: String,
    pub err: String,
}

impl Screen {
    /// Returns the JSON document on standard output.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns the first JSON object on standard error; panics if other text is there.
    pub fn json_error(&self) -> serde_json::Value {
        let mut objects = self
            .err
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}: {self:?}")));
        let first = objects.next().unwrap_or_else(|| panic!("no error: {self:?}"));
        objects.for_each(|object: serde_json::Value| assert_eq!(object["schema"], 1));
        first
    }
}

/// A simulated machine.
pub struct Machine {
    folder: TempDir,
    pub now: DateTime<Utc>,
    pub environment: Environment,
    pub stdin: String,
    pub system_config: PathBuf,
    pub width: Option<u16>,
    runs: u64,
}

impl Machine {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_str().unwrap().to_owned();
        Machine {
            folder,
            now: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            environment: Environment::from([("HOME".to_owned(), home)]),
            stdin: String::new(),
            system_config: PathBuf::from("/nonexistent"),
            width: None,
            runs: 0,
        }
    }

    /// Returns the home folder.
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the path of the SQLite database.
    pub fn database(&self) -> PathBuf {
        self.home().join(".local/share/invite/invite.db")
    }

    /// Runs a statement on the SQLite database, like another program.
    pub fn change(&self, sql: &'static str) {
        use sqlx::Connection as _;
        let url = format!("sqlite://{}", self.database().display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
    }

    /// Writes a file into the home folder, and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.home().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs a command line that is quoted as in a shell and does not contain `invite`;
    /// replaces `~/` with the home folder.
    pub fn run(&mut self, line: &str) -> Screen {
        let args = shlex::split(line).unwrap_or_else(|| panic!("quotes do not close: {line}"));
        self.run_args(args.into_iter().map(|arg| self.in_home(&arg)).collect())
    }

    /// Replaces `~/` in a text with the home folder.
    pub fn in_home(&self, text: &str) -> String {
        text.replace("~/", &format!("{}/", self.home().display()))
    }

    /// Runs a command with separate arguments.
    pub fn run_args(&mut self, args: Vec<String>) -> Screen {
        self.runs += 1;
        let (out, err) = (Sink::default(), Sink::default());
        let host = Host {
            stdin: Box::new(Cursor::new(std::mem::take(&mut self.stdin).into_bytes())),
            stdout: Box::new(out.clone()),
            stderr: Box::new(err.clone()),
            can_ask: false,
            stdout_is_terminal: self.width.is_some(),
            stderr_is_terminal: false,
            width: self.width,
            environment: self.environment.clone(),
            system_config: self.system_config.clone(),
            account: || "operator".to_owned(),
            clock: Clock::Fixed(self.now),
            random: Some(Random::from_generator(StdRng::seed_from_u64(self.runs))),
            interrupt: Interrupt::default(),
        };
        let line = std::iter::once("invite".to_owned()).chain(args).map(OsString::from).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let exit = runtime.block_on(run(line, host));
        Screen { exit, out: self.plain(&out), err: self.plain(&err) }
    }

    /// Returns the written text, with the usual name of the home folder.
    fn plain(&self, sink: &Sink) -> String {
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().replace(self.home().to_str().unwrap(), "/home/op")
    }
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
