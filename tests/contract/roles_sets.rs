//! Lists and bulk changes cover only permitted invites.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use invite::Service;
use invite::invites::Issued;
use invite::invites::generate::Terms;
use invite::invites::list::{Filter, ListRequest, ListedInvite};
use invite::invites::revoke::{RevokeSummary, Selection};
use invite::model::invite::{Invite, Status};
use invite::{Reason, Result};
use uuid::Uuid;

use crate::fixture::Fixture;
use crate::helpers::actions::*;
use crate::helpers::imports::{acting_for, failures_by_line};
use crate::helpers::maintenance::{by_id, reason};
use crate::helpers::recorder::Recorder;
use crate::roles::make_for;

every_engine! {
    list_contains_only_visible_invites,
    revoke_by_filter_covers_only_permitted_invites,
    named_invites_without_permission_fail_alone,
    permission_lost_after_plan_revokes_nothing,
    backfill_covers_permitted_spaces_and_reports_others,
    rows_for_spaces_without_permission_fail_alone,
}

fn of_spaces(spaces: &[&str]) -> Filter {
    Filter::new().spaces(spaces.iter().copied())
}

/// Returns the invites that a user can list; the count must agree.
async fn seen(service: &Service, user: &str, filter: Filter) -> Result<BTreeSet<Uuid>> {
    let mut found = BTreeSet::new();
    let each = |line: ListedInvite| {
        found.insert(line.invite.id);
        ControlFlow::Continue(())
    };
    let (actor, now) = (acting_for(user), service.now());
    let request = ListRequest::new().filter(filter);
    service.list_invites(&actor, &request, now, each).await?;
    assert_eq!(service.count_invites(&actor, &request.filter, now).await.unwrap(), found.len() as u64);
    Ok(found)
}

/// Creates a space of each policy with an invite: space, tree, director, container.
async fn four(fixture: &Fixture) -> [Uuid; 4] {
    let service = &fixture.service;
    let mut made = [Uuid::nil(); 4];
    for (place, policy) in ["space", "tree", "director", "container"].into_iter().enumerate() {
        space(service, policy, policy).await;
        let terms = if policy == "tree" { terms_to("eve@example.org") } else { Terms::new() };
        made[place] = create_one(service, policy, terms).await.invite.id;
    }
    made
}

async fn list_contains_only_visible_invites(fixture: Fixture) {
    let service = &fixture.service;
    let [standing, sent, short, boxed] = four(&fixture).await;
    for (space, user, role) in [
        ("director", "d1", "director"),
        ("container", "a1", "admin"),
        ("space", "u7", "admin"),
        ("tree", "u7", "custodian"),
        ("container", "u7", "member"),
        ("space", "m1", "member"),
        ("tree", "v1", "viewer"),
    ] {
        member(service, space, user, role, None).await;
    }
    let all = Filter::default;
    assert_eq!(seen(service, "d1", all()).await.unwrap(), BTreeSet::from([short]));
    assert_eq!(seen(service, "u7", all()).await.unwrap(), BTreeSet::from([standing, sent]));
    assert_eq!(seen(service, "m1", all()).await.unwrap(), BTreeSet::from([standing]));
    assert_eq!(reason(seen(service, "v1", all()).await), Reason::Forbidden);
    let active = of_spaces(&["container"]).statuses([Status::Active]);
    assert_eq!(seen(service, "a1", active).await.unwrap(), BTreeSet::from([boxed]));
    assert_eq!(seen(service, "u7", of_spaces(&["tree"])).await.unwrap(), BTreeSet::from([sent]));
    for (user, spaces) in [("u7", &["container"][..]), ("u7", &["tree", "container"]), ("m1", &["tree"])] {
        assert_eq!(reason(seen(service, user, of_spaces(spaces)).await), Reason::Forbidden);
    }
    assert_eq!(reason(seen(service, "nobody", all()).await), Reason::NotFound);
    assert_eq!(reason(seen(service, "a1", of_spaces(&["nowhere"])).await), Reason::NotFound);
    // Creating an invite does not grant permission to see it.
    let own = {
        member(service, "container", "a2", "admin", None).await;
        let own = make_for(service, "a2", "container", Terms::new()).await.unwrap().invite.id;
        member(service, "container", "a2", "member", None).await;
        own
    };
    assert_eq!(reason(seen(service, "a2", all()).await), Reason::Forbidden);
    assert_eq!(seen(service, "a1", all()).await.unwrap(), BTreeSet::from([boxed, own]));
}

async fn revoke_all(service: &Service, user: &str, filter: Filter) -> Result<(RevokeSummary, Recorder<Invite>)> {
    let (actor, mut recorder) = (acting_for(user), Recorder::new());
    let plan = service.plan_revoke(&actor, Selection::Matching(Box::new(filter))).await?;
    let mut shown = Recorder::new();
    service.dry_run_revoke(&plan, &mut shown).await.unwrap();
    let planned = plan.total;
    let summary = service.revoke(&actor, plan, &mut recorder).await?;
    assert_eq!((shown.done.len() as u64, summary.revoked), (planned, recorder.done.len() as u64));
    assert_eq!(shown.done, recorder.done);
    Ok((summary, recorder))
}

async fn revoke_by_filter_covers_only_permitted_invites(fixture: Fixture) {
    let service = &fixture.service;
    let [standing, _, short, boxed] = four(&fixture).await;
    member(service, "space", "u7", "admin", None).await;
    member(service, "container", "u7", "admin", None).await;
    let own = make_for(service, "u7", "container", Terms::new()).await.unwrap().invite.id;
    member(service, "container", "u7", "member", None).await;
    member(service, "director", "d1", "director", None).await;
    for (user, space) in [("d1", "container"), ("u7", "tree"), ("nobody", "space")] {
        let reason = reason(revoke_all(service, user, of_spaces(&[space])).await);
        assert!(matches!(reason, Reason::Forbidden | Reason::NotFound), "{user}: {reason:?}");
    }
    let (_, recorder) = revoke_all(service, "d1", Filter::new()).await.unwrap();
    assert_eq!(recorder.done, [short]);
    // The user may revoke the container's invites as their creator, and the space's invites by role.
    let (summary, recorder) = revoke_all(service, "u7", Filter::new()).await.unwrap();
    assert_eq!((summary.revoked, summary.failed), (2, 0));
    assert_eq!(recorder.done.iter().collect::<BTreeSet<_>>(), BTreeSet::from([&standing, &own]));
    // No invite is left, but the user has the permission.
    let (summary, _) = revoke_all(service, "u7", of_spaces(&["container"])).await.unwrap();
    assert_eq!((summary.revoked, summary.failed), (0, 0));
    assert!(reload(service, boxed).await.status(service.now()).is_open());
    fixture.raw().await.check_integrity().await;
}

async fn named_invites_without_permission_fail_alone(fixture: Fixture) {
    let service = &fixture.service;
    let [standing, sent, short, boxed] = four(&fixture).await;
    member(service, "space", "u7", "owner", None).await;
    member(service, "container", "u7", "admin", None).await;
    let named = Selection::Named([sent, standing, short, boxed].map(by_id).to_vec());
    let plan = service.plan_revoke(&acting_for("u7"), named).await.unwrap();
    let failures: Vec<_> = plan.failures.iter().map(|failure| (failure.line, failure.reason())).collect();
    assert_eq!(failures, [(Some(1), Reason::Forbidden), (Some(3), Reason::Forbidden)]);
    assert_eq!(plan.failures[0].message(), "Only custodians can revoke invites");
    let summary = service.revoke(&acting_for("u7"), plan, &mut Recorder::new()).await.unwrap();
    assert_eq!((summary.revoked, summary.failed), (2, 2));
    assert!(reload(service, sent).await.closed.is_none() && reload(service, short).await.closed.is_none());
    fixture.raw().await.check_integrity().await;
}

async fn permission_lost_after_plan_revokes_nothing(fixture: Fixture) {
    let (service, actor) = (&fixture.service, acting_for("u7"));
    space(service, "container", "c").await;
    member(service, "c", "u7", "admin", None).await;
    let made: Vec<Uuid> =
        create(service, "c", 3, Terms::new()).await.unwrap().iter().map(|issued| issued.invite.id).collect();
    let own = make_for(service, "u7", "c", Terms::new()).await.unwrap().invite.id;
    let named = Selection::Named(made.iter().map(|id| by_id(*id)).collect());
    let named = service.plan_revoke(&actor, named).await.unwrap();
    let of_space = Selection::Matching(Box::new(of_spaces(&["c"])));
    let of_space = service.plan_revoke(&actor, of_space).await.unwrap();
    let all = service.plan_revoke(&actor, Selection::Matching(Box::default())).await.unwrap();
    assert_eq!((named.total, of_space.total, all.total), (3, 4, 4));
    member(service, "c", "u7", "member", None).await;
    let mut told = Recorder::new();
    let summary = service.revoke(&actor, named, &mut told).await.unwrap();
    assert_eq!((summary.revoked, summary.failed), (0, 3));
    assert!(told.failures.iter().all(|failure| failure.reason() == Reason::Forbidden));
    for (plan, revoked) in [(of_space, 1), (all, 0)] {
        let mut told = Recorder::new();
        let summary = service.revoke(&actor, plan, &mut told).await.unwrap();
        // The user can still revoke own invites.
        assert_eq!((summary.revoked, summary.failed), (revoked, 1));
        assert_eq!((told.failures[0].reason(), told.failures[0].subject.as_str()), (Reason::Forbidden, "space c"));
    }
    assert!(reload(service, own).await.closed.is_some());
    assert_eq!(fixture.raw().await.count("invites WHERE closed_at IS NULL").await, 3);
    fixture.raw().await.check_integrity().await;
}

async fn backfill_covers_permitted_spaces_and_reports_others(fixture: Fixture) {
    let (service, actor) = (&fixture.service, acting_for("u7"));
    many_spaces(service, "space", 25).await;
    for number in [3, 4, 12, 20] {
        member(service, &format!("s{number:05}"), "u7", "admin", None).await;
    }
    member(service, "s00005", "u7", "member", None).await;
    let request = backfill_all().batch_size(10);
    let before = fixture.raw().await.dump().await;
    let mut planned = Recorder::new();
    let dry = request.clone().dry_run(true);
    let summary = service.backfill(&actor, &dry, &mut planned).await.unwrap();
    assert_eq!((summary.scanned, summary.missing, summary.added, summary.failed), (25, 25, 4, 21));
    assert_eq!(fixture.raw().await.dump().await, before);
    // Failures do not count against the limit.
    let limited = request.clone().limit(2);
    let mut first = Recorder::new();
    service.backfill(&actor, &limited, &mut first).await.unwrap();
    let got: Vec<&str> = first.done.iter().map(|(space, _)| space.as_str()).collect();
    assert_eq!(got, ["s00003", "s00004"]);
    let mut rest = Recorder::new();
    let summary = service.backfill(&actor, &request, &mut rest).await.unwrap();
    assert_eq!((summary.missing, summary.added, summary.failed), (23, 2, 21));
    assert!(rest.failures.iter().all(|failure| failure.reason() == Reason::Forbidden));
    let member = rest.failures.iter().find(|failure| failure.subject.contains("s00005")).unwrap();
    assert_eq!(member.message(), "Only owners and admins can create invites");
    assert!(member.hint().unwrap().starts_with("u7 is a member of the space s00005; "), "{member:?}");
    assert_eq!(fixture.raw().await.count("invites WHERE created_by = 'u7'").await, 4);
    let failures =
        |recorder: &Recorder<_>| recorder.failures.iter().map(invite::batch::Failure::message).collect::<Vec<_>>();
    assert_eq!(failures(&planned), failures(&rest));
    fixture.raw().await.check_integrity().await;
}

async fn rows_for_spaces_without_permission_fail_alone(fixture: Fixture) {
    let (service, actor) = (&fixture.service, acting_for("u7"));
    space(service, "tree", "t1").await;
    space(service, "tree", "t2").await;
    space(service, "container", "c").await;
    member(service, "t1", "u7", "custodian", None).await;
    member(service, "c", "u7", "member", None).await;
    member(service, "t2", "u8", "viewer", Some("in@example.org")).await;
    let rows = "space_id,email\nt1,a@example.org\nt2,b@example.org\nc,\nt1,c@example.org\nt2,in@example.org\n";
    let mut recorder: Recorder<Issued> = Recorder::new();
    let summary = service.generate_from(&actor, None, &Terms::new(), csv(rows), &mut recorder).await.unwrap();
    assert_eq!((summary.created, summary.failed), (2, 3));
    // Memberships of other spaces are not revealed.
    let forbidden = Reason::Forbidden;
    assert_eq!(failures_by_line(&recorder), [(3, forbidden), (4, forbidden), (6, forbidden)]);
    // The default is the only permitted space.
    let mut recorder: Recorder<Issued> = Recorder::new();
    let rows = csv("email\nd@example.org\n");
    service.generate_from(&actor, None, &Terms::new(), rows, &mut recorder).await.unwrap();
    assert_eq!(recorder.done[0].invite.space_id, "t1");
    fixture.raw().await.check_integrity().await;
}
