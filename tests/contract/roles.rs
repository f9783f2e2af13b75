//! Permissions in a space: every policy, action and role.

use invite::Service;
use invite::authorize::{Permission, has_permission};
use invite::invites::Issued;
use invite::invites::extend::ExtendRequest;
use invite::invites::generate::{Expiry, GenerateRequest, Terms};
use invite::invites::resend::{ResendPlan, ResendRequest, ResendSelection};
use invite::invites::revoke::Selection;
use invite::spaces::regenerate::RegenerateRequest;
use invite::{Error, Reason, Result};
use uuid::Uuid;

use crate::fixture::{Fixture, days, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::acting_for;
use crate::helpers::maintenance::by_id;
use crate::helpers::recorder::Recorder;

every_engine! {
    each_role_has_exactly_its_permissions,
    container_creator_can_revoke_only_own_invites,
    demotion_applies_immediately_in_other_processes,
    resend_refuses_actor_demoted_after_plan,
}

/// The "Access control" tables of the documents: policy, role, and the permissions to create, see,
/// revoke and resend.
const TABLE: [(&str, &str, [bool; 4]); 14] = [
    ("space", "owner", [true; 4]),
    ("space", "admin", [true; 4]),
    ("space", "member", [false, true, false, false]),
    ("space", "", [false; 4]),
    ("tree", "custodian", [true; 4]),
    ("tree", "contributor", [false; 4]),
    ("tree", "viewer", [false; 4]),
    ("tree", "", [false; 4]),
    ("director", "director", [true; 4]),
    ("director", "actor", [false; 4]),
    ("director", "", [false; 4]),
    ("container", "admin", [true; 4]),
    ("container", "member", [false; 4]),
    ("container", "", [false; 4]),
];

fn terms_for(policy: &str) -> Terms {
    if policy == "tree" { terms_to("eve@example.org") } else { Terms::new() }
}

/// Creates one invite as a user.
pub async fn make_for(service: &Service, user: &str, space: &str, terms: Terms) -> Result<Issued> {
    let request = GenerateRequest::new(space, 1).terms(terms);
    let mut recorder = Recorder::new();
    service.generate(&acting_for(user), &request, &mut recorder).await?;
    Ok(recorder.done.remove(0))
}

async fn prolong_for(service: &Service, user: &str, id: Uuid) -> Result<()> {
    let request = ExtendRequest::new(by_id(id)).expiry(Expiry::After(days(3)));
    service.extend(&acting_for(user), &request).await.map(|_| ())
}

async fn renew_for(service: &Service, user: &str, space: &str) -> Result<Uuid> {
    let request = RegenerateRequest::new(space);
    let plan = service.plan_regenerate(&acting_for(user), &request).await?;
    service.regenerate(&acting_for(user), &plan).await.map(|made| made.issued.invite.id)
}

/// Revokes an invite as a user; a failure of the plan is an error.
pub async fn revoke_for(service: &Service, user: &str, id: Uuid) -> Result<(), (Reason, String)> {
    let actor = acting_for(user);
    let plan = service.plan_revoke(&actor, Selection::Named(vec![by_id(id)])).await.unwrap();
    if let Some(failure) = plan.failures.first() {
        assert_eq!((plan.total, plan.failures.len()), (0, 1));
        return Err((failure.reason(), failure.message()));
    }
    let summary = service.revoke(&actor, plan, &mut Recorder::new()).await.unwrap();
    assert_eq!((summary.revoked, summary.failed), (1, 0));
    Ok(())
}

/// Resends an invite as a user; a failure of the plan or the run is an error.
async fn resend_for(service: &Service, user: &str, id: Uuid) -> Result<(), Reason> {
    let (actor, selection) = (acting_for(user), ResendSelection::Named(vec![by_id(id)]));
    let plan = service.plan_resend(&actor, selection, UNSENT).await.unwrap();
    match plan.failures.first() {
        Some(failure) => Err(failure.reason()),
        None => apply_resend(service, user, plan).await,
    }
}

const UNSENT: ResendRequest = ResendRequest::new();

async fn apply_resend(service: &Service, user: &str, plan: ResendPlan) -> Result<(), Reason> {
    let mut told: Recorder<Issued> = Recorder::new();
    let summary = service.resend(&acting_for(user), plan, UNSENT, &mut told).await.unwrap();
    assert_eq!((summary.reissued, summary.failed), (told.done.len() as u64, told.failures.len() as u64));
    told.failures.first().map_or(Ok(()), |failure| Err(failure.reason()))
}

/// Asserts that a result is permitted or forbidden.
fn assert_may<T>(outcome: Result<T>, may: bool, what: &str) {
    match outcome {
        Ok(_) => assert!(may, "{what} succeeded"),
        Err(error) => {
            assert!(!may && matches!(error, Error::Forbidden(_)), "{what}: {error:?}");
            assert_eq!((error.reason().http_status(), error.reason().exit_code()), (403, 4));
            assert!(error.to_string().starts_with("Only "), "{error}");
            assert!(error.hint().unwrap().starts_with("u7 is "), "{error:?}");
        }
    }
}

async fn try_everything(fixture: &Fixture, (policy, role, [create, see, revokes, resend]): (&str, &str, [bool; 4])) {
    let (service, id) = (&fixture.service, format!("{policy}-{role}"));
    let id = id.as_str();
    space(service, policy, id).await;
    if !role.is_empty() {
        member(service, id, "u7", role, None).await;
    }
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let made = make_for(service, "u7", id, terms_for(policy)).await;
    let own = made.as_ref().map(|issued| issued.invite.id).ok();
    assert_may(made, create, "generate");
    let mut invite = if let Some(own) = own {
        own
    } else {
        assert_eq!(raw.dump().await, before, "a forbidden action changed the database");
        create_one(service, id, terms_for(policy)).await.invite.id
    };
    let before = raw.dump().await;
    assert_may(service.show_invite(&acting_for("u7"), &by_id(invite)).await, see, "show");
    assert_may(service.show_space(&acting_for("u7"), id).await, see, "space show");
    assert_eq!(raw.dump().await, before);
    assert_may(prolong_for(service, "u7", invite).await, create, "extend");
    if service.policies().get(policy).unwrap().standing {
        let renewed = renew_for(service, "u7", id).await;
        invite = *renewed.as_ref().unwrap_or(&invite);
        assert_may(renewed, create, "regenerate");
    }
    if !create {
        assert_eq!(raw.dump().await, before, "a forbidden action changed the database");
    }
    if service.policies().get(policy).unwrap().max_resends > 0 {
        assert_eq!(resend_for(service, "u7", invite).await, if resend { Ok(()) } else { Err(Reason::Forbidden) });
    }
    match revoke_for(service, "u7", invite).await {
        Ok(()) => assert!(revokes),
        Err((reason, _)) => assert!(!revokes && reason == Reason::Forbidden),
    }
    let known = service.policies().get(policy).unwrap();
    assert_eq!(has_permission(known, Permission::Resend, Some(role).filter(|role| !role.is_empty())), resend);
    raw.check_integrity().await;
}

async fn each_role_has_exactly_its_permissions(fixture: Fixture) {
    for row in TABLE {
        Box::pin(try_everything(&fixture, row)).await;
    }
    for policy in fixture.service.policies().iter() {
        for role in policy.member_roles() {
            assert!(TABLE.iter().any(|row| (row.0, row.1) == (policy.name.as_str(), role)), "{role} is not tested");
        }
    }
}

async fn container_creator_can_revoke_only_own_invites(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "c").await;
    space(service, "tree", "t").await;
    member(service, "c", "u7", "admin", None).await;
    member(service, "t", "u7", "custodian", None).await;
    let first = make_for(service, "u7", "c", Terms::new()).await.unwrap().invite.id;
    let second = make_for(service, "u7", "c", Terms::new()).await.unwrap().invite.id;
    let sent = make_for(service, "u7", "t", terms_to("eve@example.org")).await.unwrap().invite.id;
    let others = create_one(service, "c", Terms::new()).await.invite.id;
    member(service, "c", "u7", "member", None).await;
    member(service, "t", "u7", "viewer", None).await;
    let (reason, message) = revoke_for(service, "u7", others).await.unwrap_err();
    assert_eq!((reason, message.as_str()), (Reason::Forbidden, "Only admins and the creator can revoke invites"));
    let (_, message) = revoke_for(service, "u7", sent).await.unwrap_err();
    assert_eq!(message, "Only custodians can revoke invites");
    revoke_for(service, "u7", first).await.unwrap();
    // The creator need not be a member any more.
    service.remove_member(&operator(), "c", "u7").await.unwrap();
    revoke_for(service, "u7", second).await.unwrap();
    // Creating an invite grants no other permission.
    assert_may(prolong_for(service, "u7", first).await, false, "extend");
    assert_may(service.show_invite(&acting_for("u7"), &by_id(first)).await, false, "show");
    fixture.raw().await.check_integrity().await;
}

async fn demotion_applies_immediately_in_other_processes(fixture: Fixture) {
    let (service, other) = (&fixture.service, fixture.another_process().await);
    space(service, "space", "s").await;
    member(service, "s", "u7", "owner", None).await;
    let made = make_for(&other, "u7", "s", Terms::new()).await.unwrap().invite.id;
    let request = RegenerateRequest::new("s");
    let plan = other.plan_regenerate(&acting_for("u7"), &request).await.unwrap();
    member(service, "s", "u7", "member", None).await;
    let before = fixture.raw().await.dump().await;
    assert_may(other.regenerate(&acting_for("u7"), &plan).await, false, "regenerate");
    assert_may(make_for(&other, "u7", "s", Terms::new()).await, false, "generate");
    assert_may(prolong_for(&other, "u7", made).await, false, "extend");
    assert_may(other.show_invite(&acting_for("u7"), &by_id(made)).await, true, "show");
    assert_eq!(revoke_for(&other, "u7", made).await.unwrap_err().0, Reason::Forbidden);
    assert_eq!(fixture.raw().await.dump().await, before);
    member(service, "s", "u7", "admin", None).await;
    assert_may(other.regenerate(&acting_for("u7"), &plan).await, true, "regenerate");
}

async fn resend_refuses_actor_demoted_after_plan(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "tree", "t").await;
    member(service, "t", "u7", "custodian", None).await;
    let sent = make_for(service, "u7", "t", terms_to("eve@example.org")).await.unwrap().invite;
    let selection = ResendSelection::Named(vec![by_id(sent.id)]);
    let plan = service.plan_resend(&acting_for("u7"), selection, UNSENT).await.unwrap();
    member(service, "t", "u7", "viewer", None).await;
    assert_eq!(apply_resend(service, "u7", plan).await, Err(Reason::Forbidden));
    assert_eq!(reload(service, sent.id).await.code_key, sent.code_key);
}
