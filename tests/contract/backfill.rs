//! Backfill: a standing code for every space without one.

use invite::Error;
use invite::invites::generate::Terms;
use invite::model::invite::Status;
use invite::spaces::backfill::{BackfillRequest, BackfillSummary};

use crate::fixture::{Engine, Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::recorder::Recorder;

every_engine! {
    backfill_gives_codes_only_to_spaces_without_one,
    second_backfill_changes_nothing,
    backfill_dry_run_predicts_run_and_changes_nothing,
    backfill_result_is_equal_for_every_batch_size,
    backfill_limit_spans_batches_and_next_run_continues,
    backfill_covers_policies_with_standing_codes_only,
    backfill_of_named_spaces_skips_others,
    backfill_refuses_policy_without_standing_codes,
    backfill_replaces_expired_code_without_cleanup,
    backfill_replaces_revoked_and_used_up_codes,
}

/// A policy whose standing codes expire after an hour.
const HOURLY: &str = r#"
[policy.hourly]
description = "codes of an hour"
code = "random"
standing = true
expires = "1h"
roles = ["member"]
"#;

fn counts(scanned: u64, missing: u64, added: u64, failed: u64) -> BackfillSummary {
    with!(BackfillSummary::default(); scanned: scanned, missing: missing, added: added, failed: failed)
}

fn of_batches(batch_size: u32) -> BackfillRequest {
    backfill_all().batch_size(batch_size)
}

fn spaces_of(done: &[(String, Option<String>)]) -> Vec<&str> {
    done.iter().map(|(space, _)| space.as_str()).collect()
}

async fn backfill_gives_codes_only_to_spaces_without_one(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 6).await;
    let kept = create_one(&fixture.service, "s00002", Terms::new()).await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!(summary, counts(6, 5, 5, 0));
    assert_eq!((recorder.expected, recorder.advanced), (Some(6), 6));
    assert_eq!(spaces_of(&recorder.done), ["s00000", "s00001", "s00003", "s00004", "s00005"]);
    for (space, code) in &recorder.done {
        let invite = reload(&fixture.service, found_id(&fixture.service, code.as_deref().unwrap()).await).await;
        assert_eq!((&invite.space_id, invite.status(fixture.now)), (space, Status::Active));
        assert_eq!((invite.role.as_str(), invite.expires_at, invite.max_uses), ("member", None, None));
    }
    assert_eq!(reload(&fixture.service, kept.invite.id).await.status(fixture.now), Status::Active);
    assert_eq!(raw.count("invites").await, 6);
    let operations: Vec<(i64, i64, bool)> = raw
        .rows("SELECT changed, failed, finished_at IS NOT NULL FROM invite_operations WHERE command = 'backfill'")
        .await;
    assert_eq!(operations, [(5, 0, true)]);
    raw.check_integrity().await;
}

async fn found_id(service: &invite::Service, text: &str) -> uuid::Uuid {
    crate::helpers::validation::found(service, text).await.unwrap()
}

async fn second_backfill_changes_nothing(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 9).await;
    run_backfill(&fixture.service, &backfill_all()).await;
    let before = raw.dump().await;
    let (summary, recorder) = run_backfill(&fixture.later(hours(1)), &of_batches(2)).await;
    assert_eq!(summary, counts(9, 0, 0, 0));
    assert!(recorder.done.is_empty() && recorder.failures.is_empty());
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn backfill_dry_run_predicts_run_and_changes_nothing(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 25).await;
    for space in ["s00000", "s00007", "s00024"] {
        create_one(&fixture.service, space, Terms::new()).await;
    }
    for limit in [None, Some(10)] {
        let request = {
            let mut request = of_batches(7);
            request.limit = limit;
            request
        };
        let before = raw.dump().await;
        let (planned, dry) = run_backfill(&fixture.service, &request.clone().dry_run(true)).await;
        assert_eq!(raw.dump().await, before);
        assert!(dry.done.iter().all(|(_, code)| code.is_none()));
        // The run with a limit must find the spaces that the dry run found.
        if limit.is_some() {
            let (summary, run) = run_backfill(&fixture.service, &request).await;
            assert_eq!(summary, planned);
            assert_eq!((spaces_of(&run.done), run.done.len()), (spaces_of(&dry.done), 10));
        } else {
            assert_eq!(planned, counts(25, 22, 22, 0));
        }
    }
    let (_, dry) = run_backfill(&fixture.service, &backfill_all().dry_run(true)).await;
    let (summary, run) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!((spaces_of(&run.done), summary.added), (spaces_of(&dry.done), 12));
    raw.check_integrity().await;
}

async fn backfill_result_is_equal_for_every_batch_size(engine: Engine) {
    for batch_size in [1, 7, 1_000] {
        let fixture = Fixture::new(engine).await;
        let mut raw = fixture.raw().await;
        many_spaces(&fixture.service, "space", 30).await;
        create_one(&fixture.service, "s00013", Terms::new()).await;
        let (summary, recorder) = run_backfill(&fixture.service, &of_batches(batch_size)).await;
        assert_eq!((summary, recorder.advanced), (counts(30, 29, 29, 0), 30), "{batch_size}");
        assert_eq!(raw.count("invites WHERE slot = 'standing:' || space_id").await, 30);
        assert_eq!(raw.count("invite_operations WHERE command = 'backfill' AND changed = 29").await, 1);
        raw.check_integrity().await;
    }
}

async fn backfill_limit_spans_batches_and_next_run_continues(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 20).await;
    for added in [8, 8, 4, 0] {
        let request = of_batches(3).limit(8);
        let (summary, recorder) = run_backfill(&fixture.service, &request).await;
        assert_eq!((summary.added, recorder.done.len() as u64), (added, added));
        assert!(!summary.interrupted);
    }
    assert_eq!(raw.count("invites").await, 20);
    raw.check_integrity().await;
}

async fn backfill_covers_policies_with_standing_codes_only(engine: Engine) {
    let fixture = Fixture::with_policies(engine, HOURLY).await;
    let mut raw = fixture.raw().await;
    space(&fixture.service, "space", "s1").await;
    space(&fixture.service, "hourly", "h1").await;
    for (policy, id) in [("container", "c1"), ("tree", "t1"), ("director", "d1")] {
        space(&fixture.service, policy, id).await;
    }
    let hourly = backfill_all().policy("hourly");
    let (summary, recorder) = run_backfill(&fixture.service, &hourly).await;
    assert_eq!((summary, spaces_of(&recorder.done)), (counts(1, 1, 1, 0), vec!["h1"]));
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!((summary, spaces_of(&recorder.done)), (with!(counts(2, 1, 1, 0); skipped_by_policy: 3), vec!["s1"]));
    raw.check_integrity().await;
}

async fn backfill_of_named_spaces_skips_others(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 9).await;
    let some = ["s00007", "s00001", "s00004"].map(str::to_owned).to_vec();
    let (summary, recorder) = run_backfill(&fixture.service, &of_batches(2).spaces(some)).await;
    assert_eq!((summary, recorder.expected), (counts(3, 3, 3, 0), Some(3)));
    assert_eq!(spaces_of(&recorder.done), ["s00001", "s00004", "s00007"]);
    assert_eq!(raw.count("invites").await, 3);
    raw.check_integrity().await;
}

async fn backfill_refuses_policy_without_standing_codes(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "space", "s1").await;
    space(&fixture.service, "container", "c1").await;
    let before = raw.dump().await;
    let of_policy = |name: &str| backfill_all().policy(name);
    let of_spaces = |ids: &[&str]| backfill_all().spaces(ids.iter().copied());
    for (request, not_found) in [
        (of_policy("container"), false),
        (of_policy("no-such"), false),
        (of_spaces(&["s1", "c1"]), false),
        (of_spaces(&["s1", "nowhere"]), true),
    ] {
        let outcome = fixture.service.backfill(&operator(), &request, &mut Recorder::new()).await;
        let error = outcome.unwrap_err();
        assert_eq!(matches!(error, Error::NotFound(_)), not_found, "{error:?}");
        assert!(not_found || matches!(error, Error::Invalid(_)), "{error:?}");
        assert!(error.hint().is_some(), "{error:?}");
    }
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn backfill_replaces_expired_code_without_cleanup(engine: Engine) {
    let fixture = Fixture::with_policies(engine, HOURLY).await;
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "hourly", 5).await;
    run_backfill(&fixture.service, &backfill_all()).await;
    let minute_before = fixture.later(chrono::TimeDelta::minutes(59));
    assert_eq!(run_backfill(&minute_before, &backfill_all()).await.0, counts(5, 0, 0, 0));
    let (summary, recorder) = run_backfill(&fixture.later(hours(1)), &of_batches(2)).await;
    assert_eq!((summary, recorder.done.len()), (counts(5, 5, 5, 0), 5));
    assert_eq!(raw.count("invites WHERE closed_reason = 'expired' AND slot IS NULL").await, 5);
    assert_eq!(raw.count("invites WHERE slot = 'standing:' || space_id").await, 5);
    raw.check_integrity().await;
}

async fn backfill_replaces_revoked_and_used_up_codes(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 3).await;
    let revoked = create_one(&fixture.service, "s00000", Terms::new()).await;
    let used_up = create_one(&fixture.service, "s00001", terms_with_limit(1)).await;
    create_one(&fixture.service, "s00002", Terms::new()).await;
    revoke_references(&fixture.service, vec![code_of(&revoked)]).await;
    join(&fixture.service, &code_of(&used_up), "ann").await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!((summary, spaces_of(&recorder.done)), (counts(3, 2, 2, 0), vec!["s00000", "s00001"]));
    assert_eq!(raw.count("invites").await, 5);
    raw.check_integrity().await;
}
