//! A new database of one engine, with a service whose clock and random numbers are fixed.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use invite::Db;
use invite::Location;
use invite::MissingFile;
use invite::clock::Clock;
use invite::links::Links;
use invite::policy::{Policies, PolicyTables};
use invite::random::Random;
use invite::{Actor, Service};
use rand::SeedableRng;
use rand::rngs::StdRng;
use servers::Kind;

use crate::databases::Database;
use crate::helpers::raw::Raw;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
    Mysql,
}

impl Engine {
    /// Returns every engine that is tested.
    pub fn all() -> &'static [Engine] {
        let all = &[Engine::Sqlite, Engine::Postgres, Engine::Mariadb, Engine::Mysql];
        if Kind::MySql.is_left_out() { &all[..3] } else { all }
    }

    /// Returns the engine whose SQL the library uses.
    pub fn of_library(self) -> invite::Engine {
        match self {
            Engine::Sqlite => invite::Engine::Sqlite,
            Engine::Postgres => invite::Engine::Postgres,
            Engine::Mariadb | Engine::Mysql => invite::Engine::Mysql,
        }
    }

    /// True if the engine uses the SQL of `MySQL`.
    pub fn is_mysql_family(self) -> bool {
        matches!(self, Engine::Mariadb | Engine::Mysql)
    }
}

/// A database and a service.
pub struct Fixture {
    pub service: Service,
    pub now: DateTime<Utc>,
    db: Db,
    policies: Policies,
    seeds: AtomicU64,
    // Last field: dropped after the connections.
    database: Database,
}

/// Returns one fixture per engine with the built-in policies, for tests that compare
/// engines with each other.
pub async fn fixtures() -> Vec<Fixture> {
    let mut fixtures = Vec::new();
    for engine in Engine::all() {
        fixtures.push(Fixture::new(*engine).await);
    }
    fixtures
}

/// Returns the current time of every new fixture.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

pub fn days(count: i64) -> TimeDelta {
    TimeDelta::days(count)
}

/// Returns the actor of tests that are not about permissions.
pub fn operator() -> Actor {
    Actor::operator("tester")
}

impl Fixture {
    /// Creates a database with the built-in policies.
    pub async fn new(engine: Engine) -> Self {
        Self::with_policies(engine, "").await
    }

    /// Creates a database whose service has these policies over the built-in ones.
    pub async fn with_policies(engine: Engine, policies: &str) -> Self {
        Self::on(Database::migrated(engine).await, policies).await
    }

    /// Opens a database that has the current schema.
    pub async fn on(database: Database, policies: &str) -> Self {
        let db = Db::open(database.location().clone(), MissingFile::Refuse, 4).await.unwrap();
        let tables = PolicyTables::read(Path::new("test.toml"), policies).unwrap();
        let policies = Policies::layered(&[tables]).unwrap();
        let service = assemble(db.clone(), policies.clone(), noon(), 1);
        Fixture { service, now: noon(), db, policies, seeds: AtomicU64::new(2), database }
    }

    /// Returns a service on the same connections, with another time.
    pub fn at(&self, instant: DateTime<Utc>) -> Service {
        assemble(self.db.clone(), self.policies.clone(), instant, self.next_seed())
    }

    /// Returns a service on the same connections, with a later time.
    pub fn later(&self, span: TimeDelta) -> Service {
        self.at(self.now + span)
    }

    /// Returns a service with its own connections, like another process.
    pub async fn another_process(&self) -> Service {
        self.with(Db::open(self.location().clone(), MissingFile::Refuse, 4).await.unwrap())
    }

    /// Returns a service with its own connections and a later time.
    pub async fn another_process_at(&self, span: TimeDelta) -> Service {
        let db = Db::open(self.location().clone(), MissingFile::Refuse, 4).await.unwrap();
        assemble(db, self.policies.clone(), self.now + span, self.next_seed())
    }

    /// Returns a service on a database that was opened with other options.
    pub fn with(&self, db: Db) -> Service {
        assemble(db, self.policies.clone(), self.now, self.next_seed())
    }

    /// Opens a connection for SQL that bypasses the library.
    pub async fn raw(&self) -> Raw {
        self.database.raw().await
    }

    pub fn location(&self) -> &Location {
        self.database.location()
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn engine(&self) -> Engine {
        self.database.engine()
    }

    // Services with the same seed would create the same IDs.
    fn next_seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }
}

/// Returns a service with the built-in policies on an open database.
pub fn plain_service(db: Db) -> Service {
    assemble(db, Policies::layered(&[]).unwrap(), noon(), 1)
}

/// Returns a service with only the built-in policies on the database of a fixture, at a later time.
pub async fn plain_service_at(fixture: &Fixture, span: TimeDelta) -> Service {
    let db = Db::open(fixture.location().clone(), MissingFile::Refuse, 4).await.unwrap();
    assemble(db, Policies::layered(&[]).unwrap(), fixture.now + span, fixture.next_seed())
}

fn assemble(db: Db, policies: Policies, instant: DateTime<Utc>, seed: u64) -> Service {
    let links = Links::below(Some("https://example.org")).unwrap();
    let random = Random::from_generator(StdRng::seed_from_u64(seed));
    Service::new(db, policies, links, Clock::Fixed(instant), random)
}
