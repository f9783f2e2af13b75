//! Concurrent attempts from two processes.

use std::future::Future;
use std::sync::Arc;

use invite::Service;
use invite::{Error, Reason};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::Fixture;
use crate::helpers::actions::*;
use crate::helpers::rate_limits::*;

every_engine! {
    threads 4;
    five_of_twelve_concurrent_guesses_are_answered,
    fifty_of_concurrent_guesses_of_many_clients_are_answered,
    concurrent_successes_count_no_failed_attempt,
    ten_of_twelve_concurrent_creations_succeed,
}

/// Runs this many futures concurrently, on two services in turn.
async fn run_concurrently<T, F>(fixture: &Fixture, count: usize, run: impl Fn(Arc<Service>, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let services = [Arc::new(fixture.at(fixture.now)), Arc::new(fixture.another_process().await)];
    let barrier = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let task = run(Arc::clone(&services[number % 2]), number);
        let barrier = Arc::clone(&barrier);
        tasks.spawn(async move {
            barrier.wait().await;
            task.await
        });
    }
    tasks.join_all().await
}

fn count(reasons: &[Reason], reason: Reason) -> usize {
    reasons.iter().filter(|each| **each == reason).count()
}

async fn five_of_twelve_concurrent_guesses_are_answered(fixture: Fixture) {
    let issued = director(&fixture).await;
    let guesses = guesses(&issued, 12);
    let reasons = run_concurrently(&fixture, 12, |service, number| {
        let guess = guesses[number].clone();
        async move { validate_from(&service, &guess, GUESSER).await.unwrap_err().reason() }
    })
    .await;
    assert_eq!((count(&reasons, Reason::NotFound), count(&reasons, Reason::RateLimited)), (5, 7), "{reasons:?}");
    assert_eq!(
        all_counters(&fixture.service).await,
        ["guesses director Joh-###: 5", "failed director 203.0.113.9: 5", "validate director 203.0.113.9: 5"]
    );
}

async fn fifty_of_concurrent_guesses_of_many_clients_are_answered(fixture: Fixture) {
    let issued = director(&fixture).await;
    let guesses = guesses(&issued, 60);
    let reasons = run_concurrently(&fixture, 60, |service, number| {
        let guess = guesses[number].clone();
        let from = format!("198.51.100.{}", number % 12);
        async move { validate_from(&service, &guess, &from).await.unwrap_err().reason() }
    })
    .await;
    assert_eq!((count(&reasons, Reason::NotFound), count(&reasons, Reason::RateLimited)), (50, 10), "{reasons:?}");
}

async fn concurrent_successes_count_no_failed_attempt(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = director(&fixture).await;
    let reference = code_of(&issued);
    let seen = run_concurrently(&fixture, 20, |service, number| {
        let (reference, from) = (reference.clone(), format!("198.51.100.{}", number % 5));
        async move { validate_from(&service, &reference, &from).await }
    })
    .await;
    for outcome in seen {
        assert_eq!(outcome.unwrap().denials, []);
    }
    let counted = all_counters(&fixture.service).await;
    let expected: Vec<String> = (0..5).map(|number| format!("validate director 198.51.100.{number}: 4")).collect();
    assert_eq!(counted, expected);
}

async fn ten_of_twelve_concurrent_creations_succeed(fixture: Fixture) {
    director(&fixture).await;
    let made = run_concurrently(&fixture, 12, |service, _| async move {
        match create_as(&service, 1).await {
            Ok(issued) => issued.len(),
            Err(Error::Refused(denial)) if denial.reason() == Reason::RateLimited => 0,
            Err(error) => panic!("{error}"),
        }
    })
    .await;
    assert_eq!(made.iter().sum::<usize>(), 10);
    assert_eq!(all_counters(&fixture.service).await, ["create director u3: 10"]);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE created_by = 'u3'").await, 10);
    raw.check_integrity().await;
}
