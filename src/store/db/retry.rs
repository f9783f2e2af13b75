//! How long, and how often, work on a database is tried again.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::info;

use crate::error::{Error, Result};
use crate::store::db::options::{WaitNotice, Waiting, later};
use crate::store::db::pool::Pool;
use crate::store::errors::{Fault, Verdict};

/// The pause before the next try: random, so that those who met do not meet
/// again, and longer with each.
const SHORTEST_PAUSE: u64 = 2;
const LONGEST_PAUSE: u64 = 250;

/// The tries of one piece of work, within the timeout of a database.
pub(crate) struct Retry {
    pool: Arc<Pool>,
    until: Instant,
    tries: u32,
    /// When the try under way began.
    try_began: Instant,
    /// When the first of the tries began that failed without a break.
    waits_since: Option<Instant>,
    notice: Option<WaitNotice>,
    /// Why the last try failed.
    last: Option<Error>,
}

impl Retry {
    pub(crate) fn new(pool: &Arc<Pool>) -> Self {
        let (now, until) = (Instant::now(), later(pool.timeouts().limit()));
        Retry { pool: Arc::clone(pool), until, tries: 0, try_began: now, waits_since: None, notice: None, last: None }
    }

    /// When no other try begins any more.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// The whole timeout again, from the instant of the last progress.
    pub(crate) fn restart_from(&mut self, progress: Instant) {
        self.until = progress + self.pool.timeouts().limit();
    }

    /// The same, until another instant.
    pub(crate) fn ending(mut self, until: Instant) -> Self {
        self.until = until;
        self
    }

    pub(crate) fn tries(&self) -> u32 {
        self.tries
    }

    /// A wait is over: there is a connection, or a lock.
    pub(crate) fn got_on(&mut self) {
        (self.waits_since, self.notice) = (None, None);
    }

    /// Waits for the next try.
    ///
    /// # Errors
    /// The failure, where no time is left for a try that could end better.
    pub(crate) async fn pause(&mut self, fault: Fault) -> Result<()> {
        let left = self.until.saturating_duration_since(Instant::now());
        let took = self.try_began.elapsed();
        // The next wait for a lock would be cut short, and say less.
        if left.is_zero() || (fault.verdict == Verdict::Held && took > left) {
            // So does a try that the end of the time cut short.
            let was_cut_short = left.is_zero() && took < self.pool.timeouts().limit() / 4;
            return Err(self.last.take().filter(|_| was_cut_short).unwrap_or(fault.error));
        }
        self.tries += 1;
        info!(tries = self.tries, because = %fault.error, "retrying");
        self.tell(&fault);
        self.last = Some(fault.error);
        let longest = (SHORTEST_PAUSE << self.tries.min(7)).min(LONGEST_PAUSE);
        // Jitter; need not be cryptographic. Every such hasher has keys of its own.
        let chance = RandomState::new().hash_one(self.tries) % longest;
        sleep(Duration::from_millis(SHORTEST_PAUSE.max(chance))).await;
        self.try_began = Instant::now();
        Ok(())
    }

    /// Tells the listener what is waited for, where that takes a while.
    fn tell(&mut self, fault: &Fault) {
        let since = *self.waits_since.get_or_insert(self.try_began);
        if self.notice.is_some() || since.elapsed() < self.pool.timeouts().first_look() {
            return;
        }
        let target = self.pool.target();
        let waiting = match fault.verdict {
            Verdict::Held if target.file().is_some() => Waiting::Lock(format!("{target}, locked by another process")),
            Verdict::Held | Verdict::Lost => Waiting::Connection(fault.error.to_string()),
            _ => return,
        };
        self.notice = WaitNotice::begin(self.pool.listener(), &waiting);
    }
}
