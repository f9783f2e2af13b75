//! Changes on one node are immediately visible on another.

use std::sync::Arc;

use invite::Reason;
use invite::Service;
use invite::invites::generate::{GenerateRequest, Terms, UsageLimit};
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::invites::revoke::Selection;
use invite::invites::validate::ValidateRequest;
use invite::model::reference::Reference;
use invite::spaces::Space;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, close, exclusive};
use crate::load::{Collector, actor};
use crate::soak;

/// Number of codes that are created and used on another node.
const CODES: usize = 300;

async fn made(service: &Service) -> Reference {
    let terms = Terms::new().usage_limit(UsageLimit::Times(2));
    let request = GenerateRequest::new("club", 1).terms(terms);
    let mut issued = Collector(Vec::new());
    service.generate(&actor(), &request, &mut issued).await.unwrap();
    Reference::parse(issued.0[0].code.reveal()).unwrap()
}

async fn used(service: &Service, reference: &Reference, user: &str) -> Redemption {
    let request = RedeemRequest::new(reference.clone(), user);
    service.redeem(&actor(), &request).await.unwrap()
}

/// Creates a code on one node, uses it on the second, revokes it on the third, and uses it on the
/// first again.
async fn use_on_each_node([here, there, elsewhere]: [&Service; 3], number: usize) {
    let code = made(here).await;
    let request = ValidateRequest::new(code.clone());
    let looked_at = elsewhere.validate(&actor(), &request).await.unwrap();
    assert!(looked_at.denials.is_empty(), "{number}: {:?}", looked_at.denials);
    let first = used(there, &code, &format!("first-{number}")).await;
    assert!(matches!(first, Redemption::Accepted(_)), "{number}: {first:?}");
    let looked_at = here.validate(&actor(), &request).await.unwrap();
    assert_eq!(looked_at.invite.uses, 1, "{number}");
    let plan = elsewhere.plan_revoke(&actor(), Selection::Named(vec![code.clone()])).await.unwrap();
    let summary = elsewhere.revoke(&actor(), plan, &mut Collector(Vec::new())).await.unwrap();
    assert_eq!((summary.revoked, summary.failed), (1, 0), "{number}");
    match used(here, &code, &format!("second-{number}")).await {
        Redemption::Refused(_, denials) => assert_eq!(denials[0].reason(), Reason::Revoked, "{number}"),
        Redemption::Accepted(_) => panic!("{number}: a revoked code was accepted"),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn new_code_is_valid_on_every_node_immediately() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let services = fixture.services(3, 3).await;
    let club = Space::new("club", "container", "Club");
    services[0].add_space(&actor(), &club).await.unwrap();
    let mut tasks = JoinSet::new();
    for first in 0..3 {
        let order: [Arc<Service>; 3] = [0, 1, 2].map(|turn| Arc::clone(&services[(first + turn) % 3]));
        tasks.spawn(async move {
            for number in (first..CODES).step_by(3) {
                use_on_each_node([&order[0], &order[1], &order[2]], number).await;
            }
        });
    }
    tasks.join_all().await;
    let states = "SELECT status, uses, count(*) FROM invite_overview GROUP BY status, uses";
    assert_eq!(fixture.ask_all(states), format!("revoked\t1\t{CODES}"));
    soak::report(&format!(
        "Galera: {CODES} codes created on one node and immediately used on another: {CODES} accepted"
    ));
    close(services).await;
}
