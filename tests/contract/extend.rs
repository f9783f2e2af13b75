//! Changing the expiry or the usage limit of existing invites.

use chrono::{DateTime, Utc};
use invite::Reason;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::model::invite::{Invite, Status};

use crate::fixture::{Engine, Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;

every_engine! {
    extend_moves_expiry_both_ways_and_records_old_one,
    extend_moves_usage_limit_both_ways_and_records_old_one,
    extend_reopens_expired_invite_before_and_after_cleanup,
    extend_reopens_used_up_invite,
    extend_refuses_revoked_and_replaced_invites,
    extend_refuses_terms_that_leave_invite_invalid,
    extend_refuses_usage_limit_fixed_by_policy,
    extend_distinguishes_missing_terms_and_unknown_invite,
    reopened_invite_takes_its_slot_again,
    extend_needs_slot_held_by_no_open_invite,
    extend_by_duration_moves_past_and_future_expiry,
}

/// Name, old value and new value of each changed field.
type Fields = Vec<(String, Option<String>, Option<String>)>;

async fn changes(fixture: &Fixture, invite: &Invite) -> Fields {
    let shown = fixture.service.show_invite(&operator(), &by_id(invite.id)).await.unwrap();
    shown.changes.into_iter().map(|change| (change.field, change.before.map(plain), change.after.map(plain))).collect()
}

fn field(name: &str, before: Option<String>, after: Option<String>) -> (String, Option<String>, Option<String>) {
    (name.to_owned(), before, after)
}

/// Formats a time in a uniform way; returns any other text unchanged.
fn plain(text: String) -> String {
    text.parse::<DateTime<Utc>>().map_or(text, time)
}

fn time(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339()
}

/// Asserts that an extension is refused for this reason and changes nothing.
async fn assert_refused(fixture: &Fixture, span: i64, invite: &Invite, end: Expiry, uses: UsageLimit, why: Reason) {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    assert_eq!(reason(extend_invite(&fixture.later(hours(span)), invite.id, end, uses).await), why);
    assert_eq!(raw.dump().await, before);
}

async fn extend_moves_expiry_both_ways_and_records_old_one(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    for (end, moved) in [
        (Expiry::After(hours(20)), Some(fixture.now + hours(21))),
        (Expiry::At(fixture.now + hours(2)), Some(fixture.now + hours(2))),
        (Expiry::Never, None),
    ] {
        let old = create_one(&fixture.service, "box", terms_expiring_in(10)).await.invite;
        let later = fixture.later(hours(1));
        let extended = extend_invite(&later, old.id, end, UsageLimit::Default).await.unwrap();
        assert_eq!((extended.before.expires_at, extended.after.expires_at), (old.expires_at, moved));
        assert_eq!(reload(&later, old.id).await.expires_at, moved);
        let expected = field("expires_at", Some(time(fixture.now + hours(10))), moved.map(time));
        assert_eq!(changes(&fixture, &old).await, [expected]);
        if let Some(moved) = moved {
            let live = reload(&later, old.id).await;
            assert_eq!(live.status(just_before(moved)), Status::Active);
            assert_eq!(live.status(moved), Status::Expired);
        }
    }
    fixture.raw().await.check_integrity().await;
}

async fn extend_moves_usage_limit_both_ways_and_records_old_one(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    for (uses, moved) in
        [(UsageLimit::Times(9), Some(9)), (UsageLimit::Times(2), Some(2)), (UsageLimit::Unlimited, None)]
    {
        let old = create_one(&fixture.service, "box", terms_with_limit(3)).await;
        let user = format!("first of {moved:?}");
        join(&fixture.service, &code_of(&old), &user).await;
        let extended = extend_invite(&fixture.service, old.invite.id, Expiry::Default, uses).await.unwrap();
        assert_eq!((extended.before.max_uses, extended.after.max_uses), (Some(3), moved));
        assert_eq!(extended.after.uses, 1);
        let text = moved.map(|limit| limit.to_string());
        assert_eq!(changes(&fixture, &old.invite).await, [field("max_uses", Some("3".into()), text)]);
    }
    let mut raw = fixture.raw().await;
    assert_eq!(operations_of(&mut raw, "extend").await, [1, 1, 1]);
    raw.check_integrity().await;
}

async fn extend_reopens_expired_invite_before_and_after_cleanup(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let later = fixture.later(hours(2));
    for cleaned in [false, true] {
        let issued = create_one(&fixture.service, "box", terms_expiring_in(1)).await;
        if cleaned {
            assert_eq!(run_cleanup(&later, &default_cleanup()).await.expired, 1);
        }
        let extended =
            extend_invite(&later, issued.invite.id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap();
        assert_eq!(extended.before.status(later.now()), Status::Expired);
        assert_eq!(extended.after.status(later.now()), Status::Active);
        assert!(extended.after.closed.is_none() && extended.after.closed_op.is_none());
        join(&later, &code_of(&issued), &format!("cleaned {cleaned}")).await;
        let fields: Vec<String> = changes(&fixture, &issued.invite).await.into_iter().map(|(name, ..)| name).collect();
        let opened: &[&str] = if cleaned { &["closed_op", "closed_reason", "expires_at"] } else { &["expires_at"] };
        assert_eq!(fields, opened);
        assert_eq!(run_cleanup(&later, &default_cleanup()).await.expired, 0);
    }
    fixture.raw().await.check_integrity().await;
}

async fn extend_reopens_used_up_invite(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "box").await;
    for (case, by_use, cleaned) in [("use", true, true), ("row", false, false), ("cleanup", false, true)] {
        let issued = create_one(service, "box", terms_with_limit(1)).await;
        if by_use {
            join(service, &code_of(&issued), case).await;
        } else {
            use_up_externally(&mut fixture.raw().await, issued.invite.id).await;
        }
        if cleaned {
            run_cleanup(service, &default_cleanup()).await;
        }
        assert_eq!(refused(try_redeem(service, &code_of(&issued), "ann").await), [Reason::UsedUp]);
        let extended = extend_invite(service, issued.invite.id, Expiry::Default, UsageLimit::Times(2)).await.unwrap();
        assert_eq!(extended.after.status(fixture.now), Status::Active);
        let joined = join(service, &code_of(&issued), &format!("second by {case}")).await;
        assert_eq!((joined.invite.uses, joined.invite.status(fixture.now)), (2, Status::UsedUp));
    }
    fixture.raw().await.check_integrity().await;
}

async fn extend_refuses_revoked_and_replaced_invites(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "space", "club").await;
    space(service, "container", "box").await;
    let revoked = create_one(service, "box", terms_expiring_in(1)).await.invite;
    revoke_references(service, vec![by_id(revoked.id)]).await;
    let replaced = create_one(service, "club", Terms::new()).await.invite;
    let in_grace = regenerate_code(service, "club", None).await.unwrap().issued.invite;
    regenerate_code(service, "club", Some(hours(5))).await.unwrap();
    let ten = Expiry::After(hours(10));
    assert_refused(&fixture, 0, &revoked, ten, UsageLimit::Default, Reason::Revoked).await;
    assert_refused(&fixture, 2, &revoked, ten, UsageLimit::Unlimited, Reason::Revoked).await;
    assert_refused(&fixture, 0, &replaced, ten, UsageLimit::Default, Reason::Replaced).await;
    // A code in an extended grace period would be a second standing code.
    assert_refused(&fixture, 1, &in_grace, ten, UsageLimit::Default, Reason::Replaced).await;
}

async fn extend_refuses_terms_that_leave_invite_invalid(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "box").await;
    let expired = create_one(service, "box", terms_expiring_in_with_limit(1, 5)).await.invite;
    let used_up = create_one(service, "box", terms_with_limit(2)).await;
    join(service, &code_of(&used_up), "ann").await;
    join(service, &code_of(&used_up), "bob").await;
    let past = Expiry::At(fixture.now + hours(1));
    assert_refused(&fixture, 2, &expired, Expiry::Default, UsageLimit::Times(9), Reason::InvalidInput).await;
    assert_refused(&fixture, 2, &expired, past, UsageLimit::Default, Reason::InvalidInput).await;
    for uses in [UsageLimit::Default, UsageLimit::Times(1), UsageLimit::Times(2), UsageLimit::Times(0)] {
        assert_refused(&fixture, 0, &used_up.invite, Expiry::After(hours(9)), uses, Reason::InvalidInput).await;
    }
}

async fn extend_refuses_usage_limit_fixed_by_policy(fixture: Fixture) {
    space(&fixture.service, "director", "film").await;
    let invite = create_one(&fixture.service, "film", Terms::new()).await.invite;
    for uses in [UsageLimit::Times(5), UsageLimit::Unlimited] {
        assert_refused(&fixture, 0, &invite, Expiry::After(hours(50)), uses, Reason::InvalidInput).await;
    }
    let extended =
        extend_invite(&fixture.service, invite.id, Expiry::After(hours(50)), UsageLimit::Times(1)).await.unwrap();
    assert_eq!(extended.after.max_uses, Some(1));
    fixture.raw().await.check_integrity().await;
}

async fn extend_distinguishes_missing_terms_and_unknown_invite(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let mut invite = create_one(&fixture.service, "box", Terms::new()).await.invite;
    assert_refused(&fixture, 0, &invite, Expiry::Default, UsageLimit::Default, Reason::InvalidInput).await;
    invite.id = uuid::Uuid::from_u128(7);
    assert_refused(&fixture, 0, &invite, Expiry::Never, UsageLimit::Default, Reason::NotFound).await;
}

async fn reopened_invite_takes_its_slot_again(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let first = create_one(&fixture.service, "oak", terms_to("ann@example.org")).await.invite;
    let later = fixture.later(hours(8 * 24));
    run_cleanup(&later, &default_cleanup()).await;
    let mut raw = fixture.raw().await;
    assert_eq!(slot_of(&mut raw, first.id).await, None);
    extend_invite(&later, first.id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap();
    assert_eq!(slot_of(&mut raw, first.id).await.as_deref(), Some("email:oak:ann@example.org"));
    assert_eq!(reason(create(&later, "oak", 1, terms_to("ann@example.org")).await), Reason::Duplicate);
    raw.check_integrity().await;
}

async fn extend_needs_slot_held_by_no_open_invite(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.space]\nexpires = \"10h\"\n").await;
    space(&fixture.service, "space", "club").await;
    let first = create_one(&fixture.service, "club", Terms::new()).await.invite;
    let second = create_one(&fixture.later(hours(11)), "club", Terms::new()).await.invite;
    assert_refused(&fixture, 12, &first, Expiry::Never, UsageLimit::Default, Reason::Duplicate).await;

    // The invite is expired and still holds its slot, because no cleanup has run.
    let later = fixture.later(hours(22));
    let mut raw = fixture.raw().await;
    assert!(slot_of(&mut raw, second.id).await.is_some());
    let extended = extend_invite(&later, first.id, Expiry::Never, UsageLimit::Default).await.unwrap();
    assert_eq!(extended.after.status(later.now()), Status::Active);
    assert_eq!(reload(&later, second.id).await.status(later.now()), Status::Expired);
    assert_eq!(slot_of(&mut raw, second.id).await, None);
    assert_eq!(slot_of(&mut raw, first.id).await.as_deref(), Some("standing:club"));
    raw.check_integrity().await;
}

async fn extend_by_duration_moves_past_and_future_expiry(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let live = create_one(&fixture.service, "box", terms_expiring_in(48)).await.invite;
    let moved = extend_invite(&fixture.later(hours(10)), live.id, Expiry::Later(hours(72).into()), UsageLimit::Default)
        .await
        .unwrap();
    assert_eq!(moved.before.expires_at, Some(fixture.now + hours(48)));
    assert_eq!(moved.after.expires_at, Some(fixture.now + hours(120)));

    let past = create_one(&fixture.service, "box", terms_expiring_in(1)).await.invite;
    run_cleanup(&fixture.later(hours(2)), &default_cleanup()).await;
    assert_refused(&fixture, 9, &past, Expiry::Later(hours(8).into()), UsageLimit::Default, Reason::InvalidInput).await;
    let opened = extend_invite(&fixture.later(hours(9)), past.id, Expiry::Later(hours(9).into()), UsageLimit::Default)
        .await
        .unwrap();
    assert_eq!(opened.after.expires_at, Some(fixture.now + hours(10)));
    assert_eq!(opened.after.status(fixture.now + hours(9)), Status::Active);

    let endless = create_one(&fixture.service, "box", Terms::new()).await.invite;
    assert_refused(&fixture, 0, &endless, Expiry::Later(hours(8).into()), UsageLimit::Default, Reason::InvalidInput)
        .await;
    assert_refused(
        &fixture,
        0,
        &live,
        Expiry::Later(days(9_000_000).into()),
        UsageLimit::Default,
        Reason::InvalidInput,
    )
    .await;
    assert_eq!(
        reason(create(&fixture.service, "box", 1, terms_with_expiry(Expiry::Later(hours(8).into()))).await),
        Reason::InvalidInput
    );
}
