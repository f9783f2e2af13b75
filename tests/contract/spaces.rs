//! Adding and listing spaces.

use std::ops::ControlFlow;

use invite::Reason;
use invite::invites::generate::{Expiry, Terms};
use invite::spaces::{Space, Standing, StoredSpace};

use crate::fixture::{Fixture, hours, operator};
use crate::helpers::actions::{create_one, named_space, space, terms_to};
use crate::helpers::imports::newest_operation;

every_engine! {
    space_add_stores_given_values,
    space_list_omits_invalid_standing_code,
    space_add_refuses_existing_id_of_any_policy,
    space_add_refuses_invalid_fields,
    spaces_are_listed_by_id_with_standing_codes,
}

/// Invalid IDs and names.
const BAD_TEXTS: [&str; 7] = ["", " ", "a\u{0}b", "a\nb", " a", "a ", "a\u{7f}"];

async fn refused(fixture: &Fixture, id: &str, policy: &str, name: &str, reason: Reason) {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let space = Space::new(id, policy, name);
    let error = fixture.service.add_space(&operator(), &space).await.unwrap_err();
    assert_eq!(error.reason(), reason, "{space:?}: {error}");
    assert_eq!(raw.dump().await, before);
}

async fn list_invites(fixture: &Fixture, policy: Option<&str>, limit: Option<u32>) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let each = |space: StoredSpace, standing: Standing| {
        found.push((space.space.id, standing.code().map(str::to_owned)));
        ControlFlow::Continue(())
    };
    fixture.service.list_spaces(&operator(), policy, limit, each).await.unwrap();
    found
}

async fn space_add_stores_given_values(fixture: Fixture) {
    named_space(&fixture.service, "space", "s", "Müllers & Söhne").await;
    let mut found = Vec::new();
    let each = |space, _| {
        found.push(space);
        ControlFlow::Continue(())
    };
    fixture.service.list_spaces(&operator(), None, None, each).await.unwrap();
    let stored = found.pop().unwrap();
    let expected = Space::new("s", "space", "Müllers & Söhne");
    assert_eq!((stored.space, stored.created_at), (expected, fixture.now));
    assert_eq!(stored.changed_op, newest_operation(&fixture.service).await.id);
    fixture.raw().await.check_integrity().await;
}

async fn space_list_omits_invalid_standing_code(fixture: Fixture) {
    space(&fixture.service, "space", "lasting").await;
    space(&fixture.service, "space", "short").await;
    create_one(&fixture.service, "lasting", Terms::new()).await;
    let ends = Terms::new().expiry(Expiry::After(hours(1)));
    create_one(&fixture.service, "short", ends).await;
    for (span, expected) in [(0, [true, true]), (1, [true, false])] {
        let later = fixture.later(hours(span));
        let mut codes = Vec::new();
        let each = |_, standing: Standing| {
            codes.push(standing.code().is_some());
            ControlFlow::Continue(())
        };
        later.list_spaces(&operator(), None, None, each).await.unwrap();
        assert_eq!(codes, expected, "after {span} h");
        let shown = later.show_space(&operator(), "short").await.unwrap();
        assert_eq!(shown.standing.is_some(), expected[1]);
    }
}

async fn space_add_refuses_existing_id_of_any_policy(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    refused(&fixture, "s", "space", "My Workspace", Reason::Duplicate).await;
    refused(&fixture, "s", "tree", "Another", Reason::Duplicate).await;
    // IDs are case-sensitive.
    space(&fixture.service, "space", "S").await;
    fixture.raw().await.check_integrity().await;
}

async fn space_add_refuses_invalid_fields(fixture: Fixture) {
    for text in BAD_TEXTS {
        refused(&fixture, text, "space", "Name", Reason::InvalidInput).await;
        refused(&fixture, "s", "space", text, Reason::InvalidInput).await;
    }
    refused(&fixture, &"x".repeat(65), "space", "Name", Reason::InvalidInput).await;
    refused(&fixture, "s", "space", &"x".repeat(201), Reason::InvalidInput).await;
    for policy in ["", "club", "Space"] {
        refused(&fixture, "s", policy, "Name", Reason::InvalidInput).await;
    }
    // The maximum length, in characters and not in bytes.
    named_space(&fixture.service, "space", &"é".repeat(64), &"山".repeat(200)).await;
    named_space(&fixture.service, "space", "with 'quotes'; -- and :colons {braces}", "x").await;
    assert_eq!(fixture.service.count_spaces(&operator(), None).await.unwrap(), 2);
    fixture.raw().await.check_integrity().await;
}

async fn spaces_are_listed_by_id_with_standing_codes(fixture: Fixture) {
    for (policy, id) in [("space", "b"), ("tree", "t"), ("space", "a"), ("container", "c")] {
        space(&fixture.service, policy, id).await;
    }
    let code = create_one(&fixture.service, "a", Terms::new()).await.code.reveal().to_owned();
    // Codes that are not standing codes are not listed.
    create_one(&fixture.service, "c", Terms::new()).await;
    create_one(&fixture.service, "t", terms_to("ann@example.org")).await;
    let all = list_invites(&fixture, None, None).await;
    let bare = |id: &str| (id.to_owned(), None);
    assert_eq!(all, [("a".to_owned(), Some(code.clone())), bare("b"), bare("c"), bare("t")]);
    assert_eq!(list_invites(&fixture, Some("space"), None).await, all[..2]);
    assert_eq!(list_invites(&fixture, None, Some(3)).await, all[..3]);
    assert_eq!(list_invites(&fixture, None, Some(0)).await, []);
    let mut seen = 0;
    let once = |_, _| {
        seen += 1;
        ControlFlow::Break(())
    };
    fixture.service.list_spaces(&operator(), None, None, once).await.unwrap();
    assert_eq!(seen, 1);
    assert_eq!(fixture.service.count_spaces(&operator(), None).await.unwrap(), 4);
    assert_eq!(fixture.service.count_spaces(&operator(), Some("space")).await.unwrap(), 2);
    let unknown = fixture.service.list_spaces(&operator(), Some("club"), None, |_, _| ControlFlow::Continue(())).await;
    assert_eq!(unknown.unwrap_err().reason(), Reason::InvalidInput);
}
