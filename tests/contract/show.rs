//! Everything about one invite.

use invite::error::Reason;
use invite::invites::generate::{End, Terms, Uses};
use invite::invites::show::{Shown, show};
use invite::model::invite::Status;
use uuid::Uuid;

use crate::steps::*;
use crate::steps_c::*;
use crate::world::{hours, operator, worlds};

fn commands(shown: &Shown) -> Vec<&str> {
    shown.operations.iter().map(|operation| operation.command.as_str()).collect()
}

#[tokio::test]
async fn the_history_lists_what_made_changed_and_closed_it_in_order() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        let id = one(&world.service, "box", lasting(10)).await.invite.id;
        one(&world.service, "box", Terms::default()).await;
        prolong(&world.later(hours(1)), id, End::After(hours(20)), Uses::Times(4)).await.unwrap();
        revoke_these(&world.later(hours(2)), vec![by_id(id)]).await;
        let later = world.later(hours(3));
        let shown = show(&later, &operator(), &by_id(id)).await.unwrap();
        assert_eq!(commands(&shown), ["generate", "extend", "revoke"]);
        let times: Vec<_> = shown.operations.iter().map(|operation| operation.at).collect();
        assert_eq!(times, [world.now, world.now + hours(1), world.now + hours(2)]);
        assert!(shown.operations.iter().all(|operation| operation.actor == "tester" && operation.changed == 1));
        assert!(shown.operations.iter().all(|operation| operation.finished_at == Some(operation.at)));
        let fields: Vec<_> = shown.changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["expires_at", "max_uses"]);
        assert!(shown.changes.iter().all(|change| change.operation_id == shown.operations[1].id));
        assert_eq!((shown.at, shown.invite.status(shown.at)), (later.now(), Status::Revoked));
    }
}

#[tokio::test]
async fn what_closed_it_stays_in_the_history_when_it_lives_again() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        let id = one(&world.service, "box", lasting(1)).await.invite.id;
        clean(&world.later(hours(2)), &closing()).await;
        prolong(&world.later(hours(3)), id, End::After(hours(5)), Uses::Default).await.unwrap();
        let shown = show(&world.later(hours(4)), &operator(), &by_id(id)).await.unwrap();
        assert_eq!(commands(&shown), ["generate", "cleanup", "extend"]);
    }
}

#[tokio::test]
async fn its_uses_are_listed_from_the_first_on_and_those_of_others_are_not() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        let issued = one(&world.service, "box", Terms::default()).await;
        let other = one(&world.service, "box", Terms::default()).await;
        for (hour, user) in (1..).zip(["ann", "bob", "cid"]) {
            join(&world.later(hours(hour)), &code_of(&issued), user).await;
        }
        join(&world.service, &code_of(&other), "eve").await;
        let shown = show(&world.service, &operator(), &code_of(&issued)).await.unwrap();
        let uses: Vec<_> =
            shown.uses.iter().map(|used| (used.user_id.as_str(), used.role.as_str(), used.used_at)).collect();
        let at = |hour| world.now + hours(hour);
        assert_eq!(uses, [("ann", "member", at(1)), ("bob", "member", at(2)), ("cid", "member", at(3))]);
        assert_eq!(shown.invite.uses, 3);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn looking_changes_nothing() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        let issued = one(&world.service, "box", lasting_and_times(1, 1)).await;
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        for span in [0, 5] {
            show(&world.later(hours(span)), &operator(), &code_of(&issued)).await.unwrap();
        }
        assert_eq!(raw.dump().await, before);
    }
}

#[tokio::test]
async fn a_code_that_is_kept_has_its_link_and_one_that_is_not_has_none() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "container", "box").await;
        space(service, "tree", "oak").await;
        space(service, "director", "film").await;
        let boxed = one(service, "box", Terms::default()).await;
        let shown = show(service, &operator(), &by_id(boxed.invite.id)).await.unwrap();
        let link = format!("https://example.org/invites/join?code={}", boxed.code.reveal());
        assert_eq!(shown.link.as_deref(), Some(link.as_str()));
        let by_link = show(service, &operator(), &code(&link)).await.unwrap();
        assert_eq!(by_link.invite.id, boxed.invite.id);

        let hashed = one(service, "oak", to("ann@example.org")).await;
        let shown = show(service, &operator(), &code_of(&hashed)).await.unwrap();
        assert_eq!((shown.link.as_deref(), shown.invite.code.is_none()), (None, true));
        let by_fingerprint = show(service, &operator(), &code(&hashed.invite.code_key.fingerprint())).await.unwrap();
        assert_eq!(by_fingerprint.invite.id, hashed.invite.id);
        // Nothing of what is shown gives the secret away.
        assert!(!format!("{by_fingerprint:?}").contains(hashed.code.reveal()));

        let filmed = one(service, "film", Terms::default()).await;
        assert_eq!(show(service, &operator(), &code_of(&filmed)).await.unwrap().link, None);
    }
}

#[tokio::test]
async fn an_unknown_invite_is_not_found_however_it_is_named() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        one(&world.service, "box", Terms::default()).await;
        for reference in [code("NOSUCHCODE"), by_id(Uuid::from_u128(7)), code("#012345")] {
            assert_eq!(reason(show(&world.service, &operator(), &reference).await), Reason::NotFound);
        }
    }
}
