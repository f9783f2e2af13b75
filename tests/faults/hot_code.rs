//! Twelve workers with one hot code and 500 single-use codes.

use std::sync::Arc;

use invite::Service;
use servers::{Kind, Server};
use sqlx::{AssertSqlSafe, SqlitePool};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::load::{make_codes, migrated, service, work};
use crate::{consistency, soak};

every_server! {
    hot_code_is_never_used_beyond_its_limit,
    usage_limit_is_reached_but_not_exceeded,
}

const WORKERS: u64 = 12;

/// More than any engine uses during a soak test, so that the code stays valid.
const LIMIT: i64 = 1_000_000;

/// Four processes with three connections each.
async fn processes(url: &str) -> Vec<Arc<Service>> {
    let mut services = Vec::new();
    for seed in 0..4 {
        services.push(Arc::new(service(url, 3, seed).await));
    }
    services
}

async fn run(name: &str, url: &str, ask: impl Fn(&str) -> String) {
    let services = processes(url).await;
    let codes = make_codes(&services[0], LIMIT, 500).await;
    let outcomes = work(&services, WORKERS, &codes, soak::span()).await;
    let stored = consistency::check(&outcomes, ask);
    assert_eq!((stored, outcomes.unavailable), (outcomes.accepted.len(), 0));
    let answers = stored as u64 + outcomes.refused;
    soak::report(&format!(
        "{name}: {WORKERS} workers for {:?}: {stored} uses = ledger rows, {} refused, mismatch 0, {} answers/s, \
         longest {:?}",
        soak::span(),
        outcomes.refused,
        answers / soak::span().as_secs().max(1),
        outcomes.longest
    ));
    for service in services {
        service.db().close().await;
    }
}

async fn hot_code_is_never_used_beyond_its_limit(kind: Kind) {
    let database = Server::durable(kind).create_database();
    migrated(&database.url()).await;
    run(&format!("{kind:?}"), &database.url(), |query| database.admin(query)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_hot_code_is_never_used_beyond_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("hot.db").display());
    migrated(&url).await;
    let pool = SqlitePool::connect(&url).await.unwrap();
    let ask = |query: &str| {
        let query = || AssertSqlSafe(query.to_owned());
        let rows = async {
            match sqlx::query_scalar::<_, String>(query()).fetch_all(&pool).await {
                Ok(texts) => texts.join("\n"),
                // The query returns a number.
                Err(_) => sqlx::query_scalar::<_, i64>(query()).fetch_one(&pool).await.unwrap().to_string(),
            }
        };
        block_in_place(|| Handle::current().block_on(rows))
    };
    run("SQLite", &url, ask).await;
}

/// The workers reach this limit, and do not exceed it.
async fn usage_limit_is_reached_but_not_exceeded(kind: Kind) {
    let database = servers::shared(kind).create_database();
    migrated(&database.url()).await;
    let services = processes(&database.url()).await;
    let codes = make_codes(&services[0], 50, 20).await;
    let mut outcomes = work(&services, WORKERS, &codes, soak::span()).await;
    // On a busy machine, the limit is reached later.
    for _ in 0..10 {
        if outcomes.accepted.len() < 70 {
            outcomes.add(work(&services, WORKERS, &codes, soak::span()).await);
        }
    }
    assert_eq!(consistency::check(&outcomes, |query| database.admin(query)), 70);
    assert_eq!(database.admin("SELECT max(uses) FROM invites").trim(), "50");
}
