//! Actions on many invites by a user who has permission for none of them: they are refused
//! instead of succeeding without an effect.

use std::ops::ControlFlow;

use invite::Service;
use invite::invites::generate::Terms;
use invite::invites::list::Filter;
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::invites::revoke::Selection;
use invite::{Reason, Result};

use crate::fixture::Fixture;
use crate::helpers::actions::{create_one, member, space, terms_to};
use crate::helpers::imports::acting_for;
use crate::helpers::recorder::Recorder;
use crate::roles::make_for;

every_engine! {
    revoke_refuses_user_without_permission_for_any_invite,
    resend_refuses_user_without_permission_for_any_invite,
    space_list_for_unknown_user_is_refused,
}

async fn revoke_all(service: &Service, user: &str, filter: Filter) -> Result<u64> {
    let plan = service.plan_revoke(&acting_for(user), Selection::Matching(Box::new(filter))).await?;
    service.revoke(&acting_for(user), plan, &mut Recorder::new()).await.map(|summary| summary.revoked)
}

async fn revoke_refuses_user_without_permission_for_any_invite(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "c").await;
    space(service, "director", "d").await;
    for (space, user, role) in [("c", "joan", "admin"), ("c", "mia", "member"), ("d", "adam", "director")] {
        member(service, space, user, role, None).await;
    }
    let made = make_for(service, "joan", "c", Terms::new()).await.unwrap().invite;
    let of_joan = || Filter::new().created_by("joan");
    let of_operation = || Filter::new().operation(made.created_op);
    let before = fixture.raw().await.dump().await;
    for user in ["mia", "adam"] {
        for filter in [of_joan(), of_operation()] {
            let error = revoke_all(service, user, filter).await.unwrap_err();
            assert_eq!(error.to_string(), "Only admins and the creator can revoke invites");
            assert_eq!(error.reason(), Reason::Forbidden);
        }
    }
    assert_eq!(fixture.raw().await.dump().await, before);
    // In a whole space the filter covers only the user's own invites, and closed invites
    // cause no refusal.
    assert_eq!(revoke_all(service, "adam", Filter::new()).await.unwrap(), 0);
    assert_eq!(revoke_all(service, "joan", of_operation()).await.unwrap(), 1);
    assert_eq!(revoke_all(service, "mia", of_joan()).await.unwrap(), 0);
    fixture.raw().await.check_integrity().await;
}

async fn resend_refuses_user_without_permission_for_any_invite(fixture: Fixture) {
    let request = ResendRequest::new();
    let service = &fixture.service;
    for (id, user, role) in [("t", "vic", "viewer"), ("t", "joan", "custodian"), ("other", "ann", "custodian")] {
        if user != "joan" {
            space(service, "tree", id).await;
        }
        member(service, id, user, role, None).await;
    }
    let unsent = || ResendSelection::Unsent(Box::default());
    let total =
        async |user: &str| service.plan_resend(&acting_for(user), unsent(), request).await.map(|plan| plan.total);
    create_one(service, "t", terms_to("eve@example.org")).await;
    assert_eq!(total("vic").await.unwrap(), 0, "none is unsent");
    fixture.raw().await.run("UPDATE invites SET send_after = created_at, last_send_error = 'x'").await;
    let error = total("vic").await.unwrap_err();
    assert_eq!((error.reason(), error.to_string()), (Reason::Forbidden, "Only custodians can resend invites".into()));
    assert_eq!(total("joan").await.unwrap(), 1);
    // The spaces of this user have no unsent invitations.
    assert_eq!(total("ann").await.unwrap(), 0);
}

async fn space_list_for_unknown_user_is_refused(fixture: Fixture) {
    space(&fixture.service, "space", "s1").await;
    let each = |_, _| ControlFlow::Continue(());
    let error = fixture.service.list_spaces(&acting_for("ghost"), None, None, each).await.unwrap_err();
    assert_eq!(error.reason(), Reason::NotFound);
    assert!(error.to_string().starts_with("user ghost not found"), "{error}");
}
