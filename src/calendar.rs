//! Dates and times as people and programs write them, in a time zone.
//!
//! A date without a time is a whole day: its first instant where something
//! starts, its last microsecond where something ends. A time without an offset is
//! one of the time zone. A local time that occurs twice, because the clocks go
//! back, is the earlier one; one that the clocks skip is as much later as they
//! skip.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

use crate::clock::in_store_range;
use crate::error::{Error, Result};
use crate::text::{nearest, quoted};

/// A time zone of the IANA database, which is compiled in: the answer is the
/// same on every machine.
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
                .hint(format!("{near}write a name of the IANA database: UTC, Europe/Berlin"))
        })
    }

    /// Returns the instant of a local time.
    fn instant(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.instant_near(local, None)
    }

    /// Returns the instant of a local time. One that occurs twice is the one with
    /// the preferred offset, or else the earlier one.
    fn instant_near(&self, local: NaiveDateTime, preferred: Option<Offset>) -> Option<DateTime<Utc>> {
        // The first instant of the year 10000 ends the last day that can be stored,
        // and is one day too late for the database of time zones.
        let ambiguous = civil_of(local).map(|local| self.0.to_ambiguous_timestamp(local).offset());
        let offset =
            match ambiguous.unwrap_or(AmbiguousOffset::Unambiguous { offset: self.0.to_offset(Timestamp::MAX) }) {
                AmbiguousOffset::Unambiguous { offset } => offset,
                AmbiguousOffset::Fold { after, .. } if preferred == Some(after) => after,
                // With the offset from before the gap, a skipped time is as much later
                // as the clocks skip.
                AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
            };
        Some(local.checked_sub_signed(TimeDelta::seconds(i64::from(offset.seconds())))?.and_utc())
    }

    /// Returns the same local time a number of months later, or earlier if it is
    /// negative; the last day of a month where it has fewer days.
    pub(crate) fn months_later(&self, start: DateTime<Utc>, months: i64) -> Option<DateTime<Utc>> {
        if months == 0 {
            return Some(start);
        }
        let offset = self.0.to_offset(Timestamp::from_microsecond(start.timestamp_micros()).ok()?);
        let local = start.naive_utc().checked_add_signed(TimeDelta::seconds(i64::from(offset.seconds())))?;
        let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        let moved = if months > 0 { local.checked_add_months(count)? } else { local.checked_sub_months(count)? };
        // It stays in summer time, or out of it.
        self.instant_near(moved, Some(offset))
    }

    /// Returns the first instant of a day.
    fn first_of(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
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

/// A date or a time as it was entered. Its instant may depend on the time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A time with its offset.
    Instant(DateTime<Utc>),
    /// A time without one.
    Local(NaiveDateTime),
    /// A date.
    Day(NaiveDate),
}

impl Moment {
    /// Returns the instant where something starts: of a day its first one.
    ///
    /// # Errors
    /// [`Error::Invalid`] before 1970 and after 9999.
    pub fn first(self, zone: &Zone) -> Result<DateTime<Utc>> {
        self.resolved(match self {
            Moment::Day(day) => zone.first_of(day),
            other => other.exact(zone),
        })
    }

    /// Returns the instant where something ends: of a day its last microsecond.
    ///
    /// # Errors
    /// [`Error::Invalid`] before 1970 and after 9999.
    pub fn last(self, zone: &Zone) -> Result<DateTime<Utc>> {
        self.resolved(match self {
            Moment::Day(day) => {
                day.succ_opt().and_then(|next| zone.first_of(next)).map(|next| next - TimeDelta::microseconds(1))
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
    Error::invalid(format!("{shown} is outside the years 1970 to 9999")).hint("write never for no expiry")
}

const FORMS: &str = "write 2026-12-31, \"2026-12-31 18:00\" or 2026-12-31T18:00:00+01:00";

impl FromStr for Moment {
    type Err = Error;

    /// Reads a date, or a date and a time, as RFC 3339 and `PostgreSQL` write
    /// them: `2026-12-31`, `2026-12-31 18:00`, `2026-12-31T18:00:00.5Z`,
    /// `2026-12-31 18:00:00+0530`.
    fn from_str(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let refuse = |why: &str| Error::invalid(format!("invalid time {}{why}", quoted(text))).hint(FORMS);
        if let Some(word) = trimmed.trim_start_matches(['-', '+']).get(..).filter(|word| is_infinity(word)) {
            return Err(
                refuse(&format!(": {word} is not an instant")).hint("write never for no expiry: --expires-in never")
            );
        }
        let digits = trimmed.trim_start_matches(['-', '+']).bytes().take_while(u8::is_ascii_digit).count();
        if trimmed.starts_with(['-', '+']) || digits > 4 && trimmed.as_bytes().get(digits) == Some(&b'-') {
            return Err(outside(&quoted(text)));
        }
        Reader { rest: trimmed }.moment().map_err(|wrong| refuse(wrong.why()))
    }
}

fn is_infinity(word: &str) -> bool {
    ["infinity", "inf"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Why a text is no time.
enum Wrong {
    Form,
    Calendar,
    Clock,
    LeapSecond,
    Offset,
}

impl Wrong {
    fn why(&self) -> &'static str {
        match self {
            Wrong::Form => "",
            Wrong::Calendar => ": the day does not exist",
            Wrong::Clock => ": the time of day does not exist",
            Wrong::LeapSecond => ": leap seconds are not supported",
            Wrong::Offset => ": the offset does not exist",
        }
    }
}

/// Reads a time piece by piece.
struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn moment(mut self) -> Result<Moment, Wrong> {
        let year = self.digits(4)?;
        self.demand('-')?;
        let month = self.digits(2)?;
        self.demand('-')?;
        let day = self.digits(2)?;
        let date = NaiveDate::from_ymd_opt(year.cast_signed(), month, day).ok_or(Wrong::Calendar)?;
        if self.rest.is_empty() {
            return Ok(Moment::Day(date));
        }
        if !self.take(['T', 't']) && !self.take([' ']) {
            return Err(Wrong::Form);
        }
        let local = date.and_time(self.time()?);
        match self.offset()? {
            None => Ok(Moment::Local(local)),
            Some(offset) => Ok(Moment::Instant(local.checked_sub_signed(offset).ok_or(Wrong::Calendar)?.and_utc())),
        }
    }

    fn time(&mut self) -> Result<NaiveTime, Wrong> {
        let hour = self.digits(2)?;
        self.demand(':')?;
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
            return Err(Wrong::LeapSecond);
        }
        NaiveTime::from_hms_micro_opt(hour, minute, second, micros).ok_or(Wrong::Clock)
    }

    /// A fraction of a second; what is finer than a microsecond is cut off.
    fn micros(&mut self) -> Result<u32, Wrong> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return Err(Wrong::Form);
        }
        let (fraction, rest) = self.rest.split_at(count);
        self.rest = rest;
        let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
        six.parse().map_err(|_| Wrong::Form)
    }

    /// The offset from UTC, if there is one.
    fn offset(&mut self) -> Result<Option<TimeDelta>, Wrong> {
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
            return Err(Wrong::Form);
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
            return Err(Wrong::Form);
        }
        if hours > 23 || minutes > 59 || seconds > 59 {
            return Err(Wrong::Offset);
        }
        Ok(Some(TimeDelta::seconds(sign * i64::from(hours * 3_600 + minutes * 60 + seconds))))
    }

    /// Reads a number of exactly `count` digits.
    fn digits(&mut self, count: usize) -> Result<u32, Wrong> {
        let digits = self.rest.get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok()).ok_or(Wrong::Form)?;
        self.rest = &self.rest[count..];
        Ok(number)
    }

    fn demand(&mut self, wanted: char) -> Result<(), Wrong> {
        if self.take([wanted]) { Ok(()) } else { Err(Wrong::Form) }
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
