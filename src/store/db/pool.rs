//! The connections of a database, and which host they go to.
//!
//! Not the driver's own pool: that one waits in silence where no server
//! answers, and knows one host only.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{info, warn};

use crate::clock::monotonic_micros;
use crate::error::Error;
use crate::store::db::connect::postgres::local_settings;
use crate::store::db::connect::{Opened, catch_up, open_file, open_host};
use crate::store::db::connection::Connection;
use crate::store::db::host_state::{Generations, HostState};
use crate::store::db::options::{DbOptions, Timeouts, WaitListener};
use crate::store::db::server_clock;
use crate::store::db::server_clock::{ClockReading, ServerClock};
use crate::store::dialect::encoding::Unknown;
use crate::store::engine::Engine;
use crate::store::errors::{Fault, Verdict, fault};
use crate::store::location::{DatabaseFile, FileId, Host, OpenFile, Target};

/// A server's connection that rested this long is tried before it is used; where there are
/// several hosts, also one whose server said this long ago that it takes writes.
const RESTED: Duration = Duration::from_secs(1);

pub(crate) struct Pool {
    target: Target,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
    generations: Generations,
    /// Which host new connections go to first.
    host: AtomicUsize,
    /// The server's clock.
    clock: ServerClock,
    is_cluster: AtomicBool,
    /// Statements lost their names: a pooler is between that was not recognized.
    has_pooler: AtomicBool,
    /// Characters that the database cannot hold.
    unknown: Unknown,
    /// The tables whose rows a policy may hide.
    hidden_tables: OnceLock<String>,
    /// The first connection was opened.
    has_main: AtomicBool,
    /// The file that the connections go to, if the database is one.
    file: OnceLock<OpenFile>,
    timeouts: Timeouts,
    /// What follows `BEGIN` where a pooler is between.
    local_settings: String,
    listener: Option<WaitListener>,
    /// Whose turn it is to look into a wait.
    looking: Semaphore,
    /// The host that a look last found gone, and when.
    gone: Mutex<Option<(usize, Instant)>>,
}

/// A connection, and which of the hosts it goes to.
pub(crate) struct Lease {
    pub(crate) connection: Connection,
    pub(crate) state: HostState,
    /// Whether it is the first one to a file: that one has the large page cache,
    /// and is the one that writes, if it is free.
    pub(crate) is_main: bool,
    /// The write-ahead log of a file that it writes to, once that is known.
    pub(crate) log: Option<FileId>,
    /// The number of the connection at its server.
    pub(crate) server_id: i64,
}

/// What a connection is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
}

struct Idle {
    lease: Lease,
    since: Instant,
}

impl Pool {
    /// A pool without a connection yet.
    pub(crate) fn new(target: Target, options: DbOptions) -> Self {
        let permits = Semaphore::new(options.connections.max(1) as usize);
        let generations = Generations::new(target.hosts());
        let is_postgres = target.engine() == Engine::Postgres;
        let local_settings =
            if is_postgres { local_settings(target.schema(), options.timeouts) } else { String::new() };
        Pool {
            target,
            permits: Arc::new(permits),
            idle: Mutex::default(),
            generations,
            host: AtomicUsize::new(0),
            clock: ServerClock::new(),
            is_cluster: AtomicBool::new(false),
            has_pooler: AtomicBool::new(false),
            unknown: Unknown::default(),
            hidden_tables: OnceLock::new(),
            has_main: AtomicBool::new(false),
            file: OnceLock::new(),
            timeouts: options.timeouts,
            local_settings,
            listener: options.listener,
            looking: Semaphore::new(1),
            gone: Mutex::new(None),
        }
    }

    /// Opens a connection and keeps it.
    pub(crate) async fn warm_up(&self, until: Instant) -> Result<(), Fault> {
        let lease = self.connect(until).await?;
        self.give_back(lease);
        Ok(())
    }

    pub(crate) fn local_settings(&self) -> &str {
        &self.local_settings
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Who is told about waits.
    pub(crate) fn listener(&self) -> Option<&WaitListener> {
        self.listener.as_ref()
    }

    /// Waits for the permission to look into a wait. `None` if another task has just
    /// looked.
    pub(crate) async fn turn_to_look(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(turn) = self.looking.try_acquire() {
            return Some(turn);
        }
        drop(self.looking.acquire().await);
        None
    }

    /// Notes that a host accepts no connections.
    pub(crate) fn found_gone(&self, host: usize) {
        *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = Some((host, Instant::now()));
    }

    /// Whether a look found the host gone since this instant.
    pub(crate) fn is_gone_since(&self, host: usize, since: Instant) -> bool {
        let gone = *self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.is_some_and(|(which, at)| which == host && at >= since)
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// The server's clock.
    pub(crate) fn clock(&self) -> &ServerClock {
        &self.clock
    }

    /// Whether the server is a node of a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        self.is_cluster.load(Ordering::Relaxed)
    }

    /// A connection, and the right to have it.
    pub(crate) async fn take(&self, purpose: Purpose, until: Instant) -> Result<(Lease, OwnedSemaphorePermit), Fault> {
        let waited = timeout_at(until, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = match waited {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(Error::database(format!("the database {} is closed", self.target)).into()),
            Err(_) => {
                let error = Error::unavailable(format!("timed out waiting for a free connection to {}", self.target));
                return Err(error.with_hint("allow more connections, or run the same command again").into());
            }
        };
        while let Some(mut idle) = self.pop(purpose) {
            if self.is_fresh(&idle) {
                return Ok((idle.lease, permit));
            }
            if !self.answers(&mut idle.lease).await {
                self.lost_one(idle.lease.state);
            } else if self.is_reusable(idle.lease.state) {
                return Ok((idle.lease, permit));
            }
        }
        Ok((self.connect(until).await?, permit))
    }

    /// Returns true for a connection that is used without another question to its server.
    fn is_fresh(&self, idle: &Idle) -> bool {
        let is_told = self.target.hosts() == 1 || idle.lease.state.told_at.elapsed() < RESTED;
        self.target.file().is_some() || (is_told && idle.since.elapsed() < RESTED)
    }

    /// Returns true if a connection may serve the next caller, too. Of several hosts, one that
    /// takes no writes serves a single caller: the next one looks whether another host does.
    fn is_reusable(&self, state: HostState) -> bool {
        let is_second_choice = state.is_read_only && self.target.hosts() > 1;
        self.target.file().is_some() || (!is_second_choice && self.generations.is_current(state))
    }

    /// Whether a connection that rested still works; its answer is the server's time and whether
    /// the server takes writes.
    async fn answers(&self, lease: &mut Lease) -> bool {
        let asked = monotonic_micros();
        let statement = server_clock::statement(self.target.engine());
        let answer = timeout(self.timeouts.ping(), lease.connection.look(statement)).await;
        let Ok(Ok(rows)) = answer else { return false };
        let Some(row) = rows.last() else { return false };
        let (Ok(now), Ok(read_only)) = (row.time("now"), row.int("read_only")) else { return false };
        self.clock.correct(ClockReading::since(asked, now));
        lease.state.tell(read_only == 1);
        true
    }

    fn pop(&self, purpose: Purpose) -> Option<Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |idle: &Idle| idle.lease.is_main == (purpose == Purpose::Write);
        match idle.iter().rposition(fits) {
            Some(place) => Some(idle.remove(place)),
            None => idle.pop(),
        }
    }

    /// Keeps a connection that works for the next who needs one.
    pub(crate) fn give_back(&self, lease: Lease) {
        if !self.permits.is_closed() && self.is_reusable(lease.state) {
            let idle = Idle { lease, since: Instant::now() };
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
        }
    }

    /// The main connection to a file is gone: the next one takes its place.
    pub(crate) fn lost_main(&self) {
        self.has_main.store(false, Ordering::Relaxed);
    }

    /// A connection to a host was lost, or the host does no work: the others to it are given up,
    /// too, those in use when they come back, and the next host may do. Many may say so of one host.
    pub(crate) fn lost_one(&self, state: HostState) {
        if !self.generations.end(state) {
            return;
        }
        let host = state.host;
        warn!(database = %self.target, host, "dropping the connections to a host");
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|idle| idle.lease.state.host != host);
        let _ = self.host.compare_exchange(host, host + 1, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Closes what is idle; what is in use is closed when it comes back.
    pub(crate) async fn close(&self) {
        self.permits.close();
        while let Some(idle) = self.pop(Purpose::Read) {
            idle.lease.connection.close().await;
        }
    }

    async fn connect(&self, until: Instant) -> Result<Lease, Fault> {
        let is_main = self.target.file().is_some() && !self.has_main.swap(true, Ordering::Relaxed);
        let (mut state, opened) = match &self.target {
            Target::File(file) => match self.open_same_file(file, is_main).await {
                Ok(opened) => (self.generations.begin(0), opened),
                Err(fault) => {
                    if is_main {
                        self.lost_main();
                    }
                    return Err(fault);
                }
            },
            Target::Server(server) => self.open_one_of(server.hosts(), until).await?,
        };
        state.tell(opened.is_read_only);
        if let Some(reading) = opened.clock {
            self.clock.correct(reading);
        }
        let is_file = self.target.file().is_some();
        let clock_ahead_us =
            if is_file { 0 } else { self.clock.ahead_of_this_machine().num_microseconds().unwrap_or(0) };
        info!(database = %self.target, host = state.host, clock_ahead_us, "connected");
        self.is_cluster.store(opened.is_cluster, Ordering::Relaxed);
        let is_pooled = self.has_pooler.load(Ordering::Relaxed);
        let connection = if is_pooled { opened.connection.pooled() } else { opened.connection };
        Ok(Lease { connection, state, is_main, log: None, server_id: opened.server_id })
    }

    /// The characters that the database cannot hold, as far as they are known.
    pub(crate) fn unknown(&self) -> &Unknown {
        &self.unknown
    }

    /// The tables whose rows a policy of row-level security may hide.
    pub(crate) fn hidden_tables(&self) -> Option<&str> {
        self.hidden_tables.get().map(String::as_str)
    }

    pub(crate) fn found_hidden_tables(&self, tables: String) {
        self.hidden_tables.get_or_init(|| tables);
    }

    /// From now on, connections are taken for those of a pooler.
    pub(crate) fn found_pooler(&self) {
        self.has_pooler.store(true, Ordering::Relaxed);
    }

    /// Opens the file of the first connection once more, and no other one.
    async fn open_same_file(&self, file: &DatabaseFile, is_main: bool) -> Result<Opened, Fault> {
        let first = if let Some(first) = self.file.get() {
            first
        } else {
            let found = OpenFile::of(file)?;
            self.file.get_or_init(|| found)
        };
        first.check()?;
        let opened =
            open_file(file, first, is_main, self.timeouts).await.map_err(|error| fault(error, &self.target))?;
        first.check()?;
        Ok(opened)
    }

    /// The file that the connections go to, if the database is one.
    pub(crate) fn file(&self) -> Option<&OpenFile> {
        self.file.get()
    }

    /// The first host that works and takes writes; else one that can be read and has applied
    /// what it received.
    async fn open_one_of(&self, hosts: &[Host], until: Instant) -> Result<(HostState, Opened), Fault> {
        let first = self.host.load(Ordering::Relaxed);
        let mut readable = None;
        let mut failures = Vec::new();
        for turn in 0..hosts.len() {
            let at = (first + turn) % hosts.len();
            let left = until.saturating_duration_since(Instant::now());
            let limit = self.timeouts.connect(hosts.len()).min(left);
            let state = self.generations.begin(at);
            match open_host(&hosts[at], &self.target, self.timeouts, limit).await {
                Ok(opened) if opened.is_read_only && hosts.len() > 1 => {
                    readable.get_or_insert((state, opened));
                }
                Ok(opened) => {
                    self.host.store(at, Ordering::Relaxed);
                    return Ok((state, opened));
                }
                Err(fault) if matches!(fault.verdict, Verdict::Lost | Verdict::Held | Verdict::Nowhere) => {
                    failures.push((&hosts[at].name, fault));
                }
                Err(fault) => return Err(fault),
            }
        }
        if let Some((state, mut opened)) = readable {
            // The next attempt begins with another standby, where there is one.
            self.host.store(state.host + 1, Ordering::Relaxed);
            catch_up(&mut opened, (&self.target, &hosts[state.host]), until).await?;
            self.host.store(state.host, Ordering::Relaxed);
            return Ok((state, opened));
        }
        Err(self.unreachable(failures))
    }

    fn unreachable(&self, mut failures: Vec<(&String, Fault)>) -> Fault {
        if failures.len() == 1
            && let Some((_, fault)) = failures.pop()
        {
            return fault;
        }
        let why = |(host, fault): &(&String, Fault)| {
            let cause = fault.error.source().map_or_else(|| fault.error.to_string(), ToString::to_string);
            format!("{host}: {cause}")
        };
        let is_nowhere = failures.iter().all(|(_, fault)| fault.verdict == Verdict::Nowhere);
        let why: Vec<String> = failures.iter().map(why).collect();
        let error = Error::unavailable(format!("no usable host in {}", self.target))
            .with_source(why.join("; "))
            .with_hint("check the hosts and ports, and that the servers are running");
        Fault { verdict: if is_nowhere { Verdict::Nowhere } else { Verdict::Lost }, error }
    }
}
