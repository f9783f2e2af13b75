//! The current time.
//!
//! Rules take the instant as an argument; only the outermost layer reads a [`Clock`].
//! `clippy.toml` disallows every other way to read the time.

use std::time::SystemTime;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rustix::time::{ClockId, clock_gettime};

use crate::error::{Error, Result};

/// A source of the current time.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// A frozen clock, for tests and transcripts.
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// Returns the current time in whole microseconds, which every engine stores without
    /// loss.
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

/// Returns the microseconds since an arbitrary instant, by a monotonic clock that also
/// advances while the machine is suspended.
pub(crate) fn monotonic_micros() -> i64 {
    #[cfg(target_os = "linux")]
    const CLOCK: ClockId = ClockId::Boottime;
    // On other systems this clock advances during suspension.
    #[cfg(not(target_os = "linux"))]
    const CLOCK: ClockId = ClockId::Monotonic;
    let now = clock_gettime(CLOCK);
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
    Err(Error::invalid("the time is outside the years 1970 to 9999").with_hint("write never for no expiry"))
}
