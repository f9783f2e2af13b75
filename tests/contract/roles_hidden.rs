//! Commands do not reveal to non-members which codes exist, because that would bypass the limits of
//! failed attempts.

use invite::Service;
use invite::invites::extend::ExtendRequest;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::invites::revoke::Selection;
use invite::model::reference::Reference;

use crate::fixture::Fixture;
use crate::helpers::actions::*;
use crate::helpers::imports::acting_for;
use crate::helpers::maintenance::by_id;

every_engine! {
    code_looks_unknown_to_non_member,
    creator_can_name_invite_by_code_as_non_member,
}

/// Returns the subject and message of each command that takes a single invite.
async fn command_outputs(service: &Service, user: &str, named: &Reference) -> Vec<String> {
    let actor = acting_for(user);
    let extending = ExtendRequest::new(named.clone()).expiry(Expiry::Never).usage_limit(UsageLimit::Times(9));
    let resending = ResendRequest::new();
    // Twice, because output that the second run omits would reveal the code.
    let of_named = || vec![named.clone(), named.clone()];
    let revoke = service.plan_revoke(&actor, Selection::Named(of_named())).await.unwrap();
    let resend = service.plan_resend(&actor, ResendSelection::Named(of_named()), resending).await.unwrap();
    assert_eq!((revoke.total, resend.total), (0, 0));
    let errors = [
        service.show_invite(&actor, named).await.map(|_| ()).unwrap_err(),
        service.extend(&actor, &extending).await.map(|_| ()).unwrap_err(),
    ];
    let of_error = |error: &invite::Error| format!("{:?} {error} {:?}", error.reason(), error.hint());
    let failures = revoke.failures.iter().chain(&resend.failures);
    let of_failure = |failure: &invite::batch::Failure| {
        format!("{:?} {} {} {:?}", failure.reason(), failure.subject, failure.message(), failure.hint())
    };
    errors.iter().map(of_error).chain(failures.map(of_failure)).collect()
}

async fn code_looks_unknown_to_non_member(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "director", "d").await;
    space(service, "tree", "t").await;
    member(service, "d", "actor", "actor", None).await;
    member(service, "t", "viewer", "viewer", None).await;
    let [short, sent] = [("d", Terms::new()), ("t", terms_to("eve@example.org"))];
    let (short, sent) = (create_one(service, short.0, short.1).await, create_one(service, sent.0, sent.1).await);
    let print = |digits: &str| Reference::parse(digits).unwrap();
    let fingerprint = sent.invite.code_key.fingerprint();
    let before = fixture.raw().await.dump().await;
    for (there, nowhere, user) in [
        (code_of(&short), code("Xyz-000"), "actor"),
        (code_of(&sent), code("Xyz-000"), "viewer"),
        (print(&fingerprint), print("#00000000"), "viewer"),
    ] {
        let hidden = |texts: Vec<String>| texts.iter().map(|text| text.replace(&fingerprint, "#00000000")).collect();
        let known: Vec<String> = hidden(command_outputs(service, "mia", &there).await);
        assert_eq!(known, command_outputs(service, "mia", &nowhere).await);
        assert!(known.iter().all(|text| text.starts_with("NotFound")), "{known:?}");
        let of_member = command_outputs(service, user, &there).await;
        assert!(of_member.iter().all(|text| text.starts_with("Forbidden")), "{of_member:?}");
    }
    // IDs cannot be guessed.
    for id in [short.invite.id, sent.invite.id] {
        let outputs = command_outputs(service, "mia", &by_id(id)).await;
        assert!(outputs.iter().all(|text| text.starts_with("Forbidden")), "{outputs:?}");
    }
    assert_eq!(fixture.raw().await.dump().await, before);
}

async fn creator_can_name_invite_by_code_as_non_member(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "c").await;
    member(service, "c", "ann", "admin", None).await;
    let made = crate::roles::make_for(service, "ann", "c", Terms::new()).await.unwrap();
    service.remove_member(&crate::fixture::operator(), "c", "ann").await.unwrap();
    let plan = service.plan_revoke(&acting_for("ann"), Selection::Named(vec![code_of(&made)])).await.unwrap();
    assert_eq!((plan.total, plan.failures.len()), (1, 0));
}
