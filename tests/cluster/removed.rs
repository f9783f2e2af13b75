//! Removal of spaces on one node while their invites are created and used on the others.
//!
//! Locks are local to a node: an invite that another node creates concurrently may be committed
//! after the removal and stay open. It must still be invalid on every node.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use invite::Reason;
use invite::Service;
use invite::invites::Issued;
use invite::invites::cleanup::{CleanupObserver, CleanupRequest};
use invite::invites::generate::Terms;
use invite::invites::list::Filter;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::invites::validate::ValidateRequest;
use invite::model::invite::Status;
use invite::model::reference::Reference;
use invite::spaces::Space;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, close, exclusive};
use crate::load::actor;
use crate::soak;

/// Number of removed spaces.
const ROUNDS: u64 = 150;

/// Maximum number of invites per space and process, because a removal gets no lock while the others
/// never pause.
const AT_MOST: usize = 3;

/// Open invites of removed spaces.
const STRAYS: &str = "SELECT count(*) FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id \
     WHERE s.removed_at IS NOT NULL AND i.closed_at IS NULL";

/// Creates invites of a space until it is removed, and returns them.
async fn create_until_removed(service: Arc<Service>, space: String, start: Arc<Barrier>) -> Vec<Issued> {
    start.wait().await;
    let mut made = Vec::new();
    while made.len() < AT_MOST {
        match service.generate_one(&actor(), &space, Terms::new()).await {
            Ok(issued) => made.push(issued),
            Err(failure) => {
                assert_eq!(failure.reason(), Reason::NotFound, "{failure:?}");
                break;
            }
        }
    }
    made
}

async fn add(service: &Service, policy: &str, id: &str) {
    let space = Space::new(id, policy, id);
    service.add_space(&actor(), &space).await.unwrap();
}

/// Removes a space on one node while the others create its invites. Returns the invites and the
/// number of those that were used.
async fn round(services: &[Arc<Service>], number: u64) -> (Vec<Issued>, usize) {
    let space = format!("c{number:03}");
    let (remover, others) = services.split_first().unwrap();
    add(remover, "container", &space).await;
    let start = Arc::new(Barrier::new(services.len()));
    let mut tasks = JoinSet::new();
    for service in others {
        tasks.spawn(create_until_removed(Arc::clone(service), space.clone(), Arc::clone(&start)));
    }
    start.wait().await;
    remover.remove_space(&actor(), &space).await.unwrap();
    let made: Vec<Issued> = tasks.join_all().await.into_iter().flatten().collect();
    let mut joined = 0;
    for (issued, service) in made.iter().zip(services.iter().cycle()) {
        joined += usize::from(joins(service, issued).await);
    }
    (made, joined)
}

fn reference(issued: &Issued) -> Reference {
    Reference::parse(issued.code.reveal()).unwrap()
}

/// True if a user redeems an invite; otherwise it must be revoked.
async fn joins(service: &Service, issued: &Issued) -> bool {
    let request = RedeemRequest::new(reference(issued), "eve");
    match service.redeem(&actor(), &request).await.unwrap() {
        Redemption::Accepted(_) => true,
        Redemption::Refused(_, denials) => {
            let reasons: Vec<Reason> = denials.iter().map(invite::Denial::reason).collect();
            assert_eq!(reasons, [Reason::Revoked]);
            false
        }
    }
}

/// An observer that never requests a stop.
struct Silent;

impl CleanupObserver for Silent {}

/// Closes the open invites of removed spaces on a node, and returns their number.
async fn clean(service: &Service) -> u64 {
    let request = CleanupRequest::new();
    let plan = service.plan_cleanup(&request).await.unwrap();
    service.cleanup(&actor(), &request, plan, &mut Silent).await.unwrap().revoked
}

/// Returns the number of active invites on a node.
async fn active(service: &Service) -> u64 {
    let filter = Filter::new().statuses([Status::Active]);
    service.count_invites(&actor(), &filter, service.now()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn invite_created_during_removal_on_other_node_is_revoked() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let services = fixture.services(3, 2).await;
    let rounds = soak::rounds(ROUNDS);
    let (mut made, mut joined) = (Vec::new(), 0);
    for number in 0..rounds {
        let (of_round, used) = round(&services, number).await;
        made.extend(of_round);
        joined += used;
    }
    assert_eq!(joined, 0, "a user joined a space after its removal was acknowledged");
    assert_eq!(fixture.ask_all("SELECT count(*) FROM invite_uses"), "0");
    let strays: u64 = fixture.ask_all(STRAYS).parse().unwrap();
    for service in &services {
        assert_eq!(active(service).await, 0);
        for issued in &made {
            let seen = service.validate(&actor(), &ValidateRequest::new(reference(issued))).await.unwrap();
            assert_eq!(seen.denials.iter().map(invite::Denial::reason).collect::<Vec<_>>(), [Reason::Revoked]);
        }
    }
    assert_eq!(clean(&services[1]).await, strays);
    assert_eq!(fixture.ask_all(STRAYS), "0");
    let of_cleanup = "SELECT coalesce(sum(changed), 0) FROM invite_operations WHERE command = 'cleanup'";
    assert_eq!(fixture.ask_all(of_cleanup), strays.to_string());
    soak::report(&format!(
        "Galera: {} invites created while {rounds} spaces were removed on another node: {strays} committed after \
         the removal, 0 of them valid",
        made.len()
    ));
    close(services).await;
}

/// Uses an invite until it is refused, and returns the number of accepted uses.
async fn use_until_refused(service: Arc<Service>, invite: Reference, worker: usize, removed: Arc<AtomicBool>) -> u64 {
    let mut used = 0;
    loop {
        let late = removed.load(Ordering::SeqCst);
        let request = RedeemRequest::new(invite.clone(), format!("w{worker}-{used}"));
        match service.redeem(&actor(), &request).await.unwrap() {
            Redemption::Accepted(_) => {
                assert!(!late, "a use was accepted that began after the removal was acknowledged");
                used += 1;
            }
            Redemption::Refused(_, denials) => {
                let reasons: Vec<Reason> = denials.iter().map(invite::Denial::reason).collect();
                assert_eq!(reasons, [Reason::Revoked]);
                return used;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn use_after_removal_on_other_node_is_refused() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let services = fixture.services(3, 2).await;
    let (rounds, mut outcomes) = (soak::rounds(ROUNDS) / 5, 0);
    for number in 0..rounds {
        let space = format!("c{number:03}");
        add(&services[0], "container", &space).await;
        let issued = services[0].generate_one(&actor(), &space, Terms::new()).await.unwrap();
        let removed = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for (worker, service) in services.iter().enumerate().skip(1) {
            let removed = Arc::clone(&removed);
            tasks.spawn(use_until_refused(Arc::clone(service), reference(&issued), worker, removed));
        }
        services[0].remove_space(&actor(), &space).await.unwrap();
        removed.store(true, Ordering::SeqCst);
        outcomes += tasks.join_all().await.into_iter().sum::<u64>();
    }
    assert_eq!(fixture.ask_all("SELECT count(*) FROM invite_uses"), outcomes.to_string());
    soak::report(&format!(
        "Galera: {rounds} spaces removed beside uses on 2 other nodes: {outcomes} uses, none too late"
    ));
    close(services).await;
}
