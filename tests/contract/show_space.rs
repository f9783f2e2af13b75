//! All details of one space.

use invite::Reason;
use invite::invites::generate::Terms;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::acting_for;
use crate::helpers::maintenance::reason;

every_engine! {
    space_show_has_members_code_and_invites,
}

async fn space_show_has_members_code_and_invites(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "space", "s").await;
    for (user, role) in [("o", "owner"), ("m1", "member"), ("m2", "member")] {
        member(service, "s", user, role, None).await;
    }
    let empty = service.show_space(&acting_for("o"), "s").await.unwrap();
    assert!(empty.standing.is_none() && empty.invites.is_empty());
    create_one(service, "s", Terms::new()).await;
    let now = regenerate_code(service, "s", None).await.unwrap().issued;
    let shown = service.show_space(&acting_for("o"), "s").await.unwrap();
    let standing = shown.standing.unwrap();
    assert_eq!((standing.invite.id, standing.link, standing.resolves), (now.invite.id, now.link, true));
    assert_eq!(shown.members, [("member".to_owned(), 2), ("owner".to_owned(), 1)]);
    assert_eq!(shown.invites, [("active".to_owned(), 1), ("replaced".to_owned(), 1)]);
    assert!(service.show_space(&acting_for("m1"), "s").await.unwrap().standing.is_some());
    assert_eq!(reason(service.show_space(&acting_for("nobody"), "s").await), Reason::Forbidden);
    assert_eq!(reason(service.show_space(&operator(), "nowhere").await), Reason::NotFound);
    // A stored code that a lookup no longer finds.
    let key = format!("UPDATE invites SET code_key = 'ELSEWHERE' WHERE id = '{}'", now.invite.id);
    fixture.raw().await.run(key).await;
    assert!(!service.show_space(&operator(), "s").await.unwrap().standing.unwrap().resolves);
}
