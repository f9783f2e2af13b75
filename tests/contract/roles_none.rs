//! What is asked of many invites by a user who may touch none of them: a refusal,
//! not a success that changed nothing.

use std::ops::ControlFlow;

use invite::error::{Reason, Result};
use invite::invites::generate::Terms;
use invite::invites::list::Filter;
use invite::invites::resend::{ResendRequest, ResendSelection, plan_resend};
use invite::invites::revoke::{Selection, plan_revoke, revoke};
use invite::service::Service;
use invite::spaces::manage::list_spaces;

use crate::recorder::Recorder;
use crate::roles::make_for;
use crate::steps::{member, one, space, to};
use crate::steps_a::acting_for;
use crate::world::worlds;

async fn revoke_all(service: &Service, user: &str, filter: Filter) -> Result<u64> {
    let plan = plan_revoke(service, &acting_for(user), Selection::Matching(Box::new(filter))).await?;
    revoke(service, &acting_for(user), plan, &mut Recorder::new()).await.map(|summary| summary.revoked)
}

#[tokio::test]
async fn live_ones_of_which_the_user_may_revoke_none_are_refused() {
    for world in worlds().await {
        let service = &world.service;
        space(service, "container", "c").await;
        space(service, "director", "d").await;
        for (space, user, role) in [("c", "joan", "admin"), ("c", "mia", "member"), ("d", "adam", "director")] {
            member(service, space, user, role, None).await;
        }
        let made = make_for(service, "joan", "c", Terms::default()).await.unwrap().invite;
        let of_joan = || Filter { created_by: Some("joan".into()), ..Filter::default() };
        let of_operation = || Filter { operation: Some(made.created_op), ..Filter::default() };
        let before = world.raw().await.dump().await;
        for user in ["mia", "adam"] {
            for filter in [of_joan(), of_operation()] {
                let error = revoke_all(service, user, filter).await.unwrap_err();
                assert_eq!(error.to_string(), "Only admins and the creator can revoke invites");
                assert_eq!(error.reason(), Reason::Forbidden);
            }
        }
        assert_eq!(world.raw().await.dump().await, before);
        // Of whole spaces it is what is theirs, and what is dead is nothing to refuse.
        assert_eq!(revoke_all(service, "adam", Filter::default()).await.unwrap(), 0);
        assert_eq!(revoke_all(service, "joan", of_operation()).await.unwrap(), 1);
        assert_eq!(revoke_all(service, "mia", of_joan()).await.unwrap(), 0);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn unsent_ones_of_which_the_user_may_send_none_are_refused() {
    let request = ResendRequest { keep_link: false, send: false };
    for world in worlds().await {
        let service = &world.service;
        for (id, user, role) in [("t", "vic", "viewer"), ("t", "joan", "custodian"), ("other", "ann", "custodian")] {
            if user != "joan" {
                space(service, "tree", id).await;
            }
            member(service, id, user, role, None).await;
        }
        let unsent = || ResendSelection::Unsent(Box::default());
        let total =
            async |user: &str| plan_resend(service, &acting_for(user), unsent(), request).await.map(|plan| plan.total);
        one(service, "t", to("eve@example.org")).await;
        assert_eq!(total("vic").await.unwrap(), 0, "none is unsent");
        world.raw().await.run("UPDATE invites SET send_after = created_at, last_send_error = 'x'").await;
        let error = total("vic").await.unwrap_err();
        assert_eq!(
            (error.reason(), error.to_string()),
            (Reason::Forbidden, "Only custodians can resend invites".into())
        );
        assert_eq!(total("joan").await.unwrap(), 1);
        // In the spaces of this one all are sent.
        assert_eq!(total("ann").await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_list_of_spaces_for_somebody_unknown_is_refused() {
    for world in worlds().await {
        space(&world.service, "space", "s1").await;
        let each = |_, _| ControlFlow::Continue(());
        let error = list_spaces(&world.service, &acting_for("ghost"), None, None, each).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound);
        assert!(error.to_string().starts_with("user ghost not found"), "{error}");
    }
}
