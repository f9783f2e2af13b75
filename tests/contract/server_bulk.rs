//! Bulk actions on a server whose connections are killed repeatedly: they finish, and each reported
//! item is stored once.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use invite::invites::generate::Terms;

use crate::fixture::{Fixture, days, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::*;
use crate::helpers::raw::Raw;
use crate::helpers::recorder::Sweeper;
use crate::locks::kill_connections_repeatedly;

every_server! {
    threads 4;
    generate_stores_each_code_once,
    import_and_backfill_give_each_space_one_code,
    revoke_and_purge_process_each_invite_once,
}

/// Runs a future while the connections of the tool are killed.
async fn while_connections_are_killed<T>(fixture: &Fixture, work: Pin<Box<impl Future<Output = T>>>) -> T {
    tokio::select! {
        done = work => done,
        () = kill_connections_repeatedly(fixture, 1) => unreachable!(),
    }
}

/// Returns the number of changes that the operations of a command recorded.
async fn changed_by(raw: &mut Raw, command: &str) -> i64 {
    assert_eq!(raw.count(&format!("invite_operations WHERE command = '{command}'")).await, 1);
    raw.number(format!("SELECT changed FROM invite_operations WHERE command = '{command}'")).await
}

async fn generate_stores_each_code_once(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let making = Box::pin(create(&fixture.service, "c", 25_000, Terms::new()));
    let issued = while_connections_are_killed(&fixture, making).await.unwrap();
    let mut raw = fixture.raw().await;
    assert_eq!((issued.len(), raw.count("invites").await), (25_000, 25_000));
    let mut shown: Vec<&str> = issued.iter().map(|issued| issued.code.reveal()).collect();
    shown.sort_unstable();
    assert_eq!(raw.texts("SELECT code FROM invites ORDER BY code").await, shown);
    assert_eq!(changed_by(&mut raw, "generate").await, 25_000);
    raw.check_integrity().await;
}

async fn import_and_backfill_give_each_space_one_code(fixture: Fixture) {
    let spaces = rows(12_000, |number| format!("s{number:05},Space {number}\n"));
    let plainly = default_import();
    let importing = Box::pin(import_space_rows(&fixture.service, &plainly, format!("id,name\n{spaces}")));
    let (summary, recorder) = while_connections_are_killed(&fixture, importing).await;
    assert_eq!((summary.added, summary.unchanged, summary.failed), (12_000, 0, 0), "{:?}", failures_by_line(&recorder));
    let request = backfill_all().batch_size(500);
    let (summary, recorder) =
        while_connections_are_killed(&fixture, Box::pin(run_backfill(&fixture.service, &request))).await;
    assert_eq!((summary.scanned, summary.added, summary.failed), (12_000, 12_000, 0));
    let given: BTreeSet<String> = recorder.done.iter().map(|(_, code)| code.clone().unwrap()).collect();
    let mut raw = fixture.raw().await;
    let stored: BTreeSet<String> = raw.texts("SELECT code FROM invites").await.into_iter().collect();
    assert_eq!((given.len(), raw.count("invites").await), (12_000, 12_000));
    assert!(given == stored, "a reported code is not stored");
    assert_eq!(changed_by(&mut raw, "space import").await, 12_000);
    assert_eq!(changed_by(&mut raw, "backfill").await, 12_000);
    raw.check_integrity().await;
}

async fn revoke_and_purge_process_each_invite_once(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create(&fixture.service, "c", 6_000, Terms::new()).await.unwrap();
    let references = issued.iter().map(code_of).collect();
    let (summary, recorder) =
        while_connections_are_killed(&fixture, Box::pin(revoke_references(&fixture.service, references))).await;
    assert_eq!((summary.revoked, summary.already_closed, summary.failed), (6_000, 0, 0));
    assert_eq!(recorder.done.iter().collect::<BTreeSet<_>>().len(), 6_000);
    let request = default_cleanup().purge_after(days(1)).batch_size(400);
    let service = fixture.later(days(2));
    let mut sweeper = Sweeper { archived: Some(Vec::new()), ..Sweeper::default() };
    let plan = service.plan_cleanup(&request).await.unwrap();
    let actor = operator();
    let purging = Box::pin(service.cleanup(&actor, &request, plan, &mut sweeper));
    let summary = while_connections_are_killed(&fixture, purging).await.unwrap();
    assert_eq!(summary.purged, sweeper.advanced);
    // Rows that a killed connection still locked are left for the next run.
    let plan = service.plan_cleanup(&request).await.unwrap();
    let rest = service.cleanup(&actor, &request, plan, &mut sweeper).await.unwrap();
    assert_eq!((summary.purged + rest.purged, sweeper.advanced), (6_000, 6_000));
    // The archive guarantees at least once.
    let archived: BTreeSet<_> = sweeper.archived.unwrap().into_iter().collect();
    assert!(archived == issued.iter().map(|issued| issued.invite.id).collect(), "the archive lacks some");
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 0);
    assert_eq!(changed_by(&mut raw, "revoke").await, 6_000);
    let changed = "SELECT CAST(sum(changed) AS char(9)) FROM invite_operations WHERE command = 'cleanup'";
    assert_eq!(raw.text(changed).await.map(|text| text.trim().to_owned()).as_deref(), Some("6000"));
    raw.check_integrity().await;
}
