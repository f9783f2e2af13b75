//! Revoking named invites.

use invite::Reason;
use invite::invites::generate::Terms;
use invite::invites::revoke::{RevokeSummary, Selection};
use invite::model::invite::Status;
use uuid::Uuid;

use crate::fixture::{Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;
use crate::helpers::recorder::Recorder;

every_engine! {
    named_open_invites_are_revoked_in_one_operation,
    invalid_invites_are_reported_and_unchanged,
    unknown_invite_fails_and_others_are_revoked,
    invite_named_twice_is_revoked_once,
    invalid_invite_named_twice_counts_once,
    revoke_refuses_used_director_code,
    invite_used_up_after_plan_is_reported_used_up,
    invite_deleted_after_plan_does_not_stop_others,
    backfill_replaces_revoked_standing_code,
    replaced_code_can_be_revoked_during_grace,
    revoke_that_loses_to_last_use_reports_used_up,
}

/// Plans a revocation, runs a function, then applies the plan.
async fn apply_after(
    fixture: &Fixture,
    ids: &[Uuid],
    meanwhile: impl AsyncFnOnce(&Fixture),
) -> (RevokeSummary, Recorder<invite::model::invite::Invite>) {
    let named = Selection::Named(ids.iter().copied().map(by_id).collect());
    let plan = fixture.service.plan_revoke(&operator(), named).await.unwrap();
    assert_eq!(plan.total, ids.len() as u64);
    meanwhile(fixture).await;
    let mut recorder = Recorder::new();
    let summary = fixture.service.revoke(&operator(), plan, &mut recorder).await.unwrap();
    (summary, recorder)
}

async fn named_open_invites_are_revoked_in_one_operation(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "box").await;
    let starts_at = Some(fixture.now + hours(5));
    let active = create_one(service, "box", Terms::new()).await;
    let scheduled = create_one(service, "box", Terms::new().starts_at(starts_at)).await;
    let other = create_one(service, "box", Terms::new()).await;
    let later = fixture.later(hours(1));
    let named = vec![code_of(&active), by_id(scheduled.invite.id)];
    let plan = later.plan_revoke(&operator(), Selection::Named(named)).await.unwrap();
    assert_eq!(
        (plan.total, previewed(&fixture.service, &plan).await, plan.already_closed.len(), plan.failures.len()),
        (2, 2, 0, 0)
    );
    let mut recorder = Recorder::new();
    let summary = later.revoke(&operator(), plan, &mut recorder).await.unwrap();
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: 2));
    assert_eq!(recorder.done, [active.invite.id, scheduled.invite.id]);
    assert_eq!((recorder.expected, recorder.advanced), (Some(2), 2));
    for id in recorder.done {
        let invite = reload(&later, id).await;
        assert_eq!((invite.status(later.now()), invite.closed.unwrap().at), (Status::Revoked, later.now()));
    }
    assert_eq!(refused(try_redeem(&later, &code_of(&active), "ann").await), [Reason::Revoked]);
    join(&later, &code_of(&other), "ann").await;
    let mut raw = fixture.raw().await;
    assert_eq!(operations_of(&mut raw, "revoke").await, [2]);
    assert_eq!(raw.count("invite_operations WHERE finished_at IS NULL").await, 0);
    raw.check_integrity().await;
}

async fn invalid_invites_are_reported_and_unchanged(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "space", "club").await;
    space(service, "container", "box").await;
    let replaced = create_one(service, "club", Terms::new()).await;
    regenerate_code(service, "club", None).await.unwrap();
    let expired = create_one(service, "box", terms_expiring_in(1)).await;
    let used_up = create_one(service, "box", terms_with_limit(1)).await;
    join(service, &code_of(&used_up), "ann").await;
    let revoked = create_one(service, "box", Terms::new()).await;
    revoke_references(service, vec![code_of(&revoked)]).await;

    let later = fixture.later(hours(1));
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let named = [&replaced, &expired, &used_up, &revoked].map(code_of).to_vec();
    let plan = later.plan_revoke(&operator(), Selection::Named(named)).await.unwrap();
    let found: Vec<_> = plan.already_closed.iter().map(|invalid| (invalid.invite.id, invalid.status)).collect();
    let expected = [
        (replaced.invite.id, Status::Replaced),
        (expired.invite.id, Status::Expired),
        (used_up.invite.id, Status::UsedUp),
        (revoked.invite.id, Status::Revoked),
    ];
    assert_eq!(found, expected);
    assert_eq!(plan.total, 0);
    let summary = later.revoke(&operator(), plan, &mut Recorder::new()).await.unwrap();
    assert_eq!(summary, with!(RevokeSummary::default(); already_closed: 4));
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn unknown_invite_fails_and_others_are_revoked(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let known = create_one(&fixture.service, "box", Terms::new()).await;
    let named = vec![code("NOSUCHCODE"), code_of(&known), by_id(Uuid::from_u128(7))];
    let plan = fixture.service.plan_revoke(&operator(), Selection::Named(named)).await.unwrap();
    let failures: Vec<_> = plan.failures.iter().map(|failure| (failure.line, failure.reason())).collect();
    assert_eq!(failures, [(Some(1), Reason::NotFound), (Some(3), Reason::NotFound)]);
    // The text may be a code of another system, so it is not repeated.
    assert!(plan.failures.iter().all(|failure| !format!("{failure:?}").contains("NOSUCHCODE")));
    let summary = fixture.service.revoke(&operator(), plan, &mut Recorder::new()).await.unwrap();
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: 1, failed: 2));
    fixture.raw().await.check_integrity().await;
}

async fn invite_named_twice_is_revoked_once(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let issued = create_one(&fixture.service, "box", Terms::new()).await;
    let twice = vec![code_of(&issued), by_id(issued.invite.id)];
    let (summary, recorder) = revoke_references(&fixture.service, twice).await;
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: 1));
    assert_eq!(recorder.done, [issued.invite.id]);
    assert_eq!(operations_of(&mut fixture.raw().await, "revoke").await, [1]);
}

async fn invalid_invite_named_twice_counts_once(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    space(&fixture.service, "director", "film").await;
    let invalid = create_one(&fixture.service, "box", Terms::new()).await;
    revoke_references(&fixture.service, vec![code_of(&invalid)]).await;
    let used = create_one(&fixture.service, "film", Terms::new()).await;
    join(&fixture.service, &code_of(&used), "ann").await;
    let twice = [&invalid, &used].into_iter().flat_map(|one| [code_of(one), by_id(one.invite.id)]).collect();
    let (summary, _) = revoke_references(&fixture.service, twice).await;
    assert_eq!(summary, with!(RevokeSummary::default(); already_closed: 1, failed: 1));
}

async fn revoke_refuses_used_director_code(fixture: Fixture) {
    space(&fixture.service, "director", "film").await;
    let used = create_one(&fixture.service, "film", Terms::new()).await;
    let unused = create_one(&fixture.service, "film", Terms::new()).await;
    join(&fixture.service, &code_of(&used), "ann").await;
    let plan = fixture
        .service
        .plan_revoke(&operator(), Selection::Named(vec![code_of(&used), code_of(&unused)]))
        .await
        .unwrap();
    assert_eq!(plan.failures.len(), 1);
    assert_eq!((plan.failures[0].reason(), plan.failures[0].line), (Reason::UsedCannotRevoke, Some(1)));
    let summary = fixture.service.revoke(&operator(), plan, &mut Recorder::new()).await.unwrap();
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: 1, failed: 1));
    assert_eq!(reload(&fixture.service, used.invite.id).await.status(fixture.now), Status::UsedUp);
    fixture.raw().await.check_integrity().await;
}

async fn invite_used_up_after_plan_is_reported_used_up(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    space(&fixture.service, "director", "film").await;
    let boxed = create_one(&fixture.service, "box", terms_with_limit(1)).await;
    let used = create_one(&fixture.service, "film", Terms::new()).await;
    let ids = [boxed.invite.id, used.invite.id];
    let (summary, recorder) = apply_after(&fixture, &ids, async |fixture| {
        join(&fixture.service, &code_of(&boxed), "ann").await;
        join(&fixture.service, &code_of(&used), "ann").await;
    })
    .await;
    assert_eq!(summary, with!(RevokeSummary::default(); already_closed: 1, failed: 1));
    for id in ids {
        assert_eq!(reload(&fixture.service, id).await.status(fixture.now), Status::UsedUp);
    }
    let mut raw = fixture.raw().await;
    assert_eq!(operations_of(&mut raw, "revoke").await, [0_i64; 0]);
    raw.check_integrity().await;
    // The policy keeps used codes, and the other invite is used up.
    let reasons: Vec<_> = recorder.failures.iter().map(invite::batch::Failure::reason).collect();
    assert_eq!(reasons, [Reason::UsedCannotRevoke]);
}

async fn invite_deleted_after_plan_does_not_stop_others(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let made = create(&fixture.service, "box", 3, Terms::new()).await.unwrap();
    let ids: Vec<Uuid> = made.iter().map(|issued| issued.invite.id).collect();
    let (summary, recorder) = apply_after(&fixture, &ids, async |fixture| {
        fixture.raw().await.run(format!("DELETE FROM invites WHERE id = '{}'", ids[0])).await;
    })
    .await;
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: 2, failed: 1));
    assert_eq!(recorder.done, ids[1..]);
    assert_eq!(recorder.failures[0].reason(), Reason::NotFound);
    fixture.raw().await.check_integrity().await;
}

async fn backfill_replaces_revoked_standing_code(fixture: Fixture) {
    space(&fixture.service, "space", "club").await;
    let (_, first) = run_backfill(&fixture.service, &backfill_all()).await;
    let old = first.done[0].1.clone().unwrap();
    assert_eq!(run_backfill(&fixture.service, &backfill_all()).await.0.added, 0);
    revoke_references(&fixture.service, vec![code(&old)]).await;
    let (summary, second) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!(summary.added, 1);
    let new = second.done[0].1.clone().unwrap();
    assert_ne!(new, old);
    assert_eq!(refused(try_redeem(&fixture.service, &code(&old), "ann").await), [Reason::Revoked]);
    join(&fixture.service, &code(&new), "ann").await;
    fixture.raw().await.check_integrity().await;
}

async fn replaced_code_can_be_revoked_during_grace(fixture: Fixture) {
    space(&fixture.service, "space", "club").await;
    let old = create_one(&fixture.service, "club", Terms::new()).await;
    let new = regenerate_code(&fixture.service, "club", Some(hours(24))).await.unwrap().issued;
    let (summary, _) = revoke_references(&fixture.service, vec![code_of(&old)]).await;
    assert_eq!(summary.revoked, 1);
    assert_eq!(refused(try_redeem(&fixture.service, &code_of(&old), "ann").await), [Reason::Revoked]);
    join(&fixture.service, &code_of(&new), "ann").await;
    fixture.raw().await.check_integrity().await;
}

/// The outcome is the same before the run and during it.
async fn revoke_that_loses_to_last_use_reports_used_up(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    for (space, revoked, invalid, failed) in [("c", 0, 1, 0), ("d", 0, 0, 1)] {
        let issued =
            create_one(&fixture.service, space, if space == "c" { terms_with_limit(1) } else { Terms::new() }).await;
        let named = || Selection::Named(vec![code_of(&issued)]);
        let plan = fixture.service.plan_revoke(&operator(), named()).await.unwrap();
        assert_eq!(plan.total, 1);
        join(&fixture.service, &code_of(&issued), "ann").await;
        let mut recorder = Recorder::new();
        let summary = fixture.service.revoke(&operator(), plan, &mut recorder).await.unwrap();
        assert_eq!((summary.revoked, summary.already_closed, summary.failed), (revoked, invalid, failed));
        let (later, after) = revoke_references(&fixture.service, vec![code_of(&issued)]).await;
        assert_eq!((later.revoked, later.already_closed, later.failed), (revoked, invalid, failed));
        let reasons = |failures: &[invite::batch::Failure]| -> Vec<(Option<u64>, Reason)> {
            failures.iter().map(|failure| (failure.line, failure.reason())).collect()
        };
        let planned = fixture.service.plan_revoke(&operator(), named()).await.unwrap();
        assert_eq!(reasons(&recorder.failures), reasons(&planned.failures));
        assert!(after.done.is_empty());
    }
}
