//! The futures of actions are `Send`, because backends run them in tasks.

use std::sync::Arc;

use invite::invites::generate::GenerateRequest;
use invite::invites::redeem::RedeemRequest;
use invite::invites::revoke::Selection;
use tokio::spawn;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::{accepted, backfill_all, code_of, default_cleanup, space};
use crate::helpers::recorder::{Recorder, Sweeper};

every_engine! {
    threads 2;
    actions_run_in_spawned_tasks,
}

async fn actions_run_in_spawned_tasks(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    space(&fixture.service, "container", "c").await;
    let service = Arc::new(fixture.at(fixture.now));

    let own = Arc::clone(&service);
    let made = spawn(async move {
        let request = GenerateRequest::new("c", 2);
        let mut recorder = Recorder::new();
        own.generate(&operator(), &request, &mut recorder).await.map(|_| recorder.done)
    });
    let made = made.await.unwrap().unwrap();

    let own = Arc::clone(&service);
    let filled = spawn(async move {
        let mut recorder = Recorder::new();
        own.backfill(&operator(), &backfill_all(), &mut recorder).await
    });
    assert_eq!(filled.await.unwrap().unwrap().added, 1);

    let (own, reference) = (Arc::clone(&service), code_of(&made[0]));
    let used = spawn(async move {
        let request = RedeemRequest::new(reference, "u");
        own.redeem(&operator(), &request).await
    });
    assert_eq!(accepted(used.await.unwrap().unwrap()).role, "member");

    let (own, reference) = (Arc::clone(&service), code_of(&made[1]));
    let revoked = spawn(async move {
        let plan = own.plan_revoke(&operator(), Selection::Named(vec![reference])).await?;
        own.revoke(&operator(), plan, &mut Recorder::new()).await
    });
    assert_eq!(revoked.await.unwrap().unwrap().revoked, 1);

    let own = Arc::clone(&service);
    let cleaned = spawn(async move {
        let request = default_cleanup();
        let plan = own.plan_cleanup(&request).await?;
        own.cleanup(&operator(), &request, plan, &mut Sweeper::default()).await
    });
    assert_eq!(cleaned.await.unwrap().unwrap().expired, 0);
    fixture.raw().await.check_integrity().await;
}
