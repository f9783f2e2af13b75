//! A run that is asked to stop keeps its reported items, and the next one continues.

use std::collections::HashSet;
use std::fmt::Write as _;

use invite::invites::cleanup::CleanupSummary;
use invite::invites::generate::{Expiry, GenerateRequest, Terms};
use invite::invites::list::Filter;
use invite::invites::revoke::Selection;
use invite::members::import::ImportMembersRequest;
use invite::spaces::import::ImportSpacesRequest;

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::raw::Raw;
use crate::helpers::recorder::{Recorder, Sweeper};

every_engine! {
    stopped_backfill_is_completed_by_next_run,
    run_stopped_before_first_batch_changes_nothing,
    stopped_generate_keeps_shown_codes,
    stopped_revocation_is_completed_by_next_run,
    stopped_cleanup_is_completed_by_next_run,
    stopped_space_import_is_completed_by_same_file,
    stopped_member_import_is_completed_by_same_file,
}

/// Returns the number of changes per operation of a command; all must be finished.
async fn changed_by(raw: &mut Raw, command: &str) -> Vec<i64> {
    assert_eq!(raw.count("invite_operations WHERE finished_at IS NULL").await, 0, "an operation did not end");
    let rows: Vec<(i64,)> =
        raw.rows(format!("SELECT changed FROM invite_operations WHERE command = '{command}' ORDER BY id")).await;
    rows.into_iter().map(|row| row.0).collect()
}

async fn stopped_backfill_is_completed_by_next_run(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 25).await;
    let request = backfill_all().batch_size(10);
    let mut recorder = Recorder::stopping_after(1);
    let summary = fixture.service.backfill(&operator(), &request, &mut recorder).await.unwrap();
    assert!(summary.interrupted);
    assert_eq!((summary.scanned, summary.added, recorder.done.len()), (10, 10, 10));
    for (space, code) in &recorder.done {
        let kept = format!("invites WHERE space_id = '{space}' AND code = '{}'", code.as_ref().unwrap());
        assert_eq!(raw.count(&kept).await, 1);
    }
    let later = fixture.later(hours(1));
    let (summary, recorder) = run_backfill(&later, &request).await;
    assert_eq!((summary.added, recorder.done.len(), summary.interrupted), (15, 15, false));
    assert_eq!(raw.count("invites WHERE slot = 'standing:' || space_id").await, 25);
    assert_eq!(changed_by(&mut raw, "backfill").await, [10, 15]);
    raw.check_integrity().await;
}

async fn run_stopped_before_first_batch_changes_nothing(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 3).await;
    let before = raw.dump().await;
    let mut recorder = Recorder::stopping_after(0);
    let summary = fixture.service.backfill(&operator(), &backfill_all(), &mut recorder).await.unwrap();
    assert!(summary.interrupted && summary.added == 0);
    let request = GenerateRequest::new("s00000", 1);
    let mut recorder = Recorder::stopping_after(0);
    let summary = fixture.service.generate(&operator(), &request, &mut recorder).await.unwrap();
    assert!(summary.interrupted && summary.created == 0 && recorder.done.is_empty());
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn stopped_generate_keeps_shown_codes(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let request = GenerateRequest::new("c1", 12_000);
    let mut recorder = Recorder::stopping_after(1);
    let summary = fixture.service.generate(&operator(), &request, &mut recorder).await.unwrap();
    assert!(summary.interrupted);
    assert_eq!((summary.created, recorder.done.len(), raw.count("invites").await), (10_000, 10_000, 10_000));
    let stored: HashSet<String> = raw.texts("SELECT code FROM invites").await.into_iter().collect();
    assert!(recorder.done.iter().all(|issued| stored.contains(issued.code.reveal())));
    let rest = create(&fixture.later(hours(1)), "c1", 2_000, Terms::new()).await.unwrap();
    assert!(rest.iter().all(|issued| !stored.contains(issued.code.reveal())));
    assert_eq!(raw.count("invites").await, 12_000);
    assert_eq!(changed_by(&mut raw, "generate").await, [10_000, 2_000]);
    raw.check_integrity().await;
}

async fn stopped_revocation_is_completed_by_next_run(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    space(&fixture.service, "container", "c2").await;
    create(&fixture.service, "c1", 12_500, Terms::new()).await.unwrap();
    create(&fixture.service, "c2", 3, Terms::new()).await.unwrap();
    let selection = || Selection::Matching(Box::new(Filter::new().spaces(["c1"])));
    let plan = fixture.service.plan_revoke(&operator(), selection()).await.unwrap();
    let mut recorder = Recorder::stopping_after(1);
    let summary = fixture.service.revoke(&operator(), plan, &mut recorder).await.unwrap();
    assert!(summary.interrupted);
    assert_eq!((summary.revoked, recorder.done.len(), recorder.expected), (10_000, 10_000, Some(12_500)));
    let revoked: HashSet<String> =
        raw.texts("SELECT id FROM invites WHERE closed_reason = 'revoked'").await.into_iter().collect();
    assert_eq!(revoked, recorder.done.iter().map(ToString::to_string).collect());
    let (summary, recorder) = revoke_selection(&fixture.later(hours(1)), selection()).await;
    assert_eq!((summary.revoked, recorder.done.len(), summary.interrupted), (2_500, 2_500, false));
    assert_eq!(raw.count("invites WHERE closed_at IS NULL AND space_id = 'c2'").await, 3);
    assert_eq!(changed_by(&mut raw, "revoke").await, [10_000, 2_500]);
    raw.check_integrity().await;
}

async fn stopped_cleanup_is_completed_by_next_run(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    create(&fixture.service, "c1", 250, terms_with_expiry(Expiry::After(hours(1)))).await.unwrap();
    let request = default_cleanup().batch_size(100);
    let service = fixture.later(hours(2));
    let plan = service.plan_cleanup(&request).await.unwrap();
    let mut sweeper = Sweeper { stop_after: Some(1), ..Sweeper::default() };
    let summary = service.cleanup(&operator(), &request, plan, &mut sweeper).await.unwrap();
    assert_eq!(summary, with!(CleanupSummary::default(); expired: 100, interrupted: true));
    assert_eq!((sweeper.expected, sweeper.advanced), (250, 100));
    assert_eq!(raw.count("invites WHERE closed_reason = 'expired'").await, 100);
    let rest = run_cleanup(&fixture.later(hours(3)), &request).await;
    assert_eq!(rest, with!(CleanupSummary::default(); expired: 150));
    assert_eq!(changed_by(&mut raw, "cleanup").await, [100, 150]);

    // Deletion stops and continues in the same way.
    let request = request.purge_after(days(30));
    let service = fixture.later(days(60));
    let plan = service.plan_cleanup(&request).await.unwrap();
    let mut sweeper = Sweeper { stop_after: Some(2), archived: Some(Vec::new()), ..Sweeper::default() };
    let summary = service.cleanup(&operator(), &request, plan, &mut sweeper).await.unwrap();
    assert!(summary.interrupted);
    assert_eq!((summary.purged, sweeper.archived.unwrap().len()), (200, 200));
    assert_eq!(raw.count("invites").await, 50);
    assert_eq!(run_cleanup(&fixture.later(days(61)), &request).await.purged, 50);
    assert_eq!(changed_by(&mut raw, "cleanup").await, [100, 150, 200, 50]);
    raw.check_integrity().await;
}

async fn stopped_space_import_is_completed_by_same_file(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let text = (0..12_000).fold("id,name\n".to_owned(), |mut text, number| {
        writeln!(text, "s{number:05},Space {number}").unwrap();
        text
    });
    let request = ImportSpacesRequest::new().default_policy("space");
    let mut recorder = Recorder::stopping_after(1);
    let service = &fixture.service;
    let summary = service.import_spaces(&operator(), &request, csv(text.clone()), &mut recorder).await.unwrap();
    assert!(summary.interrupted);
    assert_eq!((summary.read, summary.added, recorder.done.len()), (10_000, 10_000, 10_000));
    assert_eq!(raw.count("invite_spaces").await, 10_000);
    let service = fixture.later(hours(1));
    let mut recorder = Recorder::new();
    let summary = service.import_spaces(&operator(), &request, csv(text), &mut recorder).await.unwrap();
    assert_eq!((summary.read, summary.added, summary.unchanged, summary.failed), (12_000, 2_000, 10_000, 0));
    assert_eq!(recorder.done.first().map(String::as_str), Some("s10000"));
    assert_eq!(raw.count("invite_spaces").await, 12_000);
    assert_eq!(changed_by(&mut raw, "space import").await, [10_000, 2_000]);
    raw.check_integrity().await;
}

async fn stopped_member_import_is_completed_by_same_file(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "space", "s1").await;
    let text = (0..11_000).fold("space_id,user_id,role\n".to_owned(), |mut text, number| {
        writeln!(text, "s1,u{number},member").unwrap();
        text
    });
    let request = ImportMembersRequest::new();
    let mut recorder = Recorder::stopping_after(1);
    let service = &fixture.service;
    let summary = service.import_members(&operator(), request, csv(text.clone()), &mut recorder).await.unwrap();
    assert!(summary.interrupted);
    assert_eq!((summary.added, raw.count("invite_members").await), (10_000, 10_000));
    let service = fixture.later(hours(1));
    let summary = service.import_members(&operator(), request, csv(text), &mut Recorder::new()).await.unwrap();
    assert_eq!((summary.added, summary.unchanged, summary.failed), (1_000, 10_000, 0));
    assert_eq!(raw.count("invite_members").await, 11_000);
    assert_eq!(changed_by(&mut raw, "member import").await, [10_000, 1_000]);
    raw.check_integrity().await;
}
