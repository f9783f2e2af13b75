//! Lists: what each filter picks, in which order, and where a list ends.

use std::ops::ControlFlow;

use invite::error::Error;
use invite::invites::generate::{End, GenerateRequest, Terms, generate};
use invite::invites::list::{Filter, ListRequest, Sort, count, list};
use invite::service::Actor;
use uuid::Uuid;

use crate::recorder::Recorder;
use crate::steps::*;
use crate::steps_c::promote;
use crate::world::{World, hours, operator, worlds};

/// Five invites of different kinds, an hour apart, the oldest first.
struct Five {
    space: Uuid,
    ann: Uuid,
    bob: Uuid,
    noted: Uuid,
    code: Uuid,
}

async fn five(world: &World) -> Five {
    let service = &world.service;
    named_space(service, "space", "s1", "Garden Club").await;
    named_space(service, "tree", "t1", "The 100% Lees").await;
    named_space(service, "container", "c_1", "Box").await;
    named_space(service, "director", "d1", "John Smith").await;
    let contributor = Terms { role: Some("contributor".into()), ..to("Ann@example.org") };
    let noted = Terms { note: Some("For the Spring fair!".into()), ..times(5) };
    Five {
        space: one(&world.later(hours(1)), "s1", Terms::default()).await.invite.id,
        ann: one(&world.later(hours(2)), "t1", contributor).await.invite.id,
        bob: one(&world.later(hours(3)), "t1", to("bob@example.org")).await.invite.id,
        noted: made_by(world, "c_1", Terms { end: End::After(hours(10)), ..noted }).await,
        code: one(&world.later(hours(5)), "d1", Terms::default()).await.invite.id,
    }
}

async fn made_by(world: &World, space: &str, terms: Terms) -> Uuid {
    promote(&world.service, space, "maker").await;
    let actor = Actor { acting_as: Some("maker".into()), ..Actor::operator("tester") };
    let request = GenerateRequest { space_id: space.into(), count: 1, terms };
    let mut recorder = Recorder::new();
    generate(&world.later(hours(4)), &actor, &request, &mut recorder).await.unwrap();
    recorder.done[0].invite.id
}

async fn sorted(world: &World, sort: Sort) -> Vec<Uuid> {
    let request = ListRequest { sort, ..ListRequest::default() };
    listed(&world.service, &request).await.iter().map(|invite| invite.id).collect()
}

async fn searched(world: &World, text: &str) -> Vec<Uuid> {
    picked(&world.service, Filter { search: Some(text.into()), ..Filter::default() }).await
}

#[tokio::test]
async fn each_filter_picks_what_it_says() {
    for world in worlds().await {
        let five = five(&world).await;
        let service = &world.service;
        let all = Filter::default;
        for (filter, expected) in [
            (all(), vec![five.space, five.ann, five.bob, five.noted, five.code]),
            (Filter { spaces: vec!["t1".into()], ..all() }, vec![five.ann, five.bob]),
            (Filter { spaces: vec!["d1".into(), "s1".into()], ..all() }, vec![five.space, five.code]),
            (Filter { policy: Some("tree".into()), ..all() }, vec![five.ann, five.bob]),
            (Filter { created_by: Some("maker".into()), ..all() }, vec![five.noted]),
            (Filter { email: Some("ANN@Example.org".into()), ..all() }, vec![five.ann]),
            (Filter { role: Some("contributor".into()), ..all() }, vec![five.ann]),
            (Filter { role: Some("member".into()), ..all() }, vec![five.space, five.noted]),
            (Filter { spaces: vec!["t1".into()], role: Some("viewer".into()), ..all() }, vec![five.bob]),
            (Filter { policy: Some("space".into()), role: Some("viewer".into()), ..all() }, vec![]),
        ] {
            assert_eq!(picked(service, filter.clone()).await, expected, "{filter:?}");
            assert_eq!(count(service, &operator(), &filter, service.now()).await.unwrap(), expected.len() as u64);
        }
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn the_end_filter_leaves_out_its_own_instant_and_what_never_ends() {
    for world in worlds().await {
        let five = five(&world).await;
        let end = world.now + hours(14);
        let before = |instant| Filter { expires_before: Some(instant), ..Filter::default() };
        assert!(picked(&world.service, before(end)).await.is_empty());
        let next = end + chrono::TimeDelta::microseconds(1);
        assert_eq!(picked(&world.service, before(next)).await, [five.noted]);
        let far = world.now + hours(24 * 365);
        assert_eq!(picked(&world.service, before(far)).await, [five.ann, five.bob, five.noted, five.code]);
    }
}

#[tokio::test]
async fn the_operation_filter_picks_what_it_made_and_what_it_closed() {
    for world in worlds().await {
        let five = five(&world).await;
        let made = reload(&world.service, five.noted).await.created_op;
        revoke_these(&world.later(hours(6)), [five.noted, five.ann].map(|id| code(&id.to_string())).to_vec()).await;
        let closed = reload(&world.service, five.noted).await.closed_op.unwrap();
        let of = |operation| Filter { operation: Some(operation), ..Filter::default() };
        assert_eq!(picked(&world.service, of(made)).await, [five.noted]);
        assert_eq!(picked(&world.service, of(closed)).await, [five.ann, five.noted]);
    }
}

#[tokio::test]
async fn each_order_is_what_it_says() {
    for world in worlds().await {
        let five = five(&world).await;
        for user in ["u1", "u2"] {
            join(&world.later(hours(6)), &code(&five.noted.to_string()), user).await;
        }
        join(&world.later(hours(6)), &code(&five.code.to_string()), "u1").await;
        let oldest = [five.space, five.ann, five.bob, five.noted, five.code];
        assert_eq!(sorted(&world, Sort::Oldest).await, oldest);
        let mut newest = oldest;
        newest.reverse();
        assert_eq!(sorted(&world, Sort::Newest).await, newest);
        assert_eq!(sorted(&world, Sort::default()).await, newest);
        // Ends at 14, 29, 170 and 171 hours, and never.
        let by_end = [five.noted, five.code, five.ann, five.bob, five.space];
        assert_eq!(sorted(&world, Sort::Expires).await, by_end);
        assert_eq!(sorted(&world, Sort::Uses).await, [five.noted, five.code, five.space, five.ann, five.bob]);
        assert_eq!(sorted(&world, Sort::Space).await, [five.noted, five.code, five.space, five.ann, five.bob]);
    }
}

#[tokio::test]
async fn the_limit_cuts_the_ordered_list_and_not_the_count() {
    for world in worlds().await {
        let five = five(&world).await;
        for limit in 0..=6 {
            let request = ListRequest { sort: Sort::Oldest, limit: Some(limit), ..ListRequest::default() };
            let ids: Vec<Uuid> = listed(&world.service, &request).await.iter().map(|invite| invite.id).collect();
            let all = [five.space, five.ann, five.bob, five.noted, five.code];
            assert_eq!(ids, all[..all.len().min(limit as usize)]);
        }
        assert_eq!(count(&world.service, &operator(), &Filter::default(), world.now).await.unwrap(), 5);
    }
}

#[tokio::test]
async fn a_search_looks_at_space_name_note_and_address_in_any_case() {
    for world in worlds().await {
        let five = five(&world).await;
        for (text, expected) in [
            ("garden", vec![five.space]),
            ("CLUB", vec![five.space]),
            ("S1", vec![five.space]),
            ("spring FAIR!", vec![five.noted]),
            ("Bob@", vec![five.bob]),
            ("EXAMPLE.ORG", vec![five.ann, five.bob]),
            ("1", vec![five.space, five.ann, five.bob, five.noted, five.code]),
        ] {
            assert_eq!(searched(&world, text).await, expected, "{text}");
        }
    }
}

#[tokio::test]
async fn the_signs_of_a_pattern_stand_for_themselves() {
    for world in worlds().await {
        let five = five(&world).await;
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
            assert_eq!(searched(&world, text).await, expected, "{text}");
        }
    }
}

#[tokio::test]
async fn a_search_finds_an_address_with_a_letter_of_another_alphabet_in_any_case() {
    for world in worlds().await {
        space(&world.service, "tree", "t1").await;
        let id = one(&world.service, "t1", to("Jürgen@example.org")).await.invite.id;
        assert_eq!(searched(&world, "jürgen@").await, [id]);
        assert_eq!(searched(&world, "JÜRGEN@").await, [id]);
    }
}

#[tokio::test]
async fn a_break_ends_the_list_at_once() {
    for world in worlds().await {
        five(&world).await;
        let mut seen = 0;
        let each = |_| {
            seen += 1;
            if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        list(&world.service, &operator(), &ListRequest::default(), world.now, each).await.unwrap();
        assert_eq!(seen, 2);
        // The connection is whole: more lists than the pool has connections.
        for _ in 0..6 {
            let each = |_| ControlFlow::Break(());
            list(&world.service, &operator(), &ListRequest::default(), world.now, each).await.unwrap();
        }
        assert_eq!(sorted(&world, Sort::Oldest).await.len(), 5);
    }
}

#[tokio::test]
async fn a_line_has_its_link_where_the_code_is_kept() {
    for world in worlds().await {
        let five = five(&world).await;
        let mut links = Vec::new();
        let each = |line: invite::invites::list::Listed| {
            links.push((line.invite.id, line.link.is_some()));
            ControlFlow::Continue(())
        };
        let request = ListRequest { sort: Sort::Oldest, ..ListRequest::default() };
        list(&world.service, &operator(), &request, world.now, each).await.unwrap();
        // A hashed code has no link any more, and a director's has never one.
        let expected =
            [(five.space, true), (five.ann, false), (five.bob, false), (five.noted, true), (five.code, false)];
        assert_eq!(links, expected);
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_right_is_refused() {
    for world in worlds().await {
        five(&world).await;
        for filter in [
            Filter { policy: Some("treee".into()), ..Filter::default() },
            Filter { email: Some("no address".into()), ..Filter::default() },
        ] {
            let error = count(&world.service, &operator(), &filter, world.now).await.unwrap_err();
            assert!(matches!(error, Error::Invalid(_)), "{error:?}");
            let request = ListRequest { filter, ..ListRequest::default() };
            let error = list(&world.service, &operator(), &request, world.now, |_| ControlFlow::Continue(()))
                .await
                .unwrap_err();
            assert!(matches!(error, Error::Invalid(_)), "{error:?}");
        }
    }
}
