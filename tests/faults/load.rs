//! Workers that use one hot code and many single-use codes at once, on any
//! engine; the tests of the cluster use them too.

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
use invite::error::{Error, Reason};
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, Terms, UsageLimit, generate};
use invite::invites::redeem::{RedeemRequest, Redemption, redeem};
use invite::links::Links;
use invite::model::reference::Reference;
use invite::policy::{Policies, PolicyTables};
use invite::random::Random;
use invite::records::{FileFormat, Records};
use invite::service::{Actor, Service};
use invite::spaces::backfill::{BackfillRequest, Backfilled, backfill};
use invite::spaces::import::{ImportSpacesRequest, ImportedSpace, import_spaces};
use invite::spaces::{Space, add_space};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Collects what is done, and fails on a failure.
pub struct Collector<T>(pub Vec<T>);

impl<T: Clone + Send> Observer<T> for Collector<T> {
    fn done(&mut self, item: &T) {
        self.0.push(item.clone());
    }

    fn failed(&mut self, failure: &Failure) {
        panic!("{}: {}", failure.subject, failure.message);
    }
}

/// Counts what is done.
#[derive(Default)]
pub struct Counter(pub u64);

impl Observer<Backfilled> for Counter {
    fn done(&mut self, _item: &Backfilled) {
        self.0 += 1;
    }

    fn failed(&mut self, failure: &Failure) {
        panic!("{}: {}", failure.subject, failure.message);
    }
}

impl Observer<ImportedSpace> for Counter {
    fn done(&mut self, _item: &ImportedSpace) {
        self.0 += 1;
    }

    fn failed(&mut self, failure: &Failure) {
        panic!("{}: {}", failure.subject, failure.message);
    }
}

pub fn location(url: &str) -> Location {
    Location::from_urls(&[url.to_owned()]).unwrap()
}

pub fn actor() -> Actor {
    Actor::operator("load")
}

/// A service with connections of its own, as another process has.
pub async fn service(url: &str, connections: u32, seed: u64) -> Service {
    service_with(url, connections, seed, "").await
}

/// The same with policies laid over the built-in ones.
pub async fn service_with(url: &str, connections: u32, seed: u64, policies: &str) -> Service {
    let db = Db::open(location(url), MissingFile::Refuse, connections).await.unwrap();
    let links = Links::below(Some("https://example.org")).unwrap();
    let random = Random::from_generator(StdRng::seed_from_u64(seed));
    let tables = PolicyTables::read(Path::new("test.toml"), policies).unwrap();
    Service::new(db, Policies::layered(&[tables]).unwrap(), links, Clock::System, random)
}

/// Makes a new database ready.
pub async fn migrated(url: &str) {
    Db::migrate(location(url)).await.unwrap().0.close().await;
}

/// The codes that the workers use.
#[derive(Clone)]
pub struct Codes {
    pub hot: Reference,
    pub single: Vec<Reference>,
}

fn reference(issued: &Issued) -> Reference {
    Reference::parse(issued.code.reveal()).unwrap()
}

/// One code with so high a limit, and so many that are good for one use.
pub async fn make_codes(service: &Service, limit: i64, single: u32) -> Codes {
    for space in ["hot", "single"] {
        let space = Space { id: space.into(), policy: "container".into(), name: space.into() };
        add_space(service, &actor(), &space).await.unwrap();
    }
    let mut codes = Vec::new();
    for (space, count, uses) in [("hot", 1, limit), ("single", single, 1)] {
        let terms = Terms { usage_limit: UsageLimit::Times(uses), ..Terms::default() };
        let request = GenerateRequest { space_id: space.into(), count, terms };
        let mut made = Collector(Vec::new());
        generate(service, &actor(), &request, &mut made).await.unwrap();
        codes.push(made.0.iter().map(reference).collect::<Vec<_>>());
    }
    let single = codes.pop().unwrap();
    Codes { hot: codes.pop().unwrap().remove(0), single }
}

/// What the workers were told.
#[derive(Default, Debug)]
pub struct Told {
    /// Who was told that they came in: invite and user.
    pub accepted: Vec<(String, String)>,
    pub refused: u64,
    /// The database was out of reach for longer than the tool waits.
    pub unavailable: u64,
    /// The longest that one answer took.
    pub longest: Duration,
}

impl Told {
    pub fn add(&mut self, other: Told) {
        self.accepted.extend(other.accepted);
        self.refused += other.refused;
        self.unavailable += other.unavailable;
        self.longest = self.longest.max(other.longest);
    }
}

/// Lets so many workers use the codes for so long; each service is another
/// process.
pub async fn work(services: &[Arc<Service>], workers: u64, codes: &Codes, span: Duration) -> Told {
    let mut tasks = JoinSet::new();
    for (worker, service) in (0..workers).zip(services.iter().cycle()) {
        let service = Arc::clone(service);
        tasks.spawn(one_worker(service, codes.clone(), worker, span));
    }
    let mut told = Told::default();
    for one in tasks.join_all().await {
        told.add(one);
    }
    told
}

async fn one_worker(service: Arc<Service>, codes: Codes, worker: u64, span: Duration) -> Told {
    // Another one each time that the workers work.
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut chance = StdRng::seed_from_u64(worker);
    let mut told = Told::default();
    let begin = Instant::now();
    while begin.elapsed() < span {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let single = chance.random_range(0..codes.single.len());
        let reference = if chance.random_bool(0.5) { &codes.hot } else { &codes.single[single] };
        let request = RedeemRequest {
            reference: reference.clone(),
            user_id: format!("w{worker}-{number}"),
            email: None,
            name: None,
            client: None,
        };
        let asked = Instant::now();
        match redeem(&service, &actor(), &request).await {
            Ok(Redemption::Accepted(joined)) => {
                assert!(!joined.repeated, "a user who came once was told of a second time");
                told.accepted.push((joined.invite.id.to_string(), joined.user_id));
            }
            Ok(Redemption::Refused(_, denials)) => {
                assert!(denials.iter().all(|denial| denial.reason() == Reason::UsedUp), "{denials:?}");
                assert!(!denials.is_empty(), "a refusal without a reason");
                told.refused += 1;
            }
            Err(Error::Unavailable(_)) => told.unavailable += 1,
            Err(other) => panic!("{other} {:?}", other.source().map(ToString::to_string)),
        }
        told.longest = told.longest.max(asked.elapsed());
    }
    told
}

/// Takes so many spaces in, of a policy with standing codes.
pub async fn import(service: &Service, count: usize) {
    let rows: Vec<String> = (0..count).map(|number| format!("s{number:07},Space {number}\n")).collect();
    let rows = Records::open(Cursor::new(format!("id,name\n{}", rows.concat()).into_bytes()), FileFormat::Csv).unwrap();
    let request = ImportSpacesRequest { default_policy: Some("space".into()), ..ImportSpacesRequest::default() };
    let mut counter = Counter::default();
    import_spaces(service, &actor(), &request, rows, &mut counter).await.unwrap();
    assert_eq!(counter.0, count as u64);
}

/// Gives every space a standing code; answers how many got one now.
pub async fn fill(service: &Service) -> u64 {
    let request = BackfillRequest {
        policy: None,
        spaces: Vec::new(),
        shard: None,
        limit: None,
        batch_size: None,
        dry_run: false,
    };
    let mut counter = Counter::default();
    let summary = backfill(service, &actor(), &request, &mut counter).await.unwrap();
    assert_eq!(summary.added, counter.0);
    counter.0
}
