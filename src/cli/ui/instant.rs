//! Instants as text in lists. They are written digit by digit, because parsing a format
//! string for every row costs more than the rest of the row.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use serde::{Serialize, Serializer};

/// Instant for programs: RFC 3339 in UTC, with as many decimals as it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instant(pub DateTime<Utc>);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Text::rfc3339(self.0).as_str())
    }
}

/// Expiry in the format of seed 003: `Jan 15, 2024 10:30 UTC`, or `never`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormattedExpiry(pub Option<DateTime<Utc>>);

impl Serialize for FormattedExpiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            None => serializer.serialize_str("never"),
            Some(expiry) => serializer.serialize_str(Text::formatted(expiry).as_str()),
        }
    }
}

/// Returns an instant for programs: RFC 3339 in UTC, with as many decimals as it has.
pub(crate) fn rfc3339(instant: DateTime<Utc>) -> String {
    Text::rfc3339(instant).as_str().to_owned()
}

/// True if the year has at most four digits and the second is not a leap second.
fn is_plain(instant: DateTime<Utc>) -> bool {
    (0..=9_999).contains(&instant.year()) && instant.nanosecond() < 1_000_000_000
}

/// Length of the longest text of a plain instant, in bytes.
const LONGEST: usize = "2024-01-15T10:30:00.000000000Z".len();

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Text of an instant. It needs no allocation, because a row has four of them.
enum Text {
    Plain(Digits),
    /// Text of an instant that [`is_plain`] excludes, written by chrono.
    Other(String),
}

impl Text {
    fn rfc3339(instant: DateTime<Utc>) -> Self {
        if !is_plain(instant) {
            return Text::Other(instant.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        }
        // An instant with a zone would compute its fields anew for each access.
        let instant = instant.naive_utc();
        let mut text = Digits::default();
        text.number(instant.year().unsigned_abs(), 4);
        for (before, number) in [
            ("-", instant.month()),
            ("-", instant.day()),
            ("T", instant.hour()),
            (":", instant.minute()),
            (":", instant.second()),
        ] {
            text.word(before);
            text.number(number, 2);
        }
        let nanos = instant.nanosecond();
        if nanos != 0 {
            text.word(".");
            match (nanos % 1_000_000, nanos % 1_000) {
                (0, _) => text.number(nanos / 1_000_000, 3),
                (_, 0) => text.number(nanos / 1_000, 6),
                _ => text.number(nanos, 9),
            }
        }
        text.word("Z");
        Text::Plain(text)
    }

    fn formatted(expiry: DateTime<Utc>) -> Self {
        if !is_plain(expiry) {
            return Text::Other(expiry.format("%b %-d, %Y %H:%M UTC").to_string());
        }
        let expiry = expiry.naive_utc();
        let mut text = Digits::default();
        text.word(MONTHS[expiry.month0() as usize]);
        text.word(" ");
        text.number(expiry.day(), if expiry.day() < 10 { 1 } else { 2 });
        text.word(", ");
        text.number(expiry.year().unsigned_abs(), 4);
        text.word(" ");
        text.number(expiry.hour(), 2);
        text.word(":");
        text.number(expiry.minute(), 2);
        text.word(" UTC");
        Text::Plain(text)
    }

    fn as_str(&self) -> &str {
        match self {
            Text::Plain(text) => text.as_str(),
            Text::Other(text) => text,
        }
    }
}

/// Buffer for the longest text of a plain instant.
#[derive(Default)]
struct Digits {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Digits {
    /// Appends text.
    fn word(&mut self, word: &str) {
        self.bytes[self.length..][..word.len()].copy_from_slice(word.as_bytes());
        self.length += word.len();
    }

    /// Appends a number with a fixed number of digits.
    fn number(&mut self, number: u32, count: usize) {
        let mut rest = number;
        for digit in self.bytes[self.length..][..count].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.length += count;
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_else(|_| unreachable!("digits and words are text"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instants() -> impl Strategy<Value = DateTime<Utc>> {
        let seconds = prop_oneof![-70_000_000_000..260_000_000_000_i64, 0..4_000_000_000_i64];
        let nanos = prop_oneof![
            Just(0),
            (0..1_000_u32).prop_map(|millis| millis * 1_000_000),
            (0..1_000_000_u32).prop_map(|micros| micros * 1_000),
            0..1_000_000_000_u32,
        ];
        (seconds, nanos)
            .prop_filter_map("outside the calendar", |(seconds, nanos)| DateTime::from_timestamp(seconds, nanos))
    }

    proptest! {
        #[test]
        fn instants_are_written_as_chrono_writes_them(instant in instants()) {
            prop_assert_eq!(rfc3339(instant), instant.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            prop_assert_eq!(Text::formatted(instant).as_str().to_owned(), instant.format("%b %-d, %Y %H:%M UTC").to_string());
        }
    }

    #[test]
    fn formatted_expiry_is_date_or_never() {
        let expiry = DateTime::from_timestamp(1_705_314_600, 0);
        assert_eq!(serde_json::to_string(&FormattedExpiry(expiry)).unwrap(), "\"Jan 15, 2024 10:30 UTC\"");
        assert_eq!(serde_json::to_string(&FormattedExpiry(None)).unwrap(), "\"never\"");
        assert_eq!(serde_json::to_string(&expiry.map(Instant)).unwrap(), "\"2024-01-15T10:30:00Z\"");
    }
}
