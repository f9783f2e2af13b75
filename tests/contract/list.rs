//! Lists: filters, orders and limits.

use std::ops::ControlFlow;

use invite::Actor;
use invite::Error;
use invite::invites::generate::{Expiry, GenerateRequest, Terms};
use invite::invites::list::{Filter, ListRequest, Sort};
use uuid::Uuid;

use crate::fixture::{Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::promote;
use crate::helpers::recorder::Recorder;

every_engine! {
    each_filter_selects_matching_invites,
    expiry_filter_excludes_its_bound_and_permanent_invites,
    operation_filter_selects_created_and_closed_invites,
    each_order_sorts_as_named,
    limit_cuts_ordered_list_but_not_count,
    list_search_ignores_case_of_name_note_and_address,
    list_search_takes_wildcards_literally,
    list_search_ignores_case_of_non_ascii_addresses,
    break_ends_list_immediately,
    list_has_link_only_of_stored_codes,
    list_refuses_invalid_filter,
}

/// Five invites of different policies, created one hour apart, the oldest first.
struct Five {
    space: Uuid,
    ann: Uuid,
    bob: Uuid,
    noted: Uuid,
    code: Uuid,
}

async fn five(fixture: &Fixture) -> Five {
    let service = &fixture.service;
    named_space(service, "space", "s1", "Garden Club").await;
    named_space(service, "tree", "t1", "The 100% Lees").await;
    named_space(service, "container", "c_1", "Box").await;
    named_space(service, "director", "d1", "John Smith").await;
    let contributor = terms_to("Ann@example.org").role("contributor");
    let noted = terms_with_limit(5).note("For the Spring fair!");
    Five {
        space: create_one(&fixture.later(hours(1)), "s1", Terms::new()).await.invite.id,
        ann: create_one(&fixture.later(hours(2)), "t1", contributor).await.invite.id,
        bob: create_one(&fixture.later(hours(3)), "t1", terms_to("bob@example.org")).await.invite.id,
        noted: made_by(fixture, "c_1", noted.expiry(Expiry::After(hours(10)))).await,
        code: create_one(&fixture.later(hours(5)), "d1", Terms::new()).await.invite.id,
    }
}

async fn made_by(fixture: &Fixture, space: &str, terms: Terms) -> Uuid {
    promote(&fixture.service, space, "maker").await;
    let actor = Actor::operator("tester").user("maker");
    let request = GenerateRequest::new(space, 1).terms(terms);
    let mut recorder = Recorder::new();
    fixture.later(hours(4)).generate(&actor, &request, &mut recorder).await.unwrap();
    recorder.done[0].invite.id
}

async fn sorted(fixture: &Fixture, sort: Sort) -> Vec<Uuid> {
    let request = ListRequest::new().sort(sort);
    list_invites(&fixture.service, &request).await.iter().map(|invite| invite.id).collect()
}

async fn searched(fixture: &Fixture, text: &str) -> Vec<Uuid> {
    matching_ids(&fixture.service, Filter::new().search(text)).await
}

async fn each_filter_selects_matching_invites(fixture: Fixture) {
    let five = five(&fixture).await;
    let service = &fixture.service;
    let all = Filter::default;
    for (filter, expected) in [
        (all(), vec![five.space, five.ann, five.bob, five.noted, five.code]),
        (all().spaces(["t1"]), vec![five.ann, five.bob]),
        (all().spaces(["d1", "s1"]), vec![five.space, five.code]),
        (all().policy("tree"), vec![five.ann, five.bob]),
        (all().created_by("maker"), vec![five.noted]),
        (all().email("ANN@Example.org"), vec![five.ann]),
        (all().role("contributor"), vec![five.ann]),
        (all().role("member"), vec![five.space, five.noted]),
        (all().spaces(["t1"]).role("viewer"), vec![five.bob]),
        (all().policy("space").role("viewer"), vec![]),
    ] {
        assert_eq!(matching_ids(service, filter.clone()).await, expected, "{filter:?}");
        assert_eq!(service.count_invites(&operator(), &filter, service.now()).await.unwrap(), expected.len() as u64);
    }
    fixture.raw().await.check_integrity().await;
}

async fn expiry_filter_excludes_its_bound_and_permanent_invites(fixture: Fixture) {
    let five = five(&fixture).await;
    let end = fixture.now + hours(14);
    let before = |instant| Filter::new().expires_before(instant);
    assert!(matching_ids(&fixture.service, before(end)).await.is_empty());
    let next = end + chrono::TimeDelta::microseconds(1);
    assert_eq!(matching_ids(&fixture.service, before(next)).await, [five.noted]);
    let far = fixture.now + hours(24 * 365);
    assert_eq!(matching_ids(&fixture.service, before(far)).await, [five.ann, five.bob, five.noted, five.code]);
}

async fn operation_filter_selects_created_and_closed_invites(fixture: Fixture) {
    let five = five(&fixture).await;
    let made = reload(&fixture.service, five.noted).await.created_op;
    revoke_references(&fixture.later(hours(6)), [five.noted, five.ann].map(|id| code(&id.to_string())).to_vec()).await;
    let closed = reload(&fixture.service, five.noted).await.closed_op.unwrap();
    let of = |operation| Filter::new().operation(operation);
    assert_eq!(matching_ids(&fixture.service, of(made)).await, [five.noted]);
    assert_eq!(matching_ids(&fixture.service, of(closed)).await, [five.ann, five.noted]);
}

async fn each_order_sorts_as_named(fixture: Fixture) {
    let five = five(&fixture).await;
    for user in ["u1", "u2"] {
        join(&fixture.later(hours(6)), &code(&five.noted.to_string()), user).await;
    }
    join(&fixture.later(hours(6)), &code(&five.code.to_string()), "u1").await;
    let oldest = [five.space, five.ann, five.bob, five.noted, five.code];
    assert_eq!(sorted(&fixture, Sort::Oldest).await, oldest);
    let mut newest = oldest;
    newest.reverse();
    assert_eq!(sorted(&fixture, Sort::Newest).await, newest);
    assert_eq!(sorted(&fixture, Sort::default()).await, newest);
    // They expire after 14, 29, 170 and 171 hours, and never.
    let by_end = [five.noted, five.code, five.ann, five.bob, five.space];
    assert_eq!(sorted(&fixture, Sort::Expires).await, by_end);
    assert_eq!(sorted(&fixture, Sort::Uses).await, [five.noted, five.code, five.space, five.ann, five.bob]);
    assert_eq!(sorted(&fixture, Sort::Space).await, [five.noted, five.code, five.space, five.ann, five.bob]);
}

async fn limit_cuts_ordered_list_but_not_count(fixture: Fixture) {
    let five = five(&fixture).await;
    for limit in 0..=6 {
        let request = ListRequest::new().sort(Sort::Oldest).limit(limit);
        let ids: Vec<Uuid> = list_invites(&fixture.service, &request).await.iter().map(|invite| invite.id).collect();
        let all = [five.space, five.ann, five.bob, five.noted, five.code];
        assert_eq!(ids, all[..all.len().min(limit as usize)]);
    }
    assert_eq!(fixture.service.count_invites(&operator(), &Filter::new(), fixture.now).await.unwrap(), 5);
}

async fn list_search_ignores_case_of_name_note_and_address(fixture: Fixture) {
    let five = five(&fixture).await;
    for (text, expected) in [
        ("garden", vec![five.space]),
        ("CLUB", vec![five.space]),
        ("S1", vec![five.space]),
        ("spring FAIR!", vec![five.noted]),
        ("Bob@", vec![five.bob]),
        ("EXAMPLE.ORG", vec![five.ann, five.bob]),
        ("1", vec![five.space, five.ann, five.bob, five.noted, five.code]),
    ] {
        assert_eq!(searched(&fixture, text).await, expected, "{text}");
    }
}

async fn list_search_takes_wildcards_literally(fixture: Fixture) {
    let five = five(&fixture).await;
    for (text, expected) in [
        ("%", vec![five.ann, five.bob]),
        ("100%", vec![five.ann, five.bob]),
        ("_", vec![five.noted]),
        ("c_1", vec![five.noted]),
        ("s_", vec![]),
        ("!", vec![five.noted]),
        ("\\", vec![]),
        ("'", vec![]),
    ] {
        assert_eq!(searched(&fixture, text).await, expected, "{text}");
    }
}

async fn list_search_ignores_case_of_non_ascii_addresses(fixture: Fixture) {
    space(&fixture.service, "tree", "t1").await;
    let id = create_one(&fixture.service, "t1", terms_to("Jürgen@example.org")).await.invite.id;
    assert_eq!(searched(&fixture, "jürgen@").await, [id]);
    assert_eq!(searched(&fixture, "JÜRGEN@").await, [id]);
}

async fn break_ends_list_immediately(fixture: Fixture) {
    five(&fixture).await;
    let mut seen = 0;
    let each = |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    fixture.service.list_invites(&operator(), &ListRequest::new(), fixture.now, each).await.unwrap();
    assert_eq!(seen, 2);
    // More lists than the pool has connections: each broken list returned a usable
    // connection.
    for _ in 0..6 {
        let each = |_| ControlFlow::Break(());
        fixture.service.list_invites(&operator(), &ListRequest::new(), fixture.now, each).await.unwrap();
    }
    assert_eq!(sorted(&fixture, Sort::Oldest).await.len(), 5);
}

async fn list_has_link_only_of_stored_codes(fixture: Fixture) {
    let five = five(&fixture).await;
    let mut links = Vec::new();
    let each = |line: invite::invites::list::ListedInvite| {
        links.push((line.invite.id, line.link.is_some()));
        ControlFlow::Continue(())
    };
    let request = ListRequest::new().sort(Sort::Oldest);
    fixture.service.list_invites(&operator(), &request, fixture.now, each).await.unwrap();
    // Codes stored as hashes have no link, and the policy of directors has none at all.
    let expected = [(five.space, true), (five.ann, false), (five.bob, false), (five.noted, true), (five.code, false)];
    assert_eq!(links, expected);
}

async fn list_refuses_invalid_filter(fixture: Fixture) {
    five(&fixture).await;
    for filter in [Filter::new().policy("treee"), Filter::new().email("no address")] {
        let error = fixture.service.count_invites(&operator(), &filter, fixture.now).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
        let request = ListRequest::new().filter(filter);
        let error = fixture
            .service
            .list_invites(&operator(), &request, fixture.now, |_| ControlFlow::Continue(()))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
}
