//! Parses dates and times in a time zone.
//!
//! A date without a time is a whole day: its first instant as a start, its last
//! microsecond as an end. A time without an offset is in the time zone. A local time that
//! occurs twice, because the clocks go back, is the earlier one. A local time that the
//! clocks skip is moved by the length of the gap.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

use crate::clock::in_store_range;
use crate::error::{Error, Result};
use crate::text::{nearest, quoted};

/// A time zone of the IANA database, which is compiled in, so that every machine has the
/// same rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Zone::UTC
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone(TimeZone::UTC);

    /// Finds the time zone of this name, in any letter case.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none.
    pub fn named(name: &str) -> Result<Self> {
        let wanted = name.trim();
        let database = TimeZoneDatabase::bundled();
        database.get(wanted).map(Zone).map_err(|_| {
            let names: Vec<String> = database.available().map(|name| name.to_string()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let near = nearest(wanted, &names).map_or(String::new(), |near| format!("did you mean {near}? "));
            Error::invalid(format!("unknown time zone {}", quoted(name)))
                .with_hint(format!("{near}write a name of the IANA database: UTC, Europe/Berlin"))
        })
    }

    /// Returns the instant of a local time, the earlier one if it occurs twice.
    fn instant(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.instant_near(local, None)
    }

    /// Returns the instant of a local time. If it occurs twice, returns the one with the
    /// preferred offset, or else the earlier one.
    fn instant_near(&self, local: NaiveDateTime, preferred: Option<Offset>) -> Option<DateTime<Utc>> {
        // The first instant of the year 10000, which is the end of the last day, is
        // beyond the range of the time zone database.
        let ambiguous = civil_of(local).map(|local| self.0.to_ambiguous_timestamp(local).offset());
        let offset =
            match ambiguous.unwrap_or(AmbiguousOffset::Unambiguous { offset: self.0.to_offset(Timestamp::MAX) }) {
                AmbiguousOffset::Unambiguous { offset } => offset,
                AmbiguousOffset::Fold { after, .. } if preferred == Some(after) => after,
                // The offset before the gap moves a skipped time by the length of the gap.
                AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
            };
        Some(local.checked_sub_signed(TimeDelta::seconds(i64::from(offset.seconds())))?.and_utc())
    }

    /// Returns the same local time a number of months later, or earlier if the number is
    /// negative; the last day of the month if the month is shorter.
    pub(crate) fn months_later(&self, start: DateTime<Utc>, months: i64) -> Option<DateTime<Utc>> {
        if months == 0 {
            return Some(start);
        }
        let offset = self.0.to_offset(Timestamp::from_microsecond(start.timestamp_micros()).ok()?);
        let local = start.naive_utc().checked_add_signed(TimeDelta::seconds(i64::from(offset.seconds())))?;
        let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        let moved = if months > 0 { local.checked_add_months(count)? } else { local.checked_sub_months(count)? };
        // A time that occurs twice keeps its offset.
        self.instant_near(moved, Some(offset))
    }

    /// Returns the first instant of a day.
    fn start_of(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        self.instant(day.and_time(NaiveTime::MIN))
    }
}

/// Converts a local time to the form of the time zone database.
fn civil_of(local: NaiveDateTime) -> Option<civil::DateTime> {
    let [month, day, hour, minute, second] =
        [local.month(), local.day(), local.hour(), local.minute(), local.second()].map(|part| i8::try_from(part).ok());
    let nanosecond = i32::try_from(local.nanosecond()).ok()?;
    civil::DateTime::new(i16::try_from(local.year()).ok()?, month?, day?, hour?, minute?, second?, nanosecond).ok()
}

/// A date or a time as it was written. Its instant may depend on the time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A time with its offset.
    Instant(DateTime<Utc>),
    /// A time without an offset.
    Local(NaiveDateTime),
    /// A date without a time.
    Day(NaiveDate),
}

impl Moment {
    /// Returns the instant as a start: the first instant of a day.
    ///
    /// # Errors
    /// [`Error::Invalid`] before 1970 and after 9999.
    pub fn first(self, zone: &Zone) -> Result<DateTime<Utc>> {
        self.resolved(match self {
            Moment::Day(day) => zone.start_of(day),
            other => other.exact(zone),
        })
    }

    /// Returns the instant as the end of a range: for a date, the last microsecond of its day.
    ///
    /// # Errors
    /// [`Error::Invalid`] before 1970 and after 9999.
    pub fn last(self, zone: &Zone) -> Result<DateTime<Utc>> {
        self.resolved(match self {
            Moment::Day(day) => {
                day.succ_opt().and_then(|next| zone.start_of(next)).map(|next| next - TimeDelta::microseconds(1))
            }
            other => other.exact(zone),
        })
    }

    fn exact(self, zone: &Zone) -> Option<DateTime<Utc>> {
        match self {
            Moment::Instant(instant) => Some(instant),
            Moment::Local(local) => zone.instant(local),
            Moment::Day(_) => None,
        }
    }

    fn resolved(self, instant: Option<DateTime<Utc>>) -> Result<DateTime<Utc>> {
        instant.and_then(|instant| in_store_range(instant).ok()).ok_or_else(|| outside(&self.to_string()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Instant(instant) => write!(f, "{}", instant.to_rfc3339()),
            Moment::Local(local) => write!(f, "{local}"),
            Moment::Day(day) => write!(f, "{day}"),
        }
    }
}

fn outside(shown: &str) -> Error {
    Error::invalid(format!("{shown} is outside the years 1970 to 9999")).with_hint("write never for no expiry")
}

const FORMATS: &str = "write 2026-12-31, \"2026-12-31 18:00\" or 2026-12-31T18:00:00+01:00";

impl FromStr for Moment {
    type Err = Error;

    /// Parses a date, or a date and a time, in the formats of RFC 3339 and `PostgreSQL`:
    /// `2026-12-31`, `2026-12-31 18:00`, `2026-12-31T18:00:00.5Z`,
    /// `2026-12-31 18:00:00+0530`.
    fn from_str(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let refuse = |why: &str| Error::invalid(format!("invalid time {}{why}", quoted(text))).with_hint(FORMATS);
        if let Some(word) = trimmed.trim_start_matches(['-', '+']).get(..).filter(|word| is_infinity(word)) {
            return Err(refuse(&format!(": {word} is not an instant"))
                .with_hint("write never for no expiry: --expires-in never"));
        }
        let digits = trimmed.trim_start_matches(['-', '+']).bytes().take_while(u8::is_ascii_digit).count();
        if trimmed.starts_with(['-', '+']) || digits > 4 && trimmed.as_bytes().get(digits) == Some(&b'-') {
            return Err(outside(&quoted(text)));
        }
        Parser { rest: trimmed }.moment().map_err(|error| refuse(error.message()))
    }
}

fn is_infinity(word: &str) -> bool {
    ["infinity", "inf"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The reason why a text cannot be parsed as a time.
enum TimeError {
    Format,
    Date,
    TimeOfDay,
    LeapSecond,
    Offset,
}

impl TimeError {
    fn message(&self) -> &'static str {
        match self {
            TimeError::Format => "",
            TimeError::Date => ": the day does not exist",
            TimeError::TimeOfDay => ": the time of day does not exist",
            TimeError::LeapSecond => ": leap seconds are not supported",
            TimeError::Offset => ": the offset does not exist",
        }
    }
}

/// Parses a time from left to right.
struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn moment(mut self) -> Result<Moment, TimeError> {
        let year = self.digits(4)?;
        self.expect('-')?;
        let month = self.digits(2)?;
        self.expect('-')?;
        let day = self.digits(2)?;
        let date = NaiveDate::from_ymd_opt(year.cast_signed(), month, day).ok_or(TimeError::Date)?;
        if self.rest.is_empty() {
            return Ok(Moment::Day(date));
        }
        if !self.take(['T', 't']) && !self.take([' ']) {
            return Err(TimeError::Format);
        }
        let local = date.and_time(self.time()?);
        match self.offset()? {
            None => Ok(Moment::Local(local)),
            Some(offset) => Ok(Moment::Instant(local.checked_sub_signed(offset).ok_or(TimeError::Date)?.and_utc())),
        }
    }

    fn time(&mut self) -> Result<NaiveTime, TimeError> {
        let hour = self.digits(2)?;
        self.expect(':')?;
        let minute = self.digits(2)?;
        let mut second = 0;
        let mut micros = 0;
        if self.take([':']) {
            second = self.digits(2)?;
            if self.take(['.', ',']) {
                micros = self.micros()?;
            }
        }
        if second == 60 {
            return Err(TimeError::LeapSecond);
        }
        NaiveTime::from_hms_micro_opt(hour, minute, second, micros).ok_or(TimeError::TimeOfDay)
    }

    /// Parses a fraction of a second in microseconds; further digits are ignored.
    fn micros(&mut self) -> Result<u32, TimeError> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return Err(TimeError::Format);
        }
        let (fraction, rest) = self.rest.split_at(count);
        self.rest = rest;
        let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
        six.parse().map_err(|_| TimeError::Format)
    }

    /// Parses the offset from UTC, if any.
    fn offset(&mut self) -> Result<Option<TimeDelta>, TimeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.rest = self.rest.trim_start_matches(' ');
        if ["z", "utc", "gmt"].iter().any(|word| self.rest.eq_ignore_ascii_case(word)) {
            return Ok(Some(TimeDelta::zero()));
        }
        let sign = if self.take(['+']) {
            1
        } else if self.take(['-', '\u{2212}']) {
            -1
        } else {
            return Err(TimeError::Format);
        };
        let mut parts = [self.digits(2)?, 0, 0];
        for part in &mut parts[1..] {
            if self.rest.is_empty() {
                break;
            }
            self.take([':']);
            *part = self.digits(2)?;
        }
        let [hours, minutes, seconds] = parts;
        if !self.rest.is_empty() {
            return Err(TimeError::Format);
        }
        if hours > 23 || minutes > 59 || seconds > 59 {
            return Err(TimeError::Offset);
        }
        Ok(Some(TimeDelta::seconds(sign * i64::from(hours * 3_600 + minutes * 60 + seconds))))
    }

    /// Parses a number of exactly `count` digits.
    fn digits(&mut self, count: usize) -> Result<u32, TimeError> {
        let digits = self.rest.get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok()).ok_or(TimeError::Format)?;
        self.rest = &self.rest[count..];
        Ok(number)
    }

    fn expect(&mut self, expected: char) -> Result<(), TimeError> {
        if self.take([expected]) { Ok(()) } else { Err(TimeError::Format) }
    }

    fn take<const N: usize>(&mut self, any: [char; N]) -> bool {
        match self.rest.strip_prefix(any) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests;
