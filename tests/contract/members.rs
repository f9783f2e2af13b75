//! Single members: added, given other roles, listed and removed.

use std::ops::ControlFlow;

use invite::error::Reason;
use invite::invites::generate::Terms;
use invite::members::manage::{
    AddMember, Member, MemberChange, User, add_member, count_members, list_members, remove_member,
};

use crate::steps::{code_of, join, member, one, space};
use crate::steps_a::{all_operations, newest_operation};
use crate::world::{World, days, operator, worlds};

fn request(space: &str, user: &str, role: Option<&str>) -> AddMember {
    let user = User { id: user.into(), name: None, email: None };
    AddMember { space_id: space.into(), user, role: role.map(str::to_owned) }
}

async fn add(world: &World, request: &AddMember) -> (MemberChange, String) {
    add_member(&world.service, &operator(), request).await.unwrap()
}

async fn refused(world: &World, request: &AddMember, reason: Reason) {
    let mut raw = world.raw().await;
    let before = raw.dump().await;
    let error = add_member(&world.service, &operator(), request).await.unwrap_err();
    assert_eq!(error.reason(), reason, "{request:?}: {error}");
    assert_eq!(raw.dump().await, before);
}

async fn listed(world: &World, space: Option<&str>, limit: Option<u32>) -> Vec<Member> {
    let mut found = Vec::new();
    let each = |member| {
        found.push(member);
        ControlFlow::Continue(())
    };
    list_members(&world.service, space, limit, each).await.unwrap();
    found
}

#[tokio::test]
async fn a_member_is_added_with_what_is_known_of_them() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        let user = User { id: "u".into(), name: Some("Ann Lee".into()), email: Some(" Ann@Example.ORG ".into()) };
        let request = AddMember { space_id: "t".into(), user, role: None };
        // Without a role it is the policy's first.
        assert_eq!(add(&world, &request).await, (MemberChange::Added, "viewer".to_owned()));
        let member = listed(&world, Some("t"), None).await.pop().unwrap();
        assert_eq!((member.space_id.as_str(), member.user_id.as_str(), member.role.as_str()), ("t", "u", "viewer"));
        assert_eq!((member.name.as_deref(), member.email.as_deref()), (Some("Ann Lee"), Some("ann@example.org")));
        assert_eq!((member.joined_at, member.invite_id), (world.now, None));
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_another_role_changes_the_role() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        add(&world, &request("t", "u", Some("viewer"))).await;
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        assert_eq!(add(&world, &request("t", "u", Some("viewer"))).await.0, MemberChange::Unchanged);
        assert_eq!(raw.dump().await, before);
        let later = world.later(days(1));
        let change = add_member(&later, &operator(), &request("t", "u", Some("custodian"))).await.unwrap();
        assert_eq!(change, (MemberChange::RoleChanged, "custodian".to_owned()));
        let member = listed(&world, Some("t"), None).await.pop().unwrap();
        assert_eq!((member.role.as_str(), member.joined_at), ("custodian", world.now));
        assert_eq!(all_operations(&world.service).await.len(), 3);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn news_of_a_known_member_are_kept_and_what_is_not_said_stays() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        member(&world.service, "t", "u", "viewer", Some("ann@example.org")).await;
        let mut named = request("t", "u", Some("viewer"));
        named.user.name = Some("Ann".into());
        assert_eq!(add(&world, &named).await.0, MemberChange::DetailsChanged);
        let member = listed(&world, Some("t"), None).await.pop().unwrap();
        assert_eq!((member.name.as_deref(), member.email.as_deref()), (Some("Ann"), Some("ann@example.org")));
        assert_eq!(newest_operation(&world.service).await.changed, 1);
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        named.user.email = Some("ANN@example.org".into());
        add(&world, &named).await;
        assert_eq!(raw.dump().await, before, "nothing of this was new");
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn ids_names_addresses_and_roles_that_cannot_be_right_are_refused() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        for id in ["", " ", "a\u{0}b", "a\tb", " a", "a ", &"x".repeat(65)] {
            refused(&world, &request("t", id, None), Reason::InvalidInput).await;
        }
        for role in ["", "king", "Viewer", "member"] {
            refused(&world, &request("t", "u", Some(role)), Reason::InvalidInput).await;
        }
        for name in ["", "a\nb", &"x".repeat(201)] {
            let mut named = request("t", "u", None);
            named.user.name = Some(name.into());
            refused(&world, &named, Reason::InvalidInput).await;
        }
        for email in ["", "ann", "Ann <ann@example.org>"] {
            let mut mailed = request("t", "u", None);
            mailed.user.email = Some(email.into());
            refused(&world, &mailed, Reason::InvalidInput).await;
        }
        refused(&world, &request("nowhere", "u", None), Reason::NotFound).await;
        refused(&world, &request("T", "u", None), Reason::NotFound).await;
        add(&world, &request("t", &"é".repeat(64), None)).await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn those_who_administer_a_space_have_roles_that_no_invite_grants() {
    for world in worlds().await {
        for (policy, role) in [("space", "owner"), ("director", "director"), ("container", "admin")] {
            space(&world.service, policy, policy).await;
            assert_eq!(add(&world, &request(policy, "u", Some(role))).await, (MemberChange::Added, role.to_owned()));
        }
    }
}

#[tokio::test]
async fn members_are_listed_by_space_and_user() {
    for world in worlds().await {
        for id in ["b", "a"] {
            space(&world.service, "tree", id).await;
            member(&world.service, id, "u2", "viewer", None).await;
            member(&world.service, id, "u1", "custodian", None).await;
        }
        let names = |members: Vec<Member>| -> Vec<String> {
            members.into_iter().map(|member| format!("{}/{}", member.space_id, member.user_id)).collect()
        };
        assert_eq!(names(listed(&world, None, None).await), ["a/u1", "a/u2", "b/u1", "b/u2"]);
        assert_eq!(names(listed(&world, Some("b"), None).await), ["b/u1", "b/u2"]);
        assert_eq!(names(listed(&world, None, Some(3)).await), ["a/u1", "a/u2", "b/u1"]);
        let mut seen = 0;
        let once = |_| {
            seen += 1;
            ControlFlow::Break(())
        };
        list_members(&world.service, None, None, once).await.unwrap();
        assert_eq!(seen, 1);
        assert_eq!(count_members(&world.service, None).await.unwrap(), 4);
        assert_eq!(count_members(&world.service, Some("a")).await.unwrap(), 2);
        let unknown = list_members(&world.service, Some("nowhere"), None, |_| ControlFlow::Continue(())).await;
        assert_eq!(unknown.unwrap_err().reason(), Reason::NotFound);
    }
}

#[tokio::test]
async fn a_removed_member_is_out_of_that_space_and_their_uses_stay_on_record() {
    for world in worlds().await {
        for id in ["c", "other"] {
            space(&world.service, "container", id).await;
            member(&world.service, id, "u", "member", None).await;
        }
        let invite = one(&world.service, "c", Terms::default()).await;
        join(&world.service, &code_of(&invite), "guest").await;
        remove_member(&world.service, &operator(), "c", "guest").await.unwrap();
        remove_member(&world.service, &operator(), "c", "u").await.unwrap();
        assert_eq!(count_members(&world.service, Some("c")).await.unwrap(), 0);
        assert_eq!(count_members(&world.service, Some("other")).await.unwrap(), 1);
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invite_uses WHERE user_id = 'guest'").await, 1);
        assert_eq!(newest_operation(&world.service).await.changed, 1);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn somebody_who_is_not_in_cannot_be_removed() {
    for world in worlds().await {
        for id in ["t", "other"] {
            space(&world.service, "tree", id).await;
        }
        member(&world.service, "other", "u", "viewer", None).await;
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        for (space, user) in [("t", "u"), ("other", "U"), ("other", ""), ("nowhere", "u")] {
            let error = remove_member(&world.service, &operator(), space, user).await.unwrap_err();
            assert_eq!(error.reason(), Reason::NotFound, "{space}/{user}");
            assert!(error.help().is_some());
        }
        assert_eq!(raw.dump().await, before);
    }
}
