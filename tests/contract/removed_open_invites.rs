//! Open invites of removed spaces, as another node of a cluster can commit them after
//! the removal: revoked for every reader, and closed by cleanup and restoration.

use invite::Reason;
use invite::invites::cleanup::CleanupRequest;
use invite::invites::generate::Terms;
use invite::invites::list::Filter;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::model::invite::Status;
use uuid::Uuid;

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::newest_operation;
use crate::helpers::maintenance::{by_id, slot_of};
use crate::helpers::raw::Raw;
use crate::helpers::validation::{reasons, validation_request};
use crate::locks::{Holder, waiting};
use crate::removed::gone;

every_engine! {
    open_invite_of_removed_space_reads_as_revoked,
    cleanup_closes_open_invites_of_removed_spaces,
    restored_space_has_no_open_invite_from_before_removal,
}

every_server! {
    waiting_use_is_refused_after_space_removal,
}

fn purging() -> CleanupRequest {
    default_cleanup().purge_after(days(7))
}

/// Reopens an invite with SQL, as it was before its space was removed.
async fn reopen(raw: &mut Raw, id: Uuid, slot: &str) {
    let open = "closed_at = NULL, closed_reason = NULL, closed_op = NULL";
    raw.run(format!("UPDATE invites SET {open}, slot = {slot} WHERE id = '{id}'")).await;
}

/// Reopens the standing invite of a removed space, which a user redeemed, and an invite of
/// another removed space; returns both.
async fn strays(fixture: &Fixture) -> [Uuid; 2] {
    let (service, mut raw) = (&fixture.service, fixture.raw().await);
    space(service, "space", "s").await;
    space(service, "container", "c").await;
    let standing = regenerate_code(service, "s", None).await.unwrap().issued;
    join(service, &code_of(&standing), "ann").await;
    let other = create_one(service, "c", Terms::new()).await;
    for id in ["s", "c"] {
        gone(service, id).await;
    }
    reopen(&mut raw, standing.invite.id, "'standing:s'").await;
    reopen(&mut raw, other.invite.id, "NULL").await;
    [standing.invite.id, other.invite.id]
}

async fn open_invite_of_removed_space_reads_as_revoked(fixture: Fixture) {
    let ids = strays(&fixture).await;
    let service = fixture.later(hours(1));
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    for id in ids {
        let seen = reload(&service, id).await;
        assert_eq!(seen.status(service.now()), Status::Revoked);
        assert_eq!(seen.closed.unwrap().at, fixture.now);
        assert_eq!(reasons(&service, &validation_request(&by_id(id))).await, [Reason::Revoked]);
        // A user who redeemed the invite before is refused, too.
        assert_eq!(refused(try_redeem(&service, &by_id(id), "bob").await), [Reason::Revoked]);
        let Redemption::Refused(_, denials) = try_redeem(&service, &by_id(id), "ann").await else {
            panic!("an invite of a removed space was used")
        };
        assert_eq!(denials[0].reason(), Reason::Revoked);
    }
    for (status, wanted) in [(Status::Active, 0), (Status::Revoked, 2)] {
        let filter = Filter::new().statuses([status]);
        assert_eq!(matching_ids(&service, filter.clone()).await.len(), wanted);
        assert_eq!(service.count_invites(&operator(), &filter, service.now()).await.unwrap(), wanted as u64);
    }
    let shown = service.show_space(&operator(), "s").await.unwrap();
    assert_eq!(shown.invites, [("revoked".to_owned(), 1)]);
    assert!(shown.standing.is_none());
    let view = "SELECT DISTINCT status || ' ' || closed_reason FROM invite_overview WHERE closed_at IS NOT NULL";
    assert_eq!(raw.texts(view).await, ["revoked revoked"]);
    assert_eq!(raw.dump().await, before);
}

async fn cleanup_closes_open_invites_of_removed_spaces(fixture: Fixture) {
    let ids = strays(&fixture).await;
    space(&fixture.service, "container", "active").await;
    let kept = create_one(&fixture.service, "active", Terms::new()).await.invite.id;
    let later = fixture.later(hours(1));
    assert_eq!(later.plan_cleanup(&purging()).await.unwrap().revoked(), 2);
    assert_eq!(run_cleanup(&later, &purging()).await.revoked, 2);
    let operation = newest_operation(&later).await;
    assert_eq!((operation.command.as_str(), operation.changed), ("cleanup", 2));
    let mut raw = fixture.raw().await;
    for id in ids {
        let closed = reload(&later, id).await;
        assert_eq!((closed.closed.unwrap().at, closed.closed_op), (later.now(), Some(operation.id)));
        assert_eq!(slot_of(&mut raw, id).await, None);
    }
    assert!(reload(&later, kept).await.closed.is_none());
    assert_eq!(run_cleanup(&later, &purging()).await.revoked, 0);
    raw.check_integrity().await;
    // These invites do not prevent the purge of their spaces.
    let purged = run_cleanup(&fixture.later(days(9)), &purging().include_used(true)).await;
    assert_eq!((purged.purged, purged.spaces), (2, 2));
    raw.check_integrity().await;
}

async fn restored_space_has_no_open_invite_from_before_removal(fixture: Fixture) {
    let [standing, other] = strays(&fixture).await;
    let later = fixture.later(hours(1));
    for id in ["s", "c"] {
        later.restore_space(&operator(), id).await.unwrap();
    }
    for id in [standing, other] {
        assert_eq!(reasons(&later, &validation_request(&by_id(id))).await, [Reason::Revoked]);
    }
    // The slot is free.
    run_backfill(&later, &backfill_all()).await;
    assert!(later.show_space(&operator(), "s").await.unwrap().standing.is_some());
    fixture.raw().await.check_integrity().await;
}

/// Only the guard of the use sees a removal that is committed while the use waits.
async fn waiting_use_is_refused_after_space_removal(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create_one(&fixture.service, "c", Terms::new()).await;
    let at = fixture.raw().await.at(fixture.now);
    let hold = format!("UPDATE invites SET note = 'held' WHERE id = '{}'", issued.invite.id);
    let removal = format!("UPDATE invite_spaces SET removed_at = {at}, removed_op = changed_op WHERE id = 'c'");
    let holder = Holder::holding(&fixture, &[hold, removal]).await;
    let mut admin = fixture.database().admin().await;
    let committing = async {
        waiting(&mut admin, &fixture).await;
        holder.commit().await;
    };
    let (request, actor) = (RedeemRequest::new(code_of(&issued), "ann"), operator());
    let (used, ()) = tokio::join!(fixture.service.redeem(&actor, &request), committing);
    assert_eq!(refused(used.unwrap()), [Reason::Revoked]);
    let mut raw = fixture.raw().await;
    assert_eq!((raw.count("invite_uses").await, raw.count("invite_members").await), (0, 0));
    assert_eq!(run_cleanup(&fixture.service, &purging()).await.revoked, 1);
    raw.check_integrity().await;
}
