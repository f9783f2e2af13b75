//! The connection pool, and the choice of the host.
//!
//! The driver's own pool reports nothing while no server answers, and knows one host only.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{info, warn};

use crate::clock::monotonic_micros;
use crate::error::Error;
use crate::store::db::connect::catch_up::catch_up;
use crate::store::db::connect::postgres::local_settings;
use crate::store::db::connect::{NewConnection, open_file, open_host};
use crate::store::db::connection::Connection;
use crate::store::db::host_state::{Generations, HostState};
use crate::store::db::options::{DbOptions, Timeouts};
use crate::store::db::server_clock::{self, ClockReading, ServerClock};
use crate::store::dialect::encoding::RefusedCharacters;
use crate::store::engine::Engine;
use crate::store::errors::{DbError, ErrorClass, classify};
use crate::store::location::{DatabaseFile, FileId, Host, Location, OpenFile};

/// Age from which an idle connection to a server is checked before it is used. With several hosts,
/// also the age from which the server's report that it accepts writes is checked.
const MAX_UNCHECKED: Duration = Duration::from_secs(1);

pub(crate) struct Pool {
    location: Location,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
    generations: Generations,
    /// Index of the host that new connections try first.
    host: AtomicUsize,
    /// The server's clock.
    clock: ServerClock,
    is_cluster: AtomicBool,
    /// True once statements lost their names: a pooler was not recognized when the connection was
    /// opened.
    has_pooler: AtomicBool,
    /// Characters that the encoding of the database lacks.
    refused_characters: RefusedCharacters,
    /// The tables whose rows a policy of row-level security may hide.
    hidden_tables: OnceLock<String>,
    /// True while a main connection to the file exists.
    has_main: AtomicBool,
    /// The open file, if the database is one.
    file: OnceLock<OpenFile>,
    options: DbOptions,
    /// The settings that follow `BEGIN` behind a pooler.
    local_settings: String,
    /// The permit to inspect a wait.
    inspection: Semaphore,
    /// The host that an inspection found unreachable last, and when.
    unreachable_host: Mutex<Option<(usize, Instant)>>,
}

/// A connection, and the state of its host.
pub(crate) struct Lease {
    pub(crate) connection: Connection<'static>,
    pub(crate) state: HostState,
    /// True for the main connection to a file, which has the large page cache and is preferred for
    /// writing.
    pub(crate) is_main: bool,
    /// The write-ahead log that the connection writes to, once it is known.
    pub(crate) log: Option<FileId>,
    /// ID of the connection at the server.
    pub(crate) server_id: i64,
}

/// The purpose for which a connection is taken from the pool.
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
    /// Creates a pool without connections.
    pub(crate) fn new(location: Location, options: DbOptions) -> Self {
        let permits = Semaphore::new(options.connections.max(1) as usize);
        let generations = Generations::new(location.hosts());
        let is_postgres = location.engine() == Engine::Postgres;
        let local_settings =
            if is_postgres { local_settings(location.schema(), options.timeouts) } else { String::new() };
        Pool {
            location,
            permits: Arc::new(permits),
            idle: Mutex::default(),
            generations,
            host: AtomicUsize::new(0),
            clock: ServerClock::new(),
            is_cluster: AtomicBool::new(false),
            has_pooler: AtomicBool::new(false),
            refused_characters: RefusedCharacters::default(),
            hidden_tables: OnceLock::new(),
            has_main: AtomicBool::new(false),
            file: OnceLock::new(),
            local_settings,
            options,
            inspection: Semaphore::new(1),
            unreachable_host: Mutex::new(None),
        }
    }

    /// Opens a connection and adds it to the pool.
    pub(crate) async fn warm_up(&self, until: Instant) -> Result<(), DbError> {
        let lease = self.connect(until).await?;
        self.give_back(lease);
        Ok(())
    }

    pub(crate) fn local_settings(&self) -> &str {
        &self.local_settings
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.options.timeouts
    }

    /// Returns the options that the database was opened with.
    pub(crate) fn options(&self) -> &DbOptions {
        &self.options
    }

    /// Waits for the permit to inspect a wait. Returns `None` if another task has just inspected
    /// it.
    pub(crate) async fn inspection_permit(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(turn) = self.inspection.try_acquire() {
            return Some(turn);
        }
        drop(self.inspection.acquire().await);
        None
    }

    /// Records that a host accepts no connections.
    pub(crate) fn mark_unreachable(&self, host: usize) {
        *self.unreachable_host.lock().unwrap_or_else(PoisonError::into_inner) = Some((host, Instant::now()));
    }

    /// Returns true if an inspection found the host unreachable since this instant.
    pub(crate) fn is_unreachable_since(&self, host: usize, since: Instant) -> bool {
        let unreachable = *self.unreachable_host.lock().unwrap_or_else(PoisonError::into_inner);
        unreachable.is_some_and(|(which, at)| which == host && at >= since)
    }

    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// The server's clock.
    pub(crate) fn clock(&self) -> &ServerClock {
        &self.clock
    }

    /// Returns true if the server is a node of a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        self.is_cluster.load(Ordering::Relaxed)
    }

    /// Returns true if the connections go through a pooler, as far as is known.
    pub(crate) fn is_pooled(&self) -> bool {
        self.has_pooler.load(Ordering::Relaxed) || self.location.names_pooler()
    }

    /// Takes a connection from the pool, or opens one; returns it with its permit.
    pub(crate) async fn take(
        &self,
        purpose: Purpose,
        until: Instant,
    ) -> Result<(Lease, OwnedSemaphorePermit), DbError> {
        let permit = match timeout_at(until, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(Error::database(format!("the database {} is closed", self.location)).into()),
            Err(_) => {
                let error = Error::unavailable(format!("timed out waiting for a free connection to {}", self.location));
                return Err(error.with_hint("allow more connections, or run the same command again").into());
            }
        };
        while let Some(mut idle) = self.pop(purpose) {
            if self.is_fresh(&idle) {
                return Ok((idle.lease, permit));
            }
            if !self.is_alive(&mut idle.lease).await {
                self.drop_host(idle.lease.state);
            } else if self.is_reusable(idle.lease.state) {
                return Ok((idle.lease, permit));
            }
        }
        Ok((self.connect(until).await?, permit))
    }

    /// Returns true for a connection that is used without a check.
    fn is_fresh(&self, idle: &Idle) -> bool {
        let is_report_recent = self.location.hosts() == 1 || idle.lease.state.reported_at.elapsed() < MAX_UNCHECKED;
        self.location.file().is_some() || (is_report_recent && idle.since.elapsed() < MAX_UNCHECKED)
    }

    /// Returns true if a connection may serve another caller. With several hosts, a connection to a
    /// read-only one serves a single caller: the next caller checks whether another host accepts
    /// writes.
    fn is_reusable(&self, state: HostState) -> bool {
        let is_second_choice = state.is_read_only && self.location.hosts() > 1;
        self.location.file().is_some() || (!is_second_choice && self.generations.is_current(state))
    }

    /// Returns true if an idle connection still works. Its answer also reads the server's clock and
    /// whether the server accepts writes.
    async fn is_alive(&self, lease: &mut Lease) -> bool {
        let asked = monotonic_micros();
        let statement = server_clock::statement(self.location.engine());
        let answer = timeout(self.options.timeouts.ping(), lease.connection.fetch_unprepared(statement)).await;
        let Ok(Ok(rows)) = answer else { return false };
        let Some(row) = rows.last() else { return false };
        let (Ok(now), Ok(read_only)) = (row.time("now"), row.int("read_only")) else { return false };
        self.clock.correct(ClockReading::since(asked, now));
        lease.state.report(read_only == 1);
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

    /// Returns a working connection to the pool.
    pub(crate) fn give_back(&self, lease: Lease) {
        if !self.permits.is_closed() && self.is_reusable(lease.state) {
            let idle = Idle { lease, since: Instant::now() };
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
        }
    }

    /// Records that the main connection to a file is lost; the next connection replaces it.
    pub(crate) fn release_main(&self) {
        self.has_main.store(false, Ordering::Relaxed);
    }

    /// Drops the connections to a host after one was lost or the host failed, those in use when
    /// they are given back, and lets new connections try the next host. Several callers may report
    /// the same loss.
    pub(crate) fn drop_host(&self, state: HostState) {
        if !self.generations.end(state) {
            return;
        }
        let host = state.host;
        warn!(database = %self.location, host, "dropping the connections to a host");
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).retain(|idle| idle.lease.state.host != host);
        let _ = self.host.compare_exchange(host, host + 1, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Closes the idle connections; those in use are closed when they are given back.
    pub(crate) async fn close(&self) {
        self.permits.close();
        while let Some(idle) = self.pop(Purpose::Read) {
            idle.lease.connection.close().await;
        }
    }

    async fn connect(&self, until: Instant) -> Result<Lease, DbError> {
        let is_main = self.location.file().is_some() && !self.has_main.swap(true, Ordering::Relaxed);
        let (mut state, opened) = match &self.location {
            Location::File(file) => match self.open_same_file(file, is_main).await {
                Ok(opened) => (self.generations.begin(0), opened),
                Err(failure) => {
                    if is_main {
                        self.release_main();
                    }
                    return Err(failure);
                }
            },
            Location::Server(server) => self.connect_to_any(server.hosts(), until).await?,
        };
        state.report(opened.is_read_only);
        if let Some(reading) = opened.clock {
            self.clock.correct(reading);
        }
        let is_file = self.location.file().is_some();
        let clock_ahead_us =
            if is_file { 0 } else { self.clock.ahead_of_this_machine().num_microseconds().unwrap_or(0) };
        info!(database = %self.location, host = state.host, clock_ahead_us, "connected");
        self.is_cluster.store(opened.is_cluster, Ordering::Relaxed);
        let connection = if self.is_pooled() { opened.connection.pooled() } else { opened.connection };
        Ok(Lease { connection, state, is_main, log: None, server_id: opened.server_id })
    }

    /// Returns the known characters that the encoding of the database lacks.
    pub(crate) fn refused_characters(&self) -> &RefusedCharacters {
        &self.refused_characters
    }

    /// Returns the tables whose rows a policy of row-level security may hide.
    pub(crate) fn hidden_tables(&self) -> Option<&str> {
        self.hidden_tables.get().map(String::as_str)
    }

    pub(crate) fn found_hidden_tables(&self, tables: String) {
        self.hidden_tables.get_or_init(|| tables);
    }

    /// Treats further connections as connections through a pooler.
    pub(crate) fn found_pooler(&self) {
        self.has_pooler.store(true, Ordering::Relaxed);
    }

    /// Opens the file that the first connection opened, and no file that replaced it.
    async fn open_same_file(&self, file: &DatabaseFile, is_main: bool) -> Result<NewConnection, DbError> {
        let first = if let Some(first) = self.file.get() {
            first
        } else {
            let found = OpenFile::of(file)?;
            self.file.get_or_init(|| found)
        };
        first.check()?;
        let opened =
            open_file(file, first, is_main, self.timeouts()).await.map_err(|error| classify(error, &self.location))?;
        first.check()?;
        Ok(opened)
    }

    /// Returns the open file, if the database is one.
    pub(crate) fn file(&self) -> Option<&OpenFile> {
        self.file.get()
    }

    /// Connects to the first host that accepts writes; otherwise to one that can be read and has
    /// applied all changes that it received.
    async fn connect_to_any(&self, hosts: &[Host], until: Instant) -> Result<(HostState, NewConnection), DbError> {
        let first = self.host.load(Ordering::Relaxed);
        let mut readable = None;
        let mut failures = Vec::new();
        for turn in 0..hosts.len() {
            let at = (first + turn) % hosts.len();
            let left = until.saturating_duration_since(Instant::now());
            let limit = self.options.timeouts.connect(hosts.len()).min(left);
            let state = self.generations.begin(at);
            match open_host(&hosts[at], &self.location, self.timeouts(), limit).await {
                Ok(opened) if opened.is_read_only && hosts.len() > 1 => {
                    readable.get_or_insert((state, opened));
                }
                Ok(opened) => {
                    self.host.store(at, Ordering::Relaxed);
                    return Ok((state, opened));
                }
                Err(failure)
                    if matches!(
                        failure.class,
                        ErrorClass::Disconnected | ErrorClass::Blocked | ErrorClass::WrongHost
                    ) =>
                {
                    failures.push((&hosts[at].name, failure));
                }
                Err(failure) => return Err(failure),
            }
        }
        if let Some((state, mut opened)) = readable {
            // The next attempt starts with another standby, if the URL names several.
            self.host.store(state.host + 1, Ordering::Relaxed);
            let connection = (&mut opened.connection, opened.is_cluster);
            catch_up(connection, (&self.location, &hosts[state.host]), until).await?;
            self.host.store(state.host, Ordering::Relaxed);
            return Ok((state, opened));
        }
        Err(self.unreachable(failures))
    }

    fn unreachable(&self, mut failures: Vec<(&String, DbError)>) -> DbError {
        if failures.len() == 1
            && let Some((_, failure)) = failures.pop()
        {
            return failure;
        }
        let why = |(host, failure): &(&String, DbError)| {
            let cause = failure.error.source().map_or_else(|| failure.error.to_string(), ToString::to_string);
            format!("{host}: {cause}")
        };
        let is_wrong_host = failures.iter().all(|(_, failure)| failure.class == ErrorClass::WrongHost);
        let why: Vec<String> = failures.iter().map(why).collect();
        let error = Error::unavailable(format!("no usable host in {}", self.location))
            .with_source(why.join("; "))
            .with_hint("check the hosts and ports, and that the servers are running");
        DbError { class: if is_wrong_host { ErrorClass::WrongHost } else { ErrorClass::Disconnected }, error }
    }
}
