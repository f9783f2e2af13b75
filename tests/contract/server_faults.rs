//! Locks, deadlocks and killed connections on servers.

use std::sync::Arc;
use std::time::Duration;

use invite::Db;
use invite::DbOptions;
use invite::MissingFile;
use invite::Service;
use invite::invites::generate::Terms;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::model::reference::Reference;
use invite::{Denial, Reason, Result};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::files::failed;
use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::raw::Raw;
use crate::locks::{Holder, kill, kill_connections_repeatedly, lock_of, waiting};

every_server! {
    use_continues_after_waiting_for_lock,
    use_times_out_on_held_lock_and_changes_nothing,
    use_is_retried_after_deadlock,
    use_with_three_killed_connections_counts_once,
    row_refused_by_constraint_is_reported,
}

every_server! {
    threads 4;
    concurrent_revocations_in_opposite_order_succeed,
    uses_with_many_killed_connections_count_exactly,
}

async fn attempt(service: &Service, reference: &Reference, user: &str) -> Result<Redemption> {
    let request = RedeemRequest::new(reference.clone(), user);
    service.redeem(&operator(), &request).await
}

/// Asserts that one use is stored once in every table.
async fn assert_used_once(raw: &mut Raw, user: &str) {
    let found = (
        raw.number("SELECT uses FROM invites").await,
        raw.count(&format!("invite_uses WHERE user_id = '{user}'")).await,
        raw.count(&format!("invite_members WHERE user_id = '{user}'")).await,
        raw.count("invite_operations WHERE command = 'use'").await,
    );
    assert_eq!(found, (1, 1, 1, 1), "uses, ledger, members, operations");
    raw.check_integrity().await;
}

async fn use_continues_after_waiting_for_lock(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create_one(&fixture.service, "c", Terms::new()).await;
    let holder = Holder::holding(&fixture, &[lock_of(issued.invite.id)]).await;
    let mut admin = fixture.database().admin().await;
    let release = async {
        waiting(&mut admin, &fixture).await;
        holder.let_go().await;
    };
    let reference = code_of(&issued);
    let (joined, ()) = tokio::join!(join(&fixture.service, &reference, "ann"), release);
    assert!(!joined.repeated);
    assert_used_once(&mut fixture.raw().await, "ann").await;
}

async fn use_times_out_on_held_lock_and_changes_nothing(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create_one(&fixture.service, "c", Terms::new()).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let holder = Holder::holding(&fixture, &[lock_of(issued.invite.id)]).await;
    let began = Instant::now();
    let options = DbOptions::new(2).timeout(Duration::from_secs(5));
    let impatient = fixture.with(Db::open(fixture.location().clone(), MissingFile::Refuse, options).await.unwrap());
    let error = failed(attempt(&impatient, &code_of(&issued), "ann").await, Reason::Unavailable);
    let took = began.elapsed();
    assert!((4..15).contains(&took.as_secs()), "{took:?}");
    assert_eq!(error.reason().exit_code(), 10);
    assert!(error.to_string().contains("holds a lock"), "{error}");
    assert_eq!(raw.dump().await, before);
    holder.let_go().await;
    join(&fixture.service, &code_of(&issued), "ann").await;
    assert_used_once(&mut raw, "ann").await;
}

/// Holds a transaction with many rows, so that the engine rolls back the lighter one of the tool.
async fn heavy(fixture: &Fixture, statement: String) -> Holder {
    let at = fixture.raw().await.at(fixture.now);
    let weight = (0..200).map(|number| format!("('weight {number}', {at}, 1)")).collect::<Vec<_>>().join(", ");
    let weight = format!("INSERT INTO invite_limits (bucket, window_start, hits) VALUES {weight}");
    Holder::holding(fixture, &[weight, statement]).await
}

fn member_row(raw: &Raw, fixture: &Fixture, user: &str) -> String {
    let at = raw.at(fixture.now);
    format!("INSERT INTO invite_members (space_id, user_id, role, joined_at) VALUES ('c', '{user}', 'member', {at})")
}

async fn use_is_retried_after_deadlock(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create_one(&fixture.service, "c", Terms::new()).await;
    let mut raw = fixture.raw().await;
    // The tool locks the invite and then needs the member's row; the other transaction locks them
    // in reverse order.
    let mut holder = heavy(&fixture, member_row(&raw, &fixture, "ann")).await;
    let mut admin = fixture.database().admin().await;
    let crossing = async {
        waiting(&mut admin, &fixture).await;
        // This returns when either transaction was rolled back: PostgreSQL ends the one that
        // detects the deadlock.
        holder.run_or_be_ended(lock_of(issued.invite.id)).await;
        holder.let_go().await;
    };
    let reference = code_of(&issued);
    let (joined, ()) = tokio::join!(join(&fixture.service, &reference, "ann"), crossing);
    assert!(!joined.repeated);
    assert_used_once(&mut raw, "ann").await;
    assert_eq!(raw.count("invite_limits").await, 0);
}

async fn concurrent_revocations_in_opposite_order_succeed(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create(&fixture.service, "c", 400, Terms::new()).await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..4_usize {
        let service = fixture.another_process().await;
        let mut references: Vec<Reference> = issued.iter().map(code_of).collect();
        if number % 2 == 1 {
            references.reverse();
        }
        tasks.spawn(async move { revoke_references(&service, references).await.0 });
    }
    let revoked: u64 = tasks.join_all().await.iter().map(|summary| summary.revoked).sum();
    assert_eq!(revoked, 400);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE closed_reason = 'revoked'").await, 400);
    let changed = "SELECT sum(changed) FROM invite_operations WHERE command = 'revoke'";
    assert_eq!(raw.number(changed).await, 400);
    raw.check_integrity().await;
}

/// The lock that a use waits for, at the start or near its end.
async fn stages(fixture: &Fixture, invite: uuid::Uuid) -> Vec<(&'static str, Holder)> {
    let raw = fixture.raw().await;
    let at = raw.at(fixture.now);
    let user = format!("INSERT INTO invite_users (id, created_at) VALUES ('ann', {at})");
    vec![
        ("the invite", Holder::holding(fixture, &[lock_of(invite)]).await),
        ("the member", Holder::holding(fixture, &[member_row(&raw, fixture, "ann")]).await),
        ("the user", Holder::holding(fixture, &[user]).await),
        ("the operation", Holder::of_table(fixture, "invite_operations").await),
    ]
}

async fn use_with_three_killed_connections_counts_once(engine: Engine) {
    for number in 0..4 {
        let fixture = Fixture::new(engine).await;
        space(&fixture.service, "container", "c").await;
        let issued = create_one(&fixture.service, "c", Terms::new()).await;
        let (stage, holder) = stages(&fixture, issued.invite.id).await.swap_remove(number);
        let mut admin = fixture.database().admin().await;
        let ending = async {
            for _ in 0..3 {
                let waiting = waiting(&mut admin, &fixture).await;
                kill(&mut admin, waiting).await;
            }
            holder.let_go().await;
        };
        let reference = code_of(&issued);
        let request = RedeemRequest::new(reference, "ann").name("Ann");
        let actor = operator();
        let (outcome, ()) = tokio::join!(fixture.service.redeem(&actor, &request), ending);
        let joined = accepted(outcome.unwrap_or_else(|error| panic!("{stage}: {error}")));
        assert!(!joined.repeated, "{stage}");
        assert_used_once(&mut fixture.raw().await, "ann").await;
    }
}

async fn uses_with_many_killed_connections_count_exactly(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let reference = code_of(&create_one(&fixture.service, "c", terms_with_limit(10)).await);
    let services = [Arc::new(fixture.another_process().await), Arc::new(fixture.another_process().await)];
    let mut tasks = JoinSet::new();
    for number in 0..40_usize {
        let (service, reference) = (Arc::clone(&services[number % 2]), reference.clone());
        tasks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(30 * number as u64)).await;
            attempt(&service, &reference, &format!("u{number}")).await
        });
    }
    let outcomes = tokio::select! {
        outcomes = tasks.join_all() => outcomes,
        () = kill_connections_repeatedly(&fixture, 0) => unreachable!(),
    };
    let mut accepted_uses = 0;
    for outcome in outcomes {
        match outcome.unwrap() {
            Redemption::Accepted(joined) => accepted_uses += i64::from(!joined.repeated),
            Redemption::Refused(_, denials) => assert_eq!(denials, [Denial::UsedUp(10)]),
        }
    }
    let mut raw = fixture.raw().await;
    assert_eq!((accepted_uses, raw.count("invite_uses").await), (10, 10));
    assert_eq!(raw.count("invite_operations WHERE command = 'use'").await, 10);
    raw.check_integrity().await;
}

/// A constraint of the table, which `INSERT IGNORE` would silently skip as well.
async fn row_refused_by_constraint_is_reported(fixture: Fixture) {
    many_spaces(&fixture.service, "space", 5).await;
    let mut raw = fixture.raw().await;
    raw.run("ALTER TABLE invites ADD CONSTRAINT spoiled CHECK (space_id <> 's00003')").await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!((summary.added, summary.failed), (4, 1));
    assert_eq!(recorder.failures[0].subject, "space s00003 (Space 3)");
    assert_eq!(recorder.failures[0].reason(), Reason::DatabaseFailed);
    assert_eq!(raw.count("invites").await, 4);
    raw.check_integrity().await;
}
