//! Waiting uses of a SQLite file are committed as a group: the outcome of one must not affect the
//! others.

use std::sync::Arc;
use std::time::Duration;

use invite::Db;
use invite::MissingFile;
use invite::Reason;
use invite::Service;
use invite::clock::Clock;
use invite::invites::Issued;
use invite::invites::generate::Terms;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::links::Links;
use invite::model::reference::Reference;
use invite::policy::Policies;
use invite::random::Random;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::raw::{Raw, micros};

/// Time for which the write lock is held: longer than a started use waits before it is restarted.
const HELD: Duration = Duration::from_millis(200);

/// Begins a write transaction of another process.
async fn writing(fixture: &Fixture) -> Raw {
    let mut raw = fixture.raw().await;
    raw.run("BEGIN IMMEDIATE").await;
    raw
}

fn start(service: &Arc<Service>, reference: &Reference, user: &str) -> JoinHandle<invite::Result<Redemption>> {
    let (service, request) = (Arc::clone(service), RedeemRequest::new(reference.clone(), user));
    tokio::spawn(async move { service.redeem(&operator(), &request).await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refused_uses_do_not_block_others_of_group() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    for id in ["c", "d"] {
        space(&fixture.service, "container", id).await;
    }
    member(&fixture.service, "d", "known", "member", None).await;
    let made = create(&fixture.service, "c", 9, Terms::new()).await.unwrap();
    let single = code_of(&create_one(&fixture.service, "c", terms_with_limit(1)).await);
    let other = code_of(&create_one(&fixture.service, "d", Terms::new()).await);
    let service = Arc::new(fixture.another_process().await);
    let mut holder = writing(&fixture).await;
    let new: Vec<_> =
        made.iter().enumerate().map(|(number, one)| start(&service, &code_of(one), &format!("new{number}"))).collect();
    let twice = [start(&service, &single, "first"), start(&service, &single, "second")];
    let known = start(&service, &other, "known");
    let same = [start(&service, &other, "same"), start(&service, &other, "same")];
    tokio::time::sleep(HELD).await;
    holder.run("COMMIT").await;
    for one in new {
        assert!(!accepted(one.await.unwrap().unwrap()).repeated);
    }
    let mut accepted_uses = 0;
    for one in twice {
        match one.await.unwrap().unwrap() {
            Redemption::Accepted(_) => accepted_uses += 1,
            refusal @ Redemption::Refused(..) => assert_eq!(refused(refusal), [Reason::UsedUp]),
        }
    }
    assert_eq!(accepted_uses, 1);
    assert_eq!(refused(known.await.unwrap().unwrap()), [Reason::AlreadyMember]);
    let mut repeated = Vec::new();
    for one in same {
        repeated.push(accepted(one.await.unwrap().unwrap()).repeated);
    }
    repeated.sort_unstable();
    assert_eq!(repeated, [false, true]);
    let mut raw = fixture.raw().await;
    assert_eq!((raw.count("invite_uses").await, raw.count("invite_operations WHERE command = 'use'").await), (11, 11));
    raw.check_integrity().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn use_dropped_while_queued_is_not_stored() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    space(&fixture.service, "container", "c").await;
    let made = create(&fixture.service, "c", 6, Terms::new()).await.unwrap();
    let mut holder = writing(&fixture).await;
    let mut gone = Vec::new();
    for (number, one) in made[1..].iter().enumerate() {
        let request = RedeemRequest::new(code_of(one), format!("gone{number}"));
        let (service, actor) = (&fixture.service, operator());
        gone.push(async move { timeout(HELD, service.redeem(&actor, &request)).await.is_err() });
    }
    let mut went = 0;
    for one in gone {
        went += i32::from(one.await);
    }
    assert_eq!(went, 5);
    // The last queued use may be running; after this time it is too old.
    tokio::time::sleep(HELD).await;
    let before_us = start(&Arc::new(fixture.another_process().await), &code_of(&made[0]), "ann");
    holder.run("COMMIT").await;
    assert!(!accepted(before_us.await.unwrap().unwrap()).repeated);
    // One more use on the same connections runs after all queued ones. The first of those was
    // running when it was dropped, and was too late; the others had left the queue.
    join(&fixture.service, &code_of(&made[0]), "bea").await;
    let mut raw = fixture.raw().await;
    assert_eq!(raw.texts("SELECT user_id FROM invite_uses ORDER BY user_id").await, ["ann", "bea"]);
    raw.check_integrity().await;
}

/// The time of a use is taken when it gets the write lock: while it waits, another process can
/// close the code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queued_use_of_replaced_code_is_refused() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let db = Db::open(fixture.location().clone(), MissingFile::Refuse, 4).await.unwrap();
    let (policies, links) = (Policies::built_in().unwrap(), Links::below(None).unwrap());
    let service = Arc::new(Service::new(db, policies, links, Clock::System, Random::from_system().unwrap()));
    space(&service, "container", "c").await;
    let issued = create_one(&service, "c", Terms::new()).await;
    let mut holder = writing(&fixture).await;
    let waiting = start(&service, &code_of(&issued), "ann");
    tokio::time::sleep(HELD).await;
    let now = micros(service.now());
    holder
        .run(format!(
            "UPDATE invites SET closed_at = {now}, closed_reason = 'replaced', closed_op = created_op, slot = NULL; COMMIT"
        ))
        .await;
    let denials = refused(waiting.await.unwrap().unwrap());
    assert_eq!(denials, [Reason::Replaced]);
    let mut raw = fixture.raw().await;
    assert_eq!((raw.count("invite_uses").await, raw.count("invite_members").await), (0, 0));
}

/// A use that waited while another process changed the database.
struct Waited {
    fixture: Fixture,
    service: Arc<Service>,
    issued: Issued,
    outcome: invite::Result<Redemption>,
}

impl Waited {
    /// Lets a use wait this long for another process, which then makes a change.
    async fn during(held: Duration, change: &str) -> Self {
        let fixture = Fixture::new(Engine::Sqlite).await;
        let service = Arc::new(fixture.another_process().await);
        space(&service, "container", "c").await;
        let issued = create_one(&service, "c", Terms::new()).await;
        let mut holder = writing(&fixture).await;
        let waiting = start(&service, &code_of(&issued), "ann");
        tokio::time::sleep(held).await;
        holder.run(format!("{change}; COMMIT")).await;
        let outcome = waiting.await.unwrap();
        Waited { fixture, service, issued, outcome }
    }

    async fn assert_nothing_stored(&self) {
        let mut raw = self.fixture.raw().await;
        assert_eq!((raw.count("invite_uses").await, raw.count("invite_members").await), (0, 0));
    }
}

/// The code was looked up before the wait, and has changed since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queued_use_of_reissued_code_is_not_found() {
    for held in [HELD / 10, HELD] {
        let waited = Waited::during(held, "UPDATE invites SET code = 'NEWCODE2', code_key = 'NEWCODE2'").await;
        assert_eq!(waited.outcome.as_ref().unwrap_err().reason(), Reason::NotFound, "{held:?}");
        waited.assert_nothing_stored().await;
        join(&waited.service, &code("NEWCODE2"), "ann").await;
        join(&waited.service, &Reference::Id(waited.issued.invite.id), "bob").await;
    }
}

/// The space was looked up before the wait, and is removed since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queued_use_is_refused_after_space_removal() {
    for held in [HELD / 10, HELD] {
        let removal = "UPDATE invite_spaces SET removed_at = created_at, removed_op = changed_op";
        let waited = Waited::during(held, removal).await;
        waited.assert_nothing_stored().await;
        assert_eq!(refused(waited.outcome.unwrap()), [Reason::Revoked], "{held:?}");
    }
}

/// Delays before the wait for the file differ between processes: a code must not be closed at a
/// time before one of its uses.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn last_grouped_use_has_latest_time() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mut processes = Vec::new();
    for _ in 0..4 {
        let db = Db::open(fixture.location().clone(), MissingFile::Refuse, 4).await.unwrap();
        let (policies, links) = (Policies::built_in().unwrap(), Links::below(None).unwrap());
        let service = Service::new(db, policies, links, Clock::System, Random::from_system().unwrap());
        processes.push(Arc::new(service));
    }
    space(&processes[0], "container", "c").await;
    let made = create(&processes[0], "c", 40, terms_with_limit(4)).await.unwrap();
    let mut uses = Vec::new();
    for (number, issued) in made.iter().enumerate() {
        for (process, service) in processes.iter().enumerate() {
            uses.push(start(service, &code_of(issued), &format!("u{number}-{process}")));
        }
    }
    for one in uses {
        accepted(one.await.unwrap().unwrap());
    }
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE closed_reason = 'used_up'").await, 40);
    let after = "invite_uses AS u JOIN invites AS i ON i.id = u.invite_id WHERE u.used_at > i.closed_at";
    assert_eq!(raw.count(after).await, 0);
}
