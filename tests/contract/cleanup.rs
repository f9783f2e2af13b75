//! Cleanup closes what is dead already, and nothing else.

use std::time::Duration;

use invite::invites::cleanup::{CleanupRequest, CleanupSummary, cleanup, plan_cleanup};
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::model::invite::{ClosedReason, Status};

use crate::fixture::{Engine, Fixture, hours, operator};
use crate::recorder::Sweeper;
use crate::steps::*;
use crate::steps_c::*;

every_engine! {
    cleanup_closes_each_invalid_invite_with_its_reason,
    second_cleanup_changes_nothing,
    cleanup_plan_changes_nothing,
    cleanup_keeps_expiry_of_closed_invite,
    cleanup_closes_invite_at_its_expiry_not_before,
    cleanup_spares_invite_extended_after_plan,
    cleanup_result_is_equal_for_every_batch_size,
    cleanup_ignores_replaced_code_during_and_after_grace,
    cleanup_of_invitation_frees_its_address,
    cleanup_out_of_time_stops_and_next_run_continues,
    stopped_cleanup_keeps_batches_and_next_run_finishes,
    cleanup_plan_predicts_run,
}

async fn cleanup_closes_each_invalid_invite_with_its_reason(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "box").await;
    let expired = one(service, "box", lasting(1)).await.invite.id;
    let used_up = one(service, "box", times(1)).await.invite.id;
    let both = one(service, "box", lasting_and_times(1, 1)).await.invite.id;
    let revoked = one(service, "box", lasting(1)).await.invite.id;
    let starts_at = Some(fixture.now + hours(5));
    let live = [
        one(service, "box", Terms::default()).await.invite.id,
        one(service, "box", lasting(3)).await.invite.id,
        one(service, "box", Terms { starts_at, ..Terms::default() }).await.invite.id,
    ];
    let mut raw = fixture.raw().await;
    use_up_behind_the_back(&mut raw, used_up).await;
    use_up_behind_the_back(&mut raw, both).await;
    revoke_these(service, vec![by_id(revoked)]).await;

    let later = fixture.later(hours(2));
    let summary = clean(&later, &closing()).await;
    assert_eq!(summary, CleanupSummary { expired: 1, used_up: 2, ..CleanupSummary::default() });
    for (id, reason, at) in [
        (expired, ClosedReason::Expired, later.now()),
        (used_up, ClosedReason::UsedUp, later.now()),
        // The last use came before the end, for a use counts only in life.
        (both, ClosedReason::UsedUp, later.now()),
        (revoked, ClosedReason::Revoked, fixture.now),
    ] {
        let closed = reload(&later, id).await.closed.unwrap();
        assert_eq!((closed.reason, closed.at), (reason, at));
    }
    for id in live {
        let invite = reload(&later, id).await;
        assert!(invite.closed.is_none() && invite.status(later.now()).is_open());
    }
    assert_eq!(operations_of(&mut raw, "cleanup").await, [3]);
    raw.check_integrity().await;
}

async fn second_cleanup_changes_nothing(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    make(&fixture.service, "box", 3, lasting(1)).await.unwrap();
    let later = fixture.later(hours(2));
    assert_eq!(clean(&later, &closing()).await.expired, 3);
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let summary = clean(&fixture.later(hours(3)), &closing()).await;
    assert_eq!(summary, CleanupSummary::default());
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn cleanup_plan_changes_nothing(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    make(&fixture.service, "box", 3, lasting(1)).await.unwrap();
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let plan = plan_cleanup(&fixture.later(hours(2)), &closing()).await.unwrap();
    assert_eq!((plan.expired(), plan.used_up(), plan.purgeable()), (3, 0, 0));
    assert_eq!(raw.dump().await, before);
}

async fn cleanup_keeps_expiry_of_closed_invite(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let id = one(&fixture.service, "box", lasting(1)).await.invite.id;
    let later = fixture.later(hours(2));
    clean(&later, &closing()).await;
    let invite = reload(&later, id).await;
    assert_eq!(invite.expires_at, Some(fixture.now + hours(1)));
    assert_eq!(invite.status(later.now()), Status::Expired);
}

async fn cleanup_closes_invite_at_its_expiry_not_before(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    one(&fixture.service, "box", lasting(1)).await;
    let end = fixture.now + hours(1);
    assert_eq!(clean(&fixture.at(just_before(end)), &closing()).await.expired, 0);
    assert_eq!(clean(&fixture.at(end), &closing()).await.expired, 1);
}

async fn cleanup_spares_invite_extended_after_plan(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let made = make(&fixture.service, "box", 3, lasting(1)).await.unwrap();
    let later = fixture.later(hours(2));
    let plan = plan_cleanup(&later, &closing()).await.unwrap();
    assert_eq!(plan.expired(), 3);
    let kept = made[1].invite.id;
    prolong(&later, kept, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap();
    assert_eq!(apply(&later, &closing(), plan).await.expired, 2);
    let invite = reload(&later, kept).await;
    assert!(invite.closed.is_none());
    assert_eq!(invite.status(later.now()), Status::Active);
    join(&later, &code_of(&made[1]), "ann").await;
    fixture.raw().await.check_integrity().await;
}

async fn cleanup_result_is_equal_for_every_batch_size(engine: Engine) {
    for size in [1, 3, 50_000] {
        let fixture = Fixture::new(engine).await;
        let service = &fixture.service;
        space(service, "container", "box").await;
        for _ in 0..7 {
            one(service, "box", lasting(1)).await;
            one(service, "box", lasting(9)).await;
        }
        let later = fixture.later(hours(2));
        let request = CleanupRequest { batch_size: Some(size), ..closing() };
        let plan = plan_cleanup(&later, &request).await.unwrap();
        let mut sweeper = Sweeper::default();
        let summary = cleanup(&later, &operator(), &request, plan, &mut sweeper).await.unwrap();
        assert_eq!(summary, CleanupSummary { expired: 7, ..CleanupSummary::default() });
        assert_eq!((sweeper.expected, sweeper.advanced), (7, 7));
        let mut raw = fixture.raw().await;
        assert_eq!(raw.count("invites WHERE closed_reason = 'expired'").await, 7);
        assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 7);
        // However many transactions it took, it was one run.
        assert_eq!(operations_of(&mut raw, "cleanup").await, [7]);
        raw.check_integrity().await;
    }
}

async fn cleanup_ignores_replaced_code_during_and_after_grace(fixture: Fixture) {
    space(&fixture.service, "space", "club").await;
    fill(&fixture.service, &everywhere()).await;
    renew(&fixture.service, "club", Some(hours(24))).await.unwrap();
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    for span in [1, 24, 48] {
        assert_eq!(clean(&fixture.later(hours(span)), &closing()).await, CleanupSummary::default());
    }
    assert_eq!(raw.dump().await, before);
}

async fn cleanup_of_invitation_frees_its_address(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let id =
        one(&fixture.service, "oak", Terms { email: Some("ann@example.org".into()), ..lasting(1) }).await.invite.id;
    let mut raw = fixture.raw().await;
    assert_eq!(slot_of(&mut raw, id).await.as_deref(), Some("email:oak:ann@example.org"));
    let later = fixture.later(hours(2));
    clean(&later, &closing()).await;
    assert_eq!(slot_of(&mut raw, id).await, None);
    one(&later, "oak", to("ann@example.org")).await;
    raw.check_integrity().await;
}

async fn cleanup_out_of_time_stops_and_next_run_continues(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let later = fixture.later(hours(2));
    let hurried = CleanupRequest { max_duration: Some(Duration::ZERO), ..closing() };
    // With nothing to do there is nothing that it did not get to.
    assert_eq!(clean(&later, &hurried).await, CleanupSummary::default());

    make(&fixture.service, "box", 5, lasting(1)).await.unwrap();
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let summary = clean(&later, &hurried).await;
    assert_eq!(summary, CleanupSummary { timed_out: true, ..CleanupSummary::default() });
    assert_eq!(raw.dump().await, before);
    assert_eq!(clean(&later, &closing()).await.expired, 5);
    raw.check_integrity().await;
}

async fn stopped_cleanup_keeps_batches_and_next_run_finishes(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    make(&fixture.service, "box", 5, lasting(1)).await.unwrap();
    let later = fixture.later(hours(2));
    let request = CleanupRequest { batch_size: Some(2), ..closing() };
    let plan = plan_cleanup(&later, &request).await.unwrap();
    let mut sweeper = Sweeper { stop_after: Some(1), ..Sweeper::default() };
    let summary = cleanup(&later, &operator(), &request, plan, &mut sweeper).await.unwrap();
    assert_eq!(summary, CleanupSummary { expired: 2, interrupted: true, ..CleanupSummary::default() });
    assert_eq!(clean(&later, &request).await.expired, 3);
    let mut raw = fixture.raw().await;
    let mut changed = operations_of(&mut raw, "cleanup").await;
    changed.sort_unstable();
    assert_eq!(changed, [2, 3]);
    assert_eq!(raw.count("invite_operations WHERE finished_at IS NULL").await, 0);
    raw.check_integrity().await;
}

async fn cleanup_plan_predicts_run(fixture: Fixture) {
    let Fixture { service, .. } = &fixture;
    space(service, "container", "box").await;
    make(service, "box", 4, lasting(1)).await.unwrap();
    let used_up = one(service, "box", times(1)).await.invite.id;
    use_up_behind_the_back(&mut fixture.raw().await, used_up).await;
    let old: Vec<_> = make(service, "box", 2, Terms::default()).await.unwrap();
    revoke_these(service, old.iter().map(code_of).collect()).await;
    let later = fixture.later(hours(30));
    let request = CleanupRequest { purge_after: Some(hours(24)), ..closing() };
    let plan = plan_cleanup(&later, &request).await.unwrap();
    let summary = apply(&later, &request, plan).await;
    assert_eq!((plan.expired(), plan.used_up(), plan.purgeable()), (4, 1, 2));
    assert_eq!((summary.expired, summary.used_up, summary.purged), (4, 1, 2));
    fixture.raw().await.check_integrity().await;
}
