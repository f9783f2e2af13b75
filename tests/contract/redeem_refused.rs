//! Refused redemptions at exact times, and validation, which changes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use invite::invites::generate::{Expiry, Terms};
use invite::invites::redeem::Redemption;
use invite::model::reference::Reference;
use invite::{Denial, Error, Reason};

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::validation::*;
use crate::locks::Holder;

every_engine! {
    redeem_refuses_invite_from_its_expiry_on,
    redeem_refuses_invite_before_its_start,
    redeem_refuses_used_up_invite,
    redeem_refuses_revoked_invite,
    redeem_accepts_replaced_code_during_grace_only,
    redeem_refuses_other_or_missing_address,
    redeem_refuses_member_with_current_role,
    redeem_and_validate_name_all_reasons,
    validate_considers_user_address_and_time,
    validate_does_not_consume_single_use_code,
    redeem_refuses_invalid_code_without_write_lock,
}

/// Returns the denials of a redemption that must be refused and change nothing.
async fn denied(fixture: &Fixture, at: DateTime<Utc>, reference: &Reference, user: &str) -> Vec<Denial> {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let redemption = try_redeem(&fixture.at(at), reference, user).await;
    assert_eq!(raw.dump().await, before, "a refusal changed something");
    raw.check_integrity().await;
    match redemption {
        Redemption::Accepted(joined) => panic!("{} was accepted", joined.user_id),
        Redemption::Refused(_, denials) => denials,
    }
}

fn instant() -> TimeDelta {
    TimeDelta::microseconds(1)
}

async fn redeem_refuses_invite_from_its_expiry_on(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    let end = fixture.now + hours(3);
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_expiry(Expiry::At(end))).await);
    assert_eq!(denied(&fixture, end, &reference, "ann").await, [Denial::Expired(end)]);
    assert_eq!(denied(&fixture, end + days(9), &reference, "ann").await, [Denial::Expired(end)]);
    join(&fixture.at(end - instant()), &reference, "ann").await;
    fixture.raw().await.check_integrity().await;
}

async fn redeem_refuses_invite_before_its_start(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    let start = fixture.now + hours(3);
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_limit(2).starts_at(start)).await);
    assert_eq!(denied(&fixture, fixture.now, &reference, "ann").await, [Denial::NotStarted(start)]);
    assert_eq!(denied(&fixture, start - instant(), &reference, "ann").await, [Denial::NotStarted(start)]);
    join(&fixture.at(start), &reference, "ann").await;
    fixture.raw().await.check_integrity().await;
}

async fn redeem_refuses_used_up_invite(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_limit(2)).await);
    join(&fixture.service, &reference, "ann").await;
    join(&fixture.service, &reference, "bob").await;
    assert_eq!(denied(&fixture, fixture.now, &reference, "cid").await, [Denial::UsedUp(2)]);
}

async fn redeem_refuses_revoked_invite(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_limit(2)).await);
    let at = fixture.now + hours(1);
    revoke_references(&fixture.at(at), vec![reference.clone()]).await;
    assert_eq!(denied(&fixture, at, &reference, "ann").await, [Denial::Revoked(at)]);
}

async fn redeem_accepts_replaced_code_during_grace_only(fixture: Fixture) {
    space(&fixture.service, "space", "s1").await;
    let first = code_of(&create_one(&fixture.service, "s1", Terms::new()).await);
    let second = code_of(&regenerate_code(&fixture.service, "s1", Some(hours(24))).await.unwrap().issued);
    let end = fixture.now + hours(24);
    join(&fixture.service, &first, "ann").await;
    assert_eq!(denied(&fixture, end, &first, "bob").await, [Denial::Replaced(end)]);
    join(&fixture.at(end - instant()), &first, "bob").await;
    // Without a grace period the code is replaced immediately.
    regenerate_code(&fixture.at(end), "s1", None).await.unwrap();
    assert_eq!(denied(&fixture, end, &second, "cid").await, [Denial::Replaced(end)]);
}

async fn redeem_refuses_other_or_missing_address(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t1").await;
    let reference = code_of(&create_one(&fixture.service, "t1", terms_to("ann@example.org")).await);
    let unknown = denied(&fixture, fixture.now, &reference, "ann").await;
    assert_eq!(unknown, [Denial::EmailMismatch { given: false }]);
    let before = raw.dump().await;
    for other in ["bob@example.org", "ann@example.com", "ann+1@example.org"] {
        let redemption = try_redeem_with(&fixture.service, &reference, "ann", Some(other), Some("Ann")).await;
        assert_eq!(refused(redemption), [Reason::EmailMismatch], "{other}");
    }
    assert_eq!(raw.dump().await, before);
    // The given address counts, not the known one.
    member(&fixture.service, "t1", "eve", "viewer", Some("eve@example.org")).await;
    space(&fixture.service, "tree", "t2").await;
    let bound = code_of(&create_one(&fixture.service, "t2", terms_to("eve@example.org")).await);
    let before = raw.dump().await;
    let redemption = try_redeem_with(&fixture.service, &bound, "eve", Some("else@example.org"), None).await;
    assert_eq!(refused(redemption), [Reason::EmailMismatch]);
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn redeem_refuses_member_with_current_role(fixture: Fixture) {
    space(&fixture.service, "space", "s1").await;
    let reference = code_of(&create_one(&fixture.service, "s1", terms_with_limit(1)).await);
    member(&fixture.service, "s1", "ann", "owner", None).await;
    let denials = denied(&fixture, fixture.now, &reference, "ann").await;
    assert_eq!(denials, [Denial::AlreadyMember { role: "owner".into() }]);
    // The single use is still available.
    join(&fixture.service, &reference, "bob").await;
}

async fn redeem_and_validate_name_all_reasons(fixture: Fixture) {
    space(&fixture.service, "tree", "t1").await;
    let issued = create_one(&fixture.service, "t1", terms_to("ann@example.org")).await;
    let reference = code_of(&issued);
    revoke_references(&fixture.service, vec![reference.clone()]).await;
    member(&fixture.service, "t1", "bob", "viewer", Some("bob@example.org")).await;
    let end = issued.invite.expires_at.unwrap();
    let all = vec![
        Denial::Revoked(fixture.now),
        Denial::Expired(end),
        Denial::EmailMismatch { given: true },
        Denial::AlreadyMember { role: "viewer".into() },
    ];
    assert_eq!(denied(&fixture, end, &reference, "bob").await, all);
    let seen = fixture.at(end).validate(&operator(), &validation_request_for(&reference, "bob")).await.unwrap();
    assert_eq!((seen.denials, seen.at), (all, end));

    space(&fixture.service, "space", "s1").await;
    let start = fixture.now + hours(5);
    let scheduled = create_one(&fixture.service, "s1", Terms::new().starts_at(start)).await;
    regenerate_code(&fixture.service, "s1", None).await.unwrap();
    let both = [Denial::Replaced(fixture.now), Denial::NotStarted(start)];
    assert_eq!(denied(&fixture, fixture.now, &code_of(&scheduled), "ann").await, both);

    space(&fixture.service, "director", "d1").await;
    let single = create_one(&fixture.service, "d1", Terms::new()).await;
    join(&fixture.service, &code_of(&single), "ann").await;
    let end = single.invite.expires_at.unwrap();
    let both = [Denial::UsedUp(1), Denial::Expired(end)];
    assert_eq!(denied(&fixture, end, &code_of(&single), "bob").await, both);
}

async fn validate_considers_user_address_and_time(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t1").await;
    space(&fixture.service, "tree", "t2").await;
    let issued = create_one(&fixture.service, "t1", terms_to("ann@example.org")).await;
    let reference = code_of(&issued);
    member(&fixture.service, "t2", "ann", "viewer", Some("Ann@Example.org")).await;
    let before = raw.dump().await;
    let service = &fixture.service;
    let without_user = validation_request(&reference);
    let with = |email: &str| validation_request(&reference).email(email);
    assert_eq!(reasons(service, &without_user).await, []);
    assert_eq!(reasons(service, &with("ANN@example.org")).await, []);
    assert_eq!(reasons(service, &with("bob@example.org")).await, [Reason::EmailMismatch]);
    assert_eq!(reasons(service, &validation_request_for(&reference, "ann")).await, []);
    assert_eq!(reasons(service, &validation_request_for(&reference, "bob")).await, [Reason::EmailMismatch]);
    let end = issued.invite.expires_at.unwrap();
    let at = |at| without_user.clone().at(at);
    assert_eq!(reasons(service, &at(end - instant())).await, []);
    assert_eq!(reasons(service, &at(end)).await, [Reason::Expired]);
    assert_eq!(service.validate(&operator(), &at(end)).await.unwrap().at, end);
    assert_eq!(service.validate(&operator(), &without_user).await.unwrap().at, fixture.now);
    // Invalid addresses and IDs are errors, not denials.
    assert!(matches!(service.validate(&operator(), &with("no address")).await, Err(Error::Invalid(_))));
    assert!(matches!(
        service.validate(&operator(), &validation_request_for(&reference, "")).await,
        Err(Error::Invalid(_))
    ));
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn validate_does_not_consume_single_use_code(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "director", "d1").await;
    let reference = code_of(&create_one(&fixture.service, "d1", Terms::new()).await);
    let before = raw.dump().await;
    for _ in 0..1_000 {
        assert_eq!(reasons(&fixture.service, &validation_request_for(&reference, "ann")).await, []);
    }
    assert_eq!(raw.dump().await, before);
    join(&fixture.service, &reference, "ann").await;
}

/// Attempts at invalid codes neither wait for writers nor block them.
async fn redeem_refuses_invalid_code_without_write_lock(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let [used, revoked] = [
        create_one(&fixture.service, "c", terms_with_limit(1)).await,
        create_one(&fixture.service, "c", terms_with_limit(1)).await,
    ];
    join(&fixture.service, &code_of(&used), "ann").await;
    revoke_references(&fixture.service, vec![code_of(&revoked)]).await;
    let write = "UPDATE invites SET note = 'held'".to_owned();
    let holder = Holder::holding(&fixture, &[write]).await;
    for (issued, expected) in [(&used, Reason::UsedUp), (&revoked, Reason::Revoked)] {
        let reference = code_of(issued);
        let answer = try_redeem(&fixture.service, &reference, "bob");
        // Waiting for the write lock would take 30 seconds.
        let answer = tokio::time::timeout(std::time::Duration::from_secs(20), answer).await.unwrap();
        assert_eq!(refused(answer), [expected]);
    }
    holder.let_go().await;
    // The user of the single use still gets the first result.
    assert!(join(&fixture.service, &code_of(&used), "ann").await.repeated);
}
