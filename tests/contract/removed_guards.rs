//! Actions that must change nothing in a removed space, even if they were planned before
//! the removal.

use invite::invites::extend::ExtendRequest;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::invites::list::{Filter, Mail};
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::invites::revoke::Selection;
use invite::members::import::ImportMembersRequest;
use invite::members::{AddMember, User};
use invite::spaces::regenerate::RegenerateRequest;
use invite::{Error, Reason};

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::{
    acting_for, default_import, failures_by_line, import_member_rows, import_space_rows, invite_rows, newest_operation,
};
use crate::helpers::maintenance::{by_id, reason, terms_expiring_in};
use crate::helpers::recorder::Recorder;
use crate::removed::gone;

every_engine! {
    removed_space_refuses_every_change,
    invites_of_removed_space_stay_closed,
    unsent_invitations_of_removed_space_are_not_sent,
    plans_older_than_removal_change_nothing,
    operations_record_files_and_filters_as_targets,
}

fn assert_gone<T>(outcome: invite::Result<T>) {
    let error = outcome.err().unwrap();
    assert_eq!(error.reason(), Reason::NotFound, "{error}");
    assert!(error.to_string().contains("was removed at"), "{error}");
}

/// Creates a removed space of a policy.
async fn removed(fixture: &Fixture, policy: &str, id: &str) {
    space(&fixture.service, policy, id).await;
    member(&fixture.service, id, "ann", "owner", Some("ann@example.org")).await;
    gone(&fixture.service, id).await;
}

async fn removed_space_refuses_every_change(fixture: Fixture) {
    let service = &fixture.service;
    removed(&fixture, "space", "s").await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    assert_gone(create(service, "s", 1, Terms::new()).await);
    assert_gone(service.plan_regenerate(&operator(), &RegenerateRequest::new("s")).await);
    let named = backfill_all().spaces(["s"]);
    let outcome = service.backfill(&operator(), &named, &mut Recorder::new()).await;
    assert_gone(outcome);
    let user = User::new("bob");
    let adding = AddMember::new("s", user);
    assert_gone(service.add_member(&operator(), &adding).await);
    assert_gone(service.remove_member(&operator(), "s", "ann").await);
    assert_gone(invite_rows(service, Some("s"), "email\nx@example.org\n").await);
    let (_, recorder) = invite_rows(service, None, "space_id,email\ns,\n").await.unwrap();
    assert_eq!(failures_by_line(&recorder), [(2, Reason::NotFound)]);
    let request = ImportMembersRequest::new().update(true);
    let (_, recorder) = import_member_rows(service, request, "space_id,user_id,role\ns,bob,\ns,ann,member\n").await;
    assert_eq!(failures_by_line(&recorder), [(2, Reason::NotFound), (3, Reason::NotFound)]);
    let filter = Filter::new().spaces(["s"]);
    assert_gone(service.plan_revoke(&operator(), Selection::Matching(Box::new(filter))).await);
    // Its owner has lost all permissions.
    let terms = Terms::new();
    assert_eq!(reason(crate::roles::make_for(service, "ann", "s", terms).await), Reason::NotFound);
    assert_eq!(raw.dump().await, before);
}

async fn invites_of_removed_space_stay_closed(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "c").await;
    let open = create_one(service, "c", Terms::new()).await.invite.id;
    let taken = create_one(service, "c", terms_with_limit(1)).await;
    join(service, &code_of(&taken), "ann").await;
    let expired = create_one(service, "c", terms_expiring_in(1)).await.invite.id;
    let later = fixture.later(hours(30));
    run_cleanup(&later, &default_cleanup()).await;
    gone(&later, "c").await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    assert_eq!(reason(extend_invite(&later, open, Expiry::After(days(9)), UsageLimit::Default).await), Reason::Revoked);
    assert_gone(extend_invite(&later, expired, Expiry::After(days(9)), UsageLimit::Default).await);
    assert_gone(extend_invite(&later, taken.invite.id, Expiry::Default, UsageLimit::Times(9)).await);
    assert_eq!(raw.dump().await, before);
    later.restore_space(&operator(), "c").await.unwrap();
    extend_invite(&later, expired, Expiry::After(days(9)), UsageLimit::Default).await.unwrap();
    raw.check_integrity().await;
}

async fn unsent_invitations_of_removed_space_are_not_sent(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "tree", "t").await;
    let issued = create_one(service, "t", terms_to("ann@example.org")).await;
    let id = issued.invite.id;
    let mut raw = fixture.raw().await;
    let at = raw.at(fixture.now);
    raw.run(format!("UPDATE invites SET send_after = {at} WHERE id = '{id}'")).await;
    let later = fixture.later(days(8));
    run_cleanup(&later, &default_cleanup()).await;
    let unsent = || ResendSelection::Unsent(Box::default());
    let printed = ResendRequest::new();
    let early = later.plan_resend(&operator(), unsent(), printed).await.unwrap();
    assert_eq!(early.total, 1);
    gone(&later, "t").await;
    let before = raw.dump().await;
    // It was planned before the removal, and finds nothing to send.
    let summary = later.resend(&operator(), early, printed, &mut Recorder::new()).await.unwrap();
    assert_eq!((summary.reissued, summary.failed), (0, 0));
    assert_eq!(later.plan_resend(&operator(), unsent(), printed).await.unwrap().total, 0);
    let filter = Filter::new().mail(Mail::Unsent);
    assert!(matching_ids(&later, filter).await.is_empty());
    let named = ResendSelection::Named(vec![by_id(id)]);
    let plan = later.plan_resend(&operator(), named, printed).await.unwrap();
    let mut recorder = Recorder::new();
    let summary = later.resend(&operator(), plan, printed, &mut recorder).await.unwrap();
    assert_eq!((summary.reissued, summary.failed), (0, 1));
    assert_eq!(recorder.failures[0].reason(), Reason::NotFound);
    assert_eq!(raw.dump().await, before);
}

async fn plans_older_than_removal_change_nothing(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "space", "s").await;
    member(service, "s", "ann", "owner", None).await;
    let old = create_one(service, "s", Terms::new()).await;
    let plan = service.plan_regenerate(&acting_for("ann"), &RegenerateRequest::new("s")).await.unwrap();
    gone(service, "s").await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    for actor in [operator(), acting_for("ann")] {
        assert_gone(Box::pin(service.regenerate(&actor, &plan)).await);
    }
    let request = ExtendRequest::new(code_of(&old)).expiry(Expiry::After(days(1)));
    assert!(matches!(service.extend(&operator(), &request).await, Err(Error::Refused(_))));
    assert_eq!(raw.dump().await, before);
}

async fn operations_record_files_and_filters_as_targets(fixture: Fixture) {
    let service = &fixture.service;
    let request = default_import().default_policy("tree");
    let rows = csv("id,name\nt,Tree\n").with_name("spaces é.csv");
    service.import_spaces(&operator(), &request, rows, &mut Recorder::new()).await.unwrap();
    let target = async || newest_operation(service).await.target;
    assert_eq!(target().await.as_deref(), Some("file spaces ?.csv"));
    import_space_rows(service, &default_import(), "id,name\nu,No file\n").await;
    assert_eq!(target().await, None);
    let rows = csv("space_id,user_id\nt,ann\n").with_name("-");
    let request = ImportMembersRequest::new();
    let mut recorder = Recorder::new();
    service.import_members(&operator(), request, rows, &mut recorder).await.unwrap();
    assert_eq!(target().await.as_deref(), Some("standard input"));
    let ids = [
        create_one(service, "t", terms_to("a@example.org")).await,
        create_one(service, "t", terms_to("b@example.org")).await,
    ];
    let ids = ids.map(|issued| issued.invite.id);
    let printed = ResendRequest::new();
    for (named, told) in [(&ids[..1], format!("invite {}", ids[0])), (&ids, "2 named invites".to_owned())] {
        let selection = ResendSelection::Named(named.iter().map(|id| by_id(*id)).collect());
        let plan = service.plan_resend(&operator(), selection, printed).await.unwrap();
        service.resend(&operator(), plan, printed, &mut Recorder::new()).await.unwrap();
        assert_eq!(target().await, Some(told));
    }
    run_cleanup(&fixture.later(days(8)), &default_cleanup()).await;
    assert_eq!(target().await.as_deref(), Some("closes expired and used-up invites"));
}
