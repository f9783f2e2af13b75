//! Cleanup closes only invites that are expired or used up.

use std::time::Duration;

use invite::invites::cleanup::CleanupSummary;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::model::invite::{ClosedReason, Status};

use crate::fixture::{Engine, Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;
use crate::helpers::recorder::Sweeper;

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
    let expired = create_one(service, "box", terms_expiring_in(1)).await.invite.id;
    let used_up = create_one(service, "box", terms_with_limit(1)).await.invite.id;
    let both = create_one(service, "box", terms_expiring_in_with_limit(1, 1)).await.invite.id;
    let revoked = create_one(service, "box", terms_expiring_in(1)).await.invite.id;
    let starts_at = Some(fixture.now + hours(5));
    let live = [
        create_one(service, "box", Terms::new()).await.invite.id,
        create_one(service, "box", terms_expiring_in(3)).await.invite.id,
        create_one(service, "box", Terms::new().starts_at(starts_at)).await.invite.id,
    ];
    let mut raw = fixture.raw().await;
    use_up_externally(&mut raw, used_up).await;
    use_up_externally(&mut raw, both).await;
    revoke_references(service, vec![by_id(revoked)]).await;

    let later = fixture.later(hours(2));
    let summary = run_cleanup(&later, &default_cleanup()).await;
    assert_eq!(summary, with!(CleanupSummary::default(); expired: 1, used_up: 2));
    for (id, reason, at) in [
        (expired, ClosedReason::Expired, later.now()),
        (used_up, ClosedReason::UsedUp, later.now()),
        // The last use preceded the expiry, because expired invites cannot be used.
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
    create(&fixture.service, "box", 3, terms_expiring_in(1)).await.unwrap();
    let later = fixture.later(hours(2));
    assert_eq!(run_cleanup(&later, &default_cleanup()).await.expired, 3);
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let summary = run_cleanup(&fixture.later(hours(3)), &default_cleanup()).await;
    assert_eq!(summary, CleanupSummary::default());
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn cleanup_plan_changes_nothing(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    create(&fixture.service, "box", 3, terms_expiring_in(1)).await.unwrap();
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let plan = fixture.later(hours(2)).plan_cleanup(&default_cleanup()).await.unwrap();
    assert_eq!((plan.expired(), plan.used_up(), plan.purgeable()), (3, 0, 0));
    assert_eq!(raw.dump().await, before);
}

async fn cleanup_keeps_expiry_of_closed_invite(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let id = create_one(&fixture.service, "box", terms_expiring_in(1)).await.invite.id;
    let later = fixture.later(hours(2));
    run_cleanup(&later, &default_cleanup()).await;
    let invite = reload(&later, id).await;
    assert_eq!(invite.expires_at, Some(fixture.now + hours(1)));
    assert_eq!(invite.status(later.now()), Status::Expired);
}

async fn cleanup_closes_invite_at_its_expiry_not_before(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    create_one(&fixture.service, "box", terms_expiring_in(1)).await;
    let end = fixture.now + hours(1);
    assert_eq!(run_cleanup(&fixture.at(just_before(end)), &default_cleanup()).await.expired, 0);
    assert_eq!(run_cleanup(&fixture.at(end), &default_cleanup()).await.expired, 1);
}

async fn cleanup_spares_invite_extended_after_plan(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let made = create(&fixture.service, "box", 3, terms_expiring_in(1)).await.unwrap();
    let later = fixture.later(hours(2));
    let plan = later.plan_cleanup(&default_cleanup()).await.unwrap();
    assert_eq!(plan.expired(), 3);
    let kept = made[1].invite.id;
    extend_invite(&later, kept, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap();
    assert_eq!(apply(&later, &default_cleanup(), plan).await.expired, 2);
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
            create_one(service, "box", terms_expiring_in(1)).await;
            create_one(service, "box", terms_expiring_in(9)).await;
        }
        let later = fixture.later(hours(2));
        let request = default_cleanup().batch_size(size);
        let plan = later.plan_cleanup(&request).await.unwrap();
        let mut sweeper = Sweeper::default();
        let summary = later.cleanup(&operator(), &request, plan, &mut sweeper).await.unwrap();
        assert_eq!(summary, with!(CleanupSummary::default(); expired: 7));
        assert_eq!((sweeper.expected, sweeper.advanced), (7, 7));
        let mut raw = fixture.raw().await;
        assert_eq!(raw.count("invites WHERE closed_reason = 'expired'").await, 7);
        assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 7);
        // One run is one operation, regardless of its number of transactions.
        assert_eq!(operations_of(&mut raw, "cleanup").await, [7]);
        raw.check_integrity().await;
    }
}

async fn cleanup_ignores_replaced_code_during_and_after_grace(fixture: Fixture) {
    space(&fixture.service, "space", "club").await;
    run_backfill(&fixture.service, &backfill_all()).await;
    regenerate_code(&fixture.service, "club", Some(hours(24))).await.unwrap();
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    for span in [1, 24, 48] {
        assert_eq!(run_cleanup(&fixture.later(hours(span)), &default_cleanup()).await, CleanupSummary::default());
    }
    assert_eq!(raw.dump().await, before);
}

async fn cleanup_of_invitation_frees_its_address(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let id = create_one(&fixture.service, "oak", terms_expiring_in(1).email("ann@example.org")).await.invite.id;
    let mut raw = fixture.raw().await;
    assert_eq!(slot_of(&mut raw, id).await.as_deref(), Some("email:oak:ann@example.org"));
    let later = fixture.later(hours(2));
    run_cleanup(&later, &default_cleanup()).await;
    assert_eq!(slot_of(&mut raw, id).await, None);
    create_one(&later, "oak", terms_to("ann@example.org")).await;
    raw.check_integrity().await;
}

async fn cleanup_out_of_time_stops_and_next_run_continues(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let later = fixture.later(hours(2));
    let without_time = default_cleanup().max_duration(Duration::ZERO);
    // Without work, the run is not reported as timed out.
    assert_eq!(run_cleanup(&later, &without_time).await, CleanupSummary::default());

    create(&fixture.service, "box", 5, terms_expiring_in(1)).await.unwrap();
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let summary = run_cleanup(&later, &without_time).await;
    assert_eq!(summary, with!(CleanupSummary::default(); timed_out: true));
    assert_eq!(raw.dump().await, before);
    assert_eq!(run_cleanup(&later, &default_cleanup()).await.expired, 5);
    raw.check_integrity().await;
}

async fn stopped_cleanup_keeps_batches_and_next_run_finishes(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    create(&fixture.service, "box", 5, terms_expiring_in(1)).await.unwrap();
    let later = fixture.later(hours(2));
    let request = default_cleanup().batch_size(2);
    let plan = later.plan_cleanup(&request).await.unwrap();
    let mut sweeper = Sweeper { stop_after: Some(1), ..Sweeper::default() };
    let summary = later.cleanup(&operator(), &request, plan, &mut sweeper).await.unwrap();
    assert_eq!(summary, with!(CleanupSummary::default(); expired: 2, interrupted: true));
    assert_eq!(run_cleanup(&later, &request).await.expired, 3);
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
    create(service, "box", 4, terms_expiring_in(1)).await.unwrap();
    let used_up = create_one(service, "box", terms_with_limit(1)).await.invite.id;
    use_up_externally(&mut fixture.raw().await, used_up).await;
    let old: Vec<_> = create(service, "box", 2, Terms::new()).await.unwrap();
    revoke_references(service, old.iter().map(code_of).collect()).await;
    let later = fixture.later(hours(30));
    let request = default_cleanup().purge_after(hours(24));
    let plan = later.plan_cleanup(&request).await.unwrap();
    let summary = apply(&later, &request, plan).await;
    assert_eq!((plan.expired(), plan.used_up(), plan.purgeable()), (4, 1, 2));
    assert_eq!((summary.expired, summary.used_up, summary.purged), (4, 1, 2));
    fixture.raw().await.check_integrity().await;
}
