//! The setting `require_actor`: every action that a role governs needs an actor.

use std::ops::ControlFlow;

use invite::Reason;
use invite::invites::extend::ExtendRequest;
use invite::invites::generate::{Expiry, GenerateRequest, Terms, UsageLimit};
use invite::invites::list::ListRequest;
use invite::invites::redeem::RedeemRequest;
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::invites::revoke::Selection;
use invite::invites::validate::ValidateRequest;
use invite::spaces::Standing;
use invite::spaces::regenerate::RegenerateRequest;
use invite::{Actor, Service};
use uuid::Uuid;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::acting_for;
use crate::helpers::maintenance::by_id;
use crate::helpers::recorder::Recorder;

every_engine! {
    require_actor_refuses_actions_without_actor,
}

/// Tries every action that a role governs; returns the reasons of the refusals.
async fn refusals(service: &Service, actor: &Actor, invite: Uuid) -> Vec<Option<Reason>> {
    let request = GenerateRequest::new("c", 1);
    let rows = || csv("note\nx\n");
    let terms = Terms::new();
    let regenerating = RegenerateRequest::new("s");
    let regenerated = match service.plan_regenerate(actor, &regenerating).await {
        Ok(plan) => service.regenerate(actor, &plan).await.map(|_| ()),
        Err(error) => Err(error),
    };
    let extending = ExtendRequest::new(by_id(invite)).expiry(Expiry::Never).usage_limit(UsageLimit::Times(9));
    let resending = ResendRequest::new();
    let everything = ListRequest::new();
    let outcomes = [
        service.generate(actor, &request, &mut Recorder::new()).await.map(|_| ()),
        service.generate_from(actor, Some("c"), &terms, rows(), &mut Recorder::new()).await.map(|_| ()),
        regenerated,
        service.extend(actor, &extending).await.map(|_| ()),
        service.list_invites(actor, &everything, service.now(), |_| ControlFlow::Continue(())).await,
        service.count_invites(actor, &everything.filter, service.now()).await.map(|_| ()),
        service.show_invite(actor, &by_id(invite)).await.map(|_| ()),
        service.show_space(actor, "s").await.map(|_| ()),
        service.backfill(actor, &backfill_all(), &mut Recorder::new()).await.map(|_| ()),
        service.plan_revoke(actor, Selection::Named(vec![by_id(invite)])).await.map(|_| ()),
        service.plan_resend(actor, ResendSelection::Unsent(Box::default()), resending).await.map(|_| ()),
        service.validate(actor, &ValidateRequest::new(by_id(invite))).await.map(|_| ()),
        service.redeem(actor, &RedeemRequest::new(by_id(invite), "guest 1")).await.map(|_| ()),
    ];
    outcomes.into_iter().map(|outcome| outcome.err().map(|error| error.reason())).collect()
}

/// Returns for each space whether its standing code is shown.
async fn codes_of_spaces(service: &Service, actor: &Actor) -> Vec<bool> {
    let mut codes = Vec::new();
    let each = |_, standing: Standing| {
        codes.push(standing.code().is_some());
        ControlFlow::Continue(())
    };
    service.list_spaces(actor, None, None, each).await.unwrap();
    codes
}

async fn require_actor_refuses_actions_without_actor(fixture: Fixture) {
    let strict = fixture.at(fixture.now).require_actor(true);
    space(&fixture.service, "space", "s").await;
    space(&fixture.service, "container", "c").await;
    member(&fixture.service, "s", "u7", "owner", None).await;
    member(&fixture.service, "c", "u7", "admin", None).await;
    let invite = create_one(&fixture.service, "c", Terms::new()).await.invite.id;
    let before = fixture.raw().await.dump().await;
    assert_eq!(Box::pin(refusals(&strict, &operator(), invite)).await, [Some(Reason::InvalidInput); 13]);
    assert_eq!(fixture.raw().await.dump().await, before);
    assert_eq!(Box::pin(refusals(&strict, &acting_for("u7"), invite)).await, [None; 13]);
    // Without an actor, spaces are listed without their codes.
    assert_eq!(codes_of_spaces(&strict, &operator()).await, [false, false]);
    assert_eq!(codes_of_spaces(&strict, &acting_for("u7")).await, [false, true]);
    // No role governs these actions.
    let code = code_of(&create_one(&fixture.service, "c", Terms::new()).await);
    join(&strict, &code, "guest").await;
    run_cleanup(&strict, &default_cleanup()).await;
}
