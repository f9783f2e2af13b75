//! The connection to a node breaks before or after it receives a COMMIT: each use is stored once
//! and reported as accepted, whichever node is used next.

use std::net::SocketAddr;

use invite::Service;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::model::reference::Reference;

use crate::fixture::{Fixture, exclusive};
use crate::load::{Outcomes, actor, make_codes};
use crate::proxy::Proxy;
use crate::soak;

/// One of this many COMMITs is interrupted.
const EVERY: u64 = 5;

async fn use_it(service: &Service, hot: &Reference, users: std::ops::Range<u64>) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for number in users {
        let request = RedeemRequest::new(hot.clone(), format!("u{number}"));
        let Redemption::Accepted(joined) = service.redeem(&actor(), &request).await.unwrap() else {
            panic!("the use of u{number} was refused")
        };
        assert!(!joined.repeated, "u{number} redeemed once");
        outcomes.accepted.push((joined.invite.id.to_string(), joined.user_id));
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn unanswered_commit_on_node_is_stored_once() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let node = SocketAddr::from(([127, 0, 0, 1], fixture.cluster.port(1)));
    let proxy = Proxy::in_front_of(node, EVERY).await;
    let codes = make_codes(&*fixture.service(&fixture.url(2), 1).await, 1_000_000, 1).await;
    // Unencrypted, so that the proxy can read the statements.
    let through = |ports: &[u16]| fixture.url_of(ports) + "?ssl-mode=DISABLED";
    let alone = fixture.service(&through(&[proxy.address.port()]), 1).await;
    let uses = soak::rounds(2) * 25;
    let mut outcomes = use_it(&alone, &codes.hot, 0..uses).await;
    // Another node is asked for the outcome of the interrupted COMMIT, and repeats the use
    // if it was lost. The tool stays with that node, so each use needs its own connection
    // through the proxy.
    for number in 0..uses {
        let urls = through(&[proxy.address.port(), fixture.cluster.port(2), fixture.cluster.port(3)]);
        let first = fixture.service(&urls, 1).await;
        outcomes.add(use_it(&first, &codes.hot, uses + number..uses + number + 1).await);
        first.db().close().await;
    }
    assert_eq!(outcomes.accepted.len() as u64, 2 * uses);
    assert_eq!(fixture.check_consistency(&outcomes), outcomes.accepted.len());
    let operations = "SELECT count(*), sum(changed) FROM invite_operations WHERE command = 'use'";
    assert_eq!(fixture.ask_all(operations), format!("{0}\t{0}", 2 * uses));
    let (before, after) = proxy.lost();
    assert!(before > 1 && after > 1, "{before} and {after} COMMITs were cut");
    soak::report(&format!(
        "Galera: {} uses through a proxy that cut {before} COMMITs before the node and {after} after: 0 lost, \
         0 doubled",
        2 * uses
    ));
}
