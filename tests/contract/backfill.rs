//! A standing code for every space that lacks one.

use invite::error::Error;
use invite::invites::generate::Terms;
use invite::model::invite::Status;
use invite::spaces::backfill::{BackfillRequest, BackfillSummary, backfill};

use crate::recorder::Recorder;
use crate::steps::*;
use crate::world::{hours, operator, worlds, worlds_with};

/// Standing codes that end after an hour.
const HOURLY: &str = r#"
[policy.hourly]
description = "codes of an hour"
code = "random"
standing = true
expires = "1h"
roles = ["member"]
"#;

fn counts(scanned: u64, missing: u64, added: u64, failed: u64) -> BackfillSummary {
    BackfillSummary { scanned, missing, added, failed, ..BackfillSummary::default() }
}

fn of_batches(batch_size: u32) -> BackfillRequest {
    BackfillRequest { batch_size: Some(batch_size), ..everywhere() }
}

fn spaces_of(done: &[(String, Option<String>)]) -> Vec<&str> {
    done.iter().map(|(space, _)| space.as_str()).collect()
}

#[tokio::test]
async fn exactly_the_spaces_without_a_code_get_one() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        many_spaces(&world.service, "space", 6).await;
        let kept = one(&world.service, "s00002", Terms::default()).await;
        let (summary, recorder) = fill(&world.service, &everywhere()).await;
        assert_eq!(summary, counts(6, 5, 5, 0));
        assert_eq!((recorder.expected, recorder.advanced), (Some(6), 6));
        assert_eq!(spaces_of(&recorder.done), ["s00000", "s00001", "s00003", "s00004", "s00005"]);
        for (space, code) in &recorder.done {
            let invite = reload(&world.service, found_id(&world.service, code.as_deref().unwrap()).await).await;
            assert_eq!((&invite.space_id, invite.status(world.now)), (space, Status::Active));
            assert_eq!((invite.role.as_str(), invite.expires_at, invite.max_uses), ("member", None, None));
        }
        assert_eq!(reload(&world.service, kept.invite.id).await.status(world.now), Status::Active);
        assert_eq!(raw.count("invites").await, 6);
        let operations: Vec<(i64, i64, bool)> = raw
            .rows("SELECT changed, failed, finished_at IS NOT NULL FROM invite_operations WHERE command = 'backfill'")
            .await;
        assert_eq!(operations, [(5, 0, true)]);
        raw.check_integrity().await;
    }
}

async fn found_id(service: &invite::service::Service, text: &str) -> uuid::Uuid {
    crate::steps_b::found(service, text).await.unwrap()
}

#[tokio::test]
async fn a_second_run_adds_nothing_and_leaves_no_trace() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        many_spaces(&world.service, "space", 9).await;
        fill(&world.service, &everywhere()).await;
        let before = raw.dump().await;
        let (summary, recorder) = fill(&world.later(hours(1)), &of_batches(2)).await;
        assert_eq!(summary, counts(9, 0, 0, 0));
        assert!(recorder.done.is_empty() && recorder.failures.is_empty());
        assert_eq!(raw.dump().await, before);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_tells_what_the_run_then_does() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        many_spaces(&world.service, "space", 25).await;
        for space in ["s00000", "s00007", "s00024"] {
            one(&world.service, space, Terms::default()).await;
        }
        for limit in [None, Some(10)] {
            let request = BackfillRequest { limit, ..of_batches(7) };
            let before = raw.dump().await;
            let (planned, dry) = fill(&world.service, &BackfillRequest { dry_run: true, ..request.clone() }).await;
            assert_eq!(raw.dump().await, before);
            assert!(dry.done.iter().all(|(_, code)| code.is_none()));
            // The run with the limit must find what the one without would have.
            if limit.is_some() {
                let (summary, run) = fill(&world.service, &request).await;
                assert_eq!(summary, planned);
                assert_eq!((spaces_of(&run.done), run.done.len()), (spaces_of(&dry.done), 10));
            } else {
                assert_eq!(planned, counts(25, 22, 22, 0));
            }
        }
        let (_, dry) = fill(&world.service, &BackfillRequest { dry_run: true, ..everywhere() }).await;
        let (summary, run) = fill(&world.service, &everywhere()).await;
        assert_eq!((spaces_of(&run.done), summary.added), (spaces_of(&dry.done), 12));
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn every_batch_size_comes_to_the_same() {
    for batch_size in [1, 7, 1_000] {
        for world in worlds().await {
            let mut raw = world.raw().await;
            many_spaces(&world.service, "space", 30).await;
            one(&world.service, "s00013", Terms::default()).await;
            let (summary, recorder) = fill(&world.service, &of_batches(batch_size)).await;
            assert_eq!((summary, recorder.advanced), (counts(30, 29, 29, 0), 30), "{batch_size}");
            assert_eq!(raw.count("invites WHERE slot = 'standing:' || space_id").await, 30);
            assert_eq!(raw.count("invite_operations WHERE command = 'backfill' AND changed = 29").await, 1);
            raw.check_integrity().await;
        }
    }
}

#[tokio::test]
async fn the_limit_holds_across_batches_and_the_next_run_goes_on() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        many_spaces(&world.service, "space", 20).await;
        for added in [8, 8, 4, 0] {
            let request = BackfillRequest { limit: Some(8), ..of_batches(3) };
            let (summary, recorder) = fill(&world.service, &request).await;
            assert_eq!((summary.added, recorder.done.len() as u64), (added, added));
            assert!(!summary.interrupted);
        }
        assert_eq!(raw.count("invites").await, 20);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn only_policies_with_standing_codes_are_looked_at_and_one_of_them_if_named() {
    for world in worlds_with(HOURLY).await {
        let mut raw = world.raw().await;
        space(&world.service, "space", "s1").await;
        space(&world.service, "hourly", "h1").await;
        for (policy, id) in [("container", "c1"), ("tree", "t1"), ("director", "d1")] {
            space(&world.service, policy, id).await;
        }
        let hourly = BackfillRequest { policy: Some("hourly".into()), ..everywhere() };
        let (summary, recorder) = fill(&world.service, &hourly).await;
        assert_eq!((summary, spaces_of(&recorder.done)), (counts(1, 1, 1, 0), vec!["h1"]));
        let (summary, recorder) = fill(&world.service, &everywhere()).await;
        assert_eq!(
            (summary, spaces_of(&recorder.done)),
            (BackfillSummary { not_by_policy: 3, ..counts(2, 1, 1, 0) }, vec!["s1"])
        );
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn only_the_named_spaces_get_a_code() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        many_spaces(&world.service, "space", 9).await;
        let some = ["s00007", "s00001", "s00004"].map(str::to_owned).to_vec();
        let (summary, recorder) = fill(&world.service, &BackfillRequest { spaces: some, ..of_batches(2) }).await;
        assert_eq!((summary, recorder.expected), (counts(3, 3, 3, 0), Some(3)));
        assert_eq!(spaces_of(&recorder.done), ["s00001", "s00004", "s00007"]);
        assert_eq!(raw.count("invites").await, 3);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn what_cannot_have_standing_codes_is_refused_before_anything_changes() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "space", "s1").await;
        space(&world.service, "container", "c1").await;
        let before = raw.dump().await;
        let of_policy = |name: &str| BackfillRequest { policy: Some(name.into()), ..everywhere() };
        let of_spaces =
            |ids: &[&str]| BackfillRequest { spaces: ids.iter().map(|id| (*id).to_owned()).collect(), ..everywhere() };
        for (request, not_found) in [
            (of_policy("container"), false),
            (of_policy("no-such"), false),
            (of_spaces(&["s1", "c1"]), false),
            (of_spaces(&["s1", "nowhere"]), true),
        ] {
            let outcome = backfill(&world.service, &operator(), &request, &mut Recorder::new()).await;
            let error = outcome.unwrap_err();
            assert_eq!(matches!(error, Error::NotFound(_)), not_found, "{error:?}");
            assert!(not_found || matches!(error, Error::Invalid(_)), "{error:?}");
            assert!(error.help().is_some(), "{error:?}");
        }
        assert_eq!(raw.dump().await, before);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn an_expired_standing_code_is_replaced_without_a_cleanup() {
    for world in worlds_with(HOURLY).await {
        let mut raw = world.raw().await;
        many_spaces(&world.service, "hourly", 5).await;
        fill(&world.service, &everywhere()).await;
        let minute_before = world.later(chrono::TimeDelta::minutes(59));
        assert_eq!(fill(&minute_before, &everywhere()).await.0, counts(5, 0, 0, 0));
        let (summary, recorder) = fill(&world.later(hours(1)), &of_batches(2)).await;
        assert_eq!((summary, recorder.done.len()), (counts(5, 5, 5, 0), 5));
        assert_eq!(raw.count("invites WHERE closed_reason = 'expired' AND slot IS NULL").await, 5);
        assert_eq!(raw.count("invites WHERE slot = 'standing:' || space_id").await, 5);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_revoked_or_used_up_standing_code_leaves_its_space_lacking_one() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        many_spaces(&world.service, "space", 3).await;
        let revoked = one(&world.service, "s00000", Terms::default()).await;
        let used_up = one(&world.service, "s00001", times(1)).await;
        one(&world.service, "s00002", Terms::default()).await;
        revoke_these(&world.service, vec![code_of(&revoked)]).await;
        join(&world.service, &code_of(&used_up), "ann").await;
        let (summary, recorder) = fill(&world.service, &everywhere()).await;
        assert_eq!((summary, spaces_of(&recorder.done)), (counts(3, 2, 2, 0), vec!["s00000", "s00001"]));
        assert_eq!(raw.count("invites").await, 5);
        raw.check_integrity().await;
    }
}
