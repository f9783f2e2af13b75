//! The windows in which hits are counted: whole hours and whole days of the
//! database's clock, in UTC.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::limits::Limited;
use crate::store::tables::limits::Range;

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
        // Fails only for instants that no clock shows.
        at.duration_trunc(self.length()).unwrap_or(at)
    }

    /// Returns the end of the window that an instant lies in: the time to retry.
    pub(crate) fn end(self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.start(at) + self.length()
    }
}

/// A range of buckets whose counters have windows of one length.
#[derive(Debug, Clone)]
pub(crate) struct Buckets {
    pub(crate) range: Range,
    pub(crate) window: Window,
}

/// Returns all buckets below `end` but those of guesses, which count over a code's
/// life: in their order, split where the length of the windows changes.
fn all_below(end: &str) -> Vec<Buckets> {
    let (guesses, addresses) = (Limited::Guesses.as_str(), Limited::MailsAddress.as_str());
    // The character after the colon is the semicolon.
    let bounds = [
        (String::new(), format!("{guesses}:"), Window::Hour),
        (format!("{guesses};"), format!("{addresses}:"), Window::Hour),
        (format!("{addresses}:"), format!("{addresses};"), Window::Day),
        (format!("{addresses};"), end.to_owned(), Window::Hour),
    ];
    bounds.into_iter().map(|(low, high, window)| Buckets { range: (low, high), window }).collect()
}

/// Returns the buckets that are listed: they begin with small letters.
pub(crate) fn listed() -> Vec<Buckets> {
    all_below("~")
}

/// Returns the buckets whose windows are deleted once they have ended, also those
/// of the tool's own counters.
pub(crate) fn swept() -> Vec<Buckets> {
    all_below("~~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn windows_begin_and_end_with_the_utc_hour_and_day() {
        let instant = at("2026-02-28T23:59:59.999999Z");
        assert_eq!(Window::Hour.start(instant), at("2026-02-28T23:00:00Z"));
        assert_eq!(Window::Hour.end(instant), at("2026-03-01T00:00:00Z"));
        assert_eq!(Window::Day.start(instant), at("2026-02-28T00:00:00Z"));
        assert_eq!(Window::Day.end(instant), at("2026-03-01T00:00:00Z"));
        let midnight = at("2026-03-01T00:00:00Z");
        assert_eq!((Window::Day.start(midnight), Window::Day.end(midnight)), (midnight, at("2026-03-02T00:00:00Z")));
    }

    #[test]
    fn every_bucket_lies_in_the_range_of_its_window() {
        for kind in Limited::ALL {
            let bucket = kind.bucket("tree", "who");
            let ranges: Vec<Buckets> = listed()
                .into_iter()
                .filter(|Buckets { range: (low, high), .. }| *low <= bucket && bucket < *high)
                .collect();
            let windows: Vec<Window> = ranges.iter().map(|range| range.window).collect();
            let expected = if kind == Limited::Guesses { vec![] } else { vec![kind.window()] };
            assert_eq!(windows, expected, "{bucket}");
        }
    }
}
