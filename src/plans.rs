//! Tests of the query plans of every statement, over tables of 100,000 rows: a statement uses an
//! index wherever one serves.
//!
//! Every action runs once over a full database of each engine, and each of its statements is
//! explained where it runs. A scan of a whole table, or a sort of one, is an error unless it is
//! listed with its reason in `exceptions.rs`; so is a statement of the store that no action here
//! runs, and one with a parameter without a value or a value without a parameter. The statements are compared with their texts in `tests/sql`.

mod data;
mod drive;
mod exceptions;
mod judge;
mod rendered;
mod source;

use chrono::{DateTime, Utc};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::clock::Clock;
use crate::links::Links;
use crate::plans::exceptions::Planner;
use crate::policy::Policies;
use crate::random::Random;
use crate::service::Service;
use crate::store::{DatabaseFile, Db, Location, MissingFile, explain};

/// The fixed instant of the services in these tests.
fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(data::NOON, 0).unwrap()
}

/// Creates a service on a full database.
async fn service_on(location: Location) -> Service {
    let (db, _) = Db::migrate(location.clone()).await.unwrap();
    data::fill(&db).await;
    db.close().await;
    let db = Db::open(location, MissingFile::Refuse, 4).await.unwrap();
    let random = Random::from_generator(StdRng::seed_from_u64(1));
    let links = Links::below(Some("https://example.org")).unwrap();
    Service::new(db, Policies::built_in().unwrap(), links, Clock::Fixed(noon()), random)
}

/// Runs every action and checks the plans.
async fn check_plans(planner: Planner, location: Location) {
    let service = service_on(location).await;
    Box::pin(drive::everything(&service)).await;
    let (explained, misnamed) = explain::end();
    let names: String = misnamed.into_iter().collect();
    let complaints = names + &judge::complaints(planner, &explained) + &rendered::complaint(planner, &explained);
    service.db().close().await;
    assert!(complaints.is_empty(), "{complaints}");
}

#[tokio::test]
async fn sqlite_uses_indexes() {
    let folder = tempfile::tempdir().unwrap();
    check_plans(Planner::Sqlite, DatabaseFile::at(folder.path().join("invite.db")).into()).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn postgres_uses_indexes() {
    let database = servers::postgres().create_database();
    check_plans(Planner::Postgres, Location::from_urls(&[format!("{}?sslmode=disable", database.url())]).unwrap())
        .await;
}

#[tokio::test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
async fn mariadb_uses_indexes() {
    let database = servers::mariadb().create_database();
    check_plans(Planner::Mariadb, Location::from_urls(&[format!("{}?ssl-mode=DISABLED", database.url())]).unwrap())
        .await;
}

#[tokio::test]
#[ignore = "needs MySQL: sh tests/run.sh"]
async fn mysql_uses_indexes() {
    let database = servers::mysql().create_database();
    check_plans(Planner::Mysql, Location::from_urls(&[format!("{}?ssl-mode=DISABLED", database.url())]).unwrap()).await;
}
