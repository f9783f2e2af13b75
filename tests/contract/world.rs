//! A fresh database of an engine, with a service on it whose time and chance
//! are fixed.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use invite::actions::{Actor, Service};
use invite::actions::{DatabaseFile, Db, MissingFile};
use invite::clock::Clock;
use invite::links::Links;
use invite::policy::{Policies, PolicyTables};
use invite::random::Random;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;

use crate::raw::Raw;

/// The engines that the contract holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
}

impl Engine {
    /// Every engine; a new one is a variant, a line here and an arm in
    /// [`Engine::place`].
    pub fn all() -> &'static [Engine] {
        &[Engine::Sqlite]
    }

    /// A place for one new database.
    fn place(self, folder: &Path) -> DatabaseFile {
        match self {
            Engine::Sqlite => DatabaseFile::at(folder.join("invite.db")),
        }
    }
}

/// One database with a service on it.
pub struct World {
    pub service: Service,
    pub now: DateTime<Utc>,
    db: Db,
    file: DatabaseFile,
    policies: Policies,
    seeds: AtomicU64,
    // Held to the end: dropping it deletes the database.
    _folder: TempDir,
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
        let folder = tempfile::tempdir().unwrap();
        let file = engine.place(folder.path());
        let (db, _) = Db::migrate(file.clone()).await.unwrap();
        db.close().await;
        let db = Db::open(file.clone(), MissingFile::Refuse, 4).await.unwrap();
        let tables = PolicyTables::read(Path::new("test.toml"), policies).unwrap();
        let policies = Policies::layered(&[tables]).unwrap();
        let service = assemble(db.clone(), policies.clone(), noon(), 1);
        World { service, now: noon(), db, file, policies, seeds: AtomicU64::new(2), _folder: folder }
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
        let db = Db::open(self.file.clone(), MissingFile::Refuse, 4).await.unwrap();
        assemble(db, self.policies.clone(), self.now, self.next_seed())
    }

    /// A look at the tables themselves, past the library.
    pub async fn raw(&self) -> Raw {
        Raw::open(&self.file).await
    }

    /// Where the database is.
    pub fn file(&self) -> &DatabaseFile {
        &self.file
    }

    // Two services with one seed would draw the same ids.
    fn next_seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }
}

fn assemble(db: Db, policies: Policies, instant: DateTime<Utc>, seed: u64) -> Service {
    let links = Links::below(Some("https://example.org")).unwrap();
    let random = Random::from_generator(StdRng::seed_from_u64(seed));
    Service::new(db, policies, links, Clock::Fixed(instant), random)
}
