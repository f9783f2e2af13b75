//! PgBouncer in transaction mode in front of a PostgreSQL server.

use std::sync::{Mutex, PoisonError};

use crate::client;
use crate::ports;
use crate::server::{Kind, Server, authority, ok};
use crate::supervisor::Supervisor;

const SCRIPT: &str = "servers/scripts/pgbouncer.sh";

/// Maximum number of attempts with another port if one is in use.
const ATTEMPTS: usize = 10;

/// A running PgBouncer with the settings of docs/operations.md.
pub struct Pooler {
    port: u16,
    supervisor: Mutex<Supervisor>,
}

impl Pooler {
    /// Starts a pooler with this number of server sessions per database.
    #[track_caller]
    pub fn before(server: &Server, sessions: usize) -> Self {
        ok(Pooler::launch(server.port(), sessions, "*"))
    }

    /// Starts a pooler of this database only; it refuses any other name with its own error.
    #[track_caller]
    pub fn of_database(server: &Server, database: &str, sessions: usize) -> Self {
        ok(Pooler::launch(server.port(), sessions, database))
    }

    fn launch(server: u16, sessions: usize, database: &str) -> Result<Self, String> {
        let mut supervisor =
            Supervisor::start(SCRIPT, &[server.to_string(), sessions.to_string(), database.to_owned()]);
        for _ in 0..ATTEMPTS {
            let port = ports::free(1);
            let answer = supervisor.send(&format!("start {port}"));
            match answer.map_err(|logs| format!("PgBouncer did not start{logs}"))?.as_str() {
                "ready" => return Ok(Pooler { port, supervisor: Mutex::new(supervisor) }),
                "taken" => {}
                problem => return Err(format!("PgBouncer did not start: {problem}{}", supervisor.logs())),
            }
        }
        Err(format!("PgBouncer found every one of {ATTEMPTS} ports taken{}", supervisor.logs()))
    }

    /// Returns the port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL of a database for the account that owns it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{}/{database}", authority(self.port))
    }

    /// Runs statements in a database with the administrator account, each in any of its
    /// server sessions.
    #[track_caller]
    pub fn admin_in(&self, database: &str, sql: &str) -> String {
        ok(client::run(Kind::Postgres, self.port, Some(database), sql))
    }

    /// Kills the pooler with SIGKILL.
    #[track_caller]
    pub fn kill9(&self) {
        self.send("kill", "done");
    }

    /// Restarts the pooler with the same port.
    #[track_caller]
    pub fn start(&self) {
        self.send(&format!("start {}", self.port), "ready");
    }

    #[track_caller]
    fn send(&self, command: &str, expected: &str) {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner).expect(command, expected);
    }
}
