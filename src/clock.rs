//! The one home of "what time is it".
//!
//! Rules take the instant as an argument; only the outermost layer asks a
//! [`Clock`]. The ambient clocks are banned in `clippy.toml`.

use std::time::SystemTime;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rustix::time::{ClockId, clock_gettime};

use crate::error::{Error, Result};

/// Where the present instant comes from.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always the same instant: for tests and transcripts.
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// The present instant in UTC, in whole microseconds: what every engine
    /// can store, so that a time read back equals the time written.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let instant = match self {
            // `Utc::now` panics before 1970.
            Clock::System => SystemTime::now().into(),
            Clock::Fixed(instant) => *instant,
        };
        instant.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(instant)
    }
}

/// Microseconds since some instant in the past, by a clock that nobody sets. It
/// goes on while the machine is suspended.
pub(crate) fn steady_micros() -> i64 {
    #[cfg(target_os = "linux")]
    const STEADY: ClockId = ClockId::Boottime;
    // Elsewhere this one goes on, too.
    #[cfg(not(target_os = "linux"))]
    const STEADY: ClockId = ClockId::Monotonic;
    let now = clock_gettime(STEADY);
    now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1_000)
}

/// Returns an instant in whole microseconds, which every engine can store.
///
/// # Errors
/// [`Error::Invalid`] before 1970 and after 9999.
pub(crate) fn in_store_range(instant: DateTime<Utc>) -> Result<DateTime<Utc>> {
    // MariaDB's DATETIME ends with the year 9999.
    let last = 253_402_300_799;
    if (0..=last).contains(&instant.timestamp()) {
        return Ok(instant.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(instant));
    }
    Err(Error::invalid("the time is outside the years 1970 to 9999").hint("write never for no expiry"))
}
