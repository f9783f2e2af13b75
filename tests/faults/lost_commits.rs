//! The connection breaks before or after the server receives a COMMIT: each use is stored once and
//! reported as accepted.

use std::net::SocketAddr;

use invite::batch::{Failure, Observer};
use invite::invites::Issued;
use invite::invites::generate::GenerateRequest;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::members::{AddMember, User};
use invite::spaces::Space;
use servers::{Kind, Server};

use crate::load::{actor, fill, import, make_codes, migrated, service};
use crate::proxy::Proxy;
use crate::{consistency, load, soak};

every_server! {
    uses_with_lost_commits_count_once,
    batches_with_lost_commits_count_once,
    attempts_are_refunded_once_despite_lost_commits,
}

/// One of this many COMMITs is interrupted.
const EVERY: u64 = 3;

fn through(server: &Server, url: &str, proxy: SocketAddr) -> String {
    // Unencrypted, so that the proxy can read the statements.
    let plain = if server.kind() == Kind::Postgres { "sslmode=disable" } else { "ssl-mode=DISABLED" };
    format!("{}?{plain}", url.replace(&format!(":{}", server.port()), &format!(":{}", proxy.port())))
}

async fn uses_with_lost_commits_count_once(kind: Kind) {
    let server = servers::shared(kind);
    let database = server.create_database();
    migrated(&database.url()).await;
    let direct = service(&database.url(), 1, 1).await;
    let codes = make_codes(&direct, 1_000_000, 1).await;
    let proxy = Proxy::in_front_of(SocketAddr::from(([127, 0, 0, 1], server.port())), EVERY).await;
    let cut = service(&through(server, &database.url(), proxy.address), 1, 2).await;
    let mut outcomes = load::Outcomes::default();
    for number in 0..soak::rounds(20) * 3 {
        let request = RedeemRequest::new(codes.hot.clone(), format!("u{number}"));
        let Redemption::Accepted(joined) = cut.redeem(&actor(), &request).await.unwrap() else {
            panic!("the use of u{number} was refused")
        };
        assert!(!joined.repeated, "u{number} redeemed once");
        outcomes.accepted.push((joined.invite.id.to_string(), joined.user_id));
    }
    let uses = outcomes.accepted.len();
    assert_eq!(consistency::check(&outcomes, |query| database.admin(query)), uses);
    let (before, after) = proxy.lost();
    assert!(before > 0 && after > 0, "{before} and {after} COMMITs were cut");
    assert_eq!(database.admin("SELECT count(*) FROM invite_operations WHERE command = 'use'").trim(), uses.to_string());
    soak::report(&format!(
        "{kind:?}: {uses} uses through a proxy that cut {before} COMMITs before the server and {after} after: \
         {uses} rows, 0 lost, 0 doubled"
    ));
}

/// A run of many transactions in one operation.
async fn batches_with_lost_commits_count_once(kind: Kind) {
    let server = servers::shared(kind);
    let database = server.create_database();
    migrated(&database.url()).await;
    let proxy = Proxy::in_front_of(SocketAddr::from(([127, 0, 0, 1], server.port())), 2).await;
    let cut = service(&through(server, &database.url(), proxy.address), 1, 2).await;
    import(&cut, 35_000).await;
    assert_eq!(fill(&cut).await, 35_000);
    let counts = "SELECT command, changed FROM invite_operations ORDER BY id";
    let counts: Vec<String> = database.admin(counts).lines().map(|line| line.replace(['|', '\t'], " ")).collect();
    assert_eq!(counts, ["space import 35000", "backfill 35000"]);
    assert_eq!(database.admin("SELECT count(DISTINCT slot) FROM invites").trim(), "35000");
    let (before, after) = proxy.lost();
    assert!(before > 0 && after > 0, "{before} and {after} COMMITs were cut");
}

/// Requests a stop after the first item.
#[derive(Default)]
struct Stopper(bool);

impl Observer<Issued> for Stopper {
    fn done(&mut self, _item: &Issued) {
        self.0 = true;
    }

    fn failed(&mut self, failure: &Failure) {
        panic!("{}: {}", failure.subject, failure.message());
    }

    fn stop_requested(&self) -> bool {
        self.0
    }
}

/// Requests of two batches that stop after the first one: the attempts of the second are refunded
/// once, whichever commit is interrupted.
async fn attempts_are_refunded_once_despite_lost_commits(kind: Kind) {
    const LIMITED: &str = "[policy.container]\nlimit_create = 50000\n";
    let server = servers::shared(kind);
    let database = server.create_database();
    migrated(&database.url()).await;
    let direct = service(&database.url(), 1, 1).await;
    let space = Space::new("c", "container", "c");
    direct.add_space(&actor(), &space).await.unwrap();
    let proxy = Proxy::in_front_of(SocketAddr::from(([127, 0, 0, 1], server.port())), EVERY).await;
    let cut = load::service_with(&through(server, &database.url(), proxy.address), 1, 2, LIMITED).await;
    for number in 0..4 {
        let user = User::new(format!("u{number}"));
        let acting = actor().user(user.id.clone());
        let member = AddMember::new("c", user).role("admin");
        direct.add_member(&actor(), &member).await.unwrap();
        let request = GenerateRequest::new("c", 20_001);
        let summary = cut.generate(&acting, &request, &mut Stopper::default()).await.unwrap();
        assert_eq!((summary.created, summary.interrupted), (10_000, true));
        let hits = format!("SELECT hits FROM invite_limits WHERE bucket = 'create:container:u{number}'");
        assert_eq!(database.admin(&hits).trim(), "10000", "u{number}");
    }
    let (before, after) = proxy.lost();
    assert!(before > 0 && after > 0, "{before} and {after} COMMITs were cut");
}
