//! The one home of "what time is it".
//!
//! Rules take the instant as an argument; only the outermost layer asks a
//! [`Clock`]. The ambient clocks are banned in `clippy.toml`.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Where the present instant comes from.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always the same instant: for tests and transcripts.
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// The present instant by another clock, which is so far ahead of the
    /// machine's. A fixed instant stays what it is.
    #[must_use]
    pub fn now_ahead(&self, offset: TimeDelta) -> DateTime<Utc> {
        match self {
            Clock::System => {
                (self.now() + offset).duration_trunc(TimeDelta::microseconds(1)).unwrap_or_else(|_| self.now())
            }
            Clock::Fixed(_) => self.now(),
        }
    }

    /// The present instant in UTC, in whole microseconds: what every engine
    /// can store, so that a time read back equals the time written.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let instant = match self {
            Clock::System => Utc::now(),
            Clock::Fixed(instant) => *instant,
        };
        instant.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(instant)
    }
}
