//! Durations and instants as operators write them: `90m`, `24h`, `7d`, `2w`,
//! `never`; `2026-12-31`, `2026-12-31 18:00`, RFC 3339.

use chrono::{DateTime, DurationRound, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::error::{Error, Result};

const SHAPES: &str = "write a number with a unit: 90m, 24h, 7d, 2w";

/// A lasting time or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Without end.
    Never,
    /// This long.
    For(TimeDelta),
}

/// Reads a duration: one or more numbers with units, greater than zero.
///
/// # Errors
/// [`Error::Invalid`] for a bare number, zero, a negative or unknown form, and
/// for `M`, which some tools read as a month and others as a minute.
pub fn parse_duration(text: &str) -> Result<TimeDelta> {
    let refuse = |why: &str| Error::invalid(format!("{text:?} is not a duration: {why}")).hint(SHAPES);
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
        return Err(refuse("M could be a month or a minute"));
    }
    let parsed = humantime::parse_duration(trimmed).map_err(|error| refuse(&error.to_string()))?;
    let span = TimeDelta::from_std(parsed).map_err(|_| refuse("it is too long"))?;
    let whole = TimeDelta::microseconds(span.num_microseconds().ok_or_else(|| refuse("it is too long"))?);
    if whole <= TimeDelta::zero() {
        return Err(refuse("it is zero"));
    }
    Ok(whole)
}

/// Reads a duration or `never`.
///
/// # Errors
/// As [`parse_duration`].
pub fn parse_lifetime(text: &str) -> Result<Lifetime> {
    if text.trim() == "never" {
        return Ok(Lifetime::Never);
    }
    parse_duration(text).map(Lifetime::For)
}

/// Reads an instant: RFC 3339, or a date with or without a time, in UTC.
///
/// # Errors
/// [`Error::Invalid`] for another form, or a year that not every engine can
/// store (before 1970, after 9999).
pub fn parse_instant(text: &str) -> Result<DateTime<Utc>> {
    let trimmed = text.trim();
    let instant = DateTime::parse_from_rfc3339(trimmed)
        .map(|instant| instant.with_timezone(&Utc))
        .ok()
        .or_else(|| without_zone(trimmed).map(|naive| naive.and_utc()))
        .ok_or_else(|| {
            Error::invalid(format!("{text:?} is not a time"))
                .hint("write 2026-12-31, \"2026-12-31 18:00\" (UTC) or 2026-12-31T18:00:00+01:00")
        })?;
    in_store_range(instant)
}

fn without_zone(text: &str) -> Option<NaiveDateTime> {
    for form in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"] {
        if let Ok(instant) = NaiveDateTime::parse_from_str(text, form) {
            return Some(instant);
        }
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(NaiveTime::MIN))
}

/// The instant `span` after `start`.
///
/// # Errors
/// [`Error::Invalid`] beyond the year 9999.
pub(crate) fn after(start: DateTime<Utc>, span: TimeDelta) -> Result<DateTime<Utc>> {
    start
        .checked_add_signed(span)
        .ok_or_else(|| Error::invalid("the time lies beyond the year 9999").hint("write never for no end"))
        .and_then(in_store_range)
}

/// An instant that every engine can store, in the whole microseconds that all
/// of them keep.
///
/// # Errors
/// [`Error::Invalid`] before 1970 and after 9999.
pub(crate) fn in_store_range(instant: DateTime<Utc>) -> Result<DateTime<Utc>> {
    // MariaDB's DATETIME ends with the year 9999.
    let last = 253_402_300_799;
    if (0..=last).contains(&instant.timestamp()) {
        return Ok(instant.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(instant));
    }
    Err(Error::invalid("the time lies outside the years 1970 to 9999").hint("write never for no end"))
}

/// A duration for people and for configuration files: `24h`, `7d`.
#[must_use]
pub fn write_duration(span: TimeDelta) -> String {
    let seconds = span.num_seconds();
    for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)] {
        // 24h stays 24h: that is how the director system says it.
        if seconds % length == 0 && seconds / length > 1 || (unit == "h" && seconds == 86_400) {
            return format!("{}{unit}", seconds / length);
        }
    }
    if span.subsec_nanos() == 0 { format!("{seconds}s") } else { format!("{}ms", span.num_milliseconds()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_documented_forms() {
        for (text, seconds) in [("90m", 5_400), ("24h", 86_400), ("7d", 604_800), ("2w", 1_209_600), ("1h 30m", 5_400)]
        {
            assert_eq!(parse_duration(text).unwrap(), TimeDelta::seconds(seconds), "{text}");
        }
        assert_eq!(parse_lifetime("never").unwrap(), Lifetime::Never);
    }

    #[test]
    fn refuses_what_could_be_meant_otherwise() {
        for (text, why) in [
            ("", "empty"),
            ("0s", "zero"),
            ("0d", "zero"),
            ("-1h", "negative"),
            ("24", "unit is missing"),
            ("1M", "month"),
            ("soon", "expected number"),
            ("99999999999999999999y", "too large"),
        ] {
            let error = parse_duration(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }

    #[test]
    fn reads_instants_in_utc() {
        assert_eq!(parse_instant("2026-12-31").unwrap().timestamp(), 1_798_675_200);
        assert_eq!(parse_instant("2026-12-31 18:00").unwrap().timestamp(), 1_798_740_000);
        assert_eq!(parse_instant("2026-12-31T18:00:00+01:00").unwrap().timestamp(), 1_798_736_400);
        assert!(parse_instant("0001-01-01").is_err());
        assert!(parse_instant("31.12.2026").is_err());
    }

    #[test]
    fn writes_the_largest_whole_unit() {
        for (seconds, text) in [(86_400, "24h"), (604_800, "7d"), (1_209_600, "2w"), (5_400, "90m"), (61, "61s")] {
            assert_eq!(write_duration(TimeDelta::seconds(seconds)), text);
        }
    }
}
