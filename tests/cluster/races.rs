//! Twelve workers on three nodes want the same codes.

use servers::Cluster;

use crate::load::{make_codes, work};
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
async fn no_node_lets_in_one_too_many() {
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
async fn every_use_of_a_code_that_stays_hot_is_counted() {
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
