//! New databases, one for each test and engine, which are gone afterwards.

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
    /// A database of this name, and whether it is dropped with this.
    Server { server: Server, name: String, is_dropped: bool },
}

/// Numbers the databases of this program.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// The schema is made once; a copy is faster.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

impl Database {
    /// One without a table.
    pub async fn empty(engine: Engine) -> Self {
        Self::made_like(engine, None).await
    }

    /// One with the newest schema.
    pub async fn migrated(engine: Engine) -> Self {
        if engine == Engine::Postgres {
            let template = TEMPLATE.get_or_init(|| async {
                let mut template = Self::empty(engine).await.migrate().await;
                if let Place::Server { is_dropped, .. } = &mut template.place {
                    *is_dropped = false;
                }
                template.name().to_owned()
            });
            return Self::made_like(engine, Some(template.await)).await;
        }
        Self::empty(engine).await.migrate().await
    }

    /// One with the newest schema on a server of the test's own.
    pub async fn migrated_on(server: &Server) -> Self {
        Self::empty_on(server).migrate().await
    }

    /// One without a table on a server of the test's own.
    pub fn empty_on(server: &Server) -> Self {
        let name = new_name();
        server.admin(&format!("CREATE DATABASE {name}{}", owner(engine_of(server))));
        Self::on(server, name, false)
    }

    async fn made_like(engine: Engine, template: Option<&str>) -> Self {
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
        // Encryption takes longer than most tests.
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

    /// Its server.
    pub fn server(&self) -> &Server {
        match &self.place {
            Place::File { .. } => panic!("a file has no server"),
            Place::Server { server, .. } => server,
        }
    }

    /// Its name there.
    pub fn name(&self) -> &str {
        match &self.place {
            Place::File { .. } => panic!("a file has no name on a server"),
            Place::Server { name, .. } => name,
        }
    }

    /// The path of its file.
    pub fn path(&self) -> &Path {
        self.location.file().expect("a server's database is no file").path()
    }

    /// A look at the tables themselves, past the library and its foreign keys.
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

    /// A connection of the server's administrator to it.
    pub async fn admin(&self) -> Raw {
        Raw::of_server(self.engine, &self.server().admin_url(self.name())).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Server { name, is_dropped: true, .. } = &self.place {
            let force = if self.engine == Engine::Postgres { " WITH (FORCE)" } else { "" };
            // Nobody waits for it: the servers end with this program anyway.
            drop(SWEEPER.run(self.engine, format!("DROP DATABASE {name}{force}")));
        }
    }
}

/// The server that all tests of this program share; it starts when the first
/// of them asks.
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
