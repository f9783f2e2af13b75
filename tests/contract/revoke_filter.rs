//! Revoking every open invite that matches a filter.

use std::collections::HashSet;

use invite::Reason;
use invite::invites::generate::Terms;
use invite::invites::list::Filter;
use invite::invites::revoke::{RevokeSummary, Selection};
use invite::model::invite::Status;
use uuid::Uuid;

use crate::fixture::{Engine, Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;
use crate::helpers::recorder::Recorder;

every_engine! {
    revoke_by_space_revokes_thousands_of_that_space_only,
    revoke_by_creator_covers_every_space,
    revoke_by_operation_covers_its_invites,
    revoke_combines_filters,
    revoke_by_filter_keeps_reason_of_closed_invites,
    revoke_by_unknown_space_or_user_is_not_found,
    revoke_by_member_without_invites_finds_none,
    revoke_plan_excludes_used_codes_kept_by_policy,
    second_revoke_by_filter_changes_nothing,
}

/// More rows than two transactions of the action.
const MANY: u32 = 2_500;

fn of_space(space: &str) -> Filter {
    Filter::new().spaces([space.to_owned()])
}

fn of_creator(user: &str) -> Filter {
    Filter::new().created_by(user)
}

fn all_that(filter: Filter) -> Selection {
    Selection::Matching(Box::new(filter))
}

async fn revoke_by_space_revokes_thousands_of_that_space_only(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "big").await;
    space(service, "container", "other").await;
    create(service, "other", 3, Terms::new()).await.unwrap();
    let made = create(service, "big", MANY, Terms::new()).await.unwrap();
    let plan = service.plan_revoke(&operator(), all_that(of_space("big"))).await.unwrap();
    assert_eq!((plan.total, previewed(service, &plan).await), (u64::from(MANY), usize::try_from(MANY).unwrap()));
    let mut recorder = Recorder::new();
    let summary = service.revoke(&operator(), plan, &mut recorder).await.unwrap();
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: u64::from(MANY)));
    let reported: HashSet<Uuid> = recorder.done.iter().copied().collect();
    let expected: HashSet<Uuid> = made.iter().map(|issued| issued.invite.id).collect();
    assert_eq!(recorder.done.len(), made.len());
    assert_eq!(reported, expected);

    let mut raw = fixture.raw().await;
    let closed = "SELECT DISTINCT space_id || ' ' || closed_reason FROM invites WHERE closed_at IS NOT NULL";
    assert_eq!(raw.texts(closed).await, ["big revoked"]);
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 3);
    assert_eq!(operations_of(&mut raw, "revoke").await, [i64::from(MANY)]);
    raw.check_integrity().await;
}

async fn revoke_by_creator_covers_every_space(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "one").await;
    space(service, "container", "two").await;
    create_as(service, "eve", "one", MANY - 500, Terms::new()).await;
    create_as(service, "eve", "two", 500, Terms::new()).await;
    create_as(service, "ann", "one", 2, Terms::new()).await;
    create(service, "one", 2, Terms::new()).await.unwrap();
    let (summary, _) = revoke_selection(service, all_that(of_creator("eve"))).await;
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: u64::from(MANY)));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE created_by = 'eve' AND closed_at IS NULL").await, 0);
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 4);
    raw.check_integrity().await;
}

async fn revoke_by_operation_covers_its_invites(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "box").await;
    create(service, "box", 2, Terms::new()).await.unwrap();
    let made = create(service, "box", MANY, Terms::new()).await.unwrap();
    let filter = Filter::new().operation(made[0].invite.created_op);
    let (summary, recorder) = revoke_selection(service, all_that(filter)).await;
    assert_eq!(summary.revoked, u64::from(MANY));
    assert_eq!(recorder.done.len(), made.len());
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 2);
    raw.check_integrity().await;
}

async fn revoke_combines_filters(fixture: Fixture) {
    let service = &fixture.service;
    for id in ["one", "two"] {
        space(service, "container", id).await;
        create_as(service, "eve", id, 2, Terms::new()).await;
        create_as(service, "ann", id, 2, Terms::new()).await;
    }
    let both = of_space("two").created_by("eve");
    assert_eq!(revoke_selection(service, all_that(both)).await.0.revoked, 2);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 6);
    assert_eq!(raw.count("invites WHERE closed_at IS NOT NULL AND space_id = 'two' AND created_by = 'eve'").await, 2);
}

async fn revoke_by_filter_keeps_reason_of_closed_invites(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "box").await;
    let expired = create_one(service, "box", terms_expiring_in(1)).await.invite.id;
    let used_up = create_one(service, "box", terms_with_limit(1)).await;
    join(service, &code_of(&used_up), "ann").await;
    let starts_at = Some(fixture.now + hours(9));
    let scheduled = create_one(service, "box", Terms::new().starts_at(starts_at)).await.invite.id;
    let active = create_one(service, "box", Terms::new()).await.invite.id;
    let later = fixture.later(hours(2));
    let (summary, recorder) = revoke_selection(&later, all_that(of_space("box"))).await;
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: 2));
    assert_eq!(recorder.done.into_iter().collect::<HashSet<_>>(), HashSet::from([scheduled, active]));
    assert_eq!(reload(&later, expired).await.status(later.now()), Status::Expired);
    assert!(reload(&later, expired).await.closed.is_none());
    assert_eq!(reload(&later, used_up.invite.id).await.status(later.now()), Status::UsedUp);
    fixture.raw().await.check_integrity().await;
}

async fn revoke_by_unknown_space_or_user_is_not_found(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    create_as(&fixture.service, "eve", "box", 2, Terms::new()).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let mixed = Filter::new().spaces(["box", "nowhere"]);
    for filter in [of_space("nowhere"), mixed, of_creator("nobody")] {
        assert_eq!(reason(fixture.service.plan_revoke(&operator(), all_that(filter)).await), Reason::NotFound);
    }
    assert_eq!(raw.dump().await, before);
}

async fn revoke_by_member_without_invites_finds_none(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    member(&fixture.service, "box", "ann", "member", None).await;
    let (summary, _) = revoke_selection(&fixture.service, all_that(of_creator("ann"))).await;
    assert_eq!(summary, RevokeSummary::default());
}

async fn revoke_plan_excludes_used_codes_kept_by_policy(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.director]\nmax_uses = 3\n").await;
    let service = &fixture.service;
    space(service, "director", "film").await;
    space(service, "container", "box").await;
    let codes = create_as(service, "eve", "film", 3, Terms::new()).await;
    let boxed = create_as(service, "eve", "box", 1, Terms::new()).await;
    join(service, &code_of(&codes[1]), "ann").await;
    join(service, &code_of(&boxed[0]), "ann").await;

    let plan = service.plan_revoke(&operator(), all_that(of_creator("eve"))).await.unwrap();
    let (planned, previewed) = (plan.total, previewed(service, &plan).await);
    let mut recorder = Recorder::new();
    let summary = service.revoke(&operator(), plan, &mut recorder).await.unwrap();
    assert_eq!(summary, with!(RevokeSummary::default(); revoked: 3));
    assert!(!recorder.done.contains(&codes[1].invite.id));
    assert_eq!(reload(service, codes[1].invite.id).await.status(fixture.now), Status::Active);
    join(service, &code_of(&codes[1]), "bob").await;
    let mut raw = fixture.raw().await;
    assert_eq!(operations_of(&mut raw, "revoke").await, [3]);
    raw.check_integrity().await;
    // A dry run prints the plan, which must equal the result.
    assert_eq!((planned, previewed), (3, 3));
}

async fn second_revoke_by_filter_changes_nothing(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    create(&fixture.service, "box", 5, Terms::new()).await.unwrap();
    assert_eq!(revoke_selection(&fixture.service, all_that(of_space("box"))).await.0.revoked, 5);
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let (summary, recorder) = revoke_selection(&fixture.later(hours(1)), all_that(of_space("box"))).await;
    assert_eq!((summary, recorder.done.len()), (RevokeSummary::default(), 0));
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}
