//! Several processes that create invites concurrently.

use std::collections::HashSet;
use std::sync::Arc;

use invite::Service;
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, Terms};
use invite::{Error, Result};
use tokio::task::JoinSet;

use crate::fixture::{Engine, Fixture, operator};
use crate::generate_full::THREE_DIGITS;
use crate::helpers::actions::*;
use crate::helpers::recorder::Recorder;

every_engine! {
    threads 4;
    concurrent_backfills_create_one_code_per_space,
    four_processes_use_all_1000_codes_of_prefix,
    concurrent_request_beyond_prefix_creates_none,
}

every_engine! {
    threads 8;
    one_of_eight_concurrent_invitations_is_created,
    concurrent_regenerations_leave_one_active_code,
}

/// Opens this many services with their own connections.
async fn processes(fixture: &Fixture, count: usize) -> Vec<Service> {
    let mut services = Vec::new();
    for _ in 0..count {
        services.push(fixture.another_process().await);
    }
    services
}

async fn concurrent_backfills_create_one_code_per_space(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 3_000).await;
    let mut tasks = JoinSet::new();
    for service in processes(&fixture, 2).await {
        let request = backfill_all().batch_size(100);
        tasks.spawn(async move { run_backfill(&service, &request).await });
    }
    let runs = tasks.join_all().await;
    let added: u64 = runs.iter().map(|(summary, _)| summary.added).sum();
    assert_eq!(added, 3_000);
    for (summary, recorder) in &runs {
        assert_eq!((summary.scanned, summary.failed), (3_000, 0));
        assert_eq!((summary.missing, summary.added), (summary.added, recorder.done.len() as u64));
    }
    let given: HashSet<&String> = runs.iter().flat_map(|(_, run)| &run.done).map(|(space, _)| space).collect();
    assert_eq!(given.len(), 3_000);
    let held = "invites WHERE slot = 'standing:' || space_id AND closed_at IS NULL";
    assert_eq!((raw.count(held).await, raw.count("invites").await), (3_000, 3_000));
    // The recorded operations of both processes add up, too.
    let changed = "SELECT sum(changed) FROM invite_operations WHERE command = 'backfill'";
    assert_eq!(raw.number(changed).await, 3_000);
    raw.check_integrity().await;
}

async fn invitation(service: &Service, space: &str, email: &str) -> Result<Vec<Issued>> {
    create(service, space, 1, terms_to(email)).await
}

async fn one_of_eight_concurrent_invitations_is_created(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t1").await;
    let mut tasks = JoinSet::new();
    for (number, service) in processes(&fixture, 8).await.into_iter().enumerate() {
        let email = if number % 2 == 0 { "ann@example.org" } else { "ANN@Example.org" };
        tasks.spawn(async move { invitation(&service, "t1", email).await });
    }
    let (made, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 7));
    for error in refused.into_iter().map(Result::unwrap_err) {
        assert!(matches!(error, Error::Duplicate(_)), "{error:?}");
    }
    assert_eq!(raw.count("invites").await, 1);
    assert_eq!(raw.count("invite_operations WHERE command = 'generate'").await, 1);
    raw.check_integrity().await;
}

async fn concurrent_regenerations_leave_one_active_code(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "space", "s1").await;
    create_one(&fixture.service, "s1", Terms::new()).await;
    let mut tasks = JoinSet::new();
    for service in processes(&fixture, 6).await {
        tasks.spawn(async move { regenerate_code(&service, "s1", None).await });
    }
    let mut renewed = 0;
    for outcome in tasks.join_all().await {
        match outcome {
            Ok(regenerated) => {
                renewed += 1;
                assert!(regenerated.replaced.is_some(), "a code vanished without being replaced");
            }
            Err(error) => assert!(matches!(error, Error::Duplicate(_)), "{error:?}"),
        }
    }
    assert!(renewed >= 1);
    assert_eq!(raw.count("invites").await, 1 + renewed);
    assert_eq!(raw.count("invites WHERE closed_at IS NULL").await, 1);
    assert_eq!(raw.count("invites WHERE closed_reason = 'replaced'").await, renewed);
    raw.check_integrity().await;
}

/// Creates codes, and returns them with the result of the request.
async fn many_codes(service: &Service, count: u32) -> (Vec<Issued>, Result<()>) {
    let request = GenerateRequest::new("d1", count);
    let mut recorder = Recorder::new();
    let outcome = service.generate(&operator(), &request, &mut recorder).await;
    (recorder.done, outcome.map(|_| ()))
}

async fn codes_of_four(fixture: &Fixture, count: u32) -> (Vec<Issued>, Vec<Error>) {
    let mut tasks = JoinSet::new();
    for service in processes(fixture, 4).await {
        let service = Arc::new(service);
        tasks.spawn(async move { many_codes(&service, count).await });
    }
    let (mut made, mut errors) = (Vec::new(), Vec::new());
    for (done, outcome) in tasks.join_all().await {
        made.extend(done);
        errors.extend(outcome.err());
    }
    let codes: HashSet<&str> = made.iter().map(|issued| issued.code.reveal()).collect();
    assert_eq!(codes.len(), made.len(), "two spaces have the same code");
    assert!(codes.iter().all(|code| code.starts_with("Joh-")));
    (made, errors)
}

async fn four_processes_use_all_1000_codes_of_prefix(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    let mut raw = fixture.raw().await;
    named_space(&fixture.service, "director", "d1", "John Smith").await;
    let (made, errors) = codes_of_four(&fixture, 250).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!((made.len(), raw.count("invites").await), (1_000, 1_000));
    let full = create(&fixture.service, "d1", 1, Terms::new()).await.unwrap_err();
    assert!(matches!(full, Error::NoFreeCode(_)), "{full:?}");
    raw.check_integrity().await;
}

async fn concurrent_request_beyond_prefix_creates_none(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    let mut raw = fixture.raw().await;
    named_space(&fixture.service, "director", "d1", "John Smith").await;
    let (made, errors) = codes_of_four(&fixture, 600).await;
    // Each request creates all of its codes or none, and only one fits.
    assert_eq!((made.len(), errors.len()), (600, 3));
    for error in &errors {
        assert!(matches!(error, Error::NoFreeCode(_)), "{error:?}");
    }
    assert_eq!(raw.count("invites").await, 600);
    assert_eq!(raw.count("invite_operations WHERE command = 'generate'").await, 1);
    raw.check_integrity().await;
}
