//! A database server, shared by all tests or for one test.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use crate::client;
use crate::database::{Database, Home};
use crate::ports;
use crate::supervisor::Supervisor;

/// Maximum number of attempts with another port if one is in use.
const ATTEMPTS: usize = 10;

/// Maximum number of checks, one per 50 ms, that a standby replicates its primary server.
const ATTEMPTS_TO_FOLLOW: usize = 600;

/// The environment variable that names the omitted servers; `tests/tools.sh` reads it too.
const WITHOUT: &str = "INVITE_TESTS_WITHOUT";

/// The database system of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    MariaDb,
    /// MySQL itself, not MariaDB.
    MySql,
}

impl Kind {
    /// Returns the URL scheme.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Kind::Postgres => "postgres",
            Kind::MariaDb | Kind::MySql => "mysql",
        }
    }

    fn script(self) -> &'static str {
        match self {
            Kind::Postgres => "servers/scripts/postgres.sh",
            Kind::MariaDb => "servers/scripts/mariadb.sh",
            Kind::MySql => "servers/scripts/mysql.sh",
        }
    }

    /// True if the tests omit this server: `INVITE_TESTS_WITHOUT=mysql` omits MySQL, for
    /// systems without packages of it. The other servers cannot be omitted.
    pub fn is_left_out(self) -> bool {
        let names = std::env::var(WITHOUT).unwrap_or_default();
        self == Kind::MySql && names.split([',', ' ']).any(|name| name == "mysql")
    }
}

/// A running or killed server. It ends when its last handle and its last database are
/// dropped.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

struct Inner {
    kind: Kind,
    shared: bool,
    folder: PathBuf,
    port: AtomicU16,
    supervisor: Mutex<Supervisor>,
}

/// Returns the PostgreSQL server that all tests of this process share.
#[track_caller]
pub fn postgres() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    start_once(&SERVER, Kind::Postgres)
}

/// Returns the MariaDB server that all tests of this process share.
#[track_caller]
pub fn mariadb() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    start_once(&SERVER, Kind::MariaDb)
}

/// Returns the MySQL server that all tests of this process share.
#[track_caller]
pub fn mysql() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    start_once(&SERVER, Kind::MySql)
}

/// Returns the server of this kind that all tests of this process share.
#[track_caller]
pub fn shared(kind: Kind) -> &'static Server {
    match kind {
        Kind::Postgres => postgres(),
        Kind::MariaDb => mariadb(),
        Kind::MySql => mysql(),
    }
}

/// Starts a server once; after a failure, no other test retries.
#[track_caller]
fn start_once(server: &'static OnceLock<Result<Server, String>>, kind: Kind) -> &'static Server {
    ok(server.get_or_init(|| Server::launch(kind, true, "fast", &[])).as_ref())
}

impl Server {
    /// Starts a durable PostgreSQL server for one test.
    #[track_caller]
    pub fn durable_postgres() -> Self {
        Server::own(Kind::Postgres, "durable", &[])
    }

    /// Starts a durable MariaDB server for one test.
    #[track_caller]
    pub fn durable_mariadb() -> Self {
        Server::own(Kind::MariaDb, "durable", &[])
    }

    /// Starts a durable MySQL server for one test, which keeps every committed transaction
    /// when killed.
    #[track_caller]
    pub fn durable_mysql() -> Self {
        Server::own(Kind::MySql, "durable", &[])
    }

    /// Starts a server for one test, which keeps every committed transaction when killed.
    #[track_caller]
    pub fn durable(kind: Kind) -> Self {
        Server::own(kind, "durable", &[])
    }

    /// Starts a PostgreSQL server that replicates this one and refuses writes until it is
    /// promoted.
    #[must_use]
    #[track_caller]
    pub fn standby(&self) -> Self {
        Server::own(Kind::Postgres, "standby", &[&self.port().to_string()])
    }

    /// Starts a standby; from then on this server waits for it at each commit.
    #[must_use]
    #[track_caller]
    pub fn synchronous_standby(&self) -> Self {
        let standby = self.standby();
        self.admin("ALTER SYSTEM SET synchronous_standby_names = 'standby'; SELECT pg_reload_conf()");
        for _ in 0..ATTEMPTS_TO_FOLLOW {
            if self.admin("SELECT sync_state FROM pg_stat_replication") == "sync" {
                return standby;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the standby does not follow its primary{}", standby.logs());
    }

    /// Promotes a standby to a primary server, and waits until it accepts writes.
    #[track_caller]
    pub fn promote(&self) {
        assert_eq!(self.admin("SELECT pg_promote()"), "t", "the standby was not promoted");
    }

    /// Starts a server for one test with command-line options, such as `--version=8.0.36`
    /// for MariaDB and `-c`, `work_mem=1MB` for PostgreSQL.
    #[track_caller]
    pub fn with_options(kind: Kind, options: &[&str]) -> Self {
        Server::own(kind, "fast", options)
    }

    #[track_caller]
    fn own(kind: Kind, settings: &str, options: &[&str]) -> Self {
        ok(Server::launch(kind, false, settings, options))
    }

    fn launch(kind: Kind, shared: bool, settings: &str, options: &[&str]) -> Result<Self, String> {
        let arguments: Vec<String> = [settings].iter().chain(options).map(ToString::to_string).collect();
        let mut supervisor = Supervisor::start(kind.script(), &arguments);
        for _ in 0..ATTEMPTS {
            let port = ports::free(1);
            let answer = supervisor.send(&format!("start {port}"));
            let problem = match answer.map_err(|logs| format!("{kind:?} did not start{logs}"))?.as_str() {
                "ready" => {
                    let folder = supervisor.folder();
                    let supervisor = Mutex::new(supervisor);
                    let inner = Inner { kind, shared, folder, port: AtomicU16::new(port), supervisor };
                    return Ok(Server { inner: Arc::new(inner) });
                }
                "taken" => continue,
                problem => problem.to_owned(),
            };
            return Err(format!("{kind:?} did not start: {problem}{}", supervisor.logs()));
        }
        Err(format!("{kind:?} found every one of {ATTEMPTS} ports taken{}", supervisor.logs()))
    }

    /// Returns the database system.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Returns the port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.inner.port.load(Ordering::Relaxed)
    }

    /// Returns the server's folder, which has `data`, `log` and `tls`.
    pub fn folder(&self) -> PathBuf {
        self.inner.folder.clone()
    }

    /// Returns the path of the certificate authority's file; the server's certificate is
    /// for 127.0.0.1 and localhost.
    #[track_caller]
    pub fn ca_file(&self) -> PathBuf {
        let file = self.inner.folder.join("tls/ca.pem");
        assert!(file.exists(), "the server has no certificate: install the package openssl, or run: sh tests/run.sh");
        file
    }

    /// Creates an empty database.
    #[track_caller]
    pub fn create_database(&self) -> Database {
        Database::create(Home::Server(self.clone()))
    }

    /// Returns the URL of a database for the account that owns it.
    pub fn url(&self, database: &str) -> String {
        format!("{}://{}/{database}", self.kind().scheme(), authority(self.port()))
    }

    /// Returns the URL of a database for the account that owns it, with another server as
    /// second host.
    pub fn url_before(&self, next: &Server, database: &str) -> String {
        let hosts = format!("{},127.0.0.1:{}", authority(self.port()), next.port());
        format!("{}://{hosts}/{database}", self.kind().scheme())
    }

    /// Returns the URL of a database for the administrator account.
    pub fn admin_url(&self, database: &str) -> String {
        client::admin_url(self.kind(), self.port(), database)
    }

    /// Runs statements with the administrator account. Each row is a line with tabs between
    /// its values.
    #[track_caller]
    pub fn admin(&self, sql: &str) -> String {
        ok(self.try_admin(None, sql))
    }

    /// Runs statements in a database with the administrator account.
    #[track_caller]
    pub fn admin_in(&self, database: &str, sql: &str) -> String {
        ok(self.try_admin(Some(database), sql))
    }

    /// Runs statements with the administrator account, and returns their output or the
    /// error.
    ///
    /// # Errors
    /// Returns the client's message if it cannot connect or a statement fails.
    pub fn try_admin(&self, database: Option<&str>, sql: &str) -> Result<String, String> {
        client::run(self.kind(), self.port(), database, sql)
    }

    /// Kills all processes of the server with SIGKILL.
    #[track_caller]
    pub fn kill9(&self) {
        self.send("kill", "done");
    }

    /// Ends the sessions and shuts the server down.
    #[track_caller]
    pub fn stop(&self) {
        self.send("stop", "done");
    }

    /// Restarts the server with the same port and data, and waits until it responds.
    #[track_caller]
    pub fn start(&self) {
        self.send(&format!("start {}", self.port()), "ready");
    }

    /// Pauses all processes of the server: it accepts connections, and does not respond.
    #[track_caller]
    pub fn pause(&self) {
        self.send("pause", "done");
    }

    /// Resumes the processes of the server.
    #[track_caller]
    pub fn resume(&self) {
        self.send("resume", "done");
    }

    /// True if other tests use the server too.
    pub(crate) fn is_shared(&self) -> bool {
        self.inner.shared
    }

    fn logs(&self) -> String {
        self.inner.supervisor.lock().unwrap_or_else(PoisonError::into_inner).logs()
    }

    #[track_caller]
    fn send(&self, command: &str, expected: &str) {
        assert!(!self.is_shared(), "the other tests share this server: start one of your own for `{command}`");
        self.inner.supervisor.lock().unwrap_or_else(PoisonError::into_inner).expect(command, expected);
    }
}

/// Returns the value; panics at the line of the test on an error.
#[track_caller]
pub fn ok<T, E: Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(problem) => panic!("{problem}"),
    }
}

/// Returns the user, password, host and port of a URL.
pub fn authority(port: u16) -> String {
    format!("{}@127.0.0.1:{port}", credentials())
}

/// Returns the user and password of the owner account, escaped for a URL.
pub fn credentials() -> String {
    format!("{}:{}", crate::USER, crate::PASSWORD.replace(' ', "%20"))
}
