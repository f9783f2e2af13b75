//! Time limits: how a database is opened, and how long each kind of wait may
//! take.
//!
//! One setting bounds every period without progress. The limits of single waits
//! follow from it here, and from nothing else.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// The default of [`DbOptions::timeout`].
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

/// The shortest timeout: `MariaDB` and `MySQL` count in whole seconds.
pub const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest timeout.
pub const LONGEST_TIMEOUT: Duration = Duration::from_hours(7 * 24);

/// A connection attempt to one host takes at most this long; then the host is
/// asked again, or the next one.
const CONNECT: Duration = Duration::from_secs(10);

/// A server ends a transaction that has been idle for this long, at most.
const IDLE_IN_TRANSACTION: Duration = Duration::from_mins(2);

/// How a database is opened: the size of the connection pool, the timeout, and
/// who is told about waits.
///
/// A number of connections converts into options with the default timeout.
#[derive(Clone)]
pub struct DbOptions {
    pub(crate) connections: u32,
    pub(crate) timeouts: Timeouts,
    pub(crate) listener: Option<WaitListener>,
}

/// Is called with a wait when one has taken a while, and with `None` when it is
/// over.
pub(crate) type WaitListener = Arc<dyn Fn(Option<&Waiting>) + Send + Sync>;

impl DbOptions {
    /// Options for a pool of at most this many connections.
    #[must_use]
    pub fn new(connections: u32) -> Self {
        DbOptions { connections, timeouts: Timeouts::default(), listener: None }
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

impl From<u32> for DbOptions {
    fn from(connections: u32) -> Self {
        DbOptions::new(connections)
    }
}

/// What the library is waiting for, in words that complete "waiting for".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// A lock that another connection or process holds.
    Lock(String),
    /// A connection: why the last attempt failed.
    Connection(String),
    /// An answer of a server that is working or does not respond.
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

/// Tells the listener that a wait is over when it is dropped.
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
    /// Another notice took its place: this wait is not told to be over.
    pub(crate) fn replaced(mut self) {
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

/// The limits of single waits.
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
    /// The longest period without progress.
    pub(crate) fn limit(self) -> Duration {
        self.limit
    }

    /// Returns the limit of one attempt to connect to one of `hosts` hosts: each is asked
    /// at least twice.
    pub(crate) fn connect(self, hosts: usize) -> Duration {
        let hosts = u32::try_from(hosts).unwrap_or(u32::MAX).max(1);
        CONNECT.min(if hosts == 1 { self.limit } else { self.limit / (2 * hosts) })
    }

    /// How long a server lets a statement wait for a lock. It ends before the
    /// client gives up, so that the server's own error names the lock.
    pub(crate) fn lock(self) -> Duration {
        self.limit.saturating_sub((self.limit / 10).min(Duration::from_secs(2)))
    }

    /// How long an embedded engine waits for the lock of its file at a time. It
    /// keeps no queue, so nothing is lost when it is asked again.
    pub(crate) fn file_lock(self) -> Duration {
        (self.limit / 4).min(Duration::from_secs(1))
    }

    /// How long a server keeps an idle transaction, and its locks. Shorter than
    /// the wait for the answer to a COMMIT: one that never arrived is rolled back
    /// by the time the client asks for its outcome.
    pub(crate) fn idle_in_transaction(self) -> Duration {
        (self.limit / 3).min(IDLE_IN_TRANSACTION).max(SHORTEST_TIMEOUT)
    }

    /// When an answer to a COMMIT is given up, with this time left: the rest is
    /// for asking about its outcome.
    pub(crate) fn commit(left: Duration) -> Duration {
        left / 2
    }

    /// How long a connection that was idle may take to answer.
    pub(crate) fn ping(self) -> Duration {
        (self.limit / 4).min(Duration::from_secs(5))
    }

    /// When a wait is first looked into.
    pub(crate) fn first_look(self) -> Duration {
        (self.limit / 4).min(Duration::from_secs(1))
    }

    /// How long until a wait is looked into again.
    pub(crate) fn next_look(self) -> Duration {
        (self.limit / 6).min(Duration::from_secs(10))
    }
}

/// Until when a session may wait for its next answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    /// Time that every answer adds; `None` during a retry, which no answer extends.
    pub(crate) extends: Option<Duration>,
}

impl Deadline {
    /// This much time for each answer.
    pub(crate) fn moving(timeouts: Timeouts) -> Self {
        Deadline { at: later(timeouts.limit()), extends: Some(timeouts.limit()) }
    }

    /// No answer may come after this instant.
    pub(crate) fn fixed(at: Instant) -> Self {
        Deadline { at, extends: None }
    }

    /// An answer came.
    pub(crate) fn extend(&mut self) {
        if let Some(limit) = self.extends {
            self.at = later(limit);
        }
    }

    pub(crate) fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

/// The instant that lies so far ahead.
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
            assert!(timeouts.first_look() * 4 <= limit && timeouts.next_look() * 6 <= limit, "{seconds}");
            // A short timeout leaves no time for both.
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
