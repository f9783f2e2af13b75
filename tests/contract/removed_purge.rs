//! Removed spaces are deleted for good once they are old enough and have no invites
//! left.

use invite::error::Reason;
use invite::invites::cleanup::{CleanupRequest, cleanup, plan_cleanup};
use invite::invites::generate::Terms;
use invite::spaces::manage::restore_space;
use invite::spaces::show::show_space;

use crate::recorder::Sweeper;
use crate::removed::gone;
use crate::steps::*;
use crate::steps_a::newest_operation;
use crate::steps_c::{just_before, reason};
use crate::world::{World, days, hours, operator, worlds};

fn purging() -> CleanupRequest {
    CleanupRequest { purge_after: Some(days(7)), ..closing() }
}

fn with_used() -> CleanupRequest {
    CleanupRequest { include_used: true, ..purging() }
}

/// Adds a space with two invites, one of them used, and `members` members.
async fn busy(world: &World, id: &str, members: usize) {
    space(&world.service, "container", id).await;
    let invite = one(&world.service, id, Terms::default()).await;
    join(&world.service, &code_of(&invite), "guest").await;
    one(&world.service, id, Terms::default()).await;
    for number in 1..members {
        member(&world.service, id, &format!("u{number}"), "member", None).await;
    }
}

#[tokio::test]
async fn removed_space_is_deleted_once_it_is_old_and_empty() {
    for world in worlds().await {
        for id in ["gone", "kept", "recent"] {
            busy(&world, id, 3).await;
        }
        space(&world.service, "tree", "bare").await;
        gone(&world.service, "gone").await;
        gone(&world.service, "bare").await;
        gone(&world.later(hours(1)), "recent").await;
        let early = world.at(just_before(world.now + days(7)));
        assert_eq!(plan_cleanup(&early, &with_used()).await.unwrap().spaces(), 0);
        assert_eq!(clean(&early, &with_used()).await.spaces, 0);

        let later = world.later(days(7));
        // A used invite keeps its space, and the space without any goes.
        let plan = plan_cleanup(&later, &purging()).await.unwrap();
        assert_eq!((plan.purgeable(), plan.spaces(), plan.kept_spaces()), (1, 1, 1));
        let summary = clean(&later, &purging()).await;
        assert_eq!((summary.purged, summary.spaces, summary.kept_spaces), (1, 1, 1));
        assert_eq!(newest_operation(&later).await.changed, 2);
        restore_space(&later, &operator(), "gone").await.unwrap();
        gone(&world.service, "gone").await;

        let plan = plan_cleanup(&later, &with_used()).await.unwrap();
        assert_eq!((plan.purgeable(), plan.spaces(), plan.kept_spaces()), (1, 1, 0));
        let summary = clean(&later, &with_used()).await;
        assert_eq!((summary.purged, summary.spaces, summary.kept_spaces), (1, 1, 0));
        let operation = newest_operation(&later).await;
        assert_eq!(operation.changed, 1 + 3 + 1);
        let target =
            "expired and used-up invites; purge of what was closed by 2026-09-21 14:13:20 UTC, used ones included";
        assert_eq!(operation.target.as_deref(), Some(target));

        let mut raw = world.raw().await;
        assert_eq!(raw.texts("SELECT id FROM invite_spaces ORDER BY id").await, ["kept", "recent"]);
        assert_eq!(raw.texts("SELECT DISTINCT space_id FROM invites ORDER BY 1").await, ["kept", "recent"]);
        assert_eq!(raw.texts("SELECT DISTINCT space_id FROM invite_members ORDER BY 1").await, ["kept", "recent"]);
        assert_eq!(reason(show_space(&later, &operator(), "gone").await), Reason::NotFound);
        // The id is free again.
        space(&later, "space", "gone").await;
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn members_are_deleted_in_batches_and_their_space_last() {
    for world in worlds().await {
        for id in ["a", "b", "c"] {
            space(&world.service, "container", id).await;
            for number in 0..5 {
                member(&world.service, id, &format!("u{number}"), "member", None).await;
            }
        }
        gone(&world.service, "a").await;
        gone(&world.service, "c").await;
        let later = world.later(days(8));
        let request = CleanupRequest { batch_size: Some(2), ..purging() };
        let plan = plan_cleanup(&later, &request).await.unwrap();
        let mut sweeper = Sweeper::default();
        let summary = cleanup(&later, &operator(), &request, plan, &mut sweeper).await.unwrap();
        assert_eq!((summary.purged, summary.spaces), (0, 2));
        let mut raw = world.raw().await;
        assert_eq!(raw.texts("SELECT id FROM invite_spaces").await, ["b"]);
        assert_eq!(raw.count("invite_members").await, 5);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn space_that_a_purge_began_to_delete_is_not_restored() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        member(&world.service, "c", "ann", "admin", None).await;
        gone(&world.service, "c").await;
        let mut raw = world.raw().await;
        // As a purge leaves it that was killed between two batches.
        raw.run("UPDATE invite_spaces SET purge_op = removed_op WHERE id = 'c'").await;
        let later = world.later(days(8));
        let error = restore_space(&later, &operator(), "c").await.unwrap_err();
        assert_eq!(error.reason(), Reason::Duplicate);
        assert!(error.help().unwrap().contains("invite cleanup --purge-after"), "{error:?}");
        assert_eq!(clean(&later, &purging()).await.spaces, 1);
        assert_eq!((raw.count("invite_spaces").await, raw.count("invite_members").await), (0, 0));
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn space_restored_after_the_plan_is_not_deleted() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        member(&world.service, "c", "ann", "admin", None).await;
        gone(&world.service, "c").await;
        let later = world.later(days(8));
        let plan = plan_cleanup(&later, &purging()).await.unwrap();
        assert_eq!(plan.spaces(), 1);
        restore_space(&later, &operator(), "c").await.unwrap();
        let summary = cleanup(&later, &operator(), &purging(), plan, &mut Sweeper::default()).await.unwrap();
        assert_eq!(summary.spaces, 0);
        assert_eq!(world.raw().await.count("invite_members").await, 1);
    }
}
