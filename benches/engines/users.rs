//! Concurrent users of the library, in a separate process.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use invite::Db;
use invite::Location;
use invite::MissingFile;
use invite::clock::Clock;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::links::Links;
use invite::model::reference::Reference;
use invite::policy::Policies;
use invite::random::Random;
use invite::{Actor, Service};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::report;

/// Number of connections and of concurrent users.
pub const CONNECTIONS: u32 = 12;

/// Redeems the codes of a file round-robin, each time for another user, and prints the time
/// since all connections were open.
pub fn run(url: &str, codes: &Path, uses: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the runtime starts");
    runtime.block_on(use_all(url, codes, uses));
}

#[expect(clippy::disallowed_methods, reason = "benchmarks measure durations")]
async fn use_all(url: &str, codes: &Path, uses: u64) {
    let text = fs::read_to_string(codes).expect("the file of codes exists");
    let parse = |line: &str| Reference::parse(line).expect("the file contains codes");
    let codes: Arc<Vec<Reference>> = Arc::new(text.lines().map(parse).collect());
    let service = Arc::new(service(url).await);
    let ready = Arc::new(Barrier::new(CONNECTIONS as usize + 1));
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (service, codes, ready, next) =
            (Arc::clone(&service), Arc::clone(&codes), Arc::clone(&ready), Arc::clone(&next));
        tasks.spawn(async move {
            connect(&service, &codes[0]).await;
            ready.wait().await;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= uses {
                    break;
                }
                let code = &codes[usize::try_from(number).unwrap_or_default() % codes.len()];
                redeem_code(&service, code, number).await;
            }
        });
    }
    ready.wait().await;
    let start = Instant::now();
    tasks.join_all().await;
    report::line(&format!("seconds = {:.6}", start.elapsed().as_secs_f64()));
}

async fn service(url: &str) -> Service {
    let location = Location::from_urls(&[url.to_owned()]).expect("the URL names a database");
    let db = Db::open(location, MissingFile::Refuse, CONNECTIONS).await.expect("the database opens");
    let policies = Policies::built_in().expect("the built-in policies are valid");
    let links = Links::below(None).expect("there are no links");
    let random = Random::from_system().expect("the system provides randomness");
    Service::new(db, policies, links, Clock::System, random)
}

/// Validates a code, so that every task opens a connection.
async fn connect(service: &Service, code: &Reference) {
    let request = invite::invites::validate::ValidateRequest::new(code.clone());
    let looked = service.validate(&actor(), &request).await;
    assert!(looked.is_ok_and(|looked| looked.denials.is_empty()), "the code is valid");
}

async fn redeem_code(service: &Service, code: &Reference, number: u64) {
    let request = RedeemRequest::new(code.clone(), format!("user-{number:08}"));
    match service.redeem(&actor(), &request).await {
        Ok(Redemption::Accepted(joined)) => assert!(!joined.repeated, "no user redeems twice"),
        Ok(Redemption::Refused(_, denials)) => panic!("user {number} was refused: {denials:?}"),
        Err(error) => panic!("redeeming for user {number} failed: {error}"),
    }
}

fn actor() -> Actor {
    Actor::operator("bench")
}
