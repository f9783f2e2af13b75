//! Concurrent workers with one hot code and many single-use codes, on any engine; also used by the
//! cluster tests.

use std::error::Error as _;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use invite::Db;
use invite::Location;
use invite::MissingFile;
use invite::batch::{Failure, Observer};
use invite::clock::Clock;
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, Terms, UsageLimit};
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::links::Links;
use invite::model::reference::Reference;
use invite::policy::{Policies, PolicyTables};
use invite::random::Random;
use invite::records::{FileFormat, Records};
use invite::spaces::Space;
use invite::spaces::backfill::{BackfillRequest, Backfilled};
use invite::spaces::import::{ImportSpacesRequest, ImportedSpace};
use invite::{Actor, Service};
use invite::{Error, Reason};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// An observer that collects items and panics on a failure.
pub struct Collector<T>(pub Vec<T>);

impl<T: Clone + Send> Observer<T> for Collector<T> {
    fn done(&mut self, item: &T) {
        self.0.push(item.clone());
    }

    fn failed(&mut self, failure: &Failure) {
        panic!("{}: {}", failure.subject, failure.message());
    }
}

/// An observer that counts items.
#[derive(Default)]
pub struct Counter(pub u64);

impl Observer<Backfilled> for Counter {
    fn done(&mut self, _item: &Backfilled) {
        self.0 += 1;
    }

    fn failed(&mut self, failure: &Failure) {
        panic!("{}: {}", failure.subject, failure.message());
    }
}

impl Observer<ImportedSpace> for Counter {
    fn done(&mut self, _item: &ImportedSpace) {
        self.0 += 1;
    }

    fn failed(&mut self, failure: &Failure) {
        panic!("{}: {}", failure.subject, failure.message());
    }
}

pub fn location(url: &str) -> Location {
    Location::from_urls(&[url.to_owned()]).unwrap()
}

pub fn actor() -> Actor {
    Actor::operator("load")
}

/// Returns a service with its own connections, like another process.
pub async fn service(url: &str, connections: u32, seed: u64) -> Service {
    service_with(url, connections, seed, "").await
}

/// Returns a service with its own connections and additional policies.
pub async fn service_with(url: &str, connections: u32, seed: u64, policies: &str) -> Service {
    let db = Db::open(location(url), MissingFile::Refuse, connections).await.unwrap();
    let links = Links::below(Some("https://example.org")).unwrap();
    let random = Random::from_generator(StdRng::seed_from_u64(seed));
    let tables = PolicyTables::read(Path::new("test.toml"), policies).unwrap();
    Service::new(db, Policies::layered(&[tables]).unwrap(), links, Clock::System, random)
}

/// Migrates a new database.
pub async fn migrated(url: &str) {
    Db::migrate(location(url)).await.unwrap().0.close().await;
}

/// The codes of the workers.
#[derive(Clone)]
pub struct Codes {
    pub hot: Reference,
    pub single: Vec<Reference>,
}

fn reference(issued: &Issued) -> Reference {
    Reference::parse(issued.code.reveal()).unwrap()
}

/// Creates one code with this usage limit, and this many single-use codes.
pub async fn make_codes(service: &Service, limit: i64, single: u32) -> Codes {
    for space in ["hot", "single"] {
        let space = Space::new(space, "container", space);
        service.add_space(&actor(), &space).await.unwrap();
    }
    let mut codes = Vec::new();
    for (space, count, uses) in [("hot", 1, limit), ("single", single, 1)] {
        let terms = Terms::new().usage_limit(UsageLimit::Times(uses));
        let request = GenerateRequest::new(space, count).terms(terms);
        let mut made = Collector(Vec::new());
        service.generate(&actor(), &request, &mut made).await.unwrap();
        codes.push(made.0.iter().map(reference).collect::<Vec<_>>());
    }
    let single = codes.pop().unwrap();
    Codes { hot: codes.pop().unwrap().remove(0), single }
}

/// Outcomes reported to the workers.
#[derive(Default, Debug)]
pub struct Outcomes {
    /// Accepted uses: invite and user.
    pub accepted: Vec<(String, String)>,
    pub refused: u64,
    /// Attempts that failed because the database was unavailable.
    pub unavailable: u64,
    /// Longest duration of a request.
    pub longest: Duration,
}

impl Outcomes {
    pub fn add(&mut self, other: Outcomes) {
        self.accepted.extend(other.accepted);
        self.refused += other.refused;
        self.unavailable += other.unavailable;
        self.longest = self.longest.max(other.longest);
    }
}

/// Runs workers for a duration; each service represents another process.
pub async fn work(services: &[Arc<Service>], workers: u64, codes: &Codes, span: Duration) -> Outcomes {
    let mut tasks = JoinSet::new();
    for (worker, service) in (0..workers).zip(services.iter().cycle()) {
        let service = Arc::clone(service);
        tasks.spawn(one_worker(service, codes.clone(), worker, span));
    }
    let mut outcomes = Outcomes::default();
    for one in tasks.join_all().await {
        outcomes.add(one);
    }
    outcomes
}

async fn one_worker(service: Arc<Service>, codes: Codes, worker: u64, span: Duration) -> Outcomes {
    // A new number for each load.
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut chance = StdRng::seed_from_u64(worker);
    let mut outcomes = Outcomes::default();
    let begin = Instant::now();
    while begin.elapsed() < span {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let single = chance.random_range(0..codes.single.len());
        let reference = if chance.random_bool(0.5) { &codes.hot } else { &codes.single[single] };
        let request = RedeemRequest::new(reference.clone(), format!("w{worker}-{number}"));
        let asked = Instant::now();
        match service.redeem(&actor(), &request).await {
            Ok(Redemption::Accepted(joined)) => {
                assert!(!joined.repeated, "a first use was reported as repeated");
                outcomes.accepted.push((joined.invite.id.to_string(), joined.user_id));
            }
            Ok(Redemption::Refused(_, denials)) => {
                assert!(denials.iter().all(|denial| denial.reason() == Reason::UsedUp), "{denials:?}");
                assert!(!denials.is_empty(), "a refusal without a reason");
                outcomes.refused += 1;
            }
            Err(Error::Unavailable(_)) => outcomes.unavailable += 1,
            Err(other) => panic!("{other} {:?}", other.source().map(ToString::to_string)),
        }
        outcomes.longest = outcomes.longest.max(asked.elapsed());
    }
    outcomes
}

/// Imports this many spaces of a policy with standing codes.
pub async fn import(service: &Service, count: usize) {
    let rows: Vec<String> = (0..count).map(|number| format!("s{number:07},Space {number}\n")).collect();
    let rows = Records::open(Cursor::new(format!("id,name\n{}", rows.concat()).into_bytes()), FileFormat::Csv).unwrap();
    let request = ImportSpacesRequest::new().default_policy("space");
    let mut counter = Counter::default();
    service.import_spaces(&actor(), &request, rows, &mut counter).await.unwrap();
    assert_eq!(counter.0, count as u64);
}

/// Backfills standing codes, and returns how many were created.
pub async fn fill(service: &Service) -> u64 {
    let request = BackfillRequest::new();
    let mut counter = Counter::default();
    let summary = service.backfill(&actor(), &request, &mut counter).await.unwrap();
    assert_eq!(summary.added, counter.0);
    counter.0
}
