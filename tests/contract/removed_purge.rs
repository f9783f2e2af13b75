//! Purging of removed spaces that are old enough and have no invites.

use invite::Reason;
use invite::invites::cleanup::CleanupRequest;
use invite::invites::generate::Terms;

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::newest_operation;
use crate::helpers::maintenance::{just_before, reason};
use crate::helpers::recorder::Sweeper;
use crate::removed::gone;

every_engine! {
    purge_deletes_removed_space_once_old_and_empty,
    purge_deletes_members_in_batches_before_space,
    partly_purged_space_is_not_restored,
    space_restored_after_plan_is_not_deleted,
}

fn purging() -> CleanupRequest {
    default_cleanup().purge_after(days(7))
}

fn with_used() -> CleanupRequest {
    purging().include_used(true)
}

/// Adds a space with two invites, one of them used, and `members` members.
async fn busy(fixture: &Fixture, id: &str, members: usize) {
    space(&fixture.service, "container", id).await;
    let invite = create_one(&fixture.service, id, Terms::new()).await;
    join(&fixture.service, &code_of(&invite), "guest").await;
    create_one(&fixture.service, id, Terms::new()).await;
    for number in 1..members {
        member(&fixture.service, id, &format!("u{number}"), "member", None).await;
    }
}

async fn purge_deletes_removed_space_once_old_and_empty(fixture: Fixture) {
    for id in ["gone", "kept", "recent"] {
        busy(&fixture, id, 3).await;
    }
    space(&fixture.service, "tree", "bare").await;
    gone(&fixture.service, "gone").await;
    gone(&fixture.service, "bare").await;
    gone(&fixture.later(hours(1)), "recent").await;
    let early = fixture.at(just_before(fixture.now + days(7)));
    assert_eq!(early.plan_cleanup(&with_used()).await.unwrap().spaces(), 0);
    assert_eq!(run_cleanup(&early, &with_used()).await.spaces, 0);

    let later = fixture.later(days(7));
    // A used invite keeps its space; the space without invites is deleted.
    let plan = later.plan_cleanup(&purging()).await.unwrap();
    assert_eq!((plan.purgeable(), plan.spaces(), plan.kept_spaces()), (1, 1, 1));
    let summary = run_cleanup(&later, &purging()).await;
    assert_eq!((summary.purged, summary.spaces, summary.kept_spaces), (1, 1, 1));
    assert_eq!(newest_operation(&later).await.changed, 2);
    later.restore_space(&operator(), "gone").await.unwrap();
    gone(&fixture.service, "gone").await;

    let plan = later.plan_cleanup(&with_used()).await.unwrap();
    assert_eq!((plan.purgeable(), plan.spaces(), plan.kept_spaces()), (1, 1, 0));
    let summary = run_cleanup(&later, &with_used()).await;
    assert_eq!((summary.purged, summary.spaces, summary.kept_spaces), (1, 1, 0));
    let operation = newest_operation(&later).await;
    assert_eq!(operation.changed, 1 + 3 + 1);
    let target =
        "closes expired and used-up invites; deletes used and unused invites closed until 2026-09-21 14:13:20 UTC";
    assert_eq!(operation.target.as_deref(), Some(target));

    let mut raw = fixture.raw().await;
    assert_eq!(raw.texts("SELECT id FROM invite_spaces ORDER BY id").await, ["kept", "recent"]);
    assert_eq!(raw.texts("SELECT DISTINCT space_id FROM invites ORDER BY 1").await, ["kept", "recent"]);
    assert_eq!(raw.texts("SELECT DISTINCT space_id FROM invite_members ORDER BY 1").await, ["kept", "recent"]);
    assert_eq!(reason(later.show_space(&operator(), "gone").await), Reason::NotFound);
    // The ID is free.
    space(&later, "space", "gone").await;
    raw.check_integrity().await;
}

async fn purge_deletes_members_in_batches_before_space(fixture: Fixture) {
    for id in ["a", "b", "c"] {
        space(&fixture.service, "container", id).await;
        for number in 0..5 {
            member(&fixture.service, id, &format!("u{number}"), "member", None).await;
        }
    }
    gone(&fixture.service, "a").await;
    gone(&fixture.service, "c").await;
    let later = fixture.later(days(8));
    let request = purging().batch_size(2);
    let plan = later.plan_cleanup(&request).await.unwrap();
    let mut sweeper = Sweeper::default();
    let summary = later.cleanup(&operator(), &request, plan, &mut sweeper).await.unwrap();
    assert_eq!((summary.purged, summary.spaces), (0, 2));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.texts("SELECT id FROM invite_spaces").await, ["b"]);
    assert_eq!(raw.count("invite_members").await, 5);
    raw.check_integrity().await;
}

async fn partly_purged_space_is_not_restored(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    member(&fixture.service, "c", "ann", "admin", None).await;
    gone(&fixture.service, "c").await;
    let mut raw = fixture.raw().await;
    // Simulates a purge that was killed between two batches.
    raw.run("UPDATE invite_spaces SET purge_op = removed_op WHERE id = 'c'").await;
    let later = fixture.later(days(8));
    let error = later.restore_space(&operator(), "c").await.unwrap_err();
    assert_eq!(error.reason(), Reason::Duplicate);
    assert!(error.hint().unwrap().contains("invite cleanup --purge-after"), "{error:?}");
    assert_eq!(run_cleanup(&later, &purging()).await.spaces, 1);
    assert_eq!((raw.count("invite_spaces").await, raw.count("invite_members").await), (0, 0));
    raw.check_integrity().await;
}

async fn space_restored_after_plan_is_not_deleted(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    member(&fixture.service, "c", "ann", "admin", None).await;
    gone(&fixture.service, "c").await;
    let later = fixture.later(days(8));
    let plan = later.plan_cleanup(&purging()).await.unwrap();
    assert_eq!(plan.spaces(), 1);
    later.restore_space(&operator(), "c").await.unwrap();
    let summary = later.cleanup(&operator(), &purging(), plan, &mut Sweeper::default()).await.unwrap();
    assert_eq!(summary.spaces, 0);
    assert_eq!(fixture.raw().await.count("invite_members").await, 1);
}
