//! One server: shared by all tests, or a test's own.

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

/// How often another port is tried when one was taken meanwhile.
const ATTEMPTS: usize = 10;

/// How often a primary server is asked whether its standby follows, every 50 ms.
const ATTEMPTS_TO_FOLLOW: usize = 600;

/// The environment variable that names what the tests run without; `tests/tools.sh` reads it too.
const WITHOUT: &str = "INVITE_TESTS_WITHOUT";

/// The system that a server runs.
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
    /// What its URLs begin with.
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

    /// True if the tests run without it: `INVITE_TESTS_WITHOUT=mysql` leaves MySQL out, which
    /// not every system has packages of. The other servers are always tested.
    pub fn is_left_out(self) -> bool {
        let names = std::env::var(WITHOUT).unwrap_or_default();
        self == Kind::MySql && names.split([',', ' ']).any(|name| name == "mysql")
    }
}

/// A running server, or one that was killed. It ends when the last handle and
/// the last of its databases go.
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

/// The PostgreSQL server that all tests of this process share.
#[track_caller]
pub fn postgres() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    start_once(&SERVER, Kind::Postgres)
}

/// The MariaDB server that all tests of this process share.
#[track_caller]
pub fn mariadb() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    start_once(&SERVER, Kind::MariaDb)
}

/// The MySQL server that all tests of this process share.
#[track_caller]
pub fn mysql() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    start_once(&SERVER, Kind::MySql)
}

/// The server of this kind that all tests of this process share.
#[track_caller]
pub fn shared(kind: Kind) -> &'static Server {
    match kind {
        Kind::Postgres => postgres(),
        Kind::MariaDb => mariadb(),
        Kind::MySql => mysql(),
    }
}

/// A server that does not start is tried once, not by every test.
#[track_caller]
fn start_once(server: &'static OnceLock<Result<Server, String>>, kind: Kind) -> &'static Server {
    ok(server.get_or_init(|| Server::launch(kind, true, "fast", &[])).as_ref())
}

impl Server {
    /// A PostgreSQL server of the test's own, which loses nothing.
    #[track_caller]
    pub fn durable_postgres() -> Self {
        Server::own(Kind::Postgres, "durable", &[])
    }

    /// A MariaDB server of the test's own, which loses nothing.
    #[track_caller]
    pub fn durable_mariadb() -> Self {
        Server::own(Kind::MariaDb, "durable", &[])
    }

    /// A MySQL server of the test's own that keeps every committed transaction when it is killed.
    #[track_caller]
    pub fn durable_mysql() -> Self {
        Server::own(Kind::MySql, "durable", &[])
    }

    /// A server of the test's own that keeps every committed transaction when it is killed.
    #[track_caller]
    pub fn durable(kind: Kind) -> Self {
        Server::own(kind, "durable", &[])
    }

    /// A PostgreSQL server that follows this one and takes no writes until it is promoted.
    #[must_use]
    #[track_caller]
    pub fn standby(&self) -> Self {
        Server::own(Kind::Postgres, "standby", &[&self.port().to_string()])
    }

    /// A standby that this server waits for at each commit, from now on.
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

    /// Makes a standby a primary server, and waits until it takes writes.
    #[track_caller]
    pub fn promote(&self) {
        assert_eq!(self.admin("SELECT pg_promote()"), "t", "the standby was not promoted");
    }

    /// A server of the test's own with options of its command line, such as
    /// `--version=8.0.36` for MariaDB and `-c`, `work_mem=1MB` for PostgreSQL.
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
            let answer = supervisor.tell(&format!("start {port}"));
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

    /// What it runs.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Where it listens, at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.inner.port.load(Ordering::Relaxed)
    }

    /// Its folder: `data`, `log` and `tls`.
    pub fn folder(&self) -> PathBuf {
        self.inner.folder.clone()
    }

    /// The certificate of the authority that signed the server's, which is for
    /// 127.0.0.1 and localhost.
    #[track_caller]
    pub fn ca_file(&self) -> PathBuf {
        let file = self.inner.folder.join("tls/ca.pem");
        assert!(file.exists(), "the server has no certificate: install the package openssl, or run: sh tests/run.sh");
        file
    }

    /// A new, empty database.
    #[track_caller]
    pub fn create_database(&self) -> Database {
        Database::create(Home::Server(self.clone()))
    }

    /// The URL of a database for the account that owns it.
    pub fn url(&self, database: &str) -> String {
        format!("{}://{}/{database}", self.kind().scheme(), authority(self.port()))
    }

    /// The URL of a database for the account that owns it, with another host to try after this one.
    pub fn url_before(&self, next: &Server, database: &str) -> String {
        let hosts = format!("{},127.0.0.1:{}", authority(self.port()), next.port());
        format!("{}://{hosts}/{database}", self.kind().scheme())
    }

    /// The URL of a database for an account that may do everything.
    pub fn admin_url(&self, database: &str) -> String {
        client::admin_url(self.kind(), self.port(), database)
    }

    /// Runs statements as an account that may do everything. Rows come as lines,
    /// with tabs between their values.
    #[track_caller]
    pub fn admin(&self, sql: &str) -> String {
        ok(self.try_admin(None, sql))
    }

    /// The same in a database.
    #[track_caller]
    pub fn admin_in(&self, database: &str, sql: &str) -> String {
        ok(self.try_admin(Some(database), sql))
    }

    /// The same, with what went wrong.
    ///
    /// # Errors
    /// The client's message, where it cannot connect or a statement fails.
    pub fn try_admin(&self, database: Option<&str>, sql: &str) -> Result<String, String> {
        client::run(self.kind(), self.port(), database, sql)
    }

    /// Kills all processes of the server with SIGKILL.
    #[track_caller]
    pub fn kill9(&self) {
        self.tell("kill", "done");
    }

    /// Ends its sessions and then itself, in order.
    #[track_caller]
    pub fn stop(&self) {
        self.tell("stop", "done");
    }

    /// Starts it again with the same port and data, and waits until it answers.
    #[track_caller]
    pub fn start(&self) {
        self.tell(&format!("start {}", self.port()), "ready");
    }

    /// Stops all of its processes for a while: it takes connections, and does
    /// not answer.
    #[track_caller]
    pub fn pause(&self) {
        self.tell("pause", "done");
    }

    /// Lets its processes go on.
    #[track_caller]
    pub fn resume(&self) {
        self.tell("resume", "done");
    }

    /// True if other tests use it too.
    pub(crate) fn is_shared(&self) -> bool {
        self.inner.shared
    }

    fn logs(&self) -> String {
        self.inner.supervisor.lock().unwrap_or_else(PoisonError::into_inner).logs()
    }

    #[track_caller]
    fn tell(&self, command: &str, expected: &str) {
        assert!(!self.is_shared(), "the other tests share this server: start one of your own for `{command}`");
        self.inner.supervisor.lock().unwrap_or_else(PoisonError::into_inner).expect(command, expected);
    }
}

/// What came out, or a panic that names the line of the test.
#[track_caller]
pub fn ok<T, E: Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(problem) => panic!("{problem}"),
    }
}

/// The part of a URL that says who and where.
pub fn authority(port: u16) -> String {
    format!("{}@127.0.0.1:{port}", credentials())
}

/// The account that owns the databases, as a URL has it.
pub fn credentials() -> String {
    format!("{}:{}", crate::USER, crate::PASSWORD.replace(' ', "%20"))
}
