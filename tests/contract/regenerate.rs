//! A new standing code for a space, and what becomes of the old one.

use invite::error::Reason;
use invite::invites::generate::{End, Terms, Uses};
use invite::model::invite::Status;
use invite::spaces::regenerate::{KeptTerms, RegenerateRequest, plan_regenerate, regenerate};

use crate::steps::*;
use crate::steps_c::*;
use crate::world::{World, days, hours, operator, worlds, worlds_with};

/// Spaces whose standing codes end after ten hours.
const TEN_HOURS: &str = "[policy.space]\nexpires = \"10h\"\n";

/// How many live invites of a space hold its one place.
async fn holders(world: &World, space: &str) -> i64 {
    world.raw().await.count(&format!("invites WHERE slot = 'standing:{space}'")).await
}

#[tokio::test]
async fn the_old_code_dies_at_once_and_the_new_one_works() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "space", "club").await;
        let old = one(service, "club", Terms::default()).await;
        join(service, &code_of(&old), "ann").await;
        let later = world.later(hours(1));
        let outcome = renew(&later, "club", None).await.unwrap();
        let (replaced, dies_at) = outcome.replaced.unwrap();
        assert_eq!((replaced.id, dies_at), (old.invite.id, later.now()));
        let new = outcome.issued;
        assert_ne!(new.code.reveal(), old.code.reveal());
        assert_eq!(new.link.unwrap(), format!("https://example.org/join/{}", new.code.reveal()));
        assert_eq!(refused(try_redeem(&later, &code_of(&old), "bob").await), [Reason::Replaced]);
        join(&later, &code(new.code.reveal()), "bob").await;
        // Who came in by the old code stays in, and its use stays on record.
        assert_eq!(reload(&later, old.invite.id).await.uses, 1);
        assert_eq!(holders(&world, "club").await, 1);
        let mut raw = world.raw().await;
        assert_eq!(operations_of(&mut raw, "regenerate").await, [2]);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn within_the_grace_both_codes_work_and_at_its_end_only_the_new_one() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "space", "club").await;
        let old = one(service, "club", Terms::default()).await;
        let outcome = renew(service, "club", Some(hours(24))).await.unwrap();
        let end = world.now + hours(24);
        assert_eq!(outcome.replaced.unwrap().1, end);
        let new = code_of(&outcome.issued);
        join(service, &code_of(&old), "ann").await;
        join(service, &new, "bob").await;

        let last = world.at(just_before(end));
        assert_eq!(reload(&last, old.invite.id).await.status(last.now()), Status::Active);
        join(&last, &code_of(&old), "cid").await;
        let after = world.at(end);
        assert_eq!(refused(try_redeem(&after, &code_of(&old), "dan").await), [Reason::Replaced]);
        assert_eq!(reload(&after, old.invite.id).await.status(end), Status::Replaced);
        join(&after, &new, "dan").await;
        assert_eq!(holders(&world, "club").await, 1);
        // The code in its grace holds no place: backfill neither needs nor makes one.
        assert_eq!(fill(service, &everywhere()).await.0.added, 0);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_grace_never_outlasts_the_old_code_s_own_end() {
    for world in worlds_with(TEN_HOURS).await {
        let service = &world.service;
        space(service, "space", "club").await;
        let old = one(service, "club", Terms::default()).await;
        let end = world.now + hours(10);
        let later = world.later(hours(4));
        let outcome = renew(&later, "club", Some(hours(24))).await.unwrap();
        assert_eq!(outcome.replaced.unwrap().1, end);
        assert_eq!(outcome.issued.invite.expires_at, Some(end), "the new code keeps the remaining life");
        join(&world.at(just_before(end)), &code_of(&old), "ann").await;
        let reasons = refused(try_redeem(&world.at(end), &code_of(&old), "bob").await);
        assert_eq!(reasons, [Reason::Replaced, Reason::Expired]);
        assert_eq!(reload(service, old.invite.id).await.expires_at, Some(end));
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_space_without_a_code_gets_its_first() {
    for world in worlds().await {
        space(&world.service, "space", "club").await;
        let outcome = renew(&world.service, "club", Some(hours(24))).await.unwrap();
        assert!(outcome.replaced.is_none());
        join(&world.service, &code_of(&outcome.issued), "ann").await;
        assert_eq!(fill(&world.service, &everywhere()).await.0.missing, 0);
        let mut raw = world.raw().await;
        assert_eq!(operations_of(&mut raw, "regenerate").await, [1]);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_policy_without_standing_codes_is_refused() {
    for world in worlds().await {
        for (policy, id) in [("container", "box"), ("tree", "oak"), ("director", "film")] {
            space(&world.service, policy, id).await;
            let mut raw = world.raw().await;
            let before = raw.dump().await;
            assert_eq!(reason(renew(&world.service, id, None).await), Reason::InvalidInput);
            assert_eq!(raw.dump().await, before);
        }
    }
}

#[tokio::test]
async fn an_unknown_space_is_not_found() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        assert_eq!(reason(renew(&world.service, "nowhere", None).await), Reason::NotFound);
        assert_eq!(raw.dump().await, before);
    }
}

#[tokio::test]
async fn an_expired_standing_code_gets_no_grace_and_is_not_called_replaced() {
    for world in worlds_with(TEN_HOURS).await {
        for clean_first in [false, true] {
            let id = format!("club {clean_first}");
            space(&world.service, "space", &id).await;
            let old = one(&world.service, &id, Terms::default()).await;
            let later = world.later(hours(11));
            if clean_first {
                clean(&later, &closing()).await;
            }
            let outcome = renew(&later, &id, Some(hours(24))).await.unwrap();
            assert!(outcome.replaced.is_none());
            assert_eq!(refused(try_redeem(&later, &code_of(&old), "ann").await), [Reason::Expired]);
            assert_eq!(reload(&later, old.invite.id).await.status(later.now()), Status::Expired);
            join(&later, &code_of(&outcome.issued), "ann").await;
            assert_eq!(holders(&world, &id).await, 1);
        }
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_revoked_code_is_not_called_replaced() {
    for world in worlds().await {
        space(&world.service, "space", "club").await;
        let old = one(&world.service, "club", Terms::default()).await;
        revoke_these(&world.service, vec![code_of(&old)]).await;
        let outcome = renew(&world.service, "club", Some(hours(24))).await.unwrap();
        assert!(outcome.replaced.is_none());
        assert_eq!(refused(try_redeem(&world.service, &code_of(&old), "ann").await), [Reason::Revoked]);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_second_change_without_a_grace_ends_the_first_grace_too() {
    for world in worlds().await {
        space(&world.service, "space", "club").await;
        let first = one(&world.service, "club", Terms::default()).await;
        let second = renew(&world.service, "club", Some(hours(24))).await.unwrap().issued;
        let third = renew(&world.later(hours(1)), "club", None).await.unwrap();
        assert_eq!(third.replaced.unwrap().0.id, second.invite.id);
        let later = world.later(hours(2));
        for old in [&first, &second] {
            assert_eq!(refused(try_redeem(&later, &code_of(old), "bob").await), [Reason::Replaced]);
        }
        join(&later, &code_of(&third.issued), "bob").await;
        assert_eq!(holders(&world, "club").await, 1);
        world.raw().await.check_integrity().await;
    }
}

/// A standing code that was given terms of its own.
fn terms_of_its_own() -> Terms {
    Terms {
        end: End::After(hours(24)),
        uses: Uses::Times(10),
        role: Some("guest".into()),
        note: Some("for the fair".into()),
        ..Terms::default()
    }
}

const TWO_ROLES: &str = "[policy.space]\nroles = [\"member\", \"guest\"]\n";

#[tokio::test]
async fn new_code_keeps_limit_remaining_life_note_and_role() {
    for world in worlds_with(TWO_ROLES).await {
        space(&world.service, "space", "club").await;
        let old = one(&world.service, "club", terms_of_its_own()).await;
        join(&world.service, &code_of(&old), "ann").await;
        let later = world.later(hours(20));
        let request = RegenerateRequest::of("club");
        let plan = plan_regenerate(&later, &operator(), &request).await.unwrap();
        let kept = KeptTerms {
            role: "guest".into(),
            note: Some("for the fair".into()),
            starts_at: None,
            expires_at: Some(world.now + hours(24)),
            max_uses: Some(10),
        };
        assert_eq!(plan.new, kept);
        let new = regenerate(&later, &operator(), &plan).await.unwrap().issued.invite;
        let stored = reload(&later, new.id).await;
        for invite in [new, stored] {
            assert_eq!((invite.role, invite.note), (kept.role.clone(), kept.note.clone()));
            assert_eq!((invite.expires_at, invite.max_uses, invite.uses), (kept.expires_at, Some(10), 0));
        }
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn new_code_takes_the_terms_that_are_asked_for() {
    for world in worlds_with(TWO_ROLES).await {
        space(&world.service, "space", "club").await;
        one(&world.service, "club", terms_of_its_own()).await;
        let changed = RegenerateRequest {
            end: End::After(days(7)),
            uses: Uses::Unlimited,
            note: Some("for everybody".into()),
            ..RegenerateRequest::of("club")
        };
        let plan = plan_regenerate(&world.service, &operator(), &changed).await.unwrap();
        let new = regenerate(&world.service, &operator(), &plan).await.unwrap().issued.invite;
        assert_eq!((new.expires_at, new.max_uses), (Some(world.now + days(7)), None));
        assert_eq!((new.note.as_deref(), new.role.as_str()), (Some("for everybody"), "guest"));
        // An empty note is none, and only what is asked for changes.
        let bare = RegenerateRequest { note: Some(String::new()), ..RegenerateRequest::of("club") };
        let plan = plan_regenerate(&world.service, &operator(), &bare).await.unwrap();
        let new = regenerate(&world.service, &operator(), &plan).await.unwrap().issued.invite;
        assert_eq!((new.expires_at, new.note), (Some(world.now + days(7)), None));
        let past = RegenerateRequest { end: End::At(world.now - hours(1)), ..RegenerateRequest::of("club") };
        assert_eq!(reason(plan_regenerate(&world.service, &operator(), &past).await), Reason::InvalidInput);
    }
}

#[tokio::test]
async fn after_an_expired_code_the_policy_sets_the_terms() {
    for world in worlds_with(TWO_ROLES).await {
        space(&world.service, "space", "club").await;
        one(&world.service, "club", terms_of_its_own()).await;
        let new = renew(&world.later(hours(25)), "club", None).await.unwrap().issued.invite;
        assert_eq!((new.expires_at, new.max_uses, new.note, new.role.as_str()), (None, None, None, "member"));
    }
}
