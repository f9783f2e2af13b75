//! A backfill isolates spaces that fail.

use invite::Reason;
use invite::spaces::backfill::{BackfillRequest, BackfillSummary};

use crate::fixture::{Engine, Fixture, hours};
use crate::helpers::actions::*;
use crate::helpers::raw::Raw;

every_engine! {
    backfill_reports_spaces_with_unknown_policy,
    backfill_of_complete_database_reports_unknown_policy,
    backfill_isolates_one_refused_space,
    backfill_isolates_three_refused_spaces_of_one_batch,
    backfill_names_every_space_when_all_are_refused,
    backfill_names_spaces_without_free_code,
    backfill_without_any_free_code_keeps_audit_log_intact,
    refused_space_does_not_count_against_backfill_limit,
    backfill_operation_records_failures,
    backfill_counts_spaces_of_many_unknown_policies,
}

/// A policy with ten standing codes per name, which expire after an hour.
const TINY: &str = r#"
[policy.tiny]
description = "ten codes a name"
code = "name"
letters = 5
digits = 1
max_digits = 1
standing = true
expires = "1h"
roles = ["member"]
"#;

/// Makes the engine refuse every invite of these spaces.
async fn spoil(raw: &mut Raw, spaces: &[&str]) {
    let list = spaces.iter().map(|space| format!("'{space}'")).collect::<Vec<_>>().join(", ");
    raw.refuse("INSERT", "invites", &format!("NEW.space_id IN ({list})")).await;
}

fn counts(scanned: u64, missing: u64, added: u64, failed: u64) -> BackfillSummary {
    with!(BackfillSummary::default(); scanned: scanned, missing: missing, added: added, failed: failed)
}

fn of_batches(batch_size: u32) -> BackfillRequest {
    backfill_all().batch_size(batch_size)
}

async fn backfill_reports_spaces_with_unknown_policy(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 4).await;
    space(&fixture.service, "container", "c1").await;
    raw.run(
        "INSERT INTO invite_spaces (id, policy, name, created_at, changed_op) SELECT 'x' || id, 'gone', name, created_at, changed_op FROM invite_spaces \
         WHERE id IN ('s00000', 's00001', 's00002')",
    )
    .await;
    raw.run(
        "INSERT INTO invite_spaces (id, policy, name, created_at, changed_op) SELECT 'y1', 'lost', name, created_at, changed_op FROM invite_spaces LIMIT 1",
    )
    .await;
    for dry_run in [true, false] {
        let (summary, recorder) = run_backfill(&fixture.service, &backfill_all().dry_run(dry_run)).await;
        assert_eq!(summary, with!(counts(8, 4, 4, 4); skipped_by_policy: 1));
        let told: Vec<(&str, u64)> =
            recorder.failures.iter().map(|failure| (failure.subject.as_str(), failure.count)).collect();
        assert_eq!(told, [("policy gone", 3), ("policy lost", 1)]);
        assert!(recorder.failures.iter().all(|failure| failure.reason() == Reason::InvalidInput));
        assert!(recorder.failures[0].hint().as_deref().unwrap().contains("[policy.gone]"));
    }
    // A named policy excludes spaces of other policies.
    let named = backfill_all().policy("space");
    assert_eq!(run_backfill(&fixture.service, &named).await.0, counts(4, 0, 0, 0));
    raw.check_integrity().await;
}

async fn backfill_of_complete_database_reports_unknown_policy(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 1_200).await;
    space(&fixture.service, "container", "c1").await;
    run_backfill(&fixture.service, &backfill_all()).await;
    for request in [backfill_all(), of_batches(7), backfill_all().dry_run(true)] {
        let (summary, recorder) = run_backfill(&fixture.service, &request).await;
        assert_eq!(summary, with!(counts(1_200, 0, 0, 0); skipped_by_policy: 1));
        assert!(recorder.done.is_empty() && recorder.failures.is_empty());
        assert_eq!((recorder.expected, recorder.advanced), (Some(1_200), 1_200));
    }
    // The space keeps the code from before its policy was removed.
    raw.run("UPDATE invite_spaces SET policy = 'gone' WHERE id = 's01100'").await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!(summary, with!(counts(1_200, 0, 0, 1); skipped_by_policy: 1));
    assert_eq!(recorder.failures[0].subject, "policy gone");
    // A space without a code far beyond the first page.
    raw.run("UPDATE invite_spaces SET policy = 'space' WHERE id = 's01100'").await;
    raw.run("DELETE FROM invites WHERE space_id = 's01150'").await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!(summary, with!(counts(1_200, 1, 1, 0); skipped_by_policy: 1));
    assert_eq!(recorder.done[0].0, "s01150");
    raw.check_integrity().await;
}

async fn backfill_isolates_one_refused_space(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 40).await;
    spoil(&mut raw, &["s00017"]).await;
    let (summary, recorder) = run_backfill(&fixture.service, &of_batches(16)).await;
    assert_eq!((summary, recorder.advanced), (counts(40, 40, 39, 1), 40));
    assert_eq!(recorder.failures.len(), 1);
    let failure = &recorder.failures[0];
    assert_eq!(failure.subject, "space s00017 (Space 17)");
    assert_eq!((failure.reason(), failure.count, failure.line), (Reason::DatabaseFailed, 1, None));
    assert!(failure.message().contains("unwanted"), "{}", failure.message());
    assert_eq!(raw.count("invites WHERE slot = 'standing:' || space_id").await, 39);
    assert_eq!(raw.count("invites WHERE space_id = 's00017'").await, 0);
    raw.check_integrity().await;
    // After the repair, the next run creates only the missing code.
    raw.refuse_no_more("INSERT", "invites").await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!(summary, counts(40, 1, 1, 0));
    assert_eq!(recorder.done[0].0, "s00017");
    raw.check_integrity().await;
}

async fn backfill_isolates_three_refused_spaces_of_one_batch(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 50).await;
    // The first, two neighbors, and the last but one: every way to halve.
    let bad = ["s00000", "s00023", "s00024", "s00048"];
    spoil(&mut raw, &bad[..3]).await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!(summary, counts(50, 50, 47, 3));
    let named: Vec<&str> = recorder.failures.iter().map(|failure| failure.subject.as_str()).collect();
    assert_eq!(named, ["space s00000 (Space 0)", "space s00023 (Space 23)", "space s00024 (Space 24)"]);
    assert_eq!(recorder.done.len(), 47);
    let codes: std::collections::HashSet<_> = recorder.done.iter().map(|(_, code)| code.clone().unwrap()).collect();
    assert_eq!(codes.len(), 47);
    assert_eq!(raw.count("invites").await, 47);
    let changed = "SELECT changed FROM invite_operations WHERE command = 'backfill'";
    assert_eq!(raw.number(changed).await, 47);
    raw.check_integrity().await;
}

async fn backfill_names_every_space_when_all_are_refused(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 13).await;
    raw.refuse("INSERT", "invites", "1 = 1").await;
    let before = raw.dump().await;
    let (summary, recorder) = run_backfill(&fixture.service, &of_batches(5)).await;
    assert_eq!(summary, counts(13, 13, 0, 13));
    let expected: Vec<String> = (0..13).map(|number| format!("space s{number:05} (Space {number})")).collect();
    let named: Vec<&String> = recorder.failures.iter().map(|failure| &failure.subject).collect();
    assert_eq!(named, expected.iter().collect::<Vec<_>>());
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn backfill_names_spaces_without_free_code(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TINY).await;
    let mut raw = fixture.raw().await;
    // All are named "Space N", so they share the ten codes with the prefix Spa.
    many_spaces(&fixture.service, "tiny", 12).await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!(summary, counts(12, 12, 10, 2));
    assert!(recorder.failures.iter().all(|failure| failure.reason() == Reason::NoFreeCode));
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 10);
    let operations: Vec<(i64, i64)> =
        raw.rows("SELECT changed, failed FROM invite_operations WHERE command = 'backfill'").await;
    assert_eq!(operations, [(10, 2)]);
    raw.check_integrity().await;
}

async fn backfill_without_any_free_code_keeps_audit_log_intact(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TINY).await;
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "tiny", 10).await;
    run_backfill(&fixture.service, &backfill_all()).await;
    // An hour later all ten are expired, but their codes are still taken.
    let (summary, recorder) = run_backfill(&fixture.later(hours(1)), &backfill_all()).await;
    assert_eq!(summary, counts(10, 10, 0, 10));
    assert!(recorder.failures.iter().all(|failure| failure.reason() == Reason::NoFreeCode));
    // Invites that it closed belong to a recorded operation.
    raw.check_integrity().await;
}

async fn refused_space_does_not_count_against_backfill_limit(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 20).await;
    spoil(&mut raw, &["s00000", "s00001", "s00002"]).await;
    // A nightly run with a limit must not be blocked by the same refused spaces.
    let request = backfill_all().limit(3);
    let (summary, recorder) = run_backfill(&fixture.service, &request).await;
    assert_eq!((summary.added, summary.failed), (3, 3));
    let given: Vec<&str> = recorder.done.iter().map(|(space, _)| space.as_str()).collect();
    assert_eq!(given, ["s00003", "s00004", "s00005"]);
    raw.check_integrity().await;
}

async fn backfill_operation_records_failures(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 20).await;
    spoil(&mut raw, &["s00003", "s00011"]).await;
    let (summary, _) = run_backfill(&fixture.service, &of_batches(6)).await;
    let operations: Vec<(i64, i64)> =
        raw.rows("SELECT changed, failed FROM invite_operations WHERE command = 'backfill'").await;
    assert_eq!(operations, [(18, 2)]);
    assert_eq!((summary.added, summary.failed), (18, 2));
    raw.check_integrity().await;
}

async fn backfill_counts_spaces_of_many_unknown_policies(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 120).await;
    raw.run("UPDATE invite_spaces SET policy = 'gone' || id WHERE id <> 's00000'").await;
    assert_eq!(run_backfill(&fixture.service, &backfill_all()).await.0, counts(120, 1, 1, 119));
    raw.check_integrity().await;
}
