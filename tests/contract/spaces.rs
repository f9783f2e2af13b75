//! Single spaces: added and listed.

use std::ops::ControlFlow;

use invite::error::Reason;
use invite::invites::generate::{End, Terms};
use invite::spaces::manage::{Space, Standing, StoredSpace, add_space, count_spaces, list_spaces};
use invite::spaces::show::show_space;

use crate::steps::{named_space, one, space, to};
use crate::steps_a::newest_operation;
use crate::world::{World, hours, operator, worlds};

/// Ids and names that nothing may have.
const BAD_TEXTS: [&str; 7] = ["", " ", "a\u{0}b", "a\nb", " a", "a ", "a\u{7f}"];

async fn refused(world: &World, id: &str, policy: &str, name: &str, reason: Reason) {
    let mut raw = world.raw().await;
    let before = raw.dump().await;
    let space = Space { id: id.into(), policy: policy.into(), name: name.into() };
    let error = add_space(&world.service, &operator(), &space).await.unwrap_err();
    assert_eq!(error.reason(), reason, "{space:?}: {error}");
    assert_eq!(raw.dump().await, before);
}

async fn listed(world: &World, policy: Option<&str>, limit: Option<u32>) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let each = |space: StoredSpace, standing: Standing| {
        found.push((space.space.id, standing.code().map(str::to_owned)));
        ControlFlow::Continue(())
    };
    list_spaces(&world.service, &operator(), policy, limit, each).await.unwrap();
    found
}

#[tokio::test]
async fn a_space_is_added_as_it_was_given() {
    for world in worlds().await {
        named_space(&world.service, "space", "s", "Müllers & Söhne").await;
        let mut found = Vec::new();
        let each = |space, _| {
            found.push(space);
            ControlFlow::Continue(())
        };
        list_spaces(&world.service, &operator(), None, None, each).await.unwrap();
        let stored = found.pop().unwrap();
        let expected = Space { id: "s".into(), policy: "space".into(), name: "Müllers & Söhne".into() };
        assert_eq!((stored.space, stored.created_at), (expected, world.now));
        assert_eq!(stored.changed_op, newest_operation(&world.service).await.id);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_dead_standing_code_is_listed_with_no_space() {
    for world in worlds().await {
        space(&world.service, "space", "lasting").await;
        space(&world.service, "space", "short").await;
        one(&world.service, "lasting", Terms::default()).await;
        let ends = Terms { end: End::After(hours(1)), ..Terms::default() };
        one(&world.service, "short", ends).await;
        for (span, expected) in [(0, [true, true]), (1, [true, false])] {
            let later = world.later(hours(span));
            let mut codes = Vec::new();
            let each = |_, standing: Standing| {
                codes.push(standing.code().is_some());
                ControlFlow::Continue(())
            };
            list_spaces(&later, &operator(), None, None, each).await.unwrap();
            assert_eq!(codes, expected, "after {span} h");
            let shown = show_space(&later, &operator(), "short").await.unwrap();
            assert_eq!(shown.standing.is_some(), expected[1]);
        }
    }
}

#[tokio::test]
async fn an_id_that_is_taken_is_refused_whatever_the_policy() {
    for world in worlds().await {
        space(&world.service, "space", "s").await;
        refused(&world, "s", "space", "My Workspace", Reason::Duplicate).await;
        refused(&world, "s", "tree", "Another", Reason::Duplicate).await;
        // Ids are the application's own: another letter case is another space.
        space(&world.service, "space", "S").await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn ids_names_and_policies_that_cannot_be_right_are_refused() {
    for world in worlds().await {
        for text in BAD_TEXTS {
            refused(&world, text, "space", "Name", Reason::InvalidInput).await;
            refused(&world, "s", "space", text, Reason::InvalidInput).await;
        }
        refused(&world, &"x".repeat(65), "space", "Name", Reason::InvalidInput).await;
        refused(&world, "s", "space", &"x".repeat(201), Reason::InvalidInput).await;
        for policy in ["", "club", "Space"] {
            refused(&world, "s", policy, "Name", Reason::InvalidInput).await;
        }
        // The longest that fit, counted in characters and not in bytes.
        named_space(&world.service, "space", &"é".repeat(64), &"山".repeat(200)).await;
        named_space(&world.service, "space", "with 'quotes'; -- and :colons {braces}", "x").await;
        assert_eq!(count_spaces(&world.service, &operator(), None).await.unwrap(), 2);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn spaces_are_listed_by_id_with_their_standing_codes() {
    for world in worlds().await {
        for (policy, id) in [("space", "b"), ("tree", "t"), ("space", "a"), ("container", "c")] {
            space(&world.service, policy, id).await;
        }
        let code = one(&world.service, "a", Terms::default()).await.code.reveal().to_owned();
        // Codes that are not standing are many, and not a space's own.
        one(&world.service, "c", Terms::default()).await;
        one(&world.service, "t", to("ann@example.org")).await;
        let all = listed(&world, None, None).await;
        let bare = |id: &str| (id.to_owned(), None);
        assert_eq!(all, [("a".to_owned(), Some(code.clone())), bare("b"), bare("c"), bare("t")]);
        assert_eq!(listed(&world, Some("space"), None).await, all[..2]);
        assert_eq!(listed(&world, None, Some(3)).await, all[..3]);
        assert_eq!(listed(&world, None, Some(0)).await, []);
        let mut seen = 0;
        let once = |_, _| {
            seen += 1;
            ControlFlow::Break(())
        };
        list_spaces(&world.service, &operator(), None, None, once).await.unwrap();
        assert_eq!(seen, 1);
        assert_eq!(count_spaces(&world.service, &operator(), None).await.unwrap(), 4);
        assert_eq!(count_spaces(&world.service, &operator(), Some("space")).await.unwrap(), 2);
        let unknown =
            list_spaces(&world.service, &operator(), Some("club"), None, |_, _| ControlFlow::Continue(())).await;
        assert_eq!(unknown.unwrap_err().reason(), Reason::InvalidInput);
    }
}
