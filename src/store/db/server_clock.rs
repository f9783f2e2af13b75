//! The clock of a server, extrapolated between readings.
//!
//! The extrapolation uses a monotonic clock of this machine that also runs while the machine is
//! suspended, so a change of the machine's own time has no effect. Readings come with statements
//! that are sent anyway, at the beginning of transactions. They correct what no local clock can
//! show, such as a virtual machine that was paused.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::{Clock, monotonic_micros};
use crate::store::engine::Engine;

/// Returns the query for the server's time, the ID of the connection, and whether the server
/// accepts no writes, which an administrator or a failover may change at any time.
pub(crate) fn statement(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite | Engine::Postgres => {
            "SELECT clock_timestamp() AS now, pg_backend_pid() AS id, CASE WHEN pg_is_in_recovery() \
             OR current_setting('default_transaction_read_only')::boolean THEN 1 ELSE 0 END AS read_only"
        }
        // Newer versions of MariaDB have more states than ON and OFF.
        Engine::Mysql => {
            "SELECT UTC_TIMESTAMP(6) AS now, CONNECTION_ID() AS id, \
             CASE WHEN CONCAT(@@global.read_only) IN ('0', 'OFF') AND CONCAT(@@global.innodb_read_only) IN ('0', 'OFF') \
             THEN 0 ELSE 1 END AS read_only"
        }
    }
}

/// A reading of a server's clock, and the steady-clock times before and after it, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClockReading {
    pub(crate) asked: i64,
    pub(crate) answered: i64,
    pub(crate) server: DateTime<Utc>,
}

impl ClockReading {
    /// Creates a reading that was requested at `asked` and has just arrived.
    pub(crate) fn since(asked: i64, server: DateTime<Utc>) -> Self {
        ClockReading { asked, answered: monotonic_micros(), server }
    }
}

pub(crate) struct ServerClock {
    /// Microseconds by which the server's clock is ahead of the steady clock.
    ahead: AtomicI64,
}

impl ServerClock {
    /// Creates a clock that shows this machine's time until the first reading.
    pub(crate) fn new() -> Self {
        ServerClock::showing(Clock::System.now(), monotonic_micros())
    }

    fn showing(now: DateTime<Utc>, steady: i64) -> Self {
        ServerClock { ahead: AtomicI64::new(now.timestamp_micros() - steady) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.at(monotonic_micros())
    }

    fn at(&self, steady: i64) -> DateTime<Utc> {
        let micros = steady.saturating_add(self.ahead.load(Ordering::Relaxed));
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Moves the clock by the smallest amount that makes it agree with a reading.
    pub(crate) fn correct(&self, reading: ClockReading) {
        let server = reading.server.timestamp_micros();
        let ahead = self.ahead.load(Ordering::Relaxed);
        let (least, most) = (server - reading.answered, server - reading.asked);
        let agreed = ahead.clamp(least.min(most), most.max(least));
        if agreed != ahead {
            self.ahead.store(agreed, Ordering::Relaxed);
        }
    }

    /// Returns the lead of the clock over this machine's clock.
    pub(crate) fn ahead_of_this_machine(&self) -> TimeDelta {
        self.now() - Clock::System.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    /// The steady clock started long before.
    const START: i64 = 5_000_000_000;
    const SECOND: i64 = 1_000_000;

    #[test]
    fn clock_follows_steady_clock_between_readings() {
        let clock = ServerClock::showing(instant(0), START);
        assert_eq!(clock.at(START + 90 * SECOND), instant(90));
    }

    #[test]
    fn agreeing_reading_leaves_clock_unchanged() {
        let clock = ServerClock::showing(instant(0), START);
        clock.correct(ClockReading { asked: START + SECOND, answered: START + 3 * SECOND, server: instant(2) });
        assert_eq!(clock.at(START + 10 * SECOND), instant(10));
    }

    #[test]
    fn differing_reading_moves_clock_to_nearer_bound() {
        for (server, shown) in [(100, 98), (-100, -102), (3_153_600_000, 3_153_599_998)] {
            let clock = ServerClock::showing(instant(0), START);
            let (asked, answered) = (START + 2 * SECOND, START + 2 * SECOND);
            clock.correct(ClockReading { asked, answered, server: instant(server) });
            assert_eq!(clock.at(START), instant(shown));
        }
    }

    /// While a virtual machine is paused, its steady clock stands still.
    #[test]
    fn first_reading_after_pause_corrects_clock() {
        let clock = ServerClock::showing(instant(0), START);
        let asked = START + SECOND;
        clock.correct(ClockReading { asked, answered: asked + SECOND, server: instant(86_402) });
        assert!((instant(86_401)..=instant(86_402)).contains(&clock.at(asked)));
    }
}
