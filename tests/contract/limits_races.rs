//! Many tries at the same moment, from two processes.

use std::future::Future;
use std::sync::Arc;

use invite::error::{Error, Reason};
use invite::service::Service;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::steps::*;
use crate::steps_d::*;
use crate::world::{World, worlds};

/// Runs so many at once, by two services in turn.
async fn at_once<T, F>(world: &World, count: usize, run: impl Fn(Arc<Service>, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let services = [Arc::new(world.at(world.now)), Arc::new(world.another_process().await)];
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twelve_guesses_at_once_five_are_answered() {
    for world in worlds().await {
        let issued = director(&world).await;
        let guesses = guesses(&issued, 12);
        let reasons = at_once(&world, 12, |service, number| {
            let guess = guesses[number].clone();
            async move { look_from(&service, &guess, GUESSER).await.unwrap_err().reason() }
        })
        .await;
        assert_eq!((count(&reasons, Reason::NotFound), count(&reasons, Reason::RateLimited)), (5, 7), "{reasons:?}");
        assert_eq!(
            all_counters(&world.service).await,
            ["guesses director Joh-###: 5", "failed director 203.0.113.9: 5", "validate director 203.0.113.9: 5"]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_guesses_of_many_clients_at_once_fifty_are_answered() {
    for world in worlds().await {
        let issued = director(&world).await;
        let guesses = guesses(&issued, 60);
        let reasons = at_once(&world, 60, |service, number| {
            let guess = guesses[number].clone();
            let from = format!("198.51.100.{}", number % 12);
            async move { look_from(&service, &guess, &from).await.unwrap_err().reason() }
        })
        .await;
        assert_eq!((count(&reasons, Reason::NotFound), count(&reasons, Reason::RateLimited)), (50, 10), "{reasons:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_succeed_at_once_leave_nothing_failed() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        let issued = director(&world).await;
        let reference = code_of(&issued);
        let seen = at_once(&world, 20, |service, number| {
            let (reference, from) = (reference.clone(), format!("198.51.100.{}", number % 5));
            async move { look_from(&service, &reference, &from).await }
        })
        .await;
        for outcome in seen {
            assert_eq!(outcome.unwrap().denials, []);
        }
        let counted = all_counters(&world.service).await;
        let expected: Vec<String> = (0..5).map(|number| format!("validate director 198.51.100.{number}: 4")).collect();
        assert_eq!(counted, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twelve_made_at_once_by_one_user_ten_are() {
    for world in worlds().await {
        director(&world).await;
        let made = at_once(&world, 12, |service, _| async move {
            match make_as(&service, 1).await {
                Ok(issued) => issued.len(),
                Err(Error::Refused(denial)) if denial.reason() == Reason::RateLimited => 0,
                Err(error) => panic!("{error}"),
            }
        })
        .await;
        assert_eq!(made.iter().sum::<usize>(), 10);
        assert_eq!(all_counters(&world.service).await, ["create director u3: 10"]);
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites WHERE created_by = 'u3'").await, 10);
        raw.check_integrity().await;
    }
}
