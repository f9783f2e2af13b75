//! Options for opening a database, and the limits of each kind of wait.
//!
//! One setting, the timeout, bounds every period without progress. The limits of all single waits
//! are derived from it here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::store::dialect::row_sources::RowSources;

/// The default of [`DbOptions::timeout`].
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

/// The shortest timeout: `MariaDB` and `MySQL` take whole seconds.
pub const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest timeout.
pub const LONGEST_TIMEOUT: Duration = Duration::from_hours(7 * 24);

/// Maximum duration of an attempt to connect to one host.
const CONNECT: Duration = Duration::from_secs(10);

/// Maximum idle time of a transaction, after which the server ends it.
const IDLE_IN_TRANSACTION: Duration = Duration::from_mins(2);

/// Options for opening a database: the size of the connection pool, the timeout, and a listener for
/// waits.
///
/// A number of connections converts into options with the default timeout.
#[derive(Clone)]
pub struct DbOptions {
    pub(crate) connections: u32,
    pub(crate) timeouts: Timeouts,
    pub(crate) listener: Option<WaitListener>,
    pub(crate) row_sources: RowSources,
}

/// A function that is called with a wait that has taken a while, and with `None` when it is over.
pub(crate) type WaitListener = Arc<dyn Fn(Option<&Waiting>) + Send + Sync>;

impl DbOptions {
    /// Creates options for a pool of at most `connections` connections.
    #[must_use]
    pub fn new(connections: u32) -> Self {
        DbOptions { connections, timeouts: Timeouts::default(), listener: None, row_sources: RowSources::default() }
    }

    /// Bounds each period without progress: connecting, waiting for a lock,
    /// retrying, waiting for an answer. Every committed transaction and every
    /// received row starts the period again. The value is clamped to
    /// [`SHORTEST_TIMEOUT`] and [`LONGEST_TIMEOUT`].
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeouts = Timeouts { limit: timeout.clamp(SHORTEST_TIMEOUT, LONGEST_TIMEOUT) };
        self
    }

    /// Calls `listener` when a wait has taken about a second, and with `None`
    /// when it is over. The listener must not block.
    #[must_use]
    pub fn on_wait(mut self, listener: impl Fn(Option<&Waiting>) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }
}

impl DbOptions {
    /// Reads the rows of some tables elsewhere.
    #[cfg_attr(not(test), expect(dead_code, reason = "no tables of an application are mapped yet"))]
    pub(crate) fn row_sources(mut self, sources: RowSources) -> Self {
        self.row_sources = sources;
        self
    }
}

impl From<u32> for DbOptions {
    fn from(connections: u32) -> Self {
        DbOptions::new(connections)
    }
}

/// The subject of a wait. Its text completes "waiting for".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// A lock that another connection or process holds, by the locked object.
    Lock(String),
    /// A connection, with the reason why the last attempt failed.
    Connection(String),
    /// An answer of a server that is working or does not respond, by its location.
    Answer(String),
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Waiting::Lock(what) => write!(f, "a lock on {what}"),
            Waiting::Connection(why) => write!(f, "a connection ({why})"),
            Waiting::Answer(place) => write!(f, "an answer from {place}"),
        }
    }
}

/// Notifies the listener when it is dropped that a wait is over.
pub(crate) struct WaitNotice {
    listener: WaitListener,
    is_over: bool,
}

impl WaitNotice {
    pub(crate) fn begin(listener: Option<&WaitListener>, waiting: &Waiting) -> Option<Self> {
        let listener = listener?;
        listener(Some(waiting));
        Some(WaitNotice { listener: Arc::clone(listener), is_over: false })
    }
}

impl WaitNotice {
    /// Suppresses the notification, because another notice replaces this one.
    pub(crate) fn suppress(mut self) {
        self.is_over = true;
    }
}

impl Drop for WaitNotice {
    fn drop(&mut self) {
        if !self.is_over {
            (self.listener)(None);
        }
    }
}

/// The limits of single waits, derived from the timeout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    limit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { limit: DEFAULT_TIMEOUT }
    }
}

impl Timeouts {
    /// Returns the longest period without progress.
    pub(crate) fn limit(self) -> Duration {
        self.limit
    }

    /// Returns the limit of one attempt to connect to one of `hosts` hosts, so that each host gets
    /// at least two attempts.
    pub(crate) fn connect(self, hosts: usize) -> Duration {
        let hosts = u32::try_from(hosts).unwrap_or(u32::MAX).max(1);
        CONNECT.min(if hosts == 1 { self.limit } else { self.limit / (2 * hosts) })
    }

    /// Returns the limit of a server's wait for a lock. It is shorter than the timeout, so that the
    /// server's own error, which names the lock, comes first.
    pub(crate) fn lock(self) -> Duration {
        self.limit.saturating_sub((self.limit / 10).min(Duration::from_secs(2)))
    }

    /// Returns the time that `SQLite` waits for the lock of its file in one attempt. `SQLite` keeps no
    /// queue, so a new attempt loses nothing.
    pub(crate) fn file_lock(self) -> Duration {
        (self.limit / 4).min(Duration::from_secs(1))
    }

    /// Returns the time that a server keeps an idle transaction and its locks. It is shorter than the
    /// wait for the answer to a COMMIT: a COMMIT that never arrived is rolled back by the time the
    /// client checks its outcome.
    pub(crate) fn idle_in_transaction(self) -> Duration {
        (self.limit / 3).min(IDLE_IN_TRANSACTION).max(SHORTEST_TIMEOUT)
    }

    /// Returns the part of the remaining time to wait for the answer to a COMMIT; the rest is for
    /// checking its outcome.
    pub(crate) fn commit(left: Duration) -> Duration {
        left / 2
    }

    /// Returns the maximum time for an idle connection to answer.
    pub(crate) fn ping(self) -> Duration {
        (self.limit / 4).min(Duration::from_secs(5))
    }

    /// Returns the time after which a wait is inspected for the first time.
    pub(crate) fn first_inspection(self) -> Duration {
        (self.limit / 4).min(Duration::from_secs(1))
    }

    /// Returns the time between two inspections of a wait.
    pub(crate) fn next_inspection(self) -> Duration {
        (self.limit / 6).min(Duration::from_secs(10))
    }
}

/// When a session stops waiting for its next answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    /// The time that every answer adds; `None` for a retry, whose answers repeat earlier progress.
    pub(crate) extends: Option<Duration>,
}

impl Deadline {
    /// Returns a deadline that every answer moves by one timeout.
    pub(crate) fn moving(timeouts: Timeouts) -> Self {
        Deadline { at: later(timeouts.limit()), extends: Some(timeouts.limit()) }
    }

    /// Returns a deadline that answers do not move.
    pub(crate) fn fixed(at: Instant) -> Self {
        Deadline { at, extends: None }
    }

    /// Moves the deadline after an answer.
    pub(crate) fn extend(&mut self) {
        if let Some(limit) = self.extends {
            self.at = later(limit);
        }
    }

    pub(crate) fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

/// Returns the instant after this span from now.
pub(crate) fn later(span: Duration) -> Instant {
    Instant::now() + span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_waits_stay_within_the_timeout() {
        for seconds in [1, 2, 3, 7, 60, 86_400, 604_800] {
            let timeouts = DbOptions::new(1).timeout(Duration::from_secs(seconds)).timeouts;
            let limit = Duration::from_secs(seconds);
            assert_eq!(timeouts.limit(), limit);
            assert!(timeouts.lock() < limit && timeouts.lock() >= limit * 9 / 10, "{seconds}");
            assert!(timeouts.connect(1) <= limit && timeouts.connect(3) * 6 <= limit, "{seconds}");
            assert!(timeouts.file_lock() * 4 <= limit && timeouts.ping() * 4 <= limit, "{seconds}");
            assert!(timeouts.first_inspection() * 4 <= limit && timeouts.next_inspection() * 6 <= limit, "{seconds}");
            // A timeout below 3 seconds is too short for both.
            assert!(seconds < 3 || timeouts.idle_in_transaction() < Timeouts::commit(limit), "{seconds}");
        }
    }

    #[test]
    fn timeout_outside_the_range_is_clamped() {
        let limit = |span| DbOptions::new(1).timeout(span).timeouts.limit();
        assert_eq!(limit(Duration::ZERO), SHORTEST_TIMEOUT);
        assert_eq!(limit(Duration::MAX), LONGEST_TIMEOUT);
    }
}
