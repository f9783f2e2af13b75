//! Taking named invites back.

use invite::error::Reason;
use invite::invites::generate::Terms;
use invite::invites::revoke::{RevokeSummary, Selection, plan_revoke, revoke};
use invite::model::invite::Status;
use uuid::Uuid;

use crate::recorder::Recorder;
use crate::steps::*;
use crate::steps_c::*;
use crate::world::{World, hours, operator, worlds};

/// Plans to revoke these, lets something happen, and then applies the plan.
async fn overtaken(
    world: &World,
    ids: &[Uuid],
    meanwhile: impl AsyncFnOnce(&World),
) -> (RevokeSummary, Recorder<invite::model::invite::Invite>) {
    let named = Selection::Named(ids.iter().copied().map(by_id).collect());
    let plan = plan_revoke(&world.service, &operator(), named).await.unwrap();
    assert_eq!(plan.total, ids.len() as u64);
    meanwhile(world).await;
    let mut recorder = Recorder::new();
    let summary = revoke(&world.service, &operator(), plan, &mut recorder).await.unwrap();
    (summary, recorder)
}

#[tokio::test]
async fn live_invites_that_are_named_are_revoked_in_one_operation() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "container", "box").await;
        let starts_at = Some(world.now + hours(5));
        let active = one(service, "box", Terms::default()).await;
        let scheduled = one(service, "box", Terms { starts_at, ..Terms::default() }).await;
        let other = one(service, "box", Terms::default()).await;
        let later = world.later(hours(1));
        let named = vec![code_of(&active), by_id(scheduled.invite.id)];
        let plan = plan_revoke(&later, &operator(), Selection::Named(named)).await.unwrap();
        assert_eq!(
            (plan.total, previewed(&world.service, &plan).await, plan.dead.len(), plan.failures.len()),
            (2, 2, 0, 0)
        );
        let mut recorder = Recorder::new();
        let summary = revoke(&later, &operator(), plan, &mut recorder).await.unwrap();
        assert_eq!(summary, RevokeSummary { revoked: 2, ..RevokeSummary::default() });
        assert_eq!(recorder.done, [active.invite.id, scheduled.invite.id]);
        assert_eq!((recorder.expected, recorder.advanced), (Some(2), 2));
        for id in recorder.done {
            let invite = reload(&later, id).await;
            assert_eq!((invite.status(later.now()), invite.closed.unwrap().at), (Status::Revoked, later.now()));
        }
        assert_eq!(refused(try_redeem(&later, &code_of(&active), "ann").await), [Reason::Revoked]);
        join(&later, &code_of(&other), "ann").await;
        let mut raw = world.raw().await;
        assert_eq!(operations_of(&mut raw, "revoke").await, [2]);
        assert_eq!(raw.count("invite_operations WHERE finished_at IS NULL").await, 0);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn dead_ones_are_reported_as_what_they_are_and_stay_as_they_are() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "space", "club").await;
        space(service, "container", "box").await;
        let replaced = one(service, "club", Terms::default()).await;
        renew(service, "club", None).await.unwrap();
        let expired = one(service, "box", lasting(1)).await;
        let used_up = one(service, "box", times(1)).await;
        join(service, &code_of(&used_up), "ann").await;
        let revoked = one(service, "box", Terms::default()).await;
        revoke_these(service, vec![code_of(&revoked)]).await;

        let later = world.later(hours(1));
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        let named = [&replaced, &expired, &used_up, &revoked].map(code_of).to_vec();
        let plan = plan_revoke(&later, &operator(), Selection::Named(named)).await.unwrap();
        let found: Vec<_> = plan.dead.iter().map(|dead| (dead.invite.id, dead.status)).collect();
        let expected = [
            (replaced.invite.id, Status::Replaced),
            (expired.invite.id, Status::Expired),
            (used_up.invite.id, Status::UsedUp),
            (revoked.invite.id, Status::Revoked),
        ];
        assert_eq!(found, expected);
        assert_eq!(plan.total, 0);
        let summary = revoke(&later, &operator(), plan, &mut Recorder::new()).await.unwrap();
        assert_eq!(summary, RevokeSummary { already_dead: 4, ..RevokeSummary::default() });
        assert_eq!(raw.dump().await, before);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn an_unknown_one_is_a_failure_and_the_others_go_on() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        let known = one(&world.service, "box", Terms::default()).await;
        let named = vec![code("NOSUCHCODE"), code_of(&known), by_id(Uuid::from_u128(7))];
        let plan = plan_revoke(&world.service, &operator(), Selection::Named(named)).await.unwrap();
        let failures: Vec<_> = plan.failures.iter().map(|failure| (failure.line, failure.reason)).collect();
        assert_eq!(failures, [(Some(1), Reason::NotFound), (Some(3), Reason::NotFound)]);
        // What was written may be a code of another system.
        assert!(plan.failures.iter().all(|failure| !format!("{failure:?}").contains("NOSUCHCODE")));
        let summary = revoke(&world.service, &operator(), plan, &mut Recorder::new()).await.unwrap();
        assert_eq!(summary, RevokeSummary { revoked: 1, failed: 2, ..RevokeSummary::default() });
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn an_invite_named_twice_counts_once() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        let issued = one(&world.service, "box", Terms::default()).await;
        let twice = vec![code_of(&issued), by_id(issued.invite.id)];
        let (summary, recorder) = revoke_these(&world.service, twice).await;
        assert_eq!(summary, RevokeSummary { revoked: 1, ..RevokeSummary::default() });
        assert_eq!(recorder.done, [issued.invite.id]);
        assert_eq!(operations_of(&mut world.raw().await, "revoke").await, [1]);
    }
}

#[tokio::test]
async fn a_dead_invite_named_twice_counts_once_too() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        space(&world.service, "director", "film").await;
        let dead = one(&world.service, "box", Terms::default()).await;
        revoke_these(&world.service, vec![code_of(&dead)]).await;
        let used = one(&world.service, "film", Terms::default()).await;
        join(&world.service, &code_of(&used), "ann").await;
        let twice = [&dead, &used].into_iter().flat_map(|one| [code_of(one), by_id(one.invite.id)]).collect();
        let (summary, _) = revoke_these(&world.service, twice).await;
        assert_eq!(summary, RevokeSummary { already_dead: 1, failed: 1, ..RevokeSummary::default() });
    }
}

#[tokio::test]
async fn a_used_code_of_a_director_cannot_be_revoked() {
    for world in worlds().await {
        space(&world.service, "director", "film").await;
        let used = one(&world.service, "film", Terms::default()).await;
        let unused = one(&world.service, "film", Terms::default()).await;
        join(&world.service, &code_of(&used), "ann").await;
        let plan = plan_revoke(&world.service, &operator(), Selection::Named(vec![code_of(&used), code_of(&unused)]))
            .await
            .unwrap();
        assert_eq!(plan.failures.len(), 1);
        assert_eq!((plan.failures[0].reason, plan.failures[0].line), (Reason::UsedCannotRevoke, Some(1)));
        let summary = revoke(&world.service, &operator(), plan, &mut Recorder::new()).await.unwrap();
        assert_eq!(summary, RevokeSummary { revoked: 1, failed: 1, ..RevokeSummary::default() });
        assert_eq!(reload(&world.service, used.invite.id).await.status(world.now), Status::UsedUp);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn one_that_is_used_up_between_plan_and_apply_is_reported_as_if_planned_later() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        space(&world.service, "director", "film").await;
        let boxed = one(&world.service, "box", times(1)).await;
        let filmed = one(&world.service, "film", Terms::default()).await;
        let ids = [boxed.invite.id, filmed.invite.id];
        let (summary, recorder) = overtaken(&world, &ids, async |world| {
            join(&world.service, &code_of(&boxed), "ann").await;
            join(&world.service, &code_of(&filmed), "ann").await;
        })
        .await;
        assert_eq!(summary, RevokeSummary { already_dead: 1, failed: 1, ..RevokeSummary::default() });
        for id in ids {
            assert_eq!(reload(&world.service, id).await.status(world.now), Status::UsedUp);
        }
        let mut raw = world.raw().await;
        assert_eq!(operations_of(&mut raw, "revoke").await, [0_i64; 0]);
        raw.check_integrity().await;
        // Its policy keeps a used one; of the other nothing is left to revoke.
        let reasons: Vec<_> = recorder.failures.iter().map(|failure| failure.reason).collect();
        assert_eq!(reasons, [Reason::UsedCannotRevoke]);
    }
}

#[tokio::test]
async fn one_that_is_gone_between_plan_and_apply_does_not_hold_up_the_others() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        let made = make(&world.service, "box", 3, Terms::default()).await.unwrap();
        let ids: Vec<Uuid> = made.iter().map(|issued| issued.invite.id).collect();
        let (summary, recorder) = overtaken(&world, &ids, async |world| {
            world.raw().await.run(format!("DELETE FROM invites WHERE id = '{}'", ids[0])).await;
        })
        .await;
        assert_eq!(summary, RevokeSummary { revoked: 2, failed: 1, ..RevokeSummary::default() });
        assert_eq!(recorder.done, ids[1..]);
        assert_eq!(recorder.failures[0].reason, Reason::NotFound);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_space_whose_code_is_revoked_gets_a_new_one_by_backfill() {
    for world in worlds().await {
        space(&world.service, "space", "club").await;
        let (_, first) = fill(&world.service, &everywhere()).await;
        let old = first.done[0].1.clone().unwrap();
        assert_eq!(fill(&world.service, &everywhere()).await.0.added, 0);
        revoke_these(&world.service, vec![code(&old)]).await;
        let (summary, second) = fill(&world.service, &everywhere()).await;
        assert_eq!(summary.added, 1);
        let new = second.done[0].1.clone().unwrap();
        assert_ne!(new, old);
        assert_eq!(refused(try_redeem(&world.service, &code(&old), "ann").await), [Reason::Revoked]);
        join(&world.service, &code(&new), "ann").await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_replaced_code_within_its_grace_can_still_be_revoked() {
    for world in worlds().await {
        space(&world.service, "space", "club").await;
        let old = one(&world.service, "club", Terms::default()).await;
        let new = renew(&world.service, "club", Some(hours(24))).await.unwrap().issued;
        let (summary, _) = revoke_these(&world.service, vec![code_of(&old)]).await;
        assert_eq!(summary.revoked, 1);
        assert_eq!(refused(try_redeem(&world.service, &code_of(&old), "ann").await), [Reason::Revoked]);
        join(&world.service, &code_of(&new), "ann").await;
        world.raw().await.check_integrity().await;
    }
}

/// The same fact has the same outcome, found before the run or in it.
#[tokio::test]
async fn revoke_that_loses_to_the_last_use_says_what_a_later_one_says() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        named_space(&world.service, "director", "d", "John Smith").await;
        for (space, revoked, dead, failed) in [("c", 0, 1, 0), ("d", 0, 0, 1)] {
            let issued = one(&world.service, space, if space == "c" { times(1) } else { Terms::default() }).await;
            let named = || Selection::Named(vec![code_of(&issued)]);
            let plan = plan_revoke(&world.service, &operator(), named()).await.unwrap();
            assert_eq!(plan.total, 1);
            join(&world.service, &code_of(&issued), "ann").await;
            let mut recorder = Recorder::new();
            let summary = revoke(&world.service, &operator(), plan, &mut recorder).await.unwrap();
            assert_eq!((summary.revoked, summary.already_dead, summary.failed), (revoked, dead, failed));
            let (later, after) = revoke_these(&world.service, vec![code_of(&issued)]).await;
            assert_eq!((later.revoked, later.already_dead, later.failed), (revoked, dead, failed));
            let reasons = |failures: &[invite::batch::Failure]| -> Vec<(Option<u64>, Reason)> {
                failures.iter().map(|failure| (failure.line, failure.reason)).collect()
            };
            let planned = plan_revoke(&world.service, &operator(), named()).await.unwrap();
            assert_eq!(reasons(&recorder.failures), reasons(&planned.failures));
            assert!(after.done.is_empty());
        }
    }
}
