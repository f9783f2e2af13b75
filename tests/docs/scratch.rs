//! A simulated machine: a home folder, folders below `/etc` and `/var`, and a database.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use servers::{Database, Server};
use tempfile::TempDir;

use crate::blocks::{Block, Engine};

/// Path prefixes that are moved below the scratch folder.
const ELSEWHERE: [&str; 2] = ["/etc/", "/var/"];

/// Folders that a package or an administrator creates.
const FOLDERS: [&str; 6] =
    ["bin", "home", "etc/invite", "var/lib/invite", "var/backups/invite", "var/lib/prometheus/node-exporter"];

pub struct Scratch {
    folder: TempDir,
    engine: Engine,
    database: Option<Database>,
}

impl Scratch {
    pub fn on(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(servers::postgres().create_database()),
            Engine::Mariadb => Some(servers::mariadb().create_database()),
        };
        let scratch = Scratch { folder: tempfile::tempdir().unwrap(), engine, database };
        for name in FOLDERS {
            fs::create_dir_all(scratch.path(name)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_invite"), scratch.path("bin/invite")).unwrap();
        symlink(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"), scratch.path("home/examples")).unwrap();
        fs::write(scratch.path("etc/invite/database-url"), scratch.url() + "\n").unwrap();
        if engine == Engine::Mariadb {
            fs::write(scratch.path("home/.my.cnf"), client_options(servers::mariadb())).unwrap();
        }
        scratch
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        match (&self.database, self.engine) {
            (None, _) => format!("sqlite://{}", self.path("var/lib/invite/invite.db").display()),
            // Encryption has its own tests.
            (Some(database), Engine::Postgres) => database.url() + "?sslmode=disable",
            (Some(database), _) => database.url() + "?ssl-mode=DISABLED",
        }
    }

    /// Returns the script of a block with its replacements applied.
    pub fn instead(&self, block: &Block) -> String {
        let free = || TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).unwrap().port();
        let (url, port) = match &self.database {
            // `run` moves the path below the scratch folder.
            None => ("sqlite:///var/lib/invite/invite.db".to_owned(), free().to_string()),
            Some(_) => (self.url(), free().to_string()),
        };
        block.instead.iter().fold(block.script.clone(), |script, (there, here)| {
            assert!(script.contains(there.as_str()), "{block} has no {there:?}");
            script.replace(there.as_str(), &here.replace("@url", &url).replace("@port", &port))
        })
    }

    /// Runs a script and checks its exit code and output. Kills its background processes.
    pub fn run(&self, script: &str, exit: i32, shows: &[String]) -> Result<(), String> {
        // Mark first, because the scratch folder itself may be below such a prefix.
        let marked = ELSEWHERE.iter().fold(script.to_owned(), |text, place| text.replace(place, &format!("\0{place}")));
        let script = marked.replace('\0', self.folder.path().to_str().unwrap_or_default());
        let mut command = Command::new("sh");
        command.args(["-euc", &script]).current_dir(self.path("home"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear().env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("HOME", self.path("home")).env("INVITE_DATABASE_URL", self.url());
        if let Some(database) = &self.database {
            self.name_database(&mut command, database.name());
        }
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| error.to_string())?;
        let group = format!("-{}", child.id());
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        // Usually no process is left, so an error is expected.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
        if output.status.code() != Some(exit) {
            return Err(format!("{}, not {exit}:\n{script}\n{said}", output.status));
        }
        match shows.iter().find(|text| !said.contains(text.as_str())) {
            Some(text) => Err(format!("no {text:?} in what it printed:\n{script}\n{said}")),
            None => Ok(()),
        }
    }

    /// Configures the servers' own clients to find the database.
    fn name_database(&self, command: &mut Command, name: &str) {
        if self.engine == Engine::Mariadb {
            command.env("DATABASE", name);
            return;
        }
        command.env("PGHOST", "127.0.0.1").env("PGPORT", servers::postgres().port().to_string());
        command.env("PGUSER", servers::USER).env("PGPASSWORD", servers::PASSWORD).env("PGDATABASE", name);
    }
}

fn client_options(server: &Server) -> String {
    let (user, password) = (servers::USER, servers::PASSWORD);
    format!("[client]\nhost=127.0.0.1\nport={}\nprotocol=TCP\nuser={user}\npassword=\"{password}\"\n", server.port())
}
