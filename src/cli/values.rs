//! Values of options, read by the library's own parsers.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::{Moment, Zone};
use crate::client::Client;
use crate::config::parse_timeout;
use crate::duration::{Lifetime, Span, parse_duration, parse_lifetime};
use crate::error::Error;
use crate::invites::generate::UsageLimit;

/// An error with its hint on one line, as the command-line parser shows it.
fn flat(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

/// `24h`, `7d` or `never`.
pub(crate) fn lifetime(text: &str) -> Result<Lifetime, String> {
    parse_lifetime(text).map_err(|error| flat(&error))
}

/// `24h`, `7d`.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    parse_duration(text).map_err(|error| flat(&error))
}

/// The longest period without progress: `30s`, `5m`.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    parse_timeout(text).map_err(|error| flat(&error))
}

/// A date, with or without a time.
pub(crate) fn instant(text: &str) -> Result<Moment, String> {
    text.parse().map_err(|error| flat(&error))
}

/// Returns the exact duration from so long before an instant up to it.
pub(crate) fn length_before(span: Span, now: DateTime<Utc>, zone: &Zone) -> crate::error::Result<TimeDelta> {
    span.before(now, zone).map(|start| now - start)
}

/// A client: an address, or another text.
pub(crate) fn client(text: &str) -> Result<Client, String> {
    Client::parse(text).map_err(|error| flat(&error))
}

/// A number of uses, or `unlimited`.
pub(crate) fn uses(text: &str) -> Result<UsageLimit, String> {
    if text.trim() == "unlimited" {
        return Ok(UsageLimit::Unlimited);
    }
    match text.trim().parse::<i64>() {
        Ok(times) if times >= 1 => Ok(UsageLimit::Times(times)),
        Ok(times) => Err(format!("a usage limit of {times} is not possible; write 1 or more, or unlimited")),
        Err(_) => Err("write a whole number, or unlimited".to_owned()),
    }
}
