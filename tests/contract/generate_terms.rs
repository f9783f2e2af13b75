//! The terms of an invite: what they set, and which ones are refused.

use chrono::{DateTime, TimeDelta};
use invite::error::Reason;
use invite::invites::generate::{End, Terms, Uses};
use invite::model::invite::Status;

use crate::steps::{code_of, ending, join, one, refused, reload, space, times, to, try_redeem};
use crate::steps_a::make_in_vain;
use crate::world::{World, days, hours, worlds, worlds_with};

/// Terms that must be called invalid, with a hint or without.
async fn invalid(world: &World, space: &str, count: u32, terms: Terms) {
    let shown = format!("{terms:?}");
    let error = make_in_vain(world, space, count, terms).await;
    assert_eq!(error.reason(), Reason::InvalidInput, "{shown}: {error}");
}

async fn four_spaces(world: &World) {
    for policy in ["space", "tree", "director", "container"] {
        space(&world.service, policy, policy).await;
    }
}

#[tokio::test]
async fn a_limit_that_lets_nobody_in_is_refused() {
    for world in worlds().await {
        four_spaces(&world).await;
        for limit in [0, -1, i64::MIN] {
            invalid(&world, "container", 1, times(limit)).await;
        }
    }
}

#[tokio::test]
async fn an_end_that_is_not_ahead_is_refused() {
    for world in worlds().await {
        four_spaces(&world).await;
        invalid(&world, "container", 1, ending(End::At(world.now - hours(1)))).await;
        invalid(&world, "container", 1, ending(End::At(world.now))).await;
        let upside_down =
            Terms { starts_at: Some(world.now + hours(2)), end: End::At(world.now + hours(1)), ..Terms::default() };
        invalid(&world, "container", 1, upside_down).await;
    }
}

#[tokio::test]
async fn a_lifetime_that_is_over_at_once_is_refused() {
    for world in worlds().await {
        four_spaces(&world).await;
        for span in [TimeDelta::zero(), -hours(1)] {
            invalid(&world, "container", 1, ending(End::After(span))).await;
        }
    }
}

#[tokio::test]
async fn an_end_beyond_the_year_9999_is_refused_however_it_is_said() {
    for world in worlds().await {
        four_spaces(&world).await;
        invalid(&world, "container", 1, ending(End::After(days(3_000_000)))).await;
        let far = DateTime::from_timestamp(253_402_300_800, 0).unwrap();
        invalid(&world, "container", 1, ending(End::At(far))).await;
        invalid(&world, "container", 1, Terms { starts_at: Some(far), ..Terms::default() }).await;
    }
}

#[tokio::test]
async fn a_role_that_the_policy_does_not_grant_is_refused() {
    for world in worlds().await {
        four_spaces(&world).await;
        let role = |role: &str| Terms { role: Some(role.into()), ..Terms::default() };
        // An owner administers a space, and no invite makes one.
        invalid(&world, "space", 1, role("owner")).await;
        invalid(&world, "container", 1, role("Member")).await;
        invalid(&world, "container", 1, role("")).await;
        invalid(&world, "tree", 1, Terms { role: Some("actor".into()), ..to("ann@example.org") }).await;
        let error = make_in_vain(&world, "container", 1, role("nobody")).await;
        assert_eq!(error.help(), Some("roles: member"));
    }
}

#[tokio::test]
async fn an_address_is_given_exactly_where_the_policy_binds_to_one() {
    for world in worlds().await {
        four_spaces(&world).await;
        invalid(&world, "tree", 1, Terms::default()).await;
        for policy in ["space", "director", "container"] {
            invalid(&world, policy, 1, to("ann@example.org")).await;
        }
        for address in ["", "ann", "ann@", "@example.org", "Ann <ann@example.org>", "a nn@example.org", "a@b@c"] {
            invalid(&world, "tree", 1, to(address)).await;
        }
    }
}

#[tokio::test]
async fn a_policy_that_fixes_the_limit_takes_no_other() {
    for world in worlds().await {
        four_spaces(&world).await;
        invalid(&world, "director", 1, times(2)).await;
        invalid(&world, "director", 1, Terms { uses: Uses::Unlimited, ..Terms::default() }).await;
        invalid(&world, "tree", 1, Terms { uses: Uses::Times(5), ..to("ann@example.org") }).await;
        // The policy's own limit may be said, too.
        assert_eq!(one(&world.service, "director", times(1)).await.invite.max_uses, Some(1));
        assert_eq!(one(&world.service, "container", times(3)).await.invite.max_uses, Some(3));
    }
}

#[tokio::test]
async fn a_policy_with_a_limit_of_its_own_can_be_overridden_where_it_says_so() {
    let text = "[policy.club]\ndescription = \"clubs\"\ncode = \"random\"\nalphabet = \"ABCDEFGH23456789\"\nlength = 8\n\
        kept_as = \"text\"\nstanding = false\nexpires = \"2d\"\nmax_uses = 5\ncustom_max_uses = true\nemail = \"none\"\n\
        roles = [\"guest\"]\nmay_create = [\"host\"]\nmay_see = [\"host\"]\nmay_revoke = [\"host\"]\n";
    for world in worlds_with(text).await {
        space(&world.service, "club", "c").await;
        let plain = one(&world.service, "c", Terms::default()).await.invite;
        assert_eq!((plain.max_uses, plain.expires_at), (Some(5), Some(world.now + days(2))));
        assert_eq!(plain.role, "guest");
        let open = Terms { uses: Uses::Unlimited, end: End::Never, ..Terms::default() };
        let open = one(&world.service, "c", open).await.invite;
        assert_eq!((open.max_uses, open.expires_at), (None, None));
    }
}

#[tokio::test]
async fn a_count_of_none_or_of_more_than_a_million_is_refused() {
    for world in worlds().await {
        four_spaces(&world).await;
        for count in [0, 1_000_001, u32::MAX] {
            invalid(&world, "container", count, Terms::default()).await;
        }
    }
}

#[tokio::test]
async fn several_at_once_are_refused_where_only_one_can_live() {
    for world in worlds().await {
        four_spaces(&world).await;
        invalid(&world, "space", 2, Terms::default()).await;
        invalid(&world, "tree", 2, to("ann@example.org")).await;
    }
}

#[tokio::test]
async fn an_unknown_space_is_not_found() {
    for world in worlds().await {
        four_spaces(&world).await;
        for id in ["nowhere", "", "SPACE", "space "] {
            let error = make_in_vain(&world, id, 1, Terms::default()).await;
            assert_eq!(error.reason(), Reason::NotFound, "{id:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_note_that_cannot_be_shown_is_refused() {
    for world in worlds().await {
        four_spaces(&world).await;
        let note = |note: String| Terms { note: Some(note), ..Terms::default() };
        for text in [String::new(), "x".repeat(501), "a\nb".into(), "\u{1b}[31mred".into()] {
            invalid(&world, "container", 1, note(text)).await;
        }
        let longest = "é".repeat(500);
        let issued = one(&world.service, "container", note(longest.clone())).await;
        assert_eq!(reload(&world.service, issued.invite.id).await.note, Some(longest));
    }
}

#[tokio::test]
async fn a_later_start_makes_an_invite_scheduled_and_its_lifetime_begins_there() {
    for world in worlds().await {
        four_spaces(&world).await;
        let start = world.now + days(3);
        let issued = one(&world.service, "director", Terms { starts_at: Some(start), ..Terms::default() }).await;
        let invite = reload(&world.service, issued.invite.id).await;
        assert_eq!((invite.starts_at, invite.expires_at), (Some(start), Some(start + hours(24))));
        assert_eq!(invite.status(world.now), Status::Scheduled);
        assert_eq!(invite.status(start), Status::Active);
        let early = try_redeem(&world.service, &code_of(&issued), "u").await;
        assert_eq!(refused(early), [Reason::NotStarted]);
        join(&world.at(start), &code_of(&issued), "u").await;
        // A start that has passed is no start.
        let past = Terms { starts_at: Some(world.now - days(3)), ..Terms::default() };
        assert_eq!(one(&world.service, "container", past).await.invite.starts_at, None);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn the_end_is_never_after_a_time_or_at_an_instant() {
    for world in worlds().await {
        four_spaces(&world).await;
        let cases = [
            (End::Default, Some(world.now + hours(24))),
            (End::Never, None),
            (End::After(hours(2)), Some(world.now + hours(2))),
            (End::At(world.now + days(400)), Some(world.now + days(400))),
        ];
        for (end, expected) in cases {
            let issued = one(&world.service, "director", ending(end)).await;
            assert_eq!(reload(&world.service, issued.invite.id).await.expires_at, expected, "{end:?}");
        }
        world.raw().await.check_integrity().await;
    }
}
