//! Twelve workers on three nodes want the same codes.

use std::sync::Arc;

use invite::invites::redeem::{RedeemRequest, Redemption, redeem};
use invite::model::reference::Reference;
use servers::Cluster;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::load::{Told, actor, make_codes, work};
use crate::soak;
use crate::world::{World, close, quiet};

const WORKERS: u64 = 12;

/// How many uses of the hot code the slowest machine makes in a second.
const USES_A_SECOND: u64 = 10;

/// What the nodes count when two of them changed the same row.
const CONFLICTS: [&str; 2] = ["wsrep_local_cert_failures", "wsrep_local_bf_aborts"];

fn conflicts(world: &World) -> u64 {
    let of_node = |node| CONFLICTS.iter().map(|name| world.counter(node, name)).sum::<u64>();
    Cluster::NODES.into_iter().map(of_node).sum()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn concurrent_uses_on_all_nodes_keep_limit() {
    let _quiet = quiet().await;
    let world = World::shared().await;
    // Two processes a node with two connections each.
    let services = world.services(6, 2).await;
    let limit = i64::try_from(USES_A_SECOND * soak::span().as_secs().max(1)).unwrap();
    let codes = make_codes(&services[0], limit, 500).await;
    let before = conflicts(&world);
    let told = work(&services, WORKERS, &codes, soak::span()).await;
    let stored = world.check_books(&told);
    assert_eq!((stored, told.unavailable), (told.accepted.len(), 0));
    let hot = world.ask_all("SELECT uses FROM invites WHERE space_id = 'hot'");
    assert_eq!(hot, limit.to_string(), "the limit is in reach, and was not reached");
    soak::tell(&format!(
        "Galera: {WORKERS} workers on 3 nodes for {:?}: {stored} uses = ledger rows on each, {} refused, \
         hot code {hot} of {limit}, mismatch 0, {} conflicts of nodes, longest {:?}",
        soak::span(),
        told.refused,
        conflicts(&world) - before,
        told.longest
    ));
    close(services).await;
}

/// A limit out of reach: the code stays hot to the end.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn every_use_of_hot_code_is_counted() {
    let _quiet = quiet().await;
    let world = World::shared().await;
    let services = world.services(6, 2).await;
    let codes = make_codes(&services[0], 1_000_000, 500).await;
    let before = conflicts(&world);
    let told = work(&services, WORKERS, &codes, soak::span()).await;
    let stored = world.check_books(&told);
    assert_eq!((stored, told.unavailable), (told.accepted.len(), 0));
    let answers = stored as u64 + told.refused;
    soak::tell(&format!(
        "Galera, a code without end: {WORKERS} workers on 3 nodes for {:?}: {stored} uses = ledger rows on each, \
         mismatch 0, {} conflicts of nodes, {} answers/s, longest {:?}",
        soak::span(),
        conflicts(&world) - before,
        answers / soak::span().as_secs().max(1),
        told.longest
    ));
    close(services).await;
}

/// One process after the other that uses the code once, as a command does.
async fn one_by_one(world: Arc<World>, hot: Reference, worker: u16) -> Told {
    let mut told = Told::default();
    let begin = Instant::now();
    while begin.elapsed() < soak::span() {
        let asked = Instant::now();
        let service = world.service(&world.url(worker % 3 + 1), 1).await;
        let user_id = format!("w{worker}-{}", told.accepted.len());
        let request = RedeemRequest { reference: hot.clone(), user_id, email: None, name: None, client: None };
        let Redemption::Accepted(joined) = redeem(&service, &actor(), &request).await.unwrap() else {
            panic!("a code without end refused somebody")
        };
        told.accepted.push((joined.invite.id.to_string(), joined.user_id));
        service.db().close().await;
        told.longest = told.longest.max(asked.elapsed());
    }
    told
}

/// On a connection that is new, a node prepares each statement inside of the
/// transaction. It could lose the transaction there without a word, and commit
/// the next statement alone.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn uses_on_new_connections_count_once() {
    let _quiet = quiet().await;
    let world = Arc::new(World::shared().await);
    let first = world.service(&world.url(1), 1).await;
    let hot = make_codes(&first, 1_000_000, 1).await.hot;
    let mut tasks = JoinSet::new();
    for worker in 0..8 {
        tasks.spawn(one_by_one(Arc::clone(&world), hot.clone(), worker));
    }
    let mut told = Told::default();
    for one in tasks.join_all().await {
        told.add(one);
    }
    let stored = world.check_books(&told);
    assert_eq!(stored, told.accepted.len());
    soak::tell(&format!(
        "Galera: {stored} uses by as many connections, 8 at once on 3 nodes: mismatch 0, longest {:.1?}",
        told.longest
    ));
    close(vec![first]).await;
}
