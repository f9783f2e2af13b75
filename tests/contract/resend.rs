//! Resending invitations: limits, expired ones, members and dry runs.

use invite::Db;
use invite::Service;
use invite::invites::Issued;
use invite::invites::list::{Filter, Mail};
use invite::invites::resend::{ResendPlan, ResendRequest, ResendSelection, ResendSummary};
use invite::model::invite::Status;
use invite::model::reference::Reference;
use invite::{Reason, Result};
use uuid::Uuid;

use crate::fixture::{Fixture, days, hours, noon, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;
use crate::helpers::raw::Raw;
use crate::helpers::recorder::Recorder;

every_engine! {
    printed_links_count_against_resend_limit,
    concurrent_resends_stay_within_limit,
    expired_unsent_invitation_is_listed_and_renewed,
    only_unsent_named_invitation_is_renewed,
    later_invitation_replaces_expired_unsent_one,
    last_of_two_expired_unsent_invitations_is_renewed,
    member_is_not_invited_again,
    resend_dry_run_predicts_run_and_changes_nothing,
    upgrade_marks_failed_invitations_unsent,
}

const PRINTED: ResendRequest = ResendRequest::new();

fn unsent() -> ResendSelection {
    ResendSelection::Unsent(Box::default())
}

fn these(ids: &[Uuid]) -> ResendSelection {
    ResendSelection::Named(ids.iter().map(|id| Reference::Id(*id)).collect())
}

async fn planned(service: &Service, selection: ResendSelection) -> ResendPlan {
    service.plan_resend(&operator(), selection, PRINTED).await.unwrap()
}

async fn run(service: &Service, plan: ResendPlan) -> (ResendSummary, Recorder<Issued>) {
    let mut recorder = Recorder::new();
    let summary = service.resend(&operator(), plan, PRINTED, &mut recorder).await.unwrap();
    (summary, recorder)
}

/// Returns the reason of the refusal of one invitation, if any.
async fn printed_again(service: &Service, id: Uuid) -> Option<Reason> {
    let plan = planned(service, these(&[id])).await;
    let refused = plan.failures.first().map(invite::batch::Failure::reason);
    let (summary, _) = run(service, plan).await;
    assert_eq!((summary.reissued, summary.failed), (u64::from(refused.is_none()), u64::from(refused.is_some())));
    refused
}

/// Creates an invitation that was not sent.
async fn failed_invitation(fixture: &Fixture, address: &str) -> Issued {
    let issued = create_one(&fixture.service, "oak", terms_to(address)).await;
    fail(&mut fixture.raw().await, issued.invite.id).await;
    issued
}

async fn fail(raw: &mut Raw, id: Uuid) {
    let at = raw.at(noon());
    raw.run(format!("UPDATE invites SET last_send_error = 'refused', send_after = {at} WHERE id = '{id}'")).await;
}

async fn listed_unsent(service: &Service) -> Vec<Uuid> {
    matching_ids(service, Filter::new().mail(Mail::Unsent)).await
}

async fn printed_links_count_against_resend_limit(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let id = create_one(&fixture.service, "oak", terms_to("ann@example.org")).await.invite.id;
    for count in 1..=3 {
        assert_eq!(printed_again(&fixture.service, id).await, None);
        assert_eq!(reload(&fixture.service, id).await.resends, count);
    }
    for _ in 0..2 {
        assert_eq!(printed_again(&fixture.service, id).await, Some(Reason::ResendLimit));
    }
    // The first link of an undelivered invitation does not count.
    let failed = failed_invitation(&fixture, "bob@example.org").await.invite.id;
    assert_eq!(printed_again(&fixture.service, failed).await, None);
    assert_eq!(reload(&fixture.service, failed).await.resends, 0);
    fixture.raw().await.check_integrity().await;
}

async fn concurrent_resends_stay_within_limit(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let id = create_one(&fixture.service, "oak", terms_to("ann@example.org")).await.invite.id;
    let mut plans = Vec::new();
    for _ in 0..5 {
        plans.push(planned(&fixture.service, these(&[id])).await);
    }
    let (one, two) = (fixture.another_process().await, fixture.another_process().await);
    let mut next = || plans.pop().unwrap();
    let runs =
        tokio::join!(run(&one, next()), run(&two, next()), run(&one, next()), run(&two, next()), run(&one, next()),);
    let reissued: u64 = [runs.0, runs.1, runs.2, runs.3, runs.4].iter().map(|(summary, _)| summary.reissued).sum();
    assert_eq!((reissued, reload(&fixture.service, id).await.resends), (3, 3));
}

async fn expired_unsent_invitation_is_listed_and_renewed(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let later = fixture.later(days(8));
    for (address, cleaned) in [("ann@example.org", false), ("bob@example.org", true)] {
        let first = failed_invitation(&fixture, address).await;
        let id = first.invite.id;
        if cleaned {
            assert_eq!(run_cleanup(&later, &default_cleanup()).await.expired, 1);
        }
        assert_eq!(reload(&later, id).await.status(later.now()), Status::Expired);
        assert_eq!(listed_unsent(&later).await, [id]);
        let (summary, recorder) = run(&later, planned(&later, unsent()).await).await;
        assert_eq!((summary.reissued, summary.failed), (1, 0));
        let renewed = reload(&later, id).await;
        assert_eq!(renewed.expires_at, Some(later.now() + days(7)));
        assert_eq!((renewed.status(later.now()), renewed.closed_op), (Status::Active, None));
        assert_eq!(reason(create(&later, "oak", 1, terms_to(address)).await), Reason::Duplicate);
        assert!(listed_unsent(&later).await.is_empty());
        assert!(show_link(&later, &first).await.is_err(), "the old link is valid");
        let used = try_redeem_by(&later, &code_of(&recorder.done[0]), address).await;
        assert_eq!(used.role, "viewer");
    }
    fixture.raw().await.check_integrity().await;
}

async fn only_unsent_named_invitation_is_renewed(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let failed = failed_invitation(&fixture, "ann@example.org").await.invite.id;
    let printed = create_one(&fixture.service, "oak", terms_to("bob@example.org")).await.invite.id;
    let later = fixture.later(days(8));
    assert_eq!(printed_again(&later, printed).await, Some(Reason::Expired));
    assert_eq!(printed_again(&later, failed).await, None);
    // Revoked and used invitations are not renewed.
    let revoked = failed_invitation(&fixture, "cy@example.org").await.invite.id;
    revoke_references(&fixture.service, vec![Reference::Id(revoked)]).await;
    assert_eq!(printed_again(&later, revoked).await, Some(Reason::Revoked));
    assert!(listed_unsent(&later).await.is_empty());
}

async fn later_invitation_replaces_expired_unsent_one(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let old = failed_invitation(&fixture, "ann@example.org").await.invite.id;
    let later = fixture.later(days(8));
    run_cleanup(&later, &default_cleanup()).await;
    let newer = create_one(&later, "oak", terms_to("ann@example.org")).await.invite;
    assert!(listed_unsent(&later).await.is_empty());
    assert_eq!(planned(&later, unsent()).await.total, 0);
    let (summary, recorder) = run(&later, planned(&later, these(&[old])).await).await;
    assert_eq!((summary.reissued, recorder.failures[0].reason()), (0, Reason::Duplicate));
    assert_eq!(reload(&later, newer.id).await.status(later.now()), Status::Active);
    fixture.raw().await.check_integrity().await;
}

async fn last_of_two_expired_unsent_invitations_is_renewed(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    failed_invitation(&fixture, "ann@example.org").await;
    let later = fixture.later(days(8));
    let newer = create_one(&later, "oak", terms_to("ann@example.org")).await.invite.id;
    fail(&mut fixture.raw().await, newer).await;
    assert_eq!(listed_unsent(&later).await, [newer]);
    let much_later = fixture.later(days(30));
    run_cleanup(&much_later, &default_cleanup()).await;
    assert_eq!(listed_unsent(&much_later).await, [newer]);
    assert_eq!(run(&much_later, planned(&much_later, unsent()).await).await.0.reissued, 1);
    assert!(listed_unsent(&much_later).await.is_empty());
    fixture.raw().await.check_integrity().await;
}

async fn member_is_not_invited_again(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let named = create_one(&fixture.service, "oak", terms_to("ann@example.org")).await.invite.id;
    let failed = failed_invitation(&fixture, "bob@example.org").await.invite.id;
    member(&fixture.service, "oak", "u1", "viewer", Some("ann@example.org")).await;
    member(&fixture.service, "oak", "u2", "viewer", Some("bob@example.org")).await;
    let before = reload(&fixture.service, named).await;
    assert_eq!(printed_again(&fixture.service, named).await, Some(Reason::AlreadyMember));
    assert_eq!(reload(&fixture.service, named).await.code_key, before.code_key);

    let plan = planned(&fixture.service, unsent()).await;
    assert_eq!(plan.total, 1);
    let (summary, recorder) = run(&fixture.service, plan).await;
    assert_eq!((summary.reissued, summary.failed), (0, 1));
    assert_eq!(recorder.failures[0].reason(), Reason::AlreadyMember);
    // The invitation of a member is reported once and is no longer pending.
    assert!(listed_unsent(&fixture.service).await.is_empty());
    let told = reload(&fixture.service, failed).await.last_send_error.unwrap();
    assert_eq!(told, "a member of the space has this address");
    fixture.raw().await.check_integrity().await;
}

async fn resend_dry_run_predicts_run_and_changes_nothing(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let later = fixture.later(days(8));
    let expired = failed_invitation(&fixture, "ann@example.org").await.invite.id;
    run_cleanup(&later, &default_cleanup()).await;
    failed_invitation(&fixture, "bob@example.org").await;
    member(&fixture.service, "oak", "u2", "viewer", Some("bob@example.org")).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let plan = planned(&later, unsent()).await;
    let mut recorder = Recorder::new();
    let predicted = later.dry_run_resend(&operator(), &plan, PRINTED, &mut recorder).await.unwrap();
    assert_eq!((predicted.reissued, predicted.failed), (1, 1));
    assert_eq!(recorder.failures[0].reason(), Reason::AlreadyMember);
    let shown = &recorder.done[0].invite;
    assert_eq!((shown.id, shown.expires_at), (expired, Some(later.now() + days(7))));
    assert_eq!(raw.dump().await, before);
    let (summary, _) = run(&later, plan).await;
    assert_eq!((summary.reissued, summary.failed), (1, 1));
}

async fn upgrade_marks_failed_invitations_unsent(fixture: Fixture) {
    space(&fixture.service, "tree", "oak").await;
    let mut ids = Vec::new();
    for address in ["ann@example.org", "bob@example.org", "cy@example.org"] {
        ids.push(create_one(&fixture.service, "oak", terms_to(address)).await.invite.id);
    }
    let mut raw = fixture.raw().await;
    for failed in &ids[..2] {
        raw.run(format!("UPDATE invites SET last_send_error = 'refused' WHERE id = '{failed}'")).await;
    }
    revoke_references(&fixture.service, vec![Reference::Id(ids[1])]).await;
    raw.run("DELETE FROM invite_migrations WHERE description = 'unsent'").await;
    let (db, applied) = Db::migrate(fixture.location().clone()).await.unwrap();
    db.close().await;
    assert_eq!(applied, 1);
    assert_eq!(listed_unsent(&fixture.service).await, [ids[0]]);
    assert_eq!(listed_unsent(&fixture.later(days(8))).await, [ids[0]]);
    assert_eq!(run(&fixture.later(hours(1)), planned(&fixture.later(hours(1)), unsent()).await).await.0.reissued, 1);
}

/// Returns the validation of an invitation's link.
async fn show_link(service: &Service, issued: &Issued) -> Result<Uuid> {
    crate::helpers::validation::found(service, issued.code.reveal()).await
}

/// Redeems an invitation as the owner of the address.
async fn try_redeem_by(service: &Service, reference: &Reference, address: &str) -> invite::invites::redeem::Joined {
    accepted(crate::helpers::validation::try_redeem_with(service, reference, address, Some(address), None).await)
}
