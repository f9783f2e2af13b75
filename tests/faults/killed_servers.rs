//! A server is killed and restarted under load: every acknowledged use is stored once, and the tool
//! recovers.

use std::sync::Arc;
use std::time::Duration;

use servers::{Database, Kind, Server};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::load::{Outcomes, make_codes, migrated, service, work};
use crate::{consistency, soak};

every_server! {
    killed_server_loses_and_duplicates_nothing,
}

const WORKERS: u64 = 12;

/// Duration of the load before the first and after the last kill.
const AROUND: Duration = Duration::from_secs(1);

/// Kills and restarts the server this many times.
fn kill_and_start(server: Arc<Server>, rounds: u64) -> JoinHandle<()> {
    spawn_blocking(move || {
        for round in 0..rounds {
            // With another delay each time.
            std::thread::sleep(AROUND + Duration::from_millis(37 * round % 400));
            server.kill9();
            server.start();
        }
    })
}

async fn killed_server_loses_and_duplicates_nothing(kind: Kind) {
    let rounds = soak::rounds(2);
    let server = Arc::new(Server::durable(kind));
    let database: Database = server.create_database();
    migrated(&database.url()).await;
    let mut services = Vec::new();
    for seed in 0..4 {
        services.push(Arc::new(service(&database.url(), 3, seed).await));
    }
    let codes = make_codes(&services[0], 1_000_000, 500).await;
    let kills = kill_and_start(Arc::clone(&server), rounds);
    let mut outcomes = Outcomes::default();
    while !kills.is_finished() {
        outcomes.add(work(&services, WORKERS, &codes, AROUND).await);
    }
    kills.await.unwrap();
    // The server is up, so requests succeed.
    let after = work(&services, WORKERS, &codes, AROUND).await;
    assert!(after.accepted.len() as u64 + after.refused > 0);
    assert_eq!(after.unavailable, 0);
    outcomes.add(after);
    let stored = consistency::check(&outcomes, |query| database.admin(query));
    assert_eq!(outcomes.unavailable, 0, "the server was down for less than the timeout");
    assert_eq!(stored, outcomes.accepted.len());
    soak::report(&format!(
        "{kind:?} killed {rounds} times under {WORKERS} workers: {} acknowledged, {stored} stored, 0 lost, 0 doubled, \
         longest answer {:?}",
        outcomes.accepted.len(),
        outcomes.longest
    ));
}
