//! The windows in which hits are counted: whole hours and whole days of the
//! database's clock, in UTC.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Length of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    Hour,
    Day,
}

impl Window {
    fn length(self) -> TimeDelta {
        match self {
            Window::Hour => TimeDelta::hours(1),
            Window::Day => TimeDelta::days(1),
        }
    }

    /// Returns the first instant of the window that an instant lies in.
    pub(crate) fn start(self, at: DateTime<Utc>) -> DateTime<Utc> {
        // Fails only for instants outside of chrono's range.
        at.duration_trunc(self.length()).unwrap_or(at)
    }

    /// Returns the end of the window that an instant lies in: the time to retry.
    pub(crate) fn end(self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.start(at) + self.length()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn windows_are_whole_utc_hours_and_days() {
        let instant = at("2026-02-28T23:59:59.999999Z");
        assert_eq!(Window::Hour.start(instant), at("2026-02-28T23:00:00Z"));
        assert_eq!(Window::Hour.end(instant), at("2026-03-01T00:00:00Z"));
        assert_eq!(Window::Day.start(instant), at("2026-02-28T00:00:00Z"));
        assert_eq!(Window::Day.end(instant), at("2026-03-01T00:00:00Z"));
        let midnight = at("2026-03-01T00:00:00Z");
        assert_eq!((Window::Day.start(midnight), Window::Day.end(midnight)), (midnight, at("2026-03-02T00:00:00Z")));
    }
}
