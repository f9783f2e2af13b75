//! Terms of an invite: their effect, and the invalid ones.

use chrono::{DateTime, TimeDelta};
use invite::Reason;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::model::invite::Status;

use crate::fixture::{Engine, Fixture, days, hours};
use crate::helpers::actions::{
    code_of, create_one, join, refused, reload, space, terms_to, terms_with_expiry, terms_with_limit, try_redeem,
};
use crate::helpers::imports::create_refused;

every_engine! {
    generate_refuses_usage_limit_below_one,
    generate_refuses_expiry_in_the_past,
    generate_refuses_lifetime_of_zero,
    generate_refuses_expiry_after_year_9999,
    generate_refuses_role_not_granted_by_policy,
    generate_needs_address_only_if_policy_binds_to_one,
    generate_refuses_usage_limit_fixed_by_policy,
    custom_usage_limit_overrides_policy_that_allows_it,
    generate_refuses_count_of_zero_or_over_a_million,
    generate_refuses_several_codes_for_one_slot,
    generate_for_unknown_space_is_not_found,
    generate_refuses_note_with_control_characters,
    lifetime_of_scheduled_invite_begins_at_its_start,
    expiry_is_never_or_a_duration_or_a_timestamp,
}

/// Asserts that terms are refused as invalid.
async fn invalid(fixture: &Fixture, space: &str, count: u32, terms: Terms) {
    let shown = format!("{terms:?}");
    let error = create_refused(fixture, space, count, terms).await;
    assert_eq!(error.reason(), Reason::InvalidInput, "{shown}: {error}");
}

async fn four_spaces(fixture: &Fixture) {
    for policy in ["space", "tree", "director", "container"] {
        space(&fixture.service, policy, policy).await;
    }
}

async fn generate_refuses_usage_limit_below_one(fixture: Fixture) {
    four_spaces(&fixture).await;
    for limit in [0, -1, i64::MIN] {
        invalid(&fixture, "container", 1, terms_with_limit(limit)).await;
    }
}

async fn generate_refuses_expiry_in_the_past(fixture: Fixture) {
    four_spaces(&fixture).await;
    invalid(&fixture, "container", 1, terms_with_expiry(Expiry::At(fixture.now - hours(1)))).await;
    invalid(&fixture, "container", 1, terms_with_expiry(Expiry::At(fixture.now))).await;
    let upside_down = Terms::new().starts_at(fixture.now + hours(2)).expiry(Expiry::At(fixture.now + hours(1)));
    invalid(&fixture, "container", 1, upside_down).await;
}

async fn generate_refuses_lifetime_of_zero(fixture: Fixture) {
    four_spaces(&fixture).await;
    for span in [TimeDelta::zero(), -hours(1)] {
        invalid(&fixture, "container", 1, terms_with_expiry(Expiry::After(span))).await;
    }
}

async fn generate_refuses_expiry_after_year_9999(fixture: Fixture) {
    four_spaces(&fixture).await;
    invalid(&fixture, "container", 1, terms_with_expiry(Expiry::After(days(3_000_000)))).await;
    let far = DateTime::from_timestamp(253_402_300_800, 0).unwrap();
    invalid(&fixture, "container", 1, terms_with_expiry(Expiry::At(far))).await;
    invalid(&fixture, "container", 1, Terms::new().starts_at(far)).await;
}

async fn generate_refuses_role_not_granted_by_policy(fixture: Fixture) {
    four_spaces(&fixture).await;
    let role = |role: &str| Terms::new().role(role);
    // `owner` administers a space, so no invite grants it.
    invalid(&fixture, "space", 1, role("owner")).await;
    invalid(&fixture, "container", 1, role("Member")).await;
    invalid(&fixture, "container", 1, role("")).await;
    invalid(&fixture, "tree", 1, terms_to("ann@example.org").role("actor")).await;
    let error = create_refused(&fixture, "container", 1, role("nobody")).await;
    assert_eq!(error.hint().as_deref(), Some("roles: member"));
}

async fn generate_needs_address_only_if_policy_binds_to_one(fixture: Fixture) {
    four_spaces(&fixture).await;
    invalid(&fixture, "tree", 1, Terms::new()).await;
    for policy in ["space", "director", "container"] {
        invalid(&fixture, policy, 1, terms_to("ann@example.org")).await;
    }
    for address in ["", "ann", "ann@", "@example.org", "Ann <ann@example.org>", "a nn@example.org", "a@b@c"] {
        invalid(&fixture, "tree", 1, terms_to(address)).await;
    }
}

async fn generate_refuses_usage_limit_fixed_by_policy(fixture: Fixture) {
    four_spaces(&fixture).await;
    invalid(&fixture, "director", 1, terms_with_limit(2)).await;
    invalid(&fixture, "director", 1, Terms::new().usage_limit(UsageLimit::Unlimited)).await;
    invalid(&fixture, "tree", 1, terms_to("ann@example.org").usage_limit(UsageLimit::Times(5))).await;
    // The limit of the policy can be given explicitly.
    assert_eq!(create_one(&fixture.service, "director", terms_with_limit(1)).await.invite.max_uses, Some(1));
    assert_eq!(create_one(&fixture.service, "container", terms_with_limit(3)).await.invite.max_uses, Some(3));
}

async fn custom_usage_limit_overrides_policy_that_allows_it(engine: Engine) {
    let text = "[policy.club]\ndescription = \"clubs\"\ncode = \"random\"\nalphabet = \"ABCDEFGH23456789\"\nlength = 8\n\
        storage = \"text\"\nstanding = false\nexpires = \"2d\"\nmax_uses = 5\ncustom_max_uses = true\nemail = \"none\"\n\
        roles = [\"guest\"]\ncreate_roles = [\"host\"]\nview_roles = [\"host\"]\nrevoke_roles = [\"host\"]\n";
    let fixture = Fixture::with_policies(engine, text).await;
    space(&fixture.service, "club", "c").await;
    let plain = create_one(&fixture.service, "c", Terms::new()).await.invite;
    assert_eq!((plain.max_uses, plain.expires_at), (Some(5), Some(fixture.now + days(2))));
    assert_eq!(plain.role, "guest");
    let open = Terms::new().usage_limit(UsageLimit::Unlimited).expiry(Expiry::Never);
    let open = create_one(&fixture.service, "c", open).await.invite;
    assert_eq!((open.max_uses, open.expires_at), (None, None));
}

async fn generate_refuses_count_of_zero_or_over_a_million(fixture: Fixture) {
    four_spaces(&fixture).await;
    for count in [0, 1_000_001, u32::MAX] {
        invalid(&fixture, "container", count, Terms::new()).await;
    }
}

async fn generate_refuses_several_codes_for_one_slot(fixture: Fixture) {
    four_spaces(&fixture).await;
    invalid(&fixture, "space", 2, Terms::new()).await;
    invalid(&fixture, "tree", 2, terms_to("ann@example.org")).await;
}

async fn generate_for_unknown_space_is_not_found(fixture: Fixture) {
    four_spaces(&fixture).await;
    for id in ["nowhere", "", "SPACE", "space "] {
        let error = create_refused(&fixture, id, 1, Terms::new()).await;
        assert_eq!(error.reason(), Reason::NotFound, "{id:?}: {error}");
    }
}

async fn generate_refuses_note_with_control_characters(fixture: Fixture) {
    four_spaces(&fixture).await;
    let note = |note: String| Terms::new().note(note);
    for text in [String::new(), "x".repeat(501), "a\nb".into(), "\u{1b}[31mred".into()] {
        invalid(&fixture, "container", 1, note(text)).await;
    }
    let longest = "é".repeat(500);
    let issued = create_one(&fixture.service, "container", note(longest.clone())).await;
    assert_eq!(reload(&fixture.service, issued.invite.id).await.note, Some(longest));
}

async fn lifetime_of_scheduled_invite_begins_at_its_start(fixture: Fixture) {
    four_spaces(&fixture).await;
    let start = fixture.now + days(3);
    let issued = create_one(&fixture.service, "director", Terms::new().starts_at(start)).await;
    let invite = reload(&fixture.service, issued.invite.id).await;
    assert_eq!((invite.starts_at, invite.expires_at), (Some(start), Some(start + hours(24))));
    assert_eq!(invite.status(fixture.now), Status::Scheduled);
    assert_eq!(invite.status(start), Status::Active);
    let early = try_redeem(&fixture.service, &code_of(&issued), "u").await;
    assert_eq!(refused(early), [Reason::NotStarted]);
    join(&fixture.at(start), &code_of(&issued), "u").await;
    // A start in the past has no effect.
    let past = Terms::new().starts_at(fixture.now - days(3));
    assert_eq!(create_one(&fixture.service, "container", past).await.invite.starts_at, None);
    fixture.raw().await.check_integrity().await;
}

async fn expiry_is_never_or_a_duration_or_a_timestamp(fixture: Fixture) {
    four_spaces(&fixture).await;
    let cases = [
        (Expiry::Default, Some(fixture.now + hours(24))),
        (Expiry::Never, None),
        (Expiry::After(hours(2)), Some(fixture.now + hours(2))),
        (Expiry::At(fixture.now + days(400)), Some(fixture.now + days(400))),
    ];
    for (end, expected) in cases {
        let issued = create_one(&fixture.service, "director", terms_with_expiry(end)).await;
        assert_eq!(reload(&fixture.service, issued.invite.id).await.expires_at, expected, "{end:?}");
    }
    fixture.raw().await.check_integrity().await;
}
