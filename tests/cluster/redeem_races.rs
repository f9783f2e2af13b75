//! Twelve workers on three nodes use the same codes.

use std::sync::Arc;

use invite::Error;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::model::reference::Reference;
use servers::Cluster;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::fixture::{Fixture, close, exclusive};
use crate::load::{Outcomes, actor, make_codes, work};
use crate::soak;

const WORKERS: u64 = 12;

/// Uses of the hot code per second on the slowest machine.
const USES_A_SECOND: u64 = 10;

/// Counters of certification conflicts between nodes.
const CONFLICTS: [&str; 2] = ["wsrep_local_cert_failures", "wsrep_local_bf_aborts"];

fn conflicts(fixture: &Fixture) -> u64 {
    let of_node = |node| CONFLICTS.iter().map(|name| fixture.counter(node, name)).sum::<u64>();
    Cluster::NODES.into_iter().map(of_node).sum()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn concurrent_uses_on_all_nodes_keep_limit() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    // Two services per node with two connections each.
    let services = fixture.services(6, 2).await;
    let limit = i64::try_from(USES_A_SECOND * soak::span().as_secs().max(1)).unwrap();
    let codes = make_codes(&services[0], limit, 500).await;
    let before = conflicts(&fixture);
    let outcomes = work(&services, WORKERS, &codes, soak::span()).await;
    let stored = fixture.check_consistency(&outcomes);
    assert_eq!((stored, outcomes.unavailable), (outcomes.accepted.len(), 0));
    let hot = fixture.ask_all("SELECT uses FROM invites WHERE space_id = 'hot'");
    assert_eq!(hot, limit.to_string(), "the limit is in reach, and was not reached");
    soak::report(&format!(
        "Galera: {WORKERS} workers on 3 nodes for {:?}: {stored} uses = ledger rows on each, {} refused, \
         hot code {hot} of {limit}, mismatch 0, {} conflicts of nodes, longest {:?}",
        soak::span(),
        outcomes.refused,
        conflicts(&fixture) - before,
        outcomes.longest
    ));
    close(services).await;
}

/// An unreachable limit, so that the code stays valid.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn every_use_of_hot_code_is_counted() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let services = fixture.services(6, 2).await;
    let codes = make_codes(&services[0], 1_000_000, 500).await;
    let before = conflicts(&fixture);
    let outcomes = work(&services, WORKERS, &codes, soak::span()).await;
    let stored = fixture.check_consistency(&outcomes);
    assert_eq!((stored, outcomes.unavailable), (outcomes.accepted.len(), 0));
    let answers = stored as u64 + outcomes.refused;
    soak::report(&format!(
        "Galera, a code without end: {WORKERS} workers on 3 nodes for {:?}: {stored} uses = ledger rows on each, \
         mismatch 0, {} conflicts of nodes, {} answers/s, longest {:?}",
        soak::span(),
        conflicts(&fixture) - before,
        answers / soak::span().as_secs().max(1),
        outcomes.longest
    ));
    close(services).await;
}

/// Consecutive services that use the code once, like commands.
async fn one_by_one(fixture: Arc<Fixture>, hot: Reference, worker: u16) -> Outcomes {
    let mut outcomes = Outcomes::default();
    let begin = Instant::now();
    while begin.elapsed() < soak::span() {
        let asked = Instant::now();
        let service = fixture.service(&fixture.url(worker % 3 + 1), 1).await;
        let user_id = format!("w{worker}-{}", outcomes.accepted.len());
        let request = RedeemRequest::new(hot.clone(), user_id);
        match service.redeem(&actor(), &request).await {
            Ok(Redemption::Accepted(joined)) => {
                outcomes.accepted.push((joined.invite.id.to_string(), joined.user_id));
            }
            // Rarely, a node holds the lock of the row for a whole timeout. The answer promises that
            // nothing was stored.
            Err(Error::Unavailable(problem)) => {
                soak::report(&format!("{problem:?}\n{}", fixture.describe_nodes()));
                outcomes.unavailable += 1;
            }
            other => panic!("a code without end: {other:?}"),
        }
        service.db().close().await;
        outcomes.longest = outcomes.longest.max(asked.elapsed());
    }
    outcomes
}

/// On a new connection, a node prepares each statement inside the transaction. It could silently
/// lose the transaction there and commit the next statement alone.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn uses_on_new_connections_count_once() {
    let _quiet = exclusive().await;
    let fixture = Arc::new(Fixture::shared().await);
    let first = fixture.service(&fixture.url(1), 1).await;
    let hot = make_codes(&first, 1_000_000, 1).await.hot;
    let mut tasks = JoinSet::new();
    for worker in 0..8 {
        tasks.spawn(one_by_one(Arc::clone(&fixture), hot.clone(), worker));
    }
    let mut outcomes = Outcomes::default();
    for one in tasks.join_all().await {
        outcomes.add(one);
    }
    let stored = fixture.check_consistency(&outcomes);
    assert_eq!(stored, outcomes.accepted.len());
    assert!(stored as u64 > outcomes.unavailable, "{stored} uses, {} unavailable", outcomes.unavailable);
    soak::report(&format!(
        "Galera: {stored} uses by as many connections, 8 at once on 3 nodes: mismatch 0, {} unavailable, \
         longest {:.1?}",
        outcomes.unavailable, outcomes.longest
    ));
    close(vec![first]).await;
}
