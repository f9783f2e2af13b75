//! Retries of work on a database: how long they go on, and the pauses between them.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::info;

use crate::error::{Error, Result};
use crate::store::db::options::{WaitNotice, Waiting, later};
use crate::store::db::pool::Pool;
use crate::store::errors::{DbError, ErrorClass};

/// Bounds of the pause before a retry, in milliseconds. The pause is random, so that conflicting
/// transactions do not collide again; its upper bound doubles with each attempt.
const SHORTEST_PAUSE: u64 = 2;
const LONGEST_PAUSE: u64 = 250;

/// The attempts at one piece of work, within the timeout.
pub(crate) struct Retry {
    pool: Arc<Pool>,
    until: Instant,
    attempts: u32,
    /// Time at which the current attempt began.
    attempt_began: Instant,
    /// Time at which the first attempt of an unbroken series of failures began.
    waits_since: Option<Instant>,
    notice: Option<WaitNotice>,
    /// The error of the last failed attempt.
    last: Option<Error>,
}

impl Retry {
    pub(crate) fn new(pool: &Arc<Pool>) -> Self {
        let (now, until) = (Instant::now(), later(pool.timeouts().limit()));
        Retry {
            pool: Arc::clone(pool),
            until,
            attempts: 0,
            attempt_began: now,
            waits_since: None,
            notice: None,
            last: None,
        }
    }

    /// Returns the time from which no further attempt begins.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// Restarts the timeout at the instant of the last progress.
    pub(crate) fn restart_from(&mut self, progress: Instant) {
        self.until = progress + self.pool.timeouts().limit();
    }

    /// Sets another end.
    pub(crate) fn ending(mut self, until: Instant) -> Self {
        self.until = until;
        self
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Ends a wait: the attempt got a connection or a lock.
    pub(crate) fn end_wait(&mut self) {
        (self.waits_since, self.notice) = (None, None);
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// The failure, if the time left is too short for another attempt.
    pub(crate) async fn pause(&mut self, failure: DbError) -> Result<()> {
        let left = self.until.saturating_duration_since(Instant::now());
        let took = self.attempt_began.elapsed();
        // The next wait for a lock would be cut short by the deadline, and its error would say
        // less.
        if left.is_zero() || (failure.class == ErrorClass::Blocked && took > left) {
            // The error of an attempt that the deadline interrupted is less specific than the previous one.
            let was_cut_short = left.is_zero() && took < self.pool.timeouts().limit() / 4;
            return Err(self.last.take().filter(|_| was_cut_short).unwrap_or(failure.error));
        }
        self.attempts += 1;
        info!(attempts = self.attempts, because = %failure.error, "retrying");
        self.notify(&failure);
        self.last = Some(failure.error);
        let longest = (SHORTEST_PAUSE << self.attempts.min(7)).min(LONGEST_PAUSE);
        // Jitter; need not be cryptographic. Each `RandomState` has random keys.
        let chance = RandomState::new().hash_one(self.attempts) % longest;
        sleep(Duration::from_millis(SHORTEST_PAUSE.max(chance))).await;
        self.attempt_began = Instant::now();
        Ok(())
    }

    /// Notifies the listener of a long wait.
    fn notify(&mut self, failure: &DbError) {
        let since = *self.waits_since.get_or_insert(self.attempt_began);
        if self.notice.is_some() || since.elapsed() < self.pool.timeouts().first_inspection() {
            return;
        }
        let location = self.pool.location();
        let waiting = match failure.class {
            ErrorClass::Blocked if location.file().is_some() => {
                Waiting::Lock(format!("{location}, locked by another process"))
            }
            ErrorClass::Blocked | ErrorClass::Disconnected => Waiting::Connection(failure.error.to_string()),
            _ => return,
        };
        self.notice = WaitNotice::begin(self.pool.options().listener.as_ref(), &waiting);
    }
}
