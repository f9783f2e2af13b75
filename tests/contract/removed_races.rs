//! Removal of a space concurrent with other changes from several processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use invite::Service;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::invites::redeem::Redemption;
use invite::model::reference::Reference;
use invite::{Error, Reason, Result};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::fixture::{Fixture, days, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::{import_member_rows, invite_rows};
use crate::helpers::raw::Raw;
use crate::helpers::recorder::Recorder;
use crate::helpers::validation::{reasons, validation_request};

every_engine! {
    threads 4;
    use_racing_with_removal_is_recorded_or_refused,
    concurrent_changes_leave_no_open_invite_after_removal,
    concurrent_extend_leaves_no_open_invite_after_removal,
    backfill_skips_space_removed_meanwhile,
    member_import_reports_space_removed_meanwhile,
    concurrent_removals_and_restorations_alternate,
}

/// Number of changes before the space is removed.
const WARM: i64 = 12;

async fn until(raw: &mut Raw, table: &str, count: i64, tasks: &mut JoinSet<u64>) {
    while raw.count(table).await < count {
        if let Some(ended) = tasks.try_join_next() {
            panic!("a worker ended before the removal: {ended:?}");
        }
        tokio::task::yield_now().await;
    }
}

async fn use_until_refused(service: Service, reference: Reference, worker: usize, removed: Arc<AtomicBool>) -> u64 {
    let mut used = 0;
    loop {
        let late = removed.load(Ordering::SeqCst);
        match try_redeem(&service, &reference, &format!("u{worker}-{used}")).await {
            Redemption::Accepted(_) => {
                assert!(!late, "a use was accepted that began after the removal");
                used += 1;
            }
            Redemption::Refused(_, denials) => {
                assert_eq!(denials.iter().map(invite::Denial::reason).collect::<Vec<_>>(), [Reason::Revoked]);
                return used;
            }
        }
    }
}

async fn use_racing_with_removal_is_recorded_or_refused(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    let reference = code_of(&create_one(&fixture.service, "c", Terms::new()).await);
    let removed = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for worker in 0..4 {
        let service = fixture.another_process().await;
        tasks.spawn(use_until_refused(service, reference.clone(), worker, Arc::clone(&removed)));
    }
    until(&mut raw, "invite_uses", WARM, &mut tasks).await;
    fixture.service.remove_space(&operator(), "c").await.unwrap();
    removed.store(true, Ordering::SeqCst);
    let after = raw.count("invite_uses").await;
    let reported: u64 = tasks.join_all().await.iter().sum();
    assert_eq!((raw.count("invite_uses").await, reported), (after, after.unsigned_abs()));
    assert_eq!(reasons(&fixture.service, &validation_request(&reference)).await, [Reason::Revoked]);
    raw.check_integrity().await;
}

/// Changes that open an invite of a space.
enum Opening {
    Generate,
    GenerateFrom,
    Extend(Uuid),
    Regenerate,
}

async fn open_once(service: &Service, opening: &Opening, made: u64) -> Result<()> {
    match opening {
        Opening::Generate => create(service, "c", 1, Terms::new()).await.map(|_| ()),
        Opening::GenerateFrom => {
            let (summary, recorder) = invite_rows(service, Some("c"), "note\nx\n").await?;
            // The row of the file may be the first change that finds the space removed.
            assert!(recorder.failures.iter().all(|failure| failure.reason() == Reason::NotFound));
            if summary.created == 1 { Ok(()) } else { Err(Error::not_found("the row was refused")) }
        }
        Opening::Extend(id) => {
            let limit = if made.is_multiple_of(2) { 2 } else { 3 };
            extend_invite(service, *id, Expiry::Default, UsageLimit::Times(limit)).await.map(|_| ())
        }
        Opening::Regenerate => regenerate_code(service, "s", None).await.map(|_| ()),
    }
}

/// Repeats a change until the space is removed; returns how often an invite was opened.
async fn until_gone(service: Service, opening: Opening) -> u64 {
    let mut made = 0;
    loop {
        match open_once(&service, &opening, made).await {
            Ok(()) => made += 1,
            Err(Error::NotFound(_)) => return made,
            Err(Error::Refused(denial)) if denial.reason() == Reason::Revoked => return made,
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn concurrent_changes_leave_no_open_invite_after_removal(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    space(&fixture.service, "space", "s").await;
    // The last use closed the invite, so only an extension opens it.
    let taken = create_one(&fixture.service, "c", terms_with_limit(1)).await;
    join(&fixture.service, &code_of(&taken), "ann").await;
    let mut tasks = JoinSet::new();
    tasks.spawn(until_gone(fixture.another_process().await, Opening::Generate));
    tasks.spawn(until_gone(fixture.another_process().await, Opening::GenerateFrom));
    tasks.spawn(until_gone(fixture.another_process().await, Opening::Extend(taken.invite.id)));
    tasks.spawn(until_gone(fixture.another_process().await, Opening::Regenerate));
    until(&mut raw, "invites", WARM, &mut tasks).await;
    for command in ["extend", "regenerate"] {
        let run = format!("invite_operations WHERE command = '{command}'");
        until(&mut raw, &run, 1, &mut tasks).await;
    }
    for id in ["c", "s"] {
        fixture.service.remove_space(&operator(), id).await.unwrap();
    }
    let open = "invites WHERE closed_at IS NULL";
    assert_eq!(raw.count(open).await, 0);
    tasks.join_all().await;
    assert_eq!(raw.count(open).await, 0);
    assert_eq!(reasons(&fixture.service, &validation_request(&code_of(&taken))).await.len(), 1);
    raw.check_integrity().await;
}

async fn extend_expired_until_gone(service: Service, ids: Vec<Uuid>) -> u64 {
    let mut opened = 0;
    for id in ids {
        match extend_invite(&service, id, Expiry::After(days(9)), UsageLimit::Default).await {
            Ok(_) => opened += 1,
            Err(Error::NotFound(_)) => {}
            Err(Error::Refused(denial)) if denial.reason() == Reason::Revoked => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    opened
}

async fn concurrent_extend_leaves_no_open_invite_after_removal(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    let terms = Terms::new().expiry(Expiry::After(days(1)));
    let made = create(&fixture.service, "c", 60, terms).await.unwrap();
    let ids: Vec<Uuid> = made.iter().map(|issued| issued.invite.id).collect();
    let later = fixture.later(days(2));
    run_cleanup(&later, &default_cleanup()).await;
    let mut tasks = JoinSet::new();
    for part in ids.chunks(20) {
        let at = fixture.at(later.now());
        tasks.spawn(extend_expired_until_gone(at, part.to_vec()));
    }
    while raw.count("invites WHERE closed_at IS NULL").await < 3 {
        tokio::task::yield_now().await;
    }
    later.remove_space(&operator(), "c").await.unwrap();
    tasks.join_all().await;
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 0);
    raw.check_integrity().await;
}

async fn fill_all(service: Service) -> u64 {
    let request = backfill_all().batch_size(50);
    let mut recorder = Recorder::new();
    let summary = service.backfill(&operator(), &request, &mut recorder).await.unwrap();
    let reasons = recorder.failures.iter().map(invite::batch::Failure::reason);
    assert!(reasons.clone().all(|reason| reason == Reason::NotFound), "{:?}", reasons.collect::<Vec<_>>());
    summary.added
}

async fn backfill_skips_space_removed_meanwhile(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 400).await;
    let mut tasks = JoinSet::new();
    for _ in 0..2 {
        tasks.spawn(fill_all(fixture.another_process().await));
    }
    for number in (0..400).step_by(9) {
        fixture.service.remove_space(&operator(), &format!("s{number:05}")).await.unwrap();
    }
    let reported: u64 = tasks.join_all().await.iter().sum();
    assert_eq!(raw.count("invites").await.unsigned_abs(), reported);
    let active = "invite_spaces WHERE removed_at IS NULL";
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, raw.count(active).await);
    raw.check_integrity().await;
}

async fn member_import_reports_space_removed_meanwhile(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 60).await;
    let rows: Vec<String> = (0..60).map(|number| format!("s{number:05},ann\ns{number:05},bob")).collect();
    let rows = rows.join("\n");
    let other = fixture.another_process().await;
    let import = async {
        let request = invite::members::import::ImportMembersRequest::new();
        import_member_rows(&other, request, format!("space_id,user_id\n{rows}")).await
    };
    let removals = async {
        for number in (0..60).rev() {
            fixture.service.remove_space(&operator(), &format!("s{number:05}")).await.unwrap();
        }
    };
    let ((summary, recorder), ()) = tokio::join!(import, removals);
    assert_eq!(summary.added + summary.failed, 120);
    assert!(recorder.failures.iter().all(|failure| failure.reason() == Reason::NotFound));
    assert_eq!(raw.count("invite_members").await.unsigned_abs(), summary.added);
    raw.check_integrity().await;
}

async fn flip(service: Service) -> u64 {
    let mut changes = 0;
    for _ in 0..10 {
        changes += u64::from(service.remove_space(&operator(), "s").await.is_ok());
        changes += u64::from(service.restore_space(&operator(), "s").await.is_ok());
    }
    changes
}

async fn concurrent_removals_and_restorations_alternate(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        tasks.spawn(flip(fixture.another_process().await));
    }
    let reported: u64 = tasks.join_all().await.iter().sum();
    let mut raw = fixture.raw().await;
    let of = |command: &str| format!("invite_operations WHERE command = '{command}'");
    let (removals, restorations) = (raw.count(&of("space remove")).await, raw.count(&of("space restore")).await);
    assert_eq!((removals + restorations).unsigned_abs(), reported);
    let removed = raw.count("invite_spaces WHERE removed_at IS NOT NULL").await;
    assert_eq!(removals - restorations, removed);
    raw.check_integrity().await;
}
