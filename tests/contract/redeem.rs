//! Accepted redemptions and the rows that they store.

use invite::Denial;
use invite::Reason;
use invite::invites::generate::{Expiry, Terms};

use crate::fixture::{Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::raw::micros;
use crate::helpers::validation::*;

every_engine! {
    redeem_stores_member_use_counter_and_operation,
    redeem_grants_role_of_invite,
    repeated_redeem_returns_first_result,
    repeated_redeem_reports_current_membership,
    repeated_redeem_succeeds_after_invite_became_invalid,
    last_use_closes_invite_and_frees_slot,
    redeem_returns_invite_as_stored,
    redeem_refuses_removed_member_with_same_code,
    validate_agrees_with_redeem_on_removed_member,
    redeem_stores_name_and_address,
    redeem_matches_given_or_known_address_in_any_case,
}

async fn redeem_stores_member_use_counter_and_operation(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let issued = create_one(&fixture.service, "c1", terms_with_limit(5)).await;
    let id = issued.invite.id.to_string();
    let service = fixture.later(hours(1));
    let joined = join(&service, &code_of(&issued), "ann").await;
    assert!(!joined.repeated);
    assert_eq!((joined.user_id.as_str(), joined.role.as_str()), ("ann", "member"));
    assert_eq!(joined.used_at, fixture.now + hours(1));
    assert_eq!((joined.invite.id, joined.invite.uses, joined.invite.closed), (issued.invite.id, 1, None));

    let at = micros(fixture.now + hours(1));
    let members: Vec<(String, String, String, i64, Option<String>)> =
        raw.rows("SELECT space_id, user_id, role, joined_at, invite_id FROM invite_members").await;
    assert_eq!(members, [("c1".into(), "ann".into(), "member".into(), at, Some(id.clone()))]);
    let ledger: Vec<(String, String, String, i64)> =
        raw.rows("SELECT invite_id, user_id, role, used_at FROM invite_uses").await;
    assert_eq!(ledger, [(id, "ann".into(), "member".into(), at)]);
    let operations: Vec<(String, String, i64, i64, i64, Option<i64>)> = raw
        .rows(
            "SELECT operator, command, changed, failed, at, finished_at FROM invite_operations \
             WHERE id IN (SELECT operation_id FROM invite_uses)",
        )
        .await;
    assert_eq!(operations, [("tester".into(), "use".into(), 1, 0, at, Some(at))]);
    raw.check_integrity().await;
}

async fn redeem_grants_role_of_invite(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "director", "d1").await;
    let issued = create_one(&fixture.service, "d1", Terms::new()).await;
    assert_eq!(join(&fixture.service, &code_of(&issued), "ann").await.role, "actor");
    space(&fixture.service, "tree", "t1").await;
    let mut terms = terms_to("bob@example.org");
    terms.role = Some("contributor".into());
    let issued = create_one(&fixture.service, "t1", terms).await;
    let redemption = try_redeem_with(&fixture.service, &code_of(&issued), "bob", Some("bob@example.org"), None).await;
    assert_eq!(accepted(redemption).role, "contributor");
    let roles = raw.texts("SELECT role FROM invite_members ORDER BY user_id").await;
    assert_eq!(roles, ["actor", "contributor"]);
    raw.check_integrity().await;
}

async fn repeated_redeem_returns_first_result(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_limit(5)).await);
    let first = join(&fixture.service, &reference, "ann").await;
    let before = raw.dump().await;
    let again = join(&fixture.later(hours(5)), &reference, "ann").await;
    assert!(again.repeated);
    assert_eq!((again.used_at, again.role, again.invite.uses), (first.used_at, first.role, 1));
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn repeated_redeem_reports_current_membership(fixture: Fixture) {
    space(&fixture.service, "tree", "t1").await;
    let code = code_of(&create_one(&fixture.service, "t1", terms_to("ann@example.org")).await);
    let address = Some("ann@example.org");
    let first = accepted(try_redeem_with(&fixture.service, &code, "ann", address, None).await);
    assert_eq!((first.role.as_str(), first.joined_at), ("viewer", fixture.now));
    for (role, hour) in [("custodian", 1), ("contributor", 2)] {
        let service = fixture.later(hours(hour));
        member(&service, "t1", "ann", role, None).await;
        let again = accepted(try_redeem_with(&service, &code, "ann", address, None).await);
        assert!(again.repeated);
        assert_eq!((again.role.as_str(), again.used_at, again.joined_at), (role, fixture.now, fixture.now));
    }
    // Removed and added again by an operator, so a member since that time.
    fixture.service.remove_member(&operator(), "t1", "ann").await.unwrap();
    member(&fixture.later(hours(3)), "t1", "ann", "viewer", None).await;
    let again = accepted(try_redeem_with(&fixture.later(hours(4)), &code, "ann", address, None).await);
    assert_eq!((again.role.as_str(), again.used_at, again.joined_at), ("viewer", fixture.now, fixture.now + hours(3)));
}

async fn repeated_redeem_succeeds_after_invite_became_invalid(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    space(&fixture.service, "container", "c2").await;
    space(&fixture.service, "container", "c3").await;
    let used_up = create_one(&fixture.service, "c1", terms_with_limit(1)).await;
    let expired = create_one(&fixture.service, "c2", terms_with_expiry(Expiry::After(hours(1)))).await;
    let revoked = create_one(&fixture.service, "c3", terms_with_limit(3)).await;
    for issued in [&used_up, &expired, &revoked] {
        join(&fixture.service, &code_of(issued), "ann").await;
    }
    revoke_references(&fixture.service, vec![code_of(&revoked)]).await;
    let later = fixture.later(hours(2));
    let before = raw.dump().await;
    for issued in [&used_up, &expired, &revoked] {
        let again = join(&later, &code_of(issued), "ann").await;
        assert!(again.repeated);
        assert_eq!((again.used_at, again.invite.uses), (fixture.now, 1));
        // For other users, each invite is invalid.
        assert_eq!(refused(try_redeem(&later, &code_of(issued), "bob").await).len(), 1);
    }
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn last_use_closes_invite_and_frees_slot(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "space", "s1").await;
    let issued = create_one(&fixture.service, "s1", terms_with_limit(2)).await;
    let reference = code_of(&issued);
    join(&fixture.service, &reference, "ann").await;
    assert_eq!(raw.count("invites WHERE slot = 'standing:s1' AND closed_at IS NULL").await, 1);
    assert!(create(&fixture.service, "s1", 1, terms_with_limit(2)).await.is_err());
    join(&fixture.later(hours(1)), &reference, "bob").await;
    let closed: Vec<(i64, String, Option<String>, i64)> =
        raw.rows("SELECT closed_at, closed_reason, slot, uses FROM invites").await;
    assert_eq!(closed, [(micros(fixture.now + hours(1)), "used_up".into(), None, 2)]);
    let by_the_use = "invites WHERE closed_op = (SELECT operation_id FROM invite_uses WHERE user_id = 'bob')";
    assert_eq!(raw.count(by_the_use).await, 1);
    // The slot is free immediately, without a cleanup.
    let next = create_one(&fixture.later(hours(1)), "s1", terms_with_limit(2)).await;
    assert_ne!(next.invite.id, issued.invite.id);
    raw.check_integrity().await;
}

async fn redeem_returns_invite_as_stored(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let reference = code_of(&create_one(&fixture.service, "c1", terms_with_limit(2)).await);
    for (hour, user) in [(1, "ann"), (2, "bob")] {
        let service = fixture.later(hours(hour));
        let returned = join(&service, &reference, user).await.invite;
        let stored = join(&service, &reference, user).await.invite;
        assert_eq!(
            (returned.uses, returned.closed, returned.closed_op),
            (stored.uses, stored.closed, stored.closed_op)
        );
        assert_eq!(returned.closed.is_some(), user == "bob");
    }
    raw.check_integrity().await;
}

async fn redeem_refuses_removed_member_with_same_code(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "space", "s1").await;
    let issued = create_one(&fixture.service, "s1", Terms::new()).await;
    join(&fixture.service, &code_of(&issued), "ann").await;
    fixture.service.remove_member(&operator(), "s1", "ann").await.unwrap();
    let before = raw.dump().await;
    let redemption = try_redeem(&fixture.later(hours(1)), &code_of(&issued), "ann").await;
    let invite::invites::redeem::Redemption::Refused(invite, denials) = redemption else {
        panic!("a removed member redeemed the code again");
    };
    assert_eq!(denials, [Denial::UsedBefore(fixture.now)]);
    assert_eq!((denials[0].reason(), invite.id), (Reason::UsedUp, issued.invite.id));
    assert_eq!(raw.dump().await, before);
    // Other users can still redeem the invite, and the removed member can redeem another one.
    join(&fixture.service, &code_of(&issued), "bob").await;
    let next = regenerate_code(&fixture.service, "s1", None).await.unwrap().issued;
    assert!(!join(&fixture.service, &code_of(&next), "ann").await.repeated);
    raw.check_integrity().await;
}

async fn validate_agrees_with_redeem_on_removed_member(fixture: Fixture) {
    space(&fixture.service, "space", "s1").await;
    let reference = code_of(&create_one(&fixture.service, "s1", Terms::new()).await);
    join(&fixture.service, &reference, "ann").await;
    fixture.service.remove_member(&operator(), "s1", "ann").await.unwrap();
    let used = refused(try_redeem(&fixture.service, &reference, "ann").await);
    assert_eq!(reasons(&fixture.service, &validation_request_for(&reference, "ann")).await, used);
    fixture.raw().await.check_integrity().await;
}

async fn redeem_stores_name_and_address(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    space(&fixture.service, "container", "c2").await;
    let first = code_of(&create_one(&fixture.service, "c1", Terms::new()).await);
    let second = code_of(&create_one(&fixture.service, "c2", Terms::new()).await);
    accepted(try_redeem_with(&fixture.service, &first, "ann", Some("Ann@Example.ORG"), Some("Ann Lee")).await);
    let users = "SELECT id, name, email FROM invite_users";
    let kept = vec![("ann".to_owned(), "Ann Lee".to_owned(), "ann@example.org".to_owned())];
    assert_eq!(raw.rows::<(String, String, String)>(users).await, kept);
    // Omitted fields keep the stored values.
    join(&fixture.service, &second, "ann").await;
    assert_eq!(raw.rows::<(String, String, String)>(users).await, kept);
    raw.check_integrity().await;
}

async fn redeem_matches_given_or_known_address_in_any_case(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t1").await;
    space(&fixture.service, "tree", "t2").await;
    let by_given = code_of(&create_one(&fixture.service, "t1", terms_to("Ann@Example.org")).await);
    accepted(try_redeem_with(&fixture.service, &by_given, "ann", Some("aNN@eXAMPLE.ORG"), None).await);
    let by_known = code_of(&create_one(&fixture.service, "t2", terms_to("BOB@example.org")).await);
    // The address is known from another space and not given here.
    member(&fixture.service, "t1", "bob", "viewer", Some("Bob@Example.Org")).await;
    join(&fixture.service, &by_known, "bob").await;
    assert_eq!(raw.count("invites WHERE closed_reason = 'used_up' AND slot IS NULL").await, 2);
    raw.check_integrity().await;
}
