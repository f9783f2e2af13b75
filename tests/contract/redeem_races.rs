//! Concurrent uses of one code from several processes.

use std::sync::Arc;

use invite::Denial;
use invite::Reason;
use invite::Service;
use invite::invites::generate::{Terms, UsageLimit};
use invite::invites::redeem::Redemption;
use invite::model::reference::Reference;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::Fixture;
use crate::helpers::actions::*;

every_engine! {
    threads 8;
    ten_of_64_concurrent_users_redeem_limit_of_10,
    fifty_concurrent_uses_by_one_user_count_once,
    single_use_codes_accept_one_of_three_users,
    concurrent_use_of_two_codes_joins_user_once,
    revoke_during_uses_keeps_counter_consistent,
}

/// Returns two services with their own connections to one database.
async fn both(fixture: &Fixture) -> [Arc<Service>; 2] {
    [Arc::new(fixture.at(fixture.now)), Arc::new(fixture.another_process().await)]
}

/// Runs these uses concurrently, on the two services in turn.
async fn use_concurrently(fixture: &Fixture, uses: Vec<(Reference, String)>) -> Vec<Redemption> {
    let services = both(fixture).await;
    let barrier = Arc::new(Barrier::new(uses.len()));
    let mut tasks = JoinSet::new();
    for (number, (reference, user)) in uses.into_iter().enumerate() {
        let (service, barrier) = (Arc::clone(&services[number % 2]), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            try_redeem(&service, &reference, &user).await
        });
    }
    tasks.join_all().await
}

fn count_in(redemptions: &[Redemption]) -> usize {
    redemptions.iter().filter(|redemption| matches!(redemption, Redemption::Accepted(_))).count()
}

fn assert_rest_used_up(redemptions: Vec<Redemption>) {
    for redemption in redemptions {
        if let Redemption::Refused(_, denials) = redemption {
            assert_eq!(denials.iter().map(Denial::reason).collect::<Vec<_>>(), [Reason::UsedUp]);
        }
    }
}

async fn ten_of_64_concurrent_users_redeem_limit_of_10(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_limit(10)).await);
    let uses = (0..64).map(|number| (reference.clone(), format!("u{number}"))).collect();
    let redemptions = use_concurrently(&fixture, uses).await;
    assert_eq!((redemptions.len(), count_in(&redemptions)), (64, 10));
    assert_rest_used_up(redemptions);
    assert_eq!(raw.count("invite_uses").await, 10);
    assert_eq!(raw.count("invite_members").await, 10);
    assert_eq!(raw.count("invite_operations WHERE command = 'use'").await, 10);
    assert_eq!(raw.count("invites WHERE uses = 10 AND closed_reason = 'used_up'").await, 1);
    raw.check_integrity().await;
}

async fn fifty_concurrent_uses_by_one_user_count_once(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_limit(50)).await);
    let redemptions = use_concurrently(&fixture, vec![(reference, "ann".to_owned()); 50]).await;
    let repeated: Vec<bool> = redemptions.into_iter().map(|redemption| accepted(redemption).repeated).collect();
    assert_eq!(repeated.len(), 50);
    assert_eq!(repeated.iter().filter(|repeated| !**repeated).count(), 1);
    assert_eq!(raw.number("SELECT uses FROM invites").await, 1);
    assert_eq!((raw.count("invite_uses").await, raw.count("invite_members").await), (1, 1));
    raw.check_integrity().await;
}

async fn single_use_codes_accept_one_of_three_users(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    named_space(&fixture.service, "director", "d1", "Ann Lee").await;
    let made = create(&fixture.service, "d1", 40, Terms::new().usage_limit(UsageLimit::Times(1))).await.unwrap();
    let uses = made
        .iter()
        .enumerate()
        .flat_map(|(code, issued)| (0..3).map(move |user| (code_of(issued), format!("u{code}-{user}"))))
        .collect();
    let redemptions = use_concurrently(&fixture, uses).await;
    assert_eq!((redemptions.len(), count_in(&redemptions)), (120, 40));
    assert_rest_used_up(redemptions);
    assert_eq!(raw.count("invites WHERE uses = 1 AND closed_reason = 'used_up'").await, 40);
    assert_eq!((raw.count("invite_uses").await, raw.count("invite_members").await), (40, 40));
    raw.check_integrity().await;
}

async fn concurrent_use_of_two_codes_joins_user_once(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let made = create(&fixture.service, "c1", 20, terms_with_limit(5)).await.unwrap();
    let uses = made.iter().map(|issued| (code_of(issued), "ann".to_owned())).collect();
    let redemptions = use_concurrently(&fixture, uses).await;
    assert_eq!(count_in(&redemptions), 1);
    for redemption in redemptions {
        if let Redemption::Refused(_, denials) = redemption {
            assert_eq!(denials, [Denial::AlreadyMember { role: "member".into() }]);
        }
    }
    // The counters of refused uses were rolled back.
    assert_eq!(raw.number("SELECT sum(uses) FROM invites").await, 1);
    raw.check_integrity().await;
}

async fn revoke_during_uses_keeps_counter_consistent(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_limit(100)).await);
    let other = fixture.another_process().await;
    let uses = (0..40).map(|number| (reference.clone(), format!("u{number}"))).collect();
    let revocation = revoke_references(&other, vec![reference.clone()]);
    let (redemptions, (summary, _)) = tokio::join!(use_concurrently(&fixture, uses), revocation);
    assert_eq!(summary.revoked, 1);
    let counted = usize::try_from(raw.number("SELECT uses FROM invites").await).unwrap();
    assert_eq!(counted, count_in(&redemptions));
    for redemption in redemptions {
        if let Redemption::Refused(_, denials) = redemption {
            assert_eq!(denials, [Denial::Revoked(fixture.now)]);
        }
    }
    raw.check_integrity().await;
}
