//! Details of one invite.

use invite::Reason;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::invites::show::ShownInvite;
use invite::model::invite::Status;
use uuid::Uuid;

use crate::fixture::{Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;

every_engine! {
    history_lists_creation_changes_and_closing_in_order,
    history_keeps_closing_of_reopened_invite,
    show_lists_uses_of_the_invite_in_order,
    show_changes_nothing,
    show_has_link_only_of_stored_code,
    show_of_unknown_invite_is_not_found,
}

fn commands(shown: &ShownInvite) -> Vec<&str> {
    shown.operations.iter().map(|operation| operation.command.as_str()).collect()
}

async fn history_lists_creation_changes_and_closing_in_order(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let id = create_one(&fixture.service, "box", terms_expiring_in(10)).await.invite.id;
    create_one(&fixture.service, "box", Terms::new()).await;
    extend_invite(&fixture.later(hours(1)), id, Expiry::After(hours(20)), UsageLimit::Times(4)).await.unwrap();
    revoke_references(&fixture.later(hours(2)), vec![by_id(id)]).await;
    let later = fixture.later(hours(3));
    let shown = later.show_invite(&operator(), &by_id(id)).await.unwrap();
    assert_eq!(commands(&shown), ["generate", "extend", "revoke"]);
    let times: Vec<_> = shown.operations.iter().map(|operation| operation.at).collect();
    assert_eq!(times, [fixture.now, fixture.now + hours(1), fixture.now + hours(2)]);
    assert!(shown.operations.iter().all(|operation| operation.operator == "tester" && operation.changed == 1));
    assert!(shown.operations.iter().all(|operation| operation.finished_at == Some(operation.at)));
    let fields: Vec<_> = shown.changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["expires_at", "max_uses"]);
    assert!(shown.changes.iter().all(|change| change.operation_id == shown.operations[1].id));
    assert_eq!((shown.at, shown.invite.status(shown.at)), (later.now(), Status::Revoked));
}

async fn history_keeps_closing_of_reopened_invite(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let id = create_one(&fixture.service, "box", terms_expiring_in(1)).await.invite.id;
    run_cleanup(&fixture.later(hours(2)), &default_cleanup()).await;
    extend_invite(&fixture.later(hours(3)), id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap();
    let shown = fixture.later(hours(4)).show_invite(&operator(), &by_id(id)).await.unwrap();
    assert_eq!(commands(&shown), ["generate", "cleanup", "extend"]);
}

async fn show_lists_uses_of_the_invite_in_order(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let issued = create_one(&fixture.service, "box", Terms::new()).await;
    let other = create_one(&fixture.service, "box", Terms::new()).await;
    for (hour, user) in (1..).zip(["ann", "bob", "cid"]) {
        join(&fixture.later(hours(hour)), &code_of(&issued), user).await;
    }
    join(&fixture.service, &code_of(&other), "eve").await;
    let shown = fixture.service.show_invite(&operator(), &code_of(&issued)).await.unwrap();
    let uses: Vec<_> =
        shown.uses.iter().map(|used| (used.user_id.as_str(), used.role.as_str(), used.used_at)).collect();
    let at = |hour| fixture.now + hours(hour);
    assert_eq!(uses, [("ann", "member", at(1)), ("bob", "member", at(2)), ("cid", "member", at(3))]);
    assert_eq!(shown.invite.uses, 3);
    fixture.raw().await.check_integrity().await;
}

async fn show_changes_nothing(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    let issued = create_one(&fixture.service, "box", terms_expiring_in_with_limit(1, 1)).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    for span in [0, 5] {
        fixture.later(hours(span)).show_invite(&operator(), &code_of(&issued)).await.unwrap();
    }
    assert_eq!(raw.dump().await, before);
}

async fn show_has_link_only_of_stored_code(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "box").await;
    space(service, "tree", "oak").await;
    space(service, "director", "film").await;
    let boxed = create_one(service, "box", Terms::new()).await;
    let shown = service.show_invite(&operator(), &by_id(boxed.invite.id)).await.unwrap();
    let link = format!("https://example.org/invites/join?code={}", boxed.code.reveal());
    assert_eq!(shown.link.as_deref(), Some(link.as_str()));
    let by_link = service.show_invite(&operator(), &code(&link)).await.unwrap();
    assert_eq!(by_link.invite.id, boxed.invite.id);

    let hashed = create_one(service, "oak", terms_to("ann@example.org")).await;
    let shown = service.show_invite(&operator(), &code_of(&hashed)).await.unwrap();
    assert_eq!((shown.link.as_deref(), shown.invite.code.is_none()), (None, true));
    let by_fingerprint = service.show_invite(&operator(), &code(&hashed.invite.code_key.fingerprint())).await.unwrap();
    assert_eq!(by_fingerprint.invite.id, hashed.invite.id);
    // The details do not contain the secret.
    assert!(!format!("{by_fingerprint:?}").contains(hashed.code.reveal()));

    let used = create_one(service, "film", Terms::new()).await;
    assert_eq!(service.show_invite(&operator(), &code_of(&used)).await.unwrap().link, None);
}

async fn show_of_unknown_invite_is_not_found(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    create_one(&fixture.service, "box", Terms::new()).await;
    for reference in [code("NOSUCHCODE"), by_id(Uuid::from_u128(7)), code("#012345")] {
        assert_eq!(reason(fixture.service.show_invite(&operator(), &reference).await), Reason::NotFound);
    }
}
