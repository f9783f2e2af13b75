//! Role changes during other actions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use invite::invites::generate::Terms;
use invite::spaces::regenerate::RegenerateRequest;
use invite::{Actor, Service};
use invite::{Error, Reason, Result};
use tokio::task::JoinSet;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::acting_for;
use crate::helpers::maintenance::reason;
use crate::helpers::raw::Raw;
use crate::roles::make_for;

every_engine! {
    code_changed_after_plan_is_not_replaced,
}

every_engine! {
    threads 4;
    no_invite_is_created_after_demotion,
    no_code_is_replaced_after_member_removal,
}

/// Number of created items before the demotion.
const WARM: i64 = 8;

/// Waits until the workers made progress; panics if one ended.
async fn until_warm(raw: &mut Raw, tasks: &mut JoinSet<u64>) {
    while raw.count("invites").await < WARM {
        if let Some(ended) = tasks.try_join_next() {
            panic!("a worker ended before the role was taken away: {ended:?}");
        }
        tokio::task::yield_now().await;
    }
}

async fn until_forbidden(service: Service, demoted: Arc<AtomicBool>) -> u64 {
    let mut made = 0;
    loop {
        let late = demoted.load(Ordering::SeqCst);
        match make_for(&service, "u7", "c", Terms::new()).await {
            Ok(_) => {
                assert!(!late, "an invite was made that was asked for after the demotion");
                made += 1;
            }
            Err(Error::Forbidden(_)) => return made,
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn no_invite_is_created_after_demotion(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    member(&fixture.service, "c", "u7", "admin", None).await;
    let demoted = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        tasks.spawn(until_forbidden(fixture.another_process().await, Arc::clone(&demoted)));
    }
    until_warm(&mut raw, &mut tasks).await;
    member(&fixture.service, "c", "u7", "member", None).await;
    demoted.store(true, Ordering::SeqCst);
    // Actions that read the role before the demotion still complete.
    let made = raw.count("invites").await;
    let reported: u64 = tasks.join_all().await.iter().sum();
    assert_eq!((raw.count("invites").await, reported), (made, made.unsigned_abs()));
    raw.check_integrity().await;
}

async fn renew_as(service: &Service, actor: &Actor) -> Result<()> {
    let request = RegenerateRequest::new("s");
    let plan = service.plan_regenerate(actor, &request).await?;
    service.regenerate(actor, &plan).await.map(|_| ())
}

async fn renew_till_forbidden(service: Service) -> u64 {
    let mut made = 0;
    loop {
        match renew_as(&service, &acting_for("u7")).await {
            Ok(()) => made += 1,
            Err(Error::Duplicate(_)) => {}
            Err(Error::Forbidden(_)) => return made,
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn no_code_is_replaced_after_member_removal(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "space", "s").await;
    member(&fixture.service, "s", "u7", "admin", None).await;
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        tasks.spawn(renew_till_forbidden(fixture.another_process().await));
    }
    until_warm(&mut raw, &mut tasks).await;
    fixture.service.remove_member(&operator(), "s", "u7").await.unwrap();
    let made = raw.count("invites").await;
    let reported: u64 = tasks.join_all().await.iter().sum();
    assert_eq!((raw.count("invites").await, reported), (made, made.unsigned_abs()));
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 1);
    raw.check_integrity().await;
}

/// Another run replaces the code between plan and apply.
async fn replaced_after_plan(fixture: &Fixture, with_code: bool) {
    let (service, id) = (&fixture.service, if with_code { "with" } else { "without" });
    space(service, "space", id).await;
    if with_code {
        create_one(service, id, Terms::new()).await;
    }
    let request = RegenerateRequest::new(id);
    let plan = service.plan_regenerate(&operator(), &request).await.unwrap();
    assert_eq!(plan.replaces.is_some(), with_code);
    let newer = regenerate_code(service, id, None).await.unwrap().issued.invite.id;
    assert_eq!(reason(Box::pin(service.regenerate(&operator(), &plan)).await), Reason::Duplicate);
    assert!(reload(service, newer).await.closed.is_none());
}

async fn code_changed_after_plan_is_not_replaced(fixture: Fixture) {
    replaced_after_plan(&fixture, true).await;
    replaced_after_plan(&fixture, false).await;
    fixture.raw().await.check_integrity().await;
}
