//! Purging deletes what has long been closed, and keeps what people did.

use invite::error::{Error, Reason, Result};
use invite::invites::cleanup::{Archived, CleanupObserver, CleanupRequest, CleanupSummary, cleanup, plan_cleanup};
use invite::invites::generate::{End, Terms, Uses};
use invite::invites::show::show;
use uuid::Uuid;

use crate::locks::{Holder, lock_of};
use crate::recorder::Sweeper;
use crate::steps::*;
use crate::steps_c::*;
use crate::world::{Engine, World, days, hours, operator, world_on, worlds};

fn purging() -> CleanupRequest {
    CleanupRequest { purge_after: Some(days(7)), ..closing() }
}

/// An archive that takes so many batches and then is full.
struct SmallArchive {
    room: usize,
    kept: Vec<Uuid>,
}

impl CleanupObserver for SmallArchive {
    fn archive(&mut self, piece: Archived<'_>) -> Result<()> {
        if let Archived::Invite(invite) = piece {
            self.kept.push(invite.id);
        }
        Ok(())
    }
    fn begin_batch(&mut self) -> Result<()> {
        self.room = self.room.checked_sub(1).ok_or_else(|| Error::database("the archive is full"))?;
        Ok(())
    }
    fn archives(&self) -> bool {
        true
    }
}

/// A box with three revoked invites that nobody used, and one that is revoked
/// after a use and an extension; answers the ids, the used one last.
async fn revoked_box(world: &World) -> Vec<Uuid> {
    let service = &world.service;
    space(service, "container", "box").await;
    let made = make(service, "box", 4, Terms::default()).await.unwrap();
    join(service, &code_of(&made[3]), "ann").await;
    prolong(service, made[3].invite.id, End::After(days(1)), Uses::Default).await.unwrap();
    revoke_these(service, made.iter().map(code_of).collect()).await;
    made.iter().map(|issued| issued.invite.id).collect()
}

async fn ids(world: &World) -> Vec<String> {
    world.raw().await.texts("SELECT id FROM invites ORDER BY id").await
}

#[tokio::test]
async fn only_invites_closed_for_long_enough_are_deleted() {
    for world in worlds().await {
        let unused = &revoked_box(&world).await[..3];
        let live = one(&world.service, "box", Terms::default()).await.invite.id;
        let expired = one(&world.service, "box", lasting(1)).await.invite.id;
        let recent = one(&world.service, "box", Terms::default()).await.invite.id;
        revoke_these(&world.later(hours(1)), vec![by_id(recent)]).await;

        let early = world.at(just_before(world.now + days(7)));
        assert_eq!(clean(&early, &purging()).await.purged, 0);
        let later = world.later(days(7));
        // The early run closed the expired one: it counts from then, not from its end.
        assert_eq!(
            clean(&later, &purging()).await,
            CleanupSummary { purged: 3, kept_used: 1, ..CleanupSummary::default() }
        );
        let left = ids(&world).await;
        for id in unused {
            assert!(!left.contains(&id.to_string()));
            assert_eq!(reason(show(&later, &operator(), &by_id(*id)).await), Reason::NotFound);
        }
        for id in [live, expired, recent] {
            assert!(left.contains(&id.to_string()));
        }
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn used_invites_stay_unless_they_are_asked_for() {
    for world in worlds().await {
        let used = revoked_box(&world).await.remove(3);
        let later = world.later(days(8));
        assert_eq!(clean(&later, &purging()).await.purged, 3);
        assert_eq!(ids(&world).await, [used.to_string()]);

        let all = CleanupRequest { include_used: true, ..purging() };
        assert_eq!(clean(&later, &all).await.purged, 1);
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites").await, 0);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn uses_and_changes_go_with_their_invite_and_no_others() {
    for world in worlds().await {
        revoked_box(&world).await;
        let kept = one(&world.service, "box", Terms::default()).await;
        join(&world.service, &code_of(&kept), "bob").await;
        prolong(&world.service, kept.invite.id, End::After(days(30)), Uses::Default).await.unwrap();
        let mut raw = world.raw().await;
        assert_eq!((raw.count("invite_uses").await, raw.count("invite_changes").await), (2, 2));

        let request = CleanupRequest { include_used: true, batch_size: Some(1), ..purging() };
        assert_eq!(clean(&world.later(days(8)), &request).await.purged, 4);
        let of_kept = format!("WHERE invite_id = '{}'", kept.invite.id);
        for table in ["invite_uses", "invite_changes"] {
            assert_eq!(raw.count(table).await, 1);
            assert_eq!(raw.count(&format!("{table} {of_kept}")).await, 1);
        }
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn members_keep_their_place_when_their_invite_is_deleted() {
    for world in worlds().await {
        revoked_box(&world).await;
        let mut raw = world.raw().await;
        let members = "SELECT * FROM invite_members";
        let before = raw.cells(members).await;
        assert_eq!(before.len(), 1);
        let operations = raw.count("invite_operations").await;
        clean(&world.later(days(8)), &CleanupRequest { include_used: true, ..purging() }).await;
        assert_eq!(raw.cells(members).await, before);
        // The trail of what was done stays, too, and has one entry more.
        assert_eq!(raw.count("invite_operations").await, operations + 1);
    }
}

#[tokio::test]
async fn the_archive_is_given_exactly_what_is_then_deleted() {
    for world in worlds().await {
        let mut unused = revoked_box(&world).await[..3].to_vec();
        one(&world.service, "box", Terms::default()).await;
        unused.sort();
        for (include_used, expected) in [(false, 3), (true, 1)] {
            let later = world.later(days(8));
            let request = CleanupRequest { include_used, batch_size: Some(2), ..purging() };
            let before = ids(&world).await;
            let plan = plan_cleanup(&later, &request).await.unwrap();
            let mut sweeper = Sweeper { archived: Some(Vec::new()), ..Sweeper::default() };
            cleanup(&later, &operator(), &request, plan, &mut sweeper).await.unwrap();
            let after = ids(&world).await;
            let mut archived: Vec<String> = sweeper.archived.unwrap().iter().map(Uuid::to_string).collect();
            archived.sort();
            let deleted: Vec<String> = before.into_iter().filter(|id| !after.contains(id)).collect();
            assert_eq!(archived.len(), expected);
            assert_eq!(archived, deleted);
        }
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn what_another_transaction_works_on_is_left_for_the_next_run() {
    for engine in Engine::servers() {
        let world = world_on(*engine).await;
        let unused = revoked_box(&world).await[..3].to_vec();
        let later = world.later(days(8));
        let holder = Holder::holding(&world, &[lock_of(unused[1])]).await;
        let plan = plan_cleanup(&later, &purging()).await.unwrap();
        let mut sweeper = Sweeper { archived: Some(Vec::new()), ..Sweeper::default() };
        let summary = cleanup(&later, &operator(), &purging(), plan, &mut sweeper).await.unwrap();
        assert_eq!(summary.purged, 2);
        assert_eq!(sweeper.archived.unwrap(), [unused[0], unused[2]]);
        holder.let_go().await;
        assert_eq!(clean(&later, &purging()).await.purged, 1);
        assert_eq!(ids(&world).await.len(), 1);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_live_invite_that_another_transaction_holds_stops_no_purge() {
    for engine in Engine::servers() {
        let world = world_on(*engine).await;
        revoked_box(&world).await;
        let live = one(&world.service, "box", Terms::default()).await.invite.id;
        let holder = Holder::holding(&world, &[lock_of(live)]).await;
        assert_eq!(clean(&world.later(days(8)), &purging()).await.purged, 3);
        holder.let_go().await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn an_archive_that_fails_keeps_its_batch_from_being_deleted() {
    for world in worlds().await {
        revoked_box(&world).await;
        let later = world.later(days(8));
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        let plan = plan_cleanup(&later, &purging()).await.unwrap();
        let mut full = SmallArchive { room: 0, kept: Vec::new() };
        let outcome = cleanup(&later, &operator(), &purging(), plan, &mut full).await;
        assert_eq!(reason(outcome), Reason::DatabaseFailed);
        assert_eq!(raw.dump().await, before);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn what_was_archived_before_the_archive_failed_stays_deleted() {
    for world in worlds().await {
        revoked_box(&world).await;
        let later = world.later(days(8));
        let request = CleanupRequest { batch_size: Some(1), ..purging() };
        let before = ids(&world).await;
        let plan = plan_cleanup(&later, &request).await.unwrap();
        let mut small = SmallArchive { room: 2, kept: Vec::new() };
        let outcome = cleanup(&later, &operator(), &request, plan, &mut small).await;
        assert_eq!(reason(outcome), Reason::DatabaseFailed);
        let kept: Vec<String> = small.kept.iter().map(Uuid::to_string).collect();
        assert_eq!(kept.len(), 2);
        let expected: Vec<String> = before.into_iter().filter(|id| !kept.contains(id)).collect();
        assert_eq!(ids(&world).await, expected);
        let mut raw = world.raw().await;
        assert_eq!(operations_of(&mut raw, "cleanup").await, [2]);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn without_an_archive_none_is_called() {
    for world in worlds().await {
        revoked_box(&world).await;
        let later = world.later(days(8));
        let plan = plan_cleanup(&later, &purging()).await.unwrap();
        // It would fail if it were called.
        let mut sweeper = Sweeper { archived: None, archive_fails: true, ..Sweeper::default() };
        let summary = cleanup(&later, &operator(), &purging(), plan, &mut sweeper).await.unwrap();
        assert_eq!(summary.purged, 3);
    }
}

#[tokio::test]
async fn without_a_span_nothing_is_ever_deleted() {
    for world in worlds().await {
        revoked_box(&world).await;
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        let request = CleanupRequest { include_used: true, ..closing() };
        assert_eq!(clean(&world.later(days(3_650)), &request).await, CleanupSummary::default());
        assert_eq!(raw.dump().await, before);
    }
}
