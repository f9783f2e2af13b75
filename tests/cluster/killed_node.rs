//! A node fails under load and recovers: every acknowledged use is stored once on all nodes, and
//! the tool continues with the others.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use invite::Service;
use servers::Cluster;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::fixture::{Fixture, close, exclusive, isolate, wait_without};
use crate::load::{Codes, Outcomes, make_codes, work};
use crate::soak;

const WORKERS: u64 = 12;

/// Duration of the load before the failure and after the recovery.
const AROUND: Duration = Duration::from_secs(1);

/// Timeout of the tool.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Kinds of failure and recovery of a node.
struct Failure {
    what: &'static str,
    out: fn(&Cluster, u16),
    back: fn(&Cluster, u16),
}

const KILLED: Failure = Failure {
    what: "killed",
    out: |cluster, node| cluster.kill9(node),
    back: |cluster, node| {
        cluster.restart(node);
        cluster.wait_ready(node);
    },
};

/// The node is isolated from the others; its clients stay connected.
const CUT_OFF: Failure = Failure {
    what: "cut off",
    out: |cluster, node| isolate(cluster, node, true),
    back: |cluster, node| isolate(cluster, node, false),
};

/// The node is paused; its clients get no response.
const FROZEN: Failure = Failure {
    what: "frozen",
    out: |cluster, node| cluster.pause(node),
    back: |cluster, node| {
        cluster.resume(node);
        cluster.wait_ready(node);
    },
};

/// Returns a random node and delay.
fn random_node_and_delay() -> (u16, Duration) {
    let random = RandomState::new().hash_one(0);
    let node = u16::try_from(random % 3).unwrap() + 1;
    (node, AROUND + Duration::from_millis(random / 3 % 500))
}

/// Runs the workers until an action on the cluster has finished and all requests are answered.
async fn work_during(
    load: &Load,
    outcomes: &mut Outcomes,
    cluster: &Cluster,
    act: impl FnOnce(&Cluster) + Send + 'static,
) {
    let cluster = cluster.clone();
    let acting = spawn_blocking(move || act(&cluster));
    while !acting.is_finished() {
        outcomes.add(work(&load.services, WORKERS, &load.codes, AROUND).await);
    }
    acting.await.unwrap();
}

struct Load {
    services: Vec<Arc<Service>>,
    codes: Codes,
}

impl Load {
    /// Six services; each node is the first host of some.
    async fn of(fixture: &Fixture) -> Self {
        let mut services = Vec::new();
        for number in 0..6 {
            services.push(fixture.service(&fixture.url_from(number % 3 + 1), 2).await);
        }
        let codes = make_codes(&services[0], 1_000_000, 500).await;
        Load { services, codes }
    }
}

/// One node fails under load and recovers.
async fn round(cluster: &Cluster, Failure { what, out, back }: Failure) {
    let fixture = Fixture::on(cluster).await;
    let load = Load::of(&fixture).await;
    let (node, moment) = random_node_and_delay();
    let mut outcomes = Outcomes::default();
    let begin = Instant::now();
    let fall = move |cluster: &Cluster| {
        std::thread::sleep(moment);
        out(cluster, node);
        wait_without(cluster, node);
    };
    work_during(&load, &mut outcomes, cluster, fall).await;
    let rise = move |cluster: &Cluster| {
        back(cluster, node);
        cluster.wait_size(3);
    };
    work_during(&load, &mut outcomes, cluster, rise).await;
    let all = begin.elapsed();
    let after = work(&load.services, WORKERS, &load.codes, AROUND).await;
    assert!(after.accepted.len() as u64 + after.refused > 0, "no request succeeded after node {node} recovered");
    outcomes.add(after);
    let stored = fixture.check_consistency(&outcomes);
    assert_eq!(outcomes.unavailable, 0, "two nodes were always up, and node {node} was {what}");
    assert_eq!(stored, outcomes.accepted.len());
    assert!(outcomes.longest < TIMEOUT, "{:?}", outcomes.longest);
    close(load.services).await;
    soak::report(&format!(
        "Galera, node {node} {what} and back under {WORKERS} workers in {all:.1?}: {stored} acknowledged and stored \
         on each, {} refused, 0 lost, 0 doubled, longest answer {:.1?}",
        outcomes.refused, outcomes.longest
    ));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn node_failure_under_load_loses_no_use() {
    let _quiet = exclusive().await;
    let cluster = Cluster::start();
    for number in 0..soak::rounds(2) {
        round(&cluster, KILLED).await;
        round(&cluster, if number % 2 == 0 { CUT_OFF } else { FROZEN }).await;
    }
}
