//! Uses that are refused, each at its exact instant, and looks, which change
//! nothing.

use chrono::{DateTime, TimeDelta, Utc};
use invite::error::Denial;
use invite::error::{Error, Reason};
use invite::invites::generate::{End, Terms};
use invite::invites::redeem::Redemption;
use invite::invites::validate::{ValidateRequest, validate};
use invite::model::reference::Reference;

use crate::locks::Holder;
use crate::steps::*;
use crate::steps_b::*;
use crate::world::{World, days, hours, operator, worlds};

/// The denials of a use that must be refused and change nothing.
async fn denied(world: &World, at: DateTime<Utc>, reference: &Reference, user: &str) -> Vec<Denial> {
    let mut raw = world.raw().await;
    let before = raw.dump().await;
    let redemption = try_redeem(&world.at(at), reference, user).await;
    assert_eq!(raw.dump().await, before, "a refusal changed something");
    raw.check_integrity().await;
    match redemption {
        Redemption::Accepted(joined) => panic!("{} came in", joined.user_id),
        Redemption::Refused(_, denials) => denials,
    }
}

fn instant() -> TimeDelta {
    TimeDelta::microseconds(1)
}

#[tokio::test]
async fn an_invite_is_dead_at_its_end_and_alive_one_microsecond_before() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        let end = world.now + hours(3);
        let reference = code_of(&one(&world.service, "c1", ending(End::At(end))).await);
        assert_eq!(denied(&world, end, &reference, "ann").await, [Denial::Expired(end)]);
        assert_eq!(denied(&world, end + days(9), &reference, "ann").await, [Denial::Expired(end)]);
        join(&world.at(end - instant()), &reference, "ann").await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn an_invite_is_closed_before_its_start_and_open_from_that_instant() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        let start = world.now + hours(3);
        let reference = code_of(&one(&world.service, "c1", Terms { starts_at: Some(start), ..times(2) }).await);
        assert_eq!(denied(&world, world.now, &reference, "ann").await, [Denial::NotStarted(start)]);
        assert_eq!(denied(&world, start - instant(), &reference, "ann").await, [Denial::NotStarted(start)]);
        join(&world.at(start), &reference, "ann").await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_used_up_invite_refuses_the_next_user_at_the_same_instant() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        let reference = code_of(&one(&world.service, "c1", times(2)).await);
        join(&world.service, &reference, "ann").await;
        join(&world.service, &reference, "bob").await;
        assert_eq!(denied(&world, world.now, &reference, "cid").await, [Denial::UsedUp(2)]);
    }
}

#[tokio::test]
async fn a_revoked_invite_refuses_from_the_instant_of_its_revocation() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        let reference = code_of(&one(&world.service, "c1", times(2)).await);
        let at = world.now + hours(1);
        revoke_these(&world.at(at), vec![reference.clone()]).await;
        assert_eq!(denied(&world, at, &reference, "ann").await, [Denial::Revoked(at)]);
    }
}

#[tokio::test]
async fn a_replaced_code_lives_through_its_grace_and_not_an_instant_longer() {
    for world in worlds().await {
        space(&world.service, "space", "s1").await;
        let first = code_of(&one(&world.service, "s1", Terms::default()).await);
        let second = code_of(&renew(&world.service, "s1", Some(hours(24))).await.unwrap().issued);
        let end = world.now + hours(24);
        join(&world.service, &first, "ann").await;
        assert_eq!(denied(&world, end, &first, "bob").await, [Denial::Replaced(end)]);
        join(&world.at(end - instant()), &first, "bob").await;
        // Without a grace it dies at once.
        renew(&world.at(end), "s1", None).await.unwrap();
        assert_eq!(denied(&world, end, &second, "cid").await, [Denial::Replaced(end)]);
    }
}

#[tokio::test]
async fn a_bound_invite_refuses_other_addresses_and_users_without_one() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "tree", "t1").await;
        let reference = code_of(&one(&world.service, "t1", to("ann@example.org")).await);
        let unknown = denied(&world, world.now, &reference, "ann").await;
        assert_eq!(unknown, [Denial::EmailMismatch { given: false }]);
        let before = raw.dump().await;
        for other in ["bob@example.org", "ann@example.com", "ann+1@example.org"] {
            let redemption = try_redeem_as(&world.service, &reference, "ann", Some(other), Some("Ann")).await;
            assert_eq!(refused(redemption), [Reason::EmailMismatch], "{other}");
        }
        assert_eq!(raw.dump().await, before);
        // The address given counts, and not the one that is known.
        member(&world.service, "t1", "eve", "viewer", Some("eve@example.org")).await;
        space(&world.service, "tree", "t2").await;
        let bound = code_of(&one(&world.service, "t2", to("eve@example.org")).await);
        let before = raw.dump().await;
        let redemption = try_redeem_as(&world.service, &bound, "eve", Some("else@example.org"), None).await;
        assert_eq!(refused(redemption), [Reason::EmailMismatch]);
        assert_eq!(raw.dump().await, before);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_member_is_refused_with_the_role_that_they_have() {
    for world in worlds().await {
        space(&world.service, "space", "s1").await;
        let reference = code_of(&one(&world.service, "s1", times(1)).await);
        member(&world.service, "s1", "ann", "owner", None).await;
        let denials = denied(&world, world.now, &reference, "ann").await;
        assert_eq!(denials, [Denial::AlreadyMember { role: "owner".into() }]);
        // The one use is still there.
        join(&world.service, &reference, "bob").await;
    }
}

#[tokio::test]
async fn every_reason_at_once_is_named_by_a_use_and_by_a_look() {
    for world in worlds().await {
        space(&world.service, "tree", "t1").await;
        let issued = one(&world.service, "t1", to("ann@example.org")).await;
        let reference = code_of(&issued);
        revoke_these(&world.service, vec![reference.clone()]).await;
        member(&world.service, "t1", "bob", "viewer", Some("bob@example.org")).await;
        let end = issued.invite.expires_at.unwrap();
        let all = vec![
            Denial::Revoked(world.now),
            Denial::Expired(end),
            Denial::EmailMismatch { given: true },
            Denial::AlreadyMember { role: "viewer".into() },
        ];
        assert_eq!(denied(&world, end, &reference, "bob").await, all);
        let seen = validate(&world.at(end), &operator(), &look_for(&reference, "bob")).await.unwrap();
        assert_eq!((seen.denials, seen.at), (all, end));

        space(&world.service, "space", "s1").await;
        let start = world.now + hours(5);
        let scheduled = one(&world.service, "s1", Terms { starts_at: Some(start), ..Terms::default() }).await;
        renew(&world.service, "s1", None).await.unwrap();
        let both = [Denial::Replaced(world.now), Denial::NotStarted(start)];
        assert_eq!(denied(&world, world.now, &code_of(&scheduled), "ann").await, both);

        space(&world.service, "director", "d1").await;
        let single = one(&world.service, "d1", Terms::default()).await;
        join(&world.service, &code_of(&single), "ann").await;
        let end = single.invite.expires_at.unwrap();
        let both = [Denial::UsedUp(1), Denial::Expired(end)];
        assert_eq!(denied(&world, end, &code_of(&single), "bob").await, both);
    }
}

#[tokio::test]
async fn a_look_answers_for_a_user_an_address_and_an_instant() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "tree", "t1").await;
        space(&world.service, "tree", "t2").await;
        let issued = one(&world.service, "t1", to("ann@example.org")).await;
        let reference = code_of(&issued);
        member(&world.service, "t2", "ann", "viewer", Some("Ann@Example.org")).await;
        let before = raw.dump().await;
        let service = &world.service;
        let nobody = look(&reference);
        let with = |email: &str| ValidateRequest { email: Some(email.into()), ..look(&reference) };
        assert_eq!(reasons(service, &nobody).await, []);
        assert_eq!(reasons(service, &with("ANN@example.org")).await, []);
        assert_eq!(reasons(service, &with("bob@example.org")).await, [Reason::EmailMismatch]);
        assert_eq!(reasons(service, &look_for(&reference, "ann")).await, []);
        assert_eq!(reasons(service, &look_for(&reference, "bob")).await, [Reason::EmailMismatch]);
        let end = issued.invite.expires_at.unwrap();
        let at = |at| ValidateRequest { at: Some(at), ..nobody.clone() };
        assert_eq!(reasons(service, &at(end - instant())).await, []);
        assert_eq!(reasons(service, &at(end)).await, [Reason::Expired]);
        assert_eq!(validate(service, &operator(), &at(end)).await.unwrap().at, end);
        assert_eq!(validate(service, &operator(), &nobody).await.unwrap().at, world.now);
        // Neither a wrong address nor a wrong id is taken for an answer.
        assert!(matches!(validate(service, &operator(), &with("no address")).await, Err(Error::Invalid(_))));
        assert!(matches!(validate(service, &operator(), &look_for(&reference, "")).await, Err(Error::Invalid(_))));
        assert_eq!(raw.dump().await, before);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_thousand_looks_do_not_consume_a_single_use_code() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "director", "d1").await;
        let reference = code_of(&one(&world.service, "d1", Terms::default()).await);
        let before = raw.dump().await;
        for _ in 0..1_000 {
            assert_eq!(reasons(&world.service, &look_for(&reference, "ann")).await, []);
        }
        assert_eq!(raw.dump().await, before);
        join(&world.service, &reference, "ann").await;
    }
}

/// Whoever tries dead codes waits for nobody, and keeps nobody from writing.
#[tokio::test]
async fn a_dead_code_is_refused_without_a_turn_to_write() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        let [used, revoked] = [one(&world.service, "c", times(1)).await, one(&world.service, "c", times(1)).await];
        join(&world.service, &code_of(&used), "ann").await;
        revoke_these(&world.service, vec![code_of(&revoked)]).await;
        let write = "UPDATE invites SET note = 'held'".to_owned();
        let holder = Holder::holding(&world, &[write]).await;
        for (issued, expected) in [(&used, Reason::UsedUp), (&revoked, Reason::Revoked)] {
            let reference = code_of(issued);
            let answer = try_redeem(&world.service, &reference, "bob");
            // A turn to write is waited for 30 seconds.
            let answer = tokio::time::timeout(std::time::Duration::from_secs(20), answer).await.unwrap();
            assert_eq!(refused(answer), [expected]);
        }
        holder.let_go().await;
        // The one who used it is no stranger.
        assert!(join(&world.service, &code_of(&used), "ann").await.repeated);
    }
}
