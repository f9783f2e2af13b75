//! Adding, changing, listing and removing members.

use std::ops::ControlFlow;

use invite::Reason;
use invite::invites::generate::Terms;
use invite::members::{AddMember, Member, MemberChange, User};

use crate::fixture::{Fixture, days, operator};
use crate::helpers::actions::{code_of, create_one, join, member, space};
use crate::helpers::imports::{all_operations, newest_operation};

every_engine! {
    member_is_added_with_name_and_address,
    adding_known_member_changes_only_role,
    adding_known_member_keeps_fields_not_given,
    member_add_refuses_invalid_fields,
    administrators_have_roles_that_no_invite_grants,
    members_are_listed_by_space_and_user,
    removed_member_leaves_space_and_uses_stay_recorded,
    removing_non_member_is_refused,
}

fn request(space: &str, user: &str, role: Option<&str>) -> AddMember {
    let user = User::new(user);
    AddMember::new(space, user).role(role)
}

async fn add(fixture: &Fixture, request: &AddMember) -> (MemberChange, String) {
    fixture.service.add_member(&operator(), request).await.unwrap()
}

async fn refused(fixture: &Fixture, request: &AddMember, reason: Reason) {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let error = fixture.service.add_member(&operator(), request).await.unwrap_err();
    assert_eq!(error.reason(), reason, "{request:?}: {error}");
    assert_eq!(raw.dump().await, before);
}

async fn list_invites(fixture: &Fixture, space: Option<&str>, limit: Option<u32>) -> Vec<Member> {
    let mut found = Vec::new();
    let each = |member| {
        found.push(member);
        ControlFlow::Continue(())
    };
    fixture.service.list_members(space, limit, each).await.unwrap();
    found
}

async fn member_is_added_with_name_and_address(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    let user = User::new("u").name("Ann Lee").email(" Ann@Example.ORG ");
    let request = AddMember::new("t", user);
    // The default is the first role of the policy.
    assert_eq!(add(&fixture, &request).await, (MemberChange::Added, "viewer".to_owned()));
    let member = list_invites(&fixture, Some("t"), None).await.pop().unwrap();
    assert_eq!((member.space_id.as_str(), member.user_id.as_str(), member.role.as_str()), ("t", "u", "viewer"));
    assert_eq!((member.name.as_deref(), member.email.as_deref()), (Some("Ann Lee"), Some("ann@example.org")));
    assert_eq!((member.joined_at, member.invite_id), (fixture.now, None));
    fixture.raw().await.check_integrity().await;
}

async fn adding_known_member_changes_only_role(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    add(&fixture, &request("t", "u", Some("viewer"))).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    assert_eq!(add(&fixture, &request("t", "u", Some("viewer"))).await.0, MemberChange::Unchanged);
    assert_eq!(raw.dump().await, before);
    let later = fixture.later(days(1));
    let change = later.add_member(&operator(), &request("t", "u", Some("custodian"))).await.unwrap();
    assert_eq!(change, (MemberChange::RoleChanged, "custodian".to_owned()));
    let member = list_invites(&fixture, Some("t"), None).await.pop().unwrap();
    assert_eq!((member.role.as_str(), member.joined_at), ("custodian", fixture.now));
    assert_eq!(all_operations(&fixture.service).await.len(), 3);
    raw.check_integrity().await;
}

async fn adding_known_member_keeps_fields_not_given(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    member(&fixture.service, "t", "u", "viewer", Some("ann@example.org")).await;
    let mut named = request("t", "u", Some("viewer"));
    named.user.name = Some("Ann".into());
    assert_eq!(add(&fixture, &named).await.0, MemberChange::DetailsChanged);
    let member = list_invites(&fixture, Some("t"), None).await.pop().unwrap();
    assert_eq!((member.name.as_deref(), member.email.as_deref()), (Some("Ann"), Some("ann@example.org")));
    assert_eq!(newest_operation(&fixture.service).await.changed, 1);
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    named.user.email = Some("ANN@example.org".into());
    add(&fixture, &named).await;
    assert_eq!(raw.dump().await, before, "the values were stored already");
    raw.check_integrity().await;
}

async fn member_add_refuses_invalid_fields(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    for id in ["", " ", "a\u{0}b", "a\tb", " a", "a ", &"x".repeat(65)] {
        refused(&fixture, &request("t", id, None), Reason::InvalidInput).await;
    }
    for role in ["", "king", "Viewer", "member"] {
        refused(&fixture, &request("t", "u", Some(role)), Reason::InvalidInput).await;
    }
    for name in ["", "a\nb", &"x".repeat(201)] {
        let mut named = request("t", "u", None);
        named.user.name = Some(name.into());
        refused(&fixture, &named, Reason::InvalidInput).await;
    }
    for email in ["", "ann", "Ann <ann@example.org>"] {
        let mut mailed = request("t", "u", None);
        mailed.user.email = Some(email.into());
        refused(&fixture, &mailed, Reason::InvalidInput).await;
    }
    refused(&fixture, &request("nowhere", "u", None), Reason::NotFound).await;
    refused(&fixture, &request("T", "u", None), Reason::NotFound).await;
    add(&fixture, &request("t", &"é".repeat(64), None)).await;
    fixture.raw().await.check_integrity().await;
}

async fn administrators_have_roles_that_no_invite_grants(fixture: Fixture) {
    for (policy, role) in [("space", "owner"), ("director", "director"), ("container", "admin")] {
        space(&fixture.service, policy, policy).await;
        assert_eq!(add(&fixture, &request(policy, "u", Some(role))).await, (MemberChange::Added, role.to_owned()));
    }
}

async fn members_are_listed_by_space_and_user(fixture: Fixture) {
    for id in ["b", "a"] {
        space(&fixture.service, "tree", id).await;
        member(&fixture.service, id, "u2", "viewer", None).await;
        member(&fixture.service, id, "u1", "custodian", None).await;
    }
    let names = |members: Vec<Member>| -> Vec<String> {
        members.into_iter().map(|member| format!("{}/{}", member.space_id, member.user_id)).collect()
    };
    assert_eq!(names(list_invites(&fixture, None, None).await), ["a/u1", "a/u2", "b/u1", "b/u2"]);
    assert_eq!(names(list_invites(&fixture, Some("b"), None).await), ["b/u1", "b/u2"]);
    assert_eq!(names(list_invites(&fixture, None, Some(3)).await), ["a/u1", "a/u2", "b/u1"]);
    let mut seen = 0;
    let once = |_| {
        seen += 1;
        ControlFlow::Break(())
    };
    fixture.service.list_members(None, None, once).await.unwrap();
    assert_eq!(seen, 1);
    assert_eq!(fixture.service.count_members(None).await.unwrap(), 4);
    assert_eq!(fixture.service.count_members(Some("a")).await.unwrap(), 2);
    let unknown = fixture.service.list_members(Some("nowhere"), None, |_| ControlFlow::Continue(())).await;
    assert_eq!(unknown.unwrap_err().reason(), Reason::NotFound);
}

async fn removed_member_leaves_space_and_uses_stay_recorded(fixture: Fixture) {
    for id in ["c", "other"] {
        space(&fixture.service, "container", id).await;
        member(&fixture.service, id, "u", "member", None).await;
    }
    let invite = create_one(&fixture.service, "c", Terms::new()).await;
    join(&fixture.service, &code_of(&invite), "guest").await;
    fixture.service.remove_member(&operator(), "c", "guest").await.unwrap();
    fixture.service.remove_member(&operator(), "c", "u").await.unwrap();
    assert_eq!(fixture.service.count_members(Some("c")).await.unwrap(), 0);
    assert_eq!(fixture.service.count_members(Some("other")).await.unwrap(), 1);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invite_uses WHERE user_id = 'guest'").await, 1);
    assert_eq!(newest_operation(&fixture.service).await.changed, 1);
    raw.check_integrity().await;
}

async fn removing_non_member_is_refused(fixture: Fixture) {
    for id in ["t", "other"] {
        space(&fixture.service, "tree", id).await;
    }
    member(&fixture.service, "other", "u", "viewer", None).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    for (space, user) in [("t", "u"), ("other", "U"), ("other", ""), ("nowhere", "u")] {
        let error = fixture.service.remove_member(&operator(), space, user).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound, "{space}/{user}");
        assert!(error.hint().is_some());
    }
    assert_eq!(raw.dump().await, before);
}
