//! A server is killed under load, and comes back: what was acknowledged is
//! there, nothing is there twice, and the tool goes on by itself.

use std::sync::Arc;
use std::time::Duration;

use servers::{Database, Kind, Server};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::load::{Told, make_codes, migrated, service, work};
use crate::{books, soak};

every_server! {
    killed_server_loses_and_duplicates_nothing,
}

const WORKERS: u64 = 12;

/// How long the workers work before the first and after the last kill.
const AROUND: Duration = Duration::from_secs(1);

/// Kills the server and starts it again, so many times.
fn kill_and_start(server: Arc<Server>, rounds: u64) -> JoinHandle<()> {
    spawn_blocking(move || {
        for round in 0..rounds {
            // At another moment of the load each time.
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
    let mut told = Told::default();
    while !kills.is_finished() {
        told.add(work(&services, WORKERS, &codes, AROUND).await);
    }
    kills.await.unwrap();
    // The server is up: whoever asks now is answered.
    let after = work(&services, WORKERS, &codes, AROUND).await;
    assert!(after.accepted.len() as u64 + after.refused > 0);
    assert_eq!(after.unavailable, 0);
    told.add(after);
    let stored = books::check(&told, |query| database.admin(query));
    assert_eq!(told.unavailable, 0, "the server was away for less than the tool waits");
    assert_eq!(stored, told.accepted.len());
    soak::tell(&format!(
        "{kind:?} killed {rounds} times under {WORKERS} workers: {} acknowledged, {stored} stored, 0 lost, 0 doubled, \
         longest answer {:?}",
        told.accepted.len(),
        told.longest
    ));
}
