//! A node falls out under load and comes back: what was acknowledged is on all
//! nodes, nothing is there twice, and the tool goes on by itself with the
//! others.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use invite::service::Service;
use servers::Cluster;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::load::{Codes, Told, make_codes, work};
use crate::soak;
use crate::world::{World, close, isolate, quiet, wait_without};

const WORKERS: u64 = 12;

/// How long the workers work before a node falls out and after it is back.
const AROUND: Duration = Duration::from_secs(1);

/// How long the tool tries before it gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a node falls out, until the others go on without it; and how it comes
/// back.
struct Fall {
    what: &'static str,
    out: fn(&Cluster, u16),
    back: fn(&Cluster, u16),
}

const KILLED: Fall = Fall {
    what: "killed",
    out: |cluster, node| cluster.kill9(node),
    back: |cluster, node| {
        cluster.restart(node);
        cluster.wait_ready(node);
    },
};

/// The node goes on, and hears no other: its clients stay connected to it.
const CUT_OFF: Fall = Fall {
    what: "cut off",
    out: |cluster, node| isolate(cluster, node, true),
    back: |cluster, node| isolate(cluster, node, false),
};

/// The node stands still, and its clients hear nothing at all.
const FROZEN: Fall = Fall {
    what: "frozen",
    out: |cluster, node| cluster.pause(node),
    back: |cluster, node| {
        cluster.resume(node);
        cluster.wait_ready(node);
    },
};

/// Any of the nodes, and some moment.
fn chance() -> (u16, Duration) {
    let random = RandomState::new().hash_one(0);
    let node = u16::try_from(random % 3).unwrap() + 1;
    (node, AROUND + Duration::from_millis(random / 3 % 500))
}

/// Lets the workers work until something is done with the cluster, and each of
/// them is answered.
async fn beside(load: &Load, told: &mut Told, cluster: &Cluster, act: impl FnOnce(&Cluster) + Send + 'static) {
    let cluster = cluster.clone();
    let acting = spawn_blocking(move || act(&cluster));
    while !acting.is_finished() {
        told.add(work(&load.services, WORKERS, &load.codes, AROUND).await);
    }
    acting.await.unwrap();
}

struct Load {
    services: Vec<Arc<Service>>,
    codes: Codes,
}

impl Load {
    /// Six processes; every node is the first of some.
    async fn of(world: &World) -> Self {
        let mut services = Vec::new();
        for number in 0..6 {
            services.push(world.service(&world.url_from(number % 3 + 1), 2).await);
        }
        let codes = make_codes(&services[0], 1_000_000, 500).await;
        Load { services, codes }
    }
}

/// A node falls out under load and comes back.
async fn round(cluster: &Cluster, Fall { what, out, back }: Fall) {
    let world = World::on(cluster).await;
    let load = Load::of(&world).await;
    let (node, moment) = chance();
    let mut told = Told::default();
    let begin = Instant::now();
    let fall = move |cluster: &Cluster| {
        std::thread::sleep(moment);
        out(cluster, node);
        wait_without(cluster, node);
    };
    beside(&load, &mut told, cluster, fall).await;
    let rise = move |cluster: &Cluster| {
        back(cluster, node);
        cluster.wait_size(3);
    };
    beside(&load, &mut told, cluster, rise).await;
    let all = begin.elapsed();
    let after = work(&load.services, WORKERS, &load.codes, AROUND).await;
    assert!(after.accepted.len() as u64 + after.refused > 0, "nobody was answered after node {node} was back");
    told.add(after);
    let stored = world.check_books(&told);
    assert_eq!(told.unavailable, 0, "two nodes were up all the time, and node {node} was {what}");
    assert_eq!(stored, told.accepted.len());
    assert!(told.longest < PATIENCE, "{:?}", told.longest);
    close(load.services).await;
    soak::tell(&format!(
        "Galera, node {node} {what} and back under {WORKERS} workers in {all:.1?}: {stored} acknowledged and stored \
         on each, {} refused, 0 lost, 0 doubled, longest answer {:.1?}",
        told.refused, told.longest
    ));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn node_failure_under_load_loses_no_use() {
    let _quiet = quiet().await;
    let cluster = Cluster::start();
    for number in 0..soak::rounds(2) {
        round(&cluster, KILLED).await;
        round(&cluster, if number % 2 == 0 { CUT_OFF } else { FROZEN }).await;
    }
}
