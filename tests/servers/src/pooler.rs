//! PgBouncer in transaction mode before a PostgreSQL server.

use std::sync::{Mutex, PoisonError};

use crate::client;
use crate::ports;
use crate::server::{Kind, Server, authority, ok};
use crate::supervisor::Supervisor;

const SCRIPT: &str = "servers/scripts/pgbouncer.sh";

/// How often another port is tried when one was taken meanwhile.
const ATTEMPTS: usize = 10;

/// A running PgBouncer with the settings that docs/operations.md gives.
pub struct Pooler {
    port: u16,
    supervisor: Mutex<Supervisor>,
}

impl Pooler {
    /// One that shares this number of server sessions among the clients of each
    /// database.
    #[track_caller]
    pub fn before(server: &Server, sessions: usize) -> Self {
        ok(Pooler::launch(server.port(), sessions, "*"))
    }

    /// One that knows this database alone; any other name is an error of its own.
    #[track_caller]
    pub fn of_database(server: &Server, database: &str, sessions: usize) -> Self {
        ok(Pooler::launch(server.port(), sessions, database))
    }

    fn launch(server: u16, sessions: usize, database: &str) -> Result<Self, String> {
        let mut supervisor =
            Supervisor::start(SCRIPT, &[server.to_string(), sessions.to_string(), database.to_owned()]);
        for _ in 0..ATTEMPTS {
            let port = ports::free(1);
            let answer = supervisor.tell(&format!("start {port}"));
            match answer.map_err(|logs| format!("PgBouncer did not start{logs}"))?.as_str() {
                "ready" => return Ok(Pooler { port, supervisor: Mutex::new(supervisor) }),
                "taken" => {}
                problem => return Err(format!("PgBouncer did not start: {problem}{}", supervisor.logs())),
            }
        }
        Err(format!("PgBouncer found every one of {ATTEMPTS} ports taken{}", supervisor.logs()))
    }

    /// Where it listens, at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database for the account that owns it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{}/{database}", authority(self.port))
    }

    /// Runs statements in a database as an account that may do everything, each
    /// in any of the server sessions of that account.
    #[track_caller]
    pub fn admin_in(&self, database: &str, sql: &str) -> String {
        ok(client::run(Kind::Postgres, self.port, Some(database), sql))
    }

    /// Ends it at once, as kill -9 does.
    #[track_caller]
    pub fn kill9(&self) {
        self.tell("kill", "done");
    }

    /// Starts it again with the same port.
    #[track_caller]
    pub fn start(&self) {
        self.tell(&format!("start {}", self.port), "ready");
    }

    #[track_caller]
    fn tell(&self, command: &str, expected: &str) {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner).expect(command, expected);
    }
}
