//! Instants as lists write them. Digit by digit: a format that is parsed for
//! each of a million rows costs more than everything else in a row.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use serde::{Serialize, Serializer};

/// An instant for programs: RFC 3339 in UTC, with as many decimals as it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instant(pub DateTime<Utc>);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

/// An end as seed 003 formats it: `Jan 15, 2024 10:30 UTC`, or `never`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormattedEnd(pub Option<DateTime<Utc>>);

impl Serialize for FormattedEnd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            None => serializer.serialize_str("never"),
            Some(end) => serializer.serialize_str(&formatted(end)),
        }
    }
}

/// Whether an instant has four digits of the year and no leap second.
fn is_plain(instant: DateTime<Utc>) -> bool {
    (0..=9_999).contains(&instant.year()) && instant.nanosecond() < 1_000_000_000
}

/// An instant for programs: RFC 3339 in UTC, with as many decimals as it has.
pub(crate) fn rfc3339(instant: DateTime<Utc>) -> String {
    if !is_plain(instant) {
        return instant.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    }
    // Once: each look at an instant with a zone takes its parts anew.
    let instant = instant.naive_utc();
    let mut text = String::with_capacity("2024-01-15T10:30:00.000000000Z".len());
    digits(&mut text, instant.year().unsigned_abs(), 4);
    for (before, number) in [
        ('-', instant.month()),
        ('-', instant.day()),
        ('T', instant.hour()),
        (':', instant.minute()),
        (':', instant.second()),
    ] {
        text.push(before);
        digits(&mut text, number, 2);
    }
    let nanos = instant.nanosecond();
    if nanos != 0 {
        text.push('.');
        match (nanos % 1_000_000, nanos % 1_000) {
            (0, _) => digits(&mut text, nanos / 1_000_000, 3),
            (_, 0) => digits(&mut text, nanos / 1_000, 6),
            _ => digits(&mut text, nanos, 9),
        }
    }
    text.push('Z');
    text
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn formatted(end: DateTime<Utc>) -> String {
    if !is_plain(end) {
        return end.format("%b %-d, %Y %H:%M UTC").to_string();
    }
    let end = end.naive_utc();
    let mut text = String::with_capacity("Jan 15, 2024 10:30 UTC".len());
    text.push_str(MONTHS[end.month0() as usize]);
    text.push(' ');
    digits(&mut text, end.day(), if end.day() < 10 { 1 } else { 2 });
    text.push_str(", ");
    digits(&mut text, end.year().unsigned_abs(), 4);
    text.push(' ');
    digits(&mut text, end.hour(), 2);
    text.push(':');
    digits(&mut text, end.minute(), 2);
    text.push_str(" UTC");
    text
}

/// A number in so many digits, nine at most.
fn digits(text: &mut String, number: u32, count: usize) {
    let mut digits = [b'0'; 9];
    let mut rest = number;
    for digit in digits[..count].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    text.extend(digits[..count].iter().map(|digit| char::from(*digit)));
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
        fn instants_read_as_the_calendar_writes_them(instant in instants()) {
            prop_assert_eq!(rfc3339(instant), instant.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            prop_assert_eq!(formatted(instant), instant.format("%b %-d, %Y %H:%M UTC").to_string());
        }
    }

    #[test]
    fn an_end_is_a_date_or_never() {
        let end = DateTime::from_timestamp(1_705_314_600, 0);
        assert_eq!(serde_json::to_string(&FormattedEnd(end)).unwrap(), "\"Jan 15, 2024 10:30 UTC\"");
        assert_eq!(serde_json::to_string(&FormattedEnd(None)).unwrap(), "\"never\"");
        assert_eq!(serde_json::to_string(&end.map(Instant)).unwrap(), "\"2024-01-15T10:30:00Z\"");
    }
}
