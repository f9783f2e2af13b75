//! The connection to a node breaks at COMMIT, before the node has it or after:
//! each use is made once, and told of as made, whichever node is asked next.

use std::net::SocketAddr;

use invite::invites::redeem::{RedeemRequest, Redemption, redeem};
use invite::model::reference::Reference;
use invite::service::Service;

use crate::load::{Told, actor, make_codes};
use crate::proxy::Proxy;
use crate::soak;
use crate::world::{World, quiet};

/// Of so many COMMITs one is cut.
const EVERY: u64 = 5;

async fn use_it(service: &Service, hot: &Reference, users: std::ops::Range<u64>) -> Told {
    let mut told = Told::default();
    for number in users {
        let request = RedeemRequest {
            reference: hot.clone(),
            user_id: format!("u{number}"),
            email: None,
            name: None,
            client: None,
        };
        let Redemption::Accepted(joined) = redeem(service, &actor(), &request).await.unwrap() else {
            panic!("the use of u{number} was refused")
        };
        assert!(!joined.repeated, "u{number} came once");
        told.accepted.push((joined.invite.id.to_string(), joined.user_id));
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn unanswered_commit_of_node_is_made_once() {
    let _quiet = quiet().await;
    let world = World::shared().await;
    let node = SocketAddr::from(([127, 0, 0, 1], world.cluster.port(1)));
    let proxy = Proxy::in_front_of(node, EVERY).await;
    let codes = make_codes(&*world.service(&world.url(2), 1).await, 1_000_000, 1).await;
    // In clear, so that the proxy sees the word.
    let through = |ports: &[u16]| world.url_of(ports) + "?ssl-mode=DISABLED";
    let alone = world.service(&through(&[proxy.address.port()]), 1).await;
    let uses = soak::rounds(2) * 25;
    let mut told = use_it(&alone, &codes.hot, 0..uses).await;
    // Here another node is asked what became of it, and asked to do it again.
    // After each cut the tool stays with the node that answered, so each comes
    // with a connection of its own.
    for number in 0..uses {
        let urls = through(&[proxy.address.port(), world.cluster.port(2), world.cluster.port(3)]);
        let first = world.service(&urls, 1).await;
        told.add(use_it(&first, &codes.hot, uses + number..uses + number + 1).await);
        first.db().close().await;
    }
    assert_eq!(told.accepted.len() as u64, 2 * uses);
    assert_eq!(world.check_books(&told), told.accepted.len());
    let operations = "SELECT count(*), sum(changed) FROM invite_operations WHERE command = 'use'";
    assert_eq!(world.ask_all(operations), format!("{0}\t{0}", 2 * uses));
    let (before, after) = proxy.lost();
    assert!(before > 1 && after > 1, "{before} and {after} COMMITs were cut");
    soak::tell(&format!(
        "Galera: {} uses through a proxy that cut {before} COMMITs before the node and {after} after: 0 lost, \
         0 doubled",
        2 * uses
    ));
}
