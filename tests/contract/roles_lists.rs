//! Lists of a user contain only visible spaces and invites, and are refused without any permission.

use std::ops::ControlFlow;

use invite::Reason;
use invite::invites::list::{Filter, ListRequest};
use invite::spaces::{Standing, StoredSpace};
use invite::{Actor, Service};

use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::acting_for;

every_engine! {
    space_list_of_user_has_own_spaces_and_codes,
    standing_code_is_hidden_from_roles_without_permission,
    list_refuses_user_without_view_permission,
}

/// Returns the IDs and standing codes of the spaces that an actor can list.
async fn own_spaces(service: &Service, actor: &Actor, policy: Option<&str>) -> Vec<(String, Standing)> {
    let mut found = Vec::new();
    let each = |stored: StoredSpace, standing| {
        found.push((stored.space.id, standing));
        ControlFlow::Continue(())
    };
    service.list_spaces(actor, policy, None, each).await.unwrap();
    assert_eq!(service.count_spaces(actor, policy).await.unwrap(), found.len() as u64);
    found
}

async fn space_list_of_user_has_own_spaces_and_codes(fixture: Fixture) {
    let service = &fixture.service;
    for (policy, id) in [("space", "s1"), ("space", "s2"), ("space", "s3"), ("tree", "t1"), ("tree", "t2")] {
        space(service, policy, id).await;
    }
    let some = backfill_all().spaces(["s1", "s2"]);
    let code = run_backfill(service, &some).await.1.done.remove(0).1.unwrap();
    for (space, role) in [("s1", "member"), ("s3", "owner"), ("t2", "viewer")] {
        member(service, space, "u7", role, None).await;
    }
    // A member sees the standing code (seed 001: FAQ).
    let own = own_spaces(service, &acting_for("u7"), None).await;
    let shown: Vec<(&str, &Standing)> = own.iter().map(|(id, standing)| (id.as_str(), standing)).collect();
    let code = Standing::Code(code);
    assert_eq!(shown, [("s1", &code), ("s3", &Standing::Missing), ("t2", &Standing::NotByPolicy)]);
    assert_eq!(own_spaces(service, &acting_for("u7"), Some("tree")).await.len(), 1);
    assert_eq!(own_spaces(service, &operator(), None).await.len(), 5);
    // A known user without a membership.
    member(service, "s2", "u8", "member", None).await;
    service.remove_member(&operator(), "s2", "u8").await.unwrap();
    assert_eq!(own_spaces(service, &acting_for("u8"), None).await, []);
}

async fn standing_code_is_hidden_from_roles_without_permission(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.space]\nview_roles = [\"owner\", \"admin\"]\n").await;
    space(&fixture.service, "space", "s1").await;
    run_backfill(&fixture.service, &backfill_all()).await;
    member(&fixture.service, "s1", "low", "member", None).await;
    member(&fixture.service, "s1", "high", "admin", None).await;
    let hidden = own_spaces(&fixture.service, &acting_for("low"), None).await;
    assert_eq!(hidden, [("s1".to_owned(), Standing::Hidden)]);
    assert!(own_spaces(&fixture.service, &acting_for("high"), None).await[0].1.code().is_some());
}

async fn list_refuses_user_without_view_permission(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "tree", "t1").await;
    space(service, "tree", "t2").await;
    space(service, "space", "s1").await;
    create_one(service, "t1", terms_to("ann@example.org")).await;
    member(service, "t1", "low", "viewer", None).await;
    member(service, "t2", "high", "custodian", None).await;
    let run = async |user: &str, filter: Filter| {
        let (actor, request) = (acting_for(user), ListRequest::new().filter(filter));
        let listed = service.list_invites(&actor, &request, service.now(), |_| ControlFlow::Continue(())).await;
        let counted = service.count_invites(&actor, &request.filter, service.now()).await;
        assert_eq!(listed.is_ok(), counted.is_ok());
        listed.err().map(|error| (error.reason(), error.to_string(), error.hint().unwrap_or_default().into_owned()))
    };
    let (reason, message, hint) = run("low", Filter::new()).await.unwrap();
    assert_eq!(reason, Reason::Forbidden);
    assert_eq!(message, "low may not view invites in any space");
    assert!(hint == "low is a viewer of the space t1; see the rules: invite policy show tree", "{hint}");
    assert_eq!(run("high", Filter::new()).await, None);
    // The filter applies: the user has no space of this policy.
    let of_spaces = Filter::new().policy("space");
    let (reason, message, hint) = run("high", of_spaces).await.unwrap();
    assert_eq!(
        (reason, message.as_str()),
        (Reason::Forbidden, "high may not view invites in any space of the policy space")
    );
    assert!(hint.starts_with("high is not a member of any space of the policy space; "), "{hint}");
    // The refusal does not reveal whether others have such invites.
    let to_ann = Filter::new().email("ann@example.org");
    assert_eq!(run("high", to_ann).await, None);
}
