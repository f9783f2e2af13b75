//! Parses and writes durations: `90m`, `24h`, `7d`, `1month`, `never`.
//!
//! Months and years are calendar units: one month after 31 January is the last day of
//! February. All other units have an exact length.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::calendar::Zone;
use crate::clock::in_store_range;
use crate::error::{Error, Result};
use crate::text::quoted;

const FORMATS: &str = "write a number with a unit: 90m, 24h, 7d, 2w, 1month";

/// Maximum length of a span, in months and in days: 1,000 years.
const MAX_MONTHS: u32 = 12_000;
const MAX_DAYS: i64 = 366_000;

/// A length of time: a number of calendar months, and an exact duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    months: u32,
    exact: TimeDelta,
}

impl From<TimeDelta> for Span {
    fn from(exact: TimeDelta) -> Self {
        Span { months: 0, exact }
    }
}

impl Span {
    /// Returns a span of this number of calendar months.
    #[must_use]
    pub fn of_months(months: u32) -> Self {
        Span { months, exact: TimeDelta::zero() }
    }

    /// Returns true if the span is longer than zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.months > 0 || self.exact > TimeDelta::zero()
    }

    /// Returns the instant one span after `start`: adds the months by the calendar of the
    /// time zone, then the exact duration.
    ///
    /// # Errors
    /// [`Error::Invalid`] beyond the year 9999.
    pub fn after(self, start: DateTime<Utc>, zone: &Zone) -> Result<DateTime<Utc>> {
        let moved = zone.months_later(start, i64::from(self.months));
        moved.and_then(|moved| moved.checked_add_signed(self.exact)).ok_or_else(too_late).and_then(in_store_range)
    }

    /// Returns the instant one span before `end`.
    ///
    /// # Errors
    /// [`Error::Invalid`] before 1970.
    pub fn before(self, end: DateTime<Utc>, zone: &Zone) -> Result<DateTime<Utc>> {
        let moved = zone.months_later(end, -i64::from(self.months));
        let early = || Error::invalid("the time is before the year 1970").with_hint("write a shorter duration");
        moved
            .and_then(|moved| moved.checked_sub_signed(self.exact))
            .filter(|moved| moved.timestamp() >= 0)
            .ok_or_else(early)
    }
}

impl Span {
    /// Returns the exact duration of the span if it starts at `start`.
    ///
    /// # Errors
    /// As [`Span::after`].
    pub fn length_after(self, start: DateTime<Utc>, zone: &Zone) -> Result<TimeDelta> {
        self.after(start, zone).map(|end| end - start)
    }
}

fn too_late() -> Error {
    Error::invalid("the time is after the year 9999").with_hint("write never for no expiry")
}

/// The lifetime of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Unlimited.
    Never,
    /// The lifetime is limited to a span.
    For(Span),
}

/// Writes a lifetime as [`parse_lifetime`] reads it.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lifetime::Never => f.write_str("never"),
            Lifetime::For(span) => f.write_str(&format_duration(*span)),
        }
    }
}

impl Serialize for Lifetime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Lifetime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_lifetime(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Parses a duration greater than zero: one or more numbers with units.
///
/// # Errors
/// [`Error::Invalid`] for a number without a unit, for zero, a negative or an unknown
/// format, for more than 1,000 years, and for the unit `M`, which is a month for some tools
/// and a minute for others.
pub fn parse_duration(text: &str) -> Result<Span> {
    let refuse = |why: &str| Error::invalid(format!("invalid duration {}: {why}", quoted(text))).with_hint(FORMATS);
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(refuse("it is empty"));
    }
    if trimmed.starts_with('-') {
        return Err(refuse("it is negative"));
    }
    if trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse("the unit is missing"));
    }
    if trimmed.contains('M') {
        return Err(refuse("M is ambiguous: month or minute"));
    }
    let too_long = || refuse("it is too long (maximum 1000 years)");
    let (months, rest) = split_months(trimmed).map_err(refuse)?;
    let exact = match rest.as_str() {
        "" => TimeDelta::zero(),
        rest => {
            let parsed = humantime::parse_duration(rest).map_err(|error| refuse(&error.to_string()))?;
            let span = TimeDelta::from_std(parsed).map_err(|_| too_long())?;
            TimeDelta::microseconds(span.num_microseconds().ok_or_else(too_long)?)
        }
    };
    let span = Span { months, exact };
    if months > MAX_MONTHS || exact > TimeDelta::days(MAX_DAYS) {
        return Err(too_long());
    }
    if span.is_positive() { Ok(span) } else { Err(refuse("it is zero")) }
}

/// Splits a duration into its months and the text of its exact units.
fn split_months(text: &str) -> Result<(u32, String), &'static str> {
    let (mut months, mut exact, mut rest) = (0_u32, String::new(), text);
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(number_end);
        let unit_end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit_end);
        let factor = match unit {
            "mo" | "month" | "months" => 1,
            "y" | "yr" | "yrs" | "year" | "years" => 12,
            _ => {
                exact.push_str(number);
                exact.push_str(unit);
                rest = behind;
                continue;
            }
        };
        let number = number.trim();
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("months and years need a whole number");
        }
        let count = number.parse::<u32>().unwrap_or(u32::MAX);
        months = months.saturating_add(count.saturating_mul(factor));
        rest = behind;
    }
    Ok((months, exact.trim().to_owned()))
}

/// Parses a duration or `never`.
///
/// # Errors
/// As [`parse_duration`]; the hint also names `never`.
pub fn parse_lifetime(text: &str) -> Result<Lifetime> {
    if text.trim() == "never" {
        return Ok(Lifetime::Never);
    }
    parse_duration(text).map(Lifetime::For).map_err(|error| error.with_hint(format!("{FORMATS}, or never")))
}

/// Writes a duration as [`parse_duration`] reads it: `24h`, `7d`, `1month`.
#[must_use]
pub fn format_duration(span: impl Into<Span>) -> String {
    let Span { months, exact } = span.into();
    let calendar = match months {
        0 => return format_exact(exact),
        months if months % 12 == 0 => format!("{}y", months / 12),
        1 => "1month".to_owned(),
        months => format!("{months}months"),
    };
    if exact.is_zero() { calendar } else { format!("{calendar} {}", format_exact(exact)) }
}

fn format_exact(span: TimeDelta) -> String {
    if span.subsec_nanos() != 0 {
        return format!("{}us", span.num_microseconds().unwrap_or(0));
    }
    let seconds = span.num_seconds();
    for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)] {
        // 24 hours are not written as 1d: the director system writes 24h.
        if seconds % length == 0 && seconds / length > 1 || (unit == "h" && seconds == 86_400) {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Months};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn every_documented_duration_is_parsed() {
        for (text, seconds) in [("90m", 5_400), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600), ("1h 30m", 5_400)]
        {
            assert_eq!(parse_duration(text).unwrap(), Span::from(TimeDelta::seconds(seconds)), "{text}");
        }
        for (text, months) in [("1month", 1), ("1 month", 1), ("18mo", 18), ("1y", 12), ("2 years", 24), ("1y 2mo", 14)]
        {
            assert_eq!(parse_duration(text).unwrap(), Span::of_months(months), "{text}");
        }
        let mixed = Span { months: 13, exact: TimeDelta::hours(49) };
        assert_eq!(parse_duration("1year 1month 2days 1h").unwrap(), mixed);
        assert_eq!(parse_lifetime("never").unwrap(), Lifetime::Never);
    }

    #[test]
    fn ambiguous_duration_is_refused() {
        for (text, why) in [
            ("", "empty"),
            ("0s", "zero"),
            ("0d", "zero"),
            ("0months", "zero"),
            ("-1h", "negative"),
            ("24", "unit is missing"),
            ("1M", "month"),
            ("soon", "expected number"),
            ("month", "whole number"),
            ("1.5months", "whole number"),
            ("1month 2", "time unit needed"),
            ("99999999999999999999y", "too long"),
            ("1001y", "too long"),
            ("400000d", "too long"),
        ] {
            let error = parse_duration(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text:?}: {error}");
        }
        let long = parse_duration(&"9".repeat(100_000)).unwrap_err().to_string();
        assert!(long.len() < 200, "{}", long.len());
    }

    #[test]
    fn month_after_the_31st_is_last_day_of_next_month() {
        for (start, text, end) in [
            ("2026-01-31T10:30:00Z", "1month", "2026-02-28T10:30:00Z"),
            ("2028-01-31T10:30:00Z", "1month", "2028-02-29T10:30:00Z"),
            ("2028-02-29T00:00:00Z", "1y", "2029-02-28T00:00:00Z"),
            ("2026-08-31T00:00:00Z", "6months", "2027-02-28T00:00:00Z"),
            ("2026-01-31T00:00:00Z", "1month 1d", "2026-03-01T00:00:00Z"),
            ("2026-11-30T00:00:00Z", "30d", "2026-12-30T00:00:00Z"),
        ] {
            assert_eq!(parse_duration(text).unwrap().after(at(start), &Zone::UTC).unwrap(), at(end), "{start} {text}");
        }
        let month = Span::of_months(1);
        assert_eq!(month.before(at("2026-03-31T10:00:00Z"), &Zone::UTC).unwrap(), at("2026-02-28T10:00:00Z"));
        assert!(Span::of_months(12_000).before(at("2026-03-31T10:00:00Z"), &Zone::UTC).is_err());
        assert!(month.after(at("9999-12-15T00:00:00Z"), &Zone::UTC).is_err());
    }

    #[test]
    fn months_follow_time_zone_and_other_units_are_exact() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let month = Span::of_months(1);
        // The local time stays the same although the offset changes.
        assert_eq!(month.after(at("2026-03-15T11:00:00Z"), &berlin).unwrap(), at("2026-04-15T10:00:00Z"));
        // The date in Tokyo is already 31 January.
        let tokyo = Zone::named("Asia/Tokyo").unwrap();
        assert_eq!(month.after(at("2026-01-30T20:00:00Z"), &tokyo).unwrap(), at("2026-02-27T20:00:00Z"));
        let day = Span::from(TimeDelta::days(1));
        assert_eq!(day.after(at("2026-03-28T12:00:00Z"), &berlin).unwrap(), at("2026-03-29T12:00:00Z"));
    }

    #[test]
    fn duration_is_written_in_largest_whole_unit() {
        for (seconds, text) in [(86_400, "24h"), (604_800, "7d"), (1_209_600, "2w"), (5_400, "90m"), (61, "61s")] {
            assert_eq!(format_duration(TimeDelta::seconds(seconds)), text);
        }
        for (months, text) in [(1, "1month"), (18, "18months"), (12, "1y")] {
            assert_eq!(format_duration(Span::of_months(months)), text);
        }
    }

    fn spans() -> impl Strategy<Value = Span> {
        (0..=MAX_MONTHS, 0..86_400_000_000_000_i64)
            .prop_map(|(months, micros)| Span { months, exact: TimeDelta::microseconds(micros) })
            .prop_filter("nothing", |span| span.is_positive())
    }

    proptest! {
        #[test]
        fn written_duration_is_parsed_back(span in spans()) {
            prop_assert_eq!(parse_duration(&format_duration(span)).unwrap(), span);
        }

        #[test]
        fn months_keep_the_day_or_use_the_last_one(seconds in 0..4_000_000_000_i64, months in 1..240_u32) {
            let start = DateTime::from_timestamp(seconds, 0).unwrap();
            let end = Span::of_months(months).after(start, &Zone::UTC).unwrap();
            prop_assert_eq!(end.time(), start.time());
            let apart = (end.year() - start.year()) * 12 + end.month().cast_signed() - start.month().cast_signed();
            prop_assert_eq!(apart, months.cast_signed());
            let last = (end.date_naive() - chrono::Days::new(u64::from(end.day0())) + Months::new(1)).pred_opt().unwrap();
            prop_assert_eq!(end.day(), start.day().min(last.day()));
        }

        #[test]
        fn longer_span_never_ends_earlier(seconds in 0..4_000_000_000_i64, one in spans(), more in 0..1_000_u32) {
            let start = DateTime::from_timestamp(seconds, 0).unwrap();
            let longer = Span { months: one.months.saturating_add(more).min(MAX_MONTHS), ..one };
            let zone = Zone::named("America/New_York").unwrap();
            prop_assert!(longer.after(start, &zone).unwrap() >= one.after(start, &zone).unwrap() - TimeDelta::hours(1));
        }

        #[test]
        fn any_text_is_parsed_without_panic(text in ".{0,40}") {
            let _ = parse_duration(&text);
        }
    }
}
