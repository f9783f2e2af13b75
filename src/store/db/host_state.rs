//! Reuse of connections: what their hosts reported last, and whether another connection
//! to the same host was lost since they were opened.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// The host of a connection, and what its server reported last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostState {
    /// Index of the host in the URL.
    pub(crate) host: usize,
    /// True if the server accepts no writes.
    pub(crate) is_read_only: bool,
    /// Time at which the server reported whether it accepts writes.
    pub(crate) reported_at: Instant,
    generation: u64,
}

impl HostState {
    /// Returns the state of a connection that is not of the pool, and whose loss is not reported to it.
    pub(crate) fn outside_pool() -> Self {
        HostState { host: 0, is_read_only: false, reported_at: Instant::now(), generation: 0 }
    }

    /// Records whether the server accepts writes, as it has just reported.
    pub(crate) fn report(&mut self, is_read_only: bool) {
        (self.is_read_only, self.reported_at) = (is_read_only, Instant::now());
    }
}

/// The current generation of connections to each host. Losing a connection ends the generation
/// that it belongs to.
pub(crate) struct Generations(Vec<AtomicU64>);

impl Generations {
    pub(crate) fn new(hosts: usize) -> Self {
        Generations((0..hosts).map(|_| AtomicU64::new(0)).collect())
    }

    /// Returns the state of a connection that is about to be opened.
    pub(crate) fn begin(&self, host: usize) -> HostState {
        let generation = self.0[host].load(Ordering::Acquire);
        HostState { host, is_read_only: false, reported_at: Instant::now(), generation }
    }

    /// Ends the generation of a connection; returns false if it had ended before.
    pub(crate) fn end(&self, state: HostState) -> bool {
        let generation = state.generation;
        self.0[state.host].compare_exchange(generation, generation + 1, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Returns true if no connection to the host was lost since this one was opened.
    pub(crate) fn is_current(&self, state: HostState) -> bool {
        self.0[state.host].load(Ordering::Acquire) == state.generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_connection_ends_its_generation_once() {
        let generations = Generations::new(2);
        let (lost, other, elsewhere) = (generations.begin(0), generations.begin(0), generations.begin(1));
        assert!(generations.end(lost));
        let newer = generations.begin(0);
        assert!(!generations.end(other), "it has ended");
        assert!(!generations.is_current(other) && generations.is_current(newer) && generations.is_current(elsewhere));
    }
}
