//! A fresh database of an engine, with a service on it whose time and chance
//! are fixed.

use std::cell::Cell;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use invite::Db;
use invite::MissingFile;
use invite::Target;
use invite::clock::Clock;
use invite::links::Links;
use invite::policy::{Policies, PolicyTables};
use invite::random::Random;
use invite::service::{Actor, Service};
use rand::SeedableRng;
use rand::rngs::StdRng;
use servers::Kind;

use crate::databases::Database;
use crate::raw::Raw;

/// The engines that the contract holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
    Mysql,
}

impl Engine {
    /// Every engine; a new one is a variant, a word here, and what the compiler
    /// then asks for.
    pub fn all() -> &'static [Engine] {
        Engine::tested(&[Engine::Sqlite, Engine::Postgres, Engine::Mariadb, Engine::Mysql])
    }

    /// The engines with a server.
    pub fn servers() -> &'static [Engine] {
        Engine::tested(&[Engine::Postgres, Engine::Mariadb, Engine::Mysql])
    }

    /// The engines of the family that `MySQL` began, whose SQL is the same.
    pub fn mysql_family() -> &'static [Engine] {
        Engine::tested(&[Engine::Mariadb, Engine::Mysql])
    }

    /// The engines without the last one, `MySQL`, where the tests run without it.
    fn tested(engines: &'static [Engine]) -> &'static [Engine] {
        if Kind::MySql.is_left_out() { &engines[..engines.len() - 1] } else { engines }
    }

    /// Whether its SQL is that of `MySQL`.
    pub fn is_mysql_family(self) -> bool {
        matches!(self, Engine::Mariadb | Engine::Mysql)
    }
}

/// One database with a service on it.
pub struct World {
    pub service: Service,
    pub now: DateTime<Utc>,
    db: Db,
    policies: Policies,
    seeds: AtomicU64,
    // Dropped last: that deletes it.
    database: Database,
}

/// One fresh world for each engine, with the built-in policies.
pub async fn worlds() -> Vec<World> {
    worlds_with("").await
}

/// The same with policies laid over the built-in ones.
pub async fn worlds_with(policies: &str) -> Vec<World> {
    let mut worlds = Vec::new();
    for engine in Engine::all() {
        worlds.push(World::new(*engine, policies).await);
    }
    worlds
}

/// A fresh world of one engine.
pub async fn world_on(engine: Engine) -> World {
    World::new(engine, "").await
}

/// Runs a check that waits for long on every engine with a server, at the same time.
pub async fn on_servers_at_once(check: impl AsyncFn(Engine)) {
    let on = async |engine: Engine| {
        if Engine::servers().contains(&engine) {
            Box::pin(check(engine)).await;
        }
    };
    tokio::join!(on(Engine::Postgres), on(Engine::Mariadb), on(Engine::Mysql));
}

/// The instant at which every world begins.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// So many hours.
pub fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

/// So many days.
pub fn days(count: i64) -> TimeDelta {
    TimeDelta::days(count)
}

/// The operator of every test that is not about operators.
pub fn operator() -> Actor {
    Actor::operator("tester")
}

impl World {
    async fn new(engine: Engine, policies: &str) -> Self {
        Self::on(Database::migrated(engine).await, policies).await
    }

    /// A world on a database that has its schema.
    pub async fn on(database: Database, policies: &str) -> Self {
        let db = Db::open(database.target().clone(), MissingFile::Refuse, 4).await.unwrap();
        let tables = PolicyTables::read(Path::new("test.toml"), policies).unwrap();
        let policies = Policies::layered(&[tables]).unwrap();
        let service = assemble(db.clone(), policies.clone(), noon(), 1);
        World { service, now: noon(), db, policies, seeds: AtomicU64::new(2), database }
    }

    /// A service on the same connections, at another instant.
    pub fn at(&self, instant: DateTime<Utc>) -> Service {
        assemble(self.db.clone(), self.policies.clone(), instant, self.next_seed())
    }

    /// A service so much later than the world's beginning.
    pub fn later(&self, span: TimeDelta) -> Service {
        self.at(self.now + span)
    }

    /// A service with connections of its own, as another process has.
    pub async fn another_process(&self) -> Service {
        self.with(Db::open(self.target().clone(), MissingFile::Refuse, 4).await.unwrap())
    }

    /// A service with connections of its own, so much later than the world's beginning.
    pub async fn another_process_at(&self, span: TimeDelta) -> Service {
        let db = Db::open(self.target().clone(), MissingFile::Refuse, 4).await.unwrap();
        assemble(db, self.policies.clone(), self.now + span, self.next_seed())
    }

    /// A service on a database that was opened otherwise.
    pub fn with(&self, db: Db) -> Service {
        assemble(db, self.policies.clone(), self.now, self.next_seed())
    }

    /// A look at the tables themselves, past the library.
    pub async fn raw(&self) -> Raw {
        self.database.raw().await
    }

    /// Where the database is.
    pub fn target(&self) -> &Target {
        self.database.target()
    }

    /// The database itself.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What it runs on.
    pub fn engine(&self) -> Engine {
        self.database.engine()
    }

    // Two services with one seed would draw the same ids.
    fn next_seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }
}

impl Drop for World {
    /// A test that fails runs on several engines, and should say on which it
    /// failed: the world that was at work is the first to go.
    fn drop(&mut self) {
        thread_local!(static SAID: Cell<bool> = const { Cell::new(false) });
        if std::thread::panicking() && !SAID.replace(true) {
            let _ = writeln!(std::io::stderr(), "this was on {:?}: {}", self.engine(), self.target());
        }
    }
}

/// A service with the built-in policies on a database that has no world.
pub fn plain_service(db: Db) -> Service {
    assemble(db, Policies::layered(&[]).unwrap(), noon(), 1)
}

/// A service with the built-in policies alone on the database of a world, so much later.
pub async fn plain_service_at(world: &World, span: TimeDelta) -> Service {
    let db = Db::open(world.target().clone(), MissingFile::Refuse, 4).await.unwrap();
    assemble(db, Policies::layered(&[]).unwrap(), world.now + span, world.next_seed())
}

fn assemble(db: Db, policies: Policies, instant: DateTime<Utc>, seed: u64) -> Service {
    let links = Links::below(Some("https://example.org")).unwrap();
    let random = Random::from_generator(StdRng::seed_from_u64(seed));
    Service::new(db, policies, links, Clock::Fixed(instant), random)
}
