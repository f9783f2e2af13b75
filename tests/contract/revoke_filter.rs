//! Taking back every live invite that a filter picks.

use std::collections::HashSet;

use invite::error::Reason;
use invite::invites::generate::Terms;
use invite::invites::list::Filter;
use invite::invites::revoke::{RevokeSummary, Selection, plan_revoke, revoke};
use invite::model::invite::Status;
use uuid::Uuid;

use crate::recorder::Recorder;
use crate::steps::*;
use crate::steps_c::*;
use crate::world::{hours, operator, worlds, worlds_with};

/// More than two transactions of the action take.
const MANY: u32 = 2_500;

fn of_space(space: &str) -> Filter {
    Filter { spaces: vec![space.to_owned()], ..Filter::default() }
}

fn of_creator(user: &str) -> Filter {
    Filter { created_by: Some(user.to_owned()), ..Filter::default() }
}

fn all_that(filter: Filter) -> Selection {
    Selection::Matching(Box::new(filter))
}

#[tokio::test]
async fn a_space_with_thousands_is_emptied_and_its_neighbour_is_not_touched() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "container", "big").await;
        space(service, "container", "other").await;
        make(service, "other", 3, Terms::default()).await.unwrap();
        let made = make(service, "big", MANY, Terms::default()).await.unwrap();
        let plan = plan_revoke(service, &operator(), all_that(of_space("big"))).await.unwrap();
        assert_eq!((plan.total, previewed(service, &plan).await), (u64::from(MANY), usize::try_from(MANY).unwrap()));
        let mut recorder = Recorder::new();
        let summary = revoke(service, &operator(), plan, &mut recorder).await.unwrap();
        assert_eq!(summary, RevokeSummary { revoked: u64::from(MANY), ..RevokeSummary::default() });
        let told: HashSet<Uuid> = recorder.done.iter().copied().collect();
        let expected: HashSet<Uuid> = made.iter().map(|issued| issued.invite.id).collect();
        assert_eq!(recorder.done.len(), made.len());
        assert_eq!(told, expected);

        let mut raw = world.raw().await;
        let closed = "SELECT DISTINCT space_id || ' ' || closed_reason FROM invites WHERE closed_at IS NOT NULL";
        assert_eq!(raw.texts(closed).await, ["big revoked"]);
        assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 3);
        assert_eq!(operations_of(&mut raw, "revoke").await, [i64::from(MANY)]);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn everything_that_one_user_made_is_taken_back_in_every_space() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "container", "one").await;
        space(service, "container", "two").await;
        make_as(service, "eve", "one", MANY - 500, Terms::default()).await;
        make_as(service, "eve", "two", 500, Terms::default()).await;
        make_as(service, "ann", "one", 2, Terms::default()).await;
        make(service, "one", 2, Terms::default()).await.unwrap();
        let (summary, _) = take_back(service, all_that(of_creator("eve"))).await;
        assert_eq!(summary, RevokeSummary { revoked: u64::from(MANY), ..RevokeSummary::default() });
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites WHERE created_by = 'eve' AND closed_at IS NULL").await, 0);
        assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 4);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn everything_that_one_operation_made_is_taken_back() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "container", "box").await;
        make(service, "box", 2, Terms::default()).await.unwrap();
        let made = make(service, "box", MANY, Terms::default()).await.unwrap();
        let filter = Filter { operation: Some(made[0].invite.created_op), ..Filter::default() };
        let (summary, recorder) = take_back(service, all_that(filter)).await;
        assert_eq!(summary.revoked, u64::from(MANY));
        assert_eq!(recorder.done.len(), made.len());
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 2);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn filters_narrow_each_other() {
    for world in worlds().await {
        let service = &world.service;
        for id in ["one", "two"] {
            space(service, "container", id).await;
            make_as(service, "eve", id, 2, Terms::default()).await;
            make_as(service, "ann", id, 2, Terms::default()).await;
        }
        let both = Filter { created_by: Some("eve".into()), ..of_space("two") };
        assert_eq!(take_back(service, all_that(both)).await.0.revoked, 2);
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 6);
        assert_eq!(
            raw.count("invites WHERE closed_at IS NOT NULL AND space_id = 'two' AND created_by = 'eve'").await,
            2
        );
    }
}

#[tokio::test]
async fn only_live_ones_are_taken_back_and_the_dead_keep_their_reason() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "container", "box").await;
        let expired = one(service, "box", lasting(1)).await.invite.id;
        let used_up = one(service, "box", times(1)).await;
        join(service, &code_of(&used_up), "ann").await;
        let starts_at = Some(world.now + hours(9));
        let scheduled = one(service, "box", Terms { starts_at, ..Terms::default() }).await.invite.id;
        let active = one(service, "box", Terms::default()).await.invite.id;
        let later = world.later(hours(2));
        let (summary, recorder) = take_back(&later, all_that(of_space("box"))).await;
        assert_eq!(summary, RevokeSummary { revoked: 2, ..RevokeSummary::default() });
        assert_eq!(recorder.done.into_iter().collect::<HashSet<_>>(), HashSet::from([scheduled, active]));
        assert_eq!(reload(&later, expired).await.status(later.now()), Status::Expired);
        assert!(reload(&later, expired).await.closed.is_none());
        assert_eq!(reload(&later, used_up.invite.id).await.status(later.now()), Status::UsedUp);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn an_unknown_space_or_user_is_not_found() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        make_as(&world.service, "eve", "box", 2, Terms::default()).await;
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        let mixed = Filter { spaces: vec!["box".into(), "nowhere".into()], ..Filter::default() };
        for filter in [of_space("nowhere"), mixed, of_creator("nobody")] {
            assert_eq!(reason(plan_revoke(&world.service, &operator(), all_that(filter)).await), Reason::NotFound);
        }
        assert_eq!(raw.dump().await, before);
    }
}

#[tokio::test]
async fn a_user_who_made_nothing_is_known_as_a_member() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        member(&world.service, "box", "ann", "member", None).await;
        let (summary, _) = take_back(&world.service, all_that(of_creator("ann"))).await;
        assert_eq!(summary, RevokeSummary::default());
    }
}

#[tokio::test]
async fn used_codes_stay_where_their_policy_keeps_them_and_the_plan_knows_it() {
    for world in worlds_with("[policy.director]\nmax_uses = 3\n").await {
        let service = &world.service;
        space(service, "director", "film").await;
        space(service, "container", "box").await;
        let codes = make_as(service, "eve", "film", 3, Terms::default()).await;
        let boxed = make_as(service, "eve", "box", 1, Terms::default()).await;
        join(service, &code_of(&codes[1]), "ann").await;
        join(service, &code_of(&boxed[0]), "ann").await;

        let plan = plan_revoke(service, &operator(), all_that(of_creator("eve"))).await.unwrap();
        let (planned, previewed) = (plan.total, previewed(service, &plan).await);
        let mut recorder = Recorder::new();
        let summary = revoke(service, &operator(), plan, &mut recorder).await.unwrap();
        assert_eq!(summary, RevokeSummary { revoked: 3, ..RevokeSummary::default() });
        assert!(!recorder.done.contains(&codes[1].invite.id));
        assert_eq!(reload(service, codes[1].invite.id).await.status(world.now), Status::Active);
        join(service, &code_of(&codes[1]), "bob").await;
        let mut raw = world.raw().await;
        assert_eq!(operations_of(&mut raw, "revoke").await, [3]);
        raw.check_integrity().await;
        // A dry run prints the plan, and must not promise more than the run does.
        assert_eq!((planned, previewed), (3, 3));
    }
}

#[tokio::test]
async fn revoking_twice_changes_nothing_and_writes_no_operation() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        make(&world.service, "box", 5, Terms::default()).await.unwrap();
        assert_eq!(take_back(&world.service, all_that(of_space("box"))).await.0.revoked, 5);
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        let (summary, recorder) = take_back(&world.later(hours(1)), all_that(of_space("box"))).await;
        assert_eq!((summary, recorder.done.len()), (RevokeSummary::default(), 0));
        assert_eq!(raw.dump().await, before);
        raw.check_integrity().await;
    }
}
