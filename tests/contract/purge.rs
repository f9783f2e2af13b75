//! Purging deletes invites closed long ago, and keeps members and the audit log.

use invite::invites::cleanup::{Archived, CleanupObserver, CleanupRequest, CleanupSummary};
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::{Error, Reason, Result};
use uuid::Uuid;

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;
use crate::helpers::recorder::Sweeper;
use crate::locks::{Holder, lock_of};

every_engine! {
    purge_deletes_only_invites_closed_long_enough,
    purge_keeps_used_invites_unless_requested,
    purge_deletes_uses_and_changes_of_its_invites_only,
    purge_of_invite_keeps_members,
    archive_gets_exactly_the_deleted_invites,
    failed_archive_keeps_its_batch,
    batches_archived_before_failure_stay_deleted,
    purge_without_archive_calls_none,
    cleanup_without_purge_after_deletes_nothing,
}

every_server! {
    purge_skips_rows_locked_by_another_transaction,
    locked_open_invite_does_not_block_purge,
}

fn purging() -> CleanupRequest {
    default_cleanup().purge_after(days(7))
}

/// An archive that accepts a number of batches and then fails.
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

/// Creates three revoked unused invites, and one revoked after a use and an extension; returns the
/// IDs, the used one last.
async fn revoked_box(fixture: &Fixture) -> Vec<Uuid> {
    let service = &fixture.service;
    space(service, "container", "box").await;
    let made = create(service, "box", 4, Terms::new()).await.unwrap();
    join(service, &code_of(&made[3]), "ann").await;
    extend_invite(service, made[3].invite.id, Expiry::After(days(1)), UsageLimit::Default).await.unwrap();
    revoke_references(service, made.iter().map(code_of).collect()).await;
    made.iter().map(|issued| issued.invite.id).collect()
}

async fn ids(fixture: &Fixture) -> Vec<String> {
    fixture.raw().await.texts("SELECT id FROM invites ORDER BY id").await
}

async fn purge_deletes_only_invites_closed_long_enough(fixture: Fixture) {
    let unused = &revoked_box(&fixture).await[..3];
    let live = create_one(&fixture.service, "box", Terms::new()).await.invite.id;
    let expired = create_one(&fixture.service, "box", terms_expiring_in(1)).await.invite.id;
    let recent = create_one(&fixture.service, "box", Terms::new()).await.invite.id;
    revoke_references(&fixture.later(hours(1)), vec![by_id(recent)]).await;

    let early = fixture.at(just_before(fixture.now + days(7)));
    assert_eq!(run_cleanup(&early, &purging()).await.purged, 0);
    let later = fixture.later(days(7));
    // The early run closed the expired one: its age counts from then, not from its expiry.
    assert_eq!(run_cleanup(&later, &purging()).await, with!(CleanupSummary::default(); purged: 3, kept_used: 1));
    let left = ids(&fixture).await;
    for id in unused {
        assert!(!left.contains(&id.to_string()));
        assert_eq!(reason(later.show_invite(&operator(), &by_id(*id)).await), Reason::NotFound);
    }
    for id in [live, expired, recent] {
        assert!(left.contains(&id.to_string()));
    }
    fixture.raw().await.check_integrity().await;
}

async fn purge_keeps_used_invites_unless_requested(fixture: Fixture) {
    let used = revoked_box(&fixture).await.remove(3);
    let later = fixture.later(days(8));
    assert_eq!(run_cleanup(&later, &purging()).await.purged, 3);
    assert_eq!(ids(&fixture).await, [used.to_string()]);

    let all = purging().include_used(true);
    assert_eq!(run_cleanup(&later, &all).await.purged, 1);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 0);
    raw.check_integrity().await;
}

async fn purge_deletes_uses_and_changes_of_its_invites_only(fixture: Fixture) {
    revoked_box(&fixture).await;
    let kept = create_one(&fixture.service, "box", Terms::new()).await;
    join(&fixture.service, &code_of(&kept), "bob").await;
    extend_invite(&fixture.service, kept.invite.id, Expiry::After(days(30)), UsageLimit::Default).await.unwrap();
    let mut raw = fixture.raw().await;
    assert_eq!((raw.count("invite_uses").await, raw.count("invite_changes").await), (2, 2));

    let request = purging().include_used(true).batch_size(1);
    assert_eq!(run_cleanup(&fixture.later(days(8)), &request).await.purged, 4);
    let of_kept = format!("WHERE invite_id = '{}'", kept.invite.id);
    for table in ["invite_uses", "invite_changes"] {
        assert_eq!(raw.count(table).await, 1);
        assert_eq!(raw.count(&format!("{table} {of_kept}")).await, 1);
    }
    raw.check_integrity().await;
}

async fn purge_of_invite_keeps_members(fixture: Fixture) {
    revoked_box(&fixture).await;
    let mut raw = fixture.raw().await;
    let members = "SELECT * FROM invite_members";
    let before = raw.cells(members).await;
    assert_eq!(before.len(), 1);
    let operations = raw.count("invite_operations").await;
    run_cleanup(&fixture.later(days(8)), &purging().include_used(true)).await;
    assert_eq!(raw.cells(members).await, before);
    // The audit log stays and has one more operation.
    assert_eq!(raw.count("invite_operations").await, operations + 1);
}

async fn archive_gets_exactly_the_deleted_invites(fixture: Fixture) {
    let mut unused = revoked_box(&fixture).await[..3].to_vec();
    create_one(&fixture.service, "box", Terms::new()).await;
    unused.sort();
    for (include_used, expected) in [(false, 3), (true, 1)] {
        let later = fixture.later(days(8));
        let request = purging().include_used(include_used).batch_size(2);
        let before = ids(&fixture).await;
        let plan = later.plan_cleanup(&request).await.unwrap();
        let mut sweeper = Sweeper { archived: Some(Vec::new()), ..Sweeper::default() };
        later.cleanup(&operator(), &request, plan, &mut sweeper).await.unwrap();
        let after = ids(&fixture).await;
        let mut archived: Vec<String> = sweeper.archived.unwrap().iter().map(Uuid::to_string).collect();
        archived.sort();
        let deleted: Vec<String> = before.into_iter().filter(|id| !after.contains(id)).collect();
        assert_eq!(archived.len(), expected);
        assert_eq!(archived, deleted);
    }
    fixture.raw().await.check_integrity().await;
}

async fn purge_skips_rows_locked_by_another_transaction(fixture: Fixture) {
    let unused = revoked_box(&fixture).await[..3].to_vec();
    let later = fixture.later(days(8));
    let holder = Holder::holding(&fixture, &[lock_of(unused[1])]).await;
    let plan = later.plan_cleanup(&purging()).await.unwrap();
    let mut sweeper = Sweeper { archived: Some(Vec::new()), ..Sweeper::default() };
    let summary = later.cleanup(&operator(), &purging(), plan, &mut sweeper).await.unwrap();
    assert_eq!(summary.purged, 2);
    assert_eq!(sweeper.archived.unwrap(), [unused[0], unused[2]]);
    holder.let_go().await;
    assert_eq!(run_cleanup(&later, &purging()).await.purged, 1);
    assert_eq!(ids(&fixture).await.len(), 1);
    fixture.raw().await.check_integrity().await;
}

async fn locked_open_invite_does_not_block_purge(fixture: Fixture) {
    revoked_box(&fixture).await;
    let live = create_one(&fixture.service, "box", Terms::new()).await.invite.id;
    let holder = Holder::holding(&fixture, &[lock_of(live)]).await;
    assert_eq!(run_cleanup(&fixture.later(days(8)), &purging()).await.purged, 3);
    holder.let_go().await;
    fixture.raw().await.check_integrity().await;
}

async fn failed_archive_keeps_its_batch(fixture: Fixture) {
    revoked_box(&fixture).await;
    let later = fixture.later(days(8));
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let plan = later.plan_cleanup(&purging()).await.unwrap();
    let mut full = SmallArchive { room: 0, kept: Vec::new() };
    let outcome = later.cleanup(&operator(), &purging(), plan, &mut full).await;
    assert_eq!(reason(outcome), Reason::DatabaseFailed);
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn batches_archived_before_failure_stay_deleted(fixture: Fixture) {
    revoked_box(&fixture).await;
    let later = fixture.later(days(8));
    let request = purging().batch_size(1);
    let before = ids(&fixture).await;
    let plan = later.plan_cleanup(&request).await.unwrap();
    let mut small = SmallArchive { room: 2, kept: Vec::new() };
    let outcome = later.cleanup(&operator(), &request, plan, &mut small).await;
    assert_eq!(reason(outcome), Reason::DatabaseFailed);
    let kept: Vec<String> = small.kept.iter().map(Uuid::to_string).collect();
    assert_eq!(kept.len(), 2);
    let expected: Vec<String> = before.into_iter().filter(|id| !kept.contains(id)).collect();
    assert_eq!(ids(&fixture).await, expected);
    let mut raw = fixture.raw().await;
    assert_eq!(operations_of(&mut raw, "cleanup").await, [2]);
    raw.check_integrity().await;
}

async fn purge_without_archive_calls_none(fixture: Fixture) {
    revoked_box(&fixture).await;
    let later = fixture.later(days(8));
    let plan = later.plan_cleanup(&purging()).await.unwrap();
    // It would fail if called.
    let mut sweeper = Sweeper { archived: None, archive_fails: true, ..Sweeper::default() };
    let summary = later.cleanup(&operator(), &purging(), plan, &mut sweeper).await.unwrap();
    assert_eq!(summary.purged, 3);
}

async fn cleanup_without_purge_after_deletes_nothing(fixture: Fixture) {
    revoked_box(&fixture).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let request = default_cleanup().include_used(true);
    assert_eq!(run_cleanup(&fixture.later(days(3_650)), &request).await, CleanupSummary::default());
    assert_eq!(raw.dump().await, before);
}
