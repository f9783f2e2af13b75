//! How the engines run each statement of the store, over tables of 100,000 rows:
//! by an index wherever one serves.
//!
//! Every action is driven once over a full database of each engine, and each of
//! its statements is explained where it runs. What goes through a whole table, or
//! sorts one, is written down in `exceptions.rs` with the reason, or is an error;
//! and so is a statement of the store that no action here comes to.

mod data;
mod drive;
mod exceptions;
mod judge;
mod source;

use chrono::{DateTime, Utc};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::clock::Clock;
use crate::links::Links;
use crate::policy::Policies;
use crate::random::Random;
use crate::service::Service;
use crate::store::{DatabaseFile, Db, MissingFile, Target, explain};

/// Who decides how a statement runs: `MariaDB` and `MySQL` are one engine with two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Planner {
    Sqlite,
    Postgres,
    Mariadb,
    Mysql,
}

/// The instant of every service here.
fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(data::NOON, 0).unwrap()
}

/// A service on a full database.
async fn service_on(target: Target) -> Service {
    let (db, _) = Db::migrate(target.clone()).await.unwrap();
    data::lay(&db).await;
    db.close().await;
    let db = Db::open(target, MissingFile::Refuse, 4).await.unwrap();
    let random = Random::from_generator(StdRng::seed_from_u64(1));
    let links = Links::below(Some("https://example.org")).unwrap();
    Service::new(db, Policies::built_in().unwrap(), links, Clock::Fixed(noon()), random)
}

/// Runs everything there, and looks how.
async fn look_at(planner: Planner, target: Target) {
    let service = service_on(target).await;
    Box::pin(drive::everything(&service)).await;
    let complaints = judge::complaints(planner, &explain::end());
    service.db().close().await;
    assert!(complaints.is_empty(), "{complaints}");
}

#[tokio::test]
async fn sqlite_uses_indexes() {
    let folder = tempfile::tempdir().unwrap();
    look_at(Planner::Sqlite, DatabaseFile::at(folder.path().join("invite.db")).into()).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn postgres_uses_indexes() {
    let database = servers::postgres().create_database();
    look_at(Planner::Postgres, Target::from_urls(&[format!("{}?sslmode=disable", database.url())]).unwrap()).await;
}

#[tokio::test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
async fn mariadb_uses_indexes() {
    let database = servers::mariadb().create_database();
    look_at(Planner::Mariadb, Target::from_urls(&[format!("{}?ssl-mode=DISABLED", database.url())]).unwrap()).await;
}

#[tokio::test]
#[ignore = "needs MySQL: sh tests/run.sh"]
async fn mysql_uses_indexes() {
    let database = servers::mysql().create_database();
    look_at(Planner::Mysql, Target::from_urls(&[format!("{}?ssl-mode=DISABLED", database.url())]).unwrap()).await;
}
