//! Regenerate: a new standing code, and the status of the old one.

use invite::Reason;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::model::invite::Status;
use invite::spaces::regenerate::RegenerateRequest;

use crate::fixture::{Engine, Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;

every_engine! {
    regenerate_replaces_code_immediately,
    old_code_works_until_end_of_grace_period,
    grace_period_ends_with_expiry_of_old_code,
    regenerate_creates_first_code,
    regenerate_refuses_policy_without_standing_codes,
    regenerate_of_unknown_space_is_not_found,
    expired_code_gets_no_grace_period,
    revoked_code_is_not_reported_as_replaced,
    regenerate_without_grace_ends_earlier_grace,
    new_code_keeps_limit_lifetime_note_and_role,
    new_code_takes_requested_terms,
    new_code_after_expired_one_takes_policy_terms,
}

/// A policy whose standing codes expire after ten hours.
const TEN_HOURS: &str = "[policy.space]\nexpires = \"10h\"\n";

/// Returns the number of invites that hold the slot of a space.
async fn holders(fixture: &Fixture, space: &str) -> i64 {
    fixture.raw().await.count(&format!("invites WHERE slot = 'standing:{space}'")).await
}

async fn regenerate_replaces_code_immediately(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "space", "club").await;
    let old = create_one(service, "club", Terms::new()).await;
    join(service, &code_of(&old), "ann").await;
    let later = fixture.later(hours(1));
    let outcome = regenerate_code(&later, "club", None).await.unwrap();
    let (replaced, effective_expiry) = outcome.replaced.unwrap();
    assert_eq!((replaced.id, effective_expiry), (old.invite.id, later.now()));
    let new = outcome.issued;
    assert_ne!(new.code.reveal(), old.code.reveal());
    assert_eq!(new.link.unwrap(), format!("https://example.org/join/{}", new.code.reveal()));
    assert_eq!(refused(try_redeem(&later, &code_of(&old), "bob").await), [Reason::Replaced]);
    join(&later, &code(new.code.reveal()), "bob").await;
    // Users of the old code remain members, and its uses stay recorded.
    assert_eq!(reload(&later, old.invite.id).await.uses, 1);
    assert_eq!(holders(&fixture, "club").await, 1);
    let mut raw = fixture.raw().await;
    assert_eq!(operations_of(&mut raw, "regenerate").await, [2]);
    raw.check_integrity().await;
}

async fn old_code_works_until_end_of_grace_period(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "space", "club").await;
    let old = create_one(service, "club", Terms::new()).await;
    let outcome = regenerate_code(service, "club", Some(hours(24))).await.unwrap();
    let end = fixture.now + hours(24);
    assert_eq!(outcome.replaced.unwrap().1, end);
    let new = code_of(&outcome.issued);
    join(service, &code_of(&old), "ann").await;
    join(service, &new, "bob").await;

    let last = fixture.at(just_before(end));
    assert_eq!(reload(&last, old.invite.id).await.status(last.now()), Status::Active);
    join(&last, &code_of(&old), "cid").await;
    let after = fixture.at(end);
    assert_eq!(refused(try_redeem(&after, &code_of(&old), "dan").await), [Reason::Replaced]);
    assert_eq!(reload(&after, old.invite.id).await.status(end), Status::Replaced);
    join(&after, &new, "dan").await;
    assert_eq!(holders(&fixture, "club").await, 1);
    // The code in its grace period holds no slot, and backfill creates none.
    assert_eq!(run_backfill(service, &backfill_all()).await.0.added, 0);
    fixture.raw().await.check_integrity().await;
}

async fn grace_period_ends_with_expiry_of_old_code(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TEN_HOURS).await;
    let service = &fixture.service;
    space(service, "space", "club").await;
    let old = create_one(service, "club", Terms::new()).await;
    let end = fixture.now + hours(10);
    let later = fixture.later(hours(4));
    let outcome = regenerate_code(&later, "club", Some(hours(24))).await.unwrap();
    assert_eq!(outcome.replaced.unwrap().1, end);
    assert_eq!(outcome.issued.invite.expires_at, Some(end), "the new code keeps the remaining lifetime");
    join(&fixture.at(just_before(end)), &code_of(&old), "ann").await;
    let reasons = refused(try_redeem(&fixture.at(end), &code_of(&old), "bob").await);
    assert_eq!(reasons, [Reason::Replaced, Reason::Expired]);
    assert_eq!(reload(service, old.invite.id).await.expires_at, Some(end));
    fixture.raw().await.check_integrity().await;
}

async fn regenerate_creates_first_code(fixture: Fixture) {
    space(&fixture.service, "space", "club").await;
    let outcome = regenerate_code(&fixture.service, "club", Some(hours(24))).await.unwrap();
    assert!(outcome.replaced.is_none());
    join(&fixture.service, &code_of(&outcome.issued), "ann").await;
    assert_eq!(run_backfill(&fixture.service, &backfill_all()).await.0.missing, 0);
    let mut raw = fixture.raw().await;
    assert_eq!(operations_of(&mut raw, "regenerate").await, [1]);
    raw.check_integrity().await;
}

async fn regenerate_refuses_policy_without_standing_codes(fixture: Fixture) {
    for (policy, id) in [("container", "box"), ("tree", "oak"), ("director", "film")] {
        space(&fixture.service, policy, id).await;
        let mut raw = fixture.raw().await;
        let before = raw.dump().await;
        assert_eq!(reason(regenerate_code(&fixture.service, id, None).await), Reason::InvalidInput);
        assert_eq!(raw.dump().await, before);
    }
}

async fn regenerate_of_unknown_space_is_not_found(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    assert_eq!(reason(regenerate_code(&fixture.service, "nowhere", None).await), Reason::NotFound);
    assert_eq!(raw.dump().await, before);
}

async fn expired_code_gets_no_grace_period(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TEN_HOURS).await;
    for clean_first in [false, true] {
        let id = format!("club {clean_first}");
        space(&fixture.service, "space", &id).await;
        let old = create_one(&fixture.service, &id, Terms::new()).await;
        let later = fixture.later(hours(11));
        if clean_first {
            run_cleanup(&later, &default_cleanup()).await;
        }
        let outcome = regenerate_code(&later, &id, Some(hours(24))).await.unwrap();
        assert!(outcome.replaced.is_none());
        assert_eq!(refused(try_redeem(&later, &code_of(&old), "ann").await), [Reason::Expired]);
        assert_eq!(reload(&later, old.invite.id).await.status(later.now()), Status::Expired);
        join(&later, &code_of(&outcome.issued), "ann").await;
        assert_eq!(holders(&fixture, &id).await, 1);
    }
    fixture.raw().await.check_integrity().await;
}

async fn revoked_code_is_not_reported_as_replaced(fixture: Fixture) {
    space(&fixture.service, "space", "club").await;
    let old = create_one(&fixture.service, "club", Terms::new()).await;
    revoke_references(&fixture.service, vec![code_of(&old)]).await;
    let outcome = regenerate_code(&fixture.service, "club", Some(hours(24))).await.unwrap();
    assert!(outcome.replaced.is_none());
    assert_eq!(refused(try_redeem(&fixture.service, &code_of(&old), "ann").await), [Reason::Revoked]);
    fixture.raw().await.check_integrity().await;
}

async fn regenerate_without_grace_ends_earlier_grace(fixture: Fixture) {
    space(&fixture.service, "space", "club").await;
    let first = create_one(&fixture.service, "club", Terms::new()).await;
    let second = regenerate_code(&fixture.service, "club", Some(hours(24))).await.unwrap().issued;
    let third = regenerate_code(&fixture.later(hours(1)), "club", None).await.unwrap();
    assert_eq!(third.replaced.unwrap().0.id, second.invite.id);
    let later = fixture.later(hours(2));
    for old in [&first, &second] {
        assert_eq!(refused(try_redeem(&later, &code_of(old), "bob").await), [Reason::Replaced]);
    }
    join(&later, &code_of(&third.issued), "bob").await;
    assert_eq!(holders(&fixture, "club").await, 1);
    fixture.raw().await.check_integrity().await;
}

/// Creates a standing code with its own terms.
fn terms_of_its_own() -> Terms {
    Terms::new().expiry(Expiry::After(hours(24))).usage_limit(UsageLimit::Times(10)).role("guest").note("for the fair")
}

const TWO_ROLES: &str = "[policy.space]\nroles = [\"member\", \"guest\"]\n";

async fn new_code_keeps_limit_lifetime_note_and_role(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TWO_ROLES).await;
    space(&fixture.service, "space", "club").await;
    let old = create_one(&fixture.service, "club", terms_of_its_own()).await;
    join(&fixture.service, &code_of(&old), "ann").await;
    let later = fixture.later(hours(20));
    let request = RegenerateRequest::new("club");
    let plan = later.plan_regenerate(&operator(), &request).await.unwrap();
    let kept = &plan.new;
    assert_eq!((kept.role.as_str(), kept.note.as_deref()), ("guest", Some("for the fair")));
    assert_eq!((kept.starts_at, kept.expires_at, kept.max_uses), (None, Some(fixture.now + hours(24)), Some(10)));
    let new = later.regenerate(&operator(), &plan).await.unwrap().issued.invite;
    let stored = reload(&later, new.id).await;
    for invite in [new, stored] {
        assert_eq!((invite.role, invite.note), (kept.role.clone(), kept.note.clone()));
        assert_eq!((invite.expires_at, invite.max_uses, invite.uses), (kept.expires_at, Some(10), 0));
    }
    fixture.raw().await.check_integrity().await;
}

async fn new_code_takes_requested_terms(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TWO_ROLES).await;
    space(&fixture.service, "space", "club").await;
    create_one(&fixture.service, "club", terms_of_its_own()).await;
    let changed = RegenerateRequest::new("club")
        .expiry(Expiry::After(days(7)))
        .usage_limit(UsageLimit::Unlimited)
        .note("for everybody");
    let plan = fixture.service.plan_regenerate(&operator(), &changed).await.unwrap();
    let new = fixture.service.regenerate(&operator(), &plan).await.unwrap().issued.invite;
    assert_eq!((new.expires_at, new.max_uses), (Some(fixture.now + days(7)), None));
    assert_eq!((new.note.as_deref(), new.role.as_str()), (Some("for everybody"), "guest"));
    // An empty note removes the note; the other terms are unchanged.
    let bare = RegenerateRequest::new("club").note(String::new());
    let plan = fixture.service.plan_regenerate(&operator(), &bare).await.unwrap();
    let new = fixture.service.regenerate(&operator(), &plan).await.unwrap().issued.invite;
    assert_eq!((new.expires_at, new.note), (Some(fixture.now + days(7)), None));
    let past = RegenerateRequest::new("club").expiry(Expiry::At(fixture.now - hours(1)));
    assert_eq!(reason(fixture.service.plan_regenerate(&operator(), &past).await), Reason::InvalidInput);
}

async fn new_code_after_expired_one_takes_policy_terms(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TWO_ROLES).await;
    space(&fixture.service, "space", "club").await;
    create_one(&fixture.service, "club", terms_of_its_own()).await;
    let new = regenerate_code(&fixture.later(hours(25)), "club", None).await.unwrap().issued.invite;
    assert_eq!((new.expires_at, new.max_uses, new.note, new.role.as_str()), (None, None, None, "member"));
}
