//! Failover of PostgreSQL under load: every acknowledged use is stored once, and services with a
//! URL of both hosts continue on the new primary.

use std::sync::Arc;
use std::time::Duration;

use servers::{Server, USER};
use tokio::task::spawn_blocking;

use crate::load::{Outcomes, make_codes, migrated, service, work};
use crate::{consistency, soak};

const WORKERS: u64 = 12;

/// Duration of the load between checks for the promotion.
const TURN: Duration = Duration::from_millis(500);

/// Number of uses that are stored before the primary is killed.
const USES_BEFORE: usize = 100;

/// Counts the commits that the standby has not confirmed, which were not acknowledged.
const WAITING_COMMITS: &str = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

/// Waits until a query on a server returns at least `least`.
pub fn wait_for_count(server: &Server, database: &str, query: &str, least: usize) {
    for _ in 0..3_000 {
        if server.admin_in(database, query).parse::<usize>().unwrap() >= least {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("fewer than {least}: {query}");
}

/// State of the standby when the primary is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standby {
    /// The standby confirms commits.
    Follows,
    /// The standby has received commits that it has not confirmed.
    IsFrozen,
    /// The standby was killed before and lacks the waiting commits.
    IsBehind,
}

/// Kills the primary during commits, and promotes the standby after clients have connected to it.
fn fail_over(primary: &Server, standby: &Server, database: &str, state: Standby) {
    wait_for_count(primary, database, "SELECT count(*) FROM invite_uses", USES_BEFORE);
    match state {
        Standby::Follows => {}
        Standby::IsFrozen => standby.pause(),
        Standby::IsBehind => standby.kill9(),
    }
    if state != Standby::Follows {
        wait_for_count(primary, database, WAITING_COMMITS, 1);
    }
    primary.kill9();
    match state {
        Standby::Follows => {}
        Standby::IsFrozen => standby.resume(),
        Standby::IsBehind => standby.start(),
    }
    let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{USER}'");
    wait_for_count(standby, database, &sessions, 1);
    standby.promote();
}

async fn run(state: Standby) {
    let primary = Server::durable_postgres();
    let database = primary.create_database();
    let name = database.name().to_owned();
    migrated(&database.url()).await;
    let standby = primary.synchronous_standby();
    let url = primary.url_before(&standby, &name);
    let mut services = Vec::new();
    for seed in 0..4 {
        services.push(Arc::new(service(&url, 3, seed).await));
    }
    let codes = make_codes(&services[0], 1_000_000, 500).await;

    let failover = spawn_blocking({
        let (standby, name) = (standby.clone(), name.clone());
        move || fail_over(&primary, &standby, &name, state)
    });
    let mut outcomes = Outcomes::default();
    while !failover.is_finished() {
        outcomes.add(work(&services, WORKERS, &codes, TURN).await);
    }
    failover.await.unwrap();
    // The existing services and a new one.
    services.push(Arc::new(service(&url, 3, 4).await));
    let after = work(&services, WORKERS, &codes, TURN).await;
    assert!(after.accepted.len() as u64 + after.refused > 0);
    outcomes.add(after);

    assert_eq!(outcomes.unavailable, 0, "the failover took less than the timeout");
    let ask = |query: &str| standby.admin_in(&name, query);
    let stored = consistency::check(&outcomes, ask);
    assert_eq!(stored, outcomes.accepted.len());
    assert_eq!(ask("SELECT count(*) FROM invite_operations WHERE command = 'use' AND changed = 1"), stored.to_string());
    soak::report(&format!(
        "PostgreSQL failed over to a synchronous standby ({state:?}) under {WORKERS} workers: {stored} acknowledged, \
         {stored} stored, 0 lost, 0 doubled, longest answer {:?}",
        outcomes.longest
    ));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn failover_loses_and_duplicates_nothing() {
    run(Standby::Follows).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn failover_with_unconfirmed_commits_duplicates_nothing() {
    run(Standby::IsFrozen).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn failover_without_unconfirmed_commits_repeats_them() {
    run(Standby::IsBehind).await;
}
