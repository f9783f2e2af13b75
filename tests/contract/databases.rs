//! A database per test and engine, deleted after the test.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use invite::DatabaseFile;
use invite::Db;
use invite::Location;
use servers::{Kind, Server};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::administrator::{MAKER, SWEEPER};
use crate::fixture::Engine;
use crate::helpers::raw::Raw;

/// A database of one test.
pub struct Database {
    engine: Engine,
    place: Place,
    location: Location,
}

enum Place {
    /// Dropping the folder deletes the file.
    File { _folder: TempDir },
    /// The name of a database on a server, and whether it is dropped on drop.
    Server { server: Server, name: String, is_dropped: bool },
}

/// Number of the next database of this process.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// The name of the database on `PostgreSQL` that others are copied from.
static POSTGRES_TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// The content of a database file with the newest schema.
static FILE_TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();

impl Database {
    /// Creates a database without tables.
    pub async fn empty(engine: Engine) -> Self {
        Self::create_from(engine, None).await
    }

    /// Creates a database with the newest schema. Copying a file, or a database on `PostgreSQL`, is
    /// faster than the migrations.
    pub async fn migrated(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::copied_file().await,
            Engine::Postgres => {
                let template = POSTGRES_TEMPLATE.get_or_init(Self::postgres_template);
                Self::create_from(engine, Some(template.await)).await
            }
            // Creating the tables takes most of the time, so a copy would not be faster.
            Engine::Mariadb | Engine::Mysql => Self::empty(engine).await.migrate().await,
        }
    }

    /// Creates a database with the newest schema that stays until the server ends; returns its name.
    async fn postgres_template() -> String {
        let mut template = Self::empty(Engine::Postgres).await.migrate().await;
        if let Place::Server { is_dropped, .. } = &mut template.place {
            *is_dropped = false;
        }
        template.name().to_owned()
    }

    async fn copied_file() -> Self {
        let template = FILE_TEMPLATE.get_or_init(|| async {
            let template = Self::empty(Engine::Sqlite).await.migrate().await;
            fs::read(template.path()).unwrap()
        });
        let template = template.await;
        let database = Self::empty(Engine::Sqlite).await;
        // The mode of a file that the library creates.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(database.path()).unwrap();
        file.write_all(template).unwrap();
        database
    }

    /// Creates a database with the newest schema on this server.
    pub async fn migrated_on(server: &Server) -> Self {
        Self::empty_on(server).migrate().await
    }

    /// Creates a database without tables on this server.
    pub fn empty_on(server: &Server) -> Self {
        let name = new_name();
        server.admin(&format!("CREATE DATABASE {name}{}", owner(engine_of(server))));
        Self::on(server, name, false)
    }

    async fn create_from(engine: Engine, template: Option<&str>) -> Self {
        if engine == Engine::Sqlite {
            let folder = tempfile::tempdir().unwrap();
            let location = DatabaseFile::at(folder.path().join("invite.db")).into();
            return Database { engine, place: Place::File { _folder: folder }, location };
        }
        let name = new_name();
        let template = template.map(|name| format!(" TEMPLATE {name}")).unwrap_or_default();
        MAKER.run(engine, format!("CREATE DATABASE {name}{}{template}", owner(engine))).await.unwrap().unwrap();
        Self::on(server(engine), name, true)
    }

    fn on(server: &Server, name: String, is_dropped: bool) -> Self {
        let engine = engine_of(server);
        // Encryption would take longer than most tests.
        let plain = if engine == Engine::Postgres { "sslmode=disable" } else { "ssl-mode=DISABLED" };
        let location = Location::from_urls(&[format!("{}?{plain}", server.url(&name))]).unwrap();
        Database { engine, place: Place::Server { server: server.clone(), name, is_dropped }, location }
    }

    async fn migrate(self) -> Self {
        let (db, _) = Db::migrate(self.location.clone()).await.unwrap();
        db.close().await;
        self
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Location that the library gets.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Returns the server of the database; panics for SQLite.
    pub fn server(&self) -> &Server {
        match &self.place {
            Place::File { .. } => panic!("a file has no server"),
            Place::Server { server, .. } => server,
        }
    }

    /// Returns the name of the database on its server; panics for SQLite.
    pub fn name(&self) -> &str {
        match &self.place {
            Place::File { .. } => panic!("a file has no name on a server"),
            Place::Server { name, .. } => name,
        }
    }

    /// Returns the path of the SQLite file; panics for a server.
    pub fn path(&self) -> &Path {
        self.location.file().expect("a server's database is no file").path()
    }

    /// Opens a connection that bypasses the library and its foreign keys.
    pub async fn raw(&self) -> Raw {
        match self.engine {
            Engine::Sqlite => Raw::of_file(self.location.file().unwrap()).await,
            Engine::Postgres => {
                let mut raw = self.admin().await;
                raw.run(format!("SET session_replication_role = replica; SET ROLE {}", servers::USER)).await;
                raw
            }
            Engine::Mariadb | Engine::Mysql => {
                let mut raw = Raw::of_server(self.engine, &self.server().url(self.name())).await;
                raw.run("SET foreign_key_checks = 0").await;
                raw
            }
        }
    }

    /// Opens a connection to the database with the administrator account.
    pub async fn admin(&self) -> Raw {
        Raw::of_server(self.engine, &self.server().admin_url(self.name())).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Server { name, is_dropped: true, .. } = &self.place {
            let force = if self.engine == Engine::Postgres { " WITH (FORCE)" } else { "" };
            // Do not wait: the servers end with this process.
            drop(SWEEPER.run(self.engine, format!("DROP DATABASE {name}{force}")));
        }
    }
}

/// Returns the server that all tests of this process share, and starts it on the first
/// call.
pub fn server(engine: Engine) -> &'static Server {
    match engine {
        Engine::Sqlite => unreachable!("a file has no server"),
        Engine::Postgres => servers::postgres(),
        Engine::Mariadb => servers::mariadb(),
        Engine::Mysql => servers::mysql(),
    }
}

fn engine_of(server: &Server) -> Engine {
    match server.kind() {
        Kind::Postgres => Engine::Postgres,
        Kind::MariaDb => Engine::Mariadb,
        Kind::MySql => Engine::Mysql,
    }
}

fn new_name() -> String {
    format!("invite_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

fn owner(engine: Engine) -> String {
    if engine == Engine::Postgres { format!(" OWNER {}", servers::USER) } else { String::new() }
}
