//! Parsers of option values.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::calendar::{Moment, Zone};
use crate::client::Client;
use crate::config::parse_timeout;
use crate::duration::{Lifetime, Span, parse_duration, parse_lifetime};
use crate::error::Error;
use crate::invites::generate::{Expiry, UsageLimit};

/// Returns an error and its hint in one line, for the message of clap.
fn one_line(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

/// Parses a lifetime: `24h`, `7d` or `never`.
pub(crate) fn lifetime(text: &str) -> Result<Lifetime, String> {
    parse_lifetime(text).map_err(|error| one_line(&error))
}

/// Parses a duration: `24h`, `7d`.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    parse_duration(text).map_err(|error| one_line(&error))
}

/// Parses a timeout: `30s`, `5m`.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    parse_timeout(text).map_err(|error| one_line(&error))
}

/// Parses a date, with or without a time.
pub(crate) fn instant(text: &str) -> Result<Moment, String> {
    text.parse().map_err(|error| one_line(&error))
}

/// Returns the exact duration of a calendar span that ends at `now`.
pub(crate) fn length_before(span: Span, now: DateTime<Utc>, zone: &Zone) -> crate::error::Result<TimeDelta> {
    span.before(now, zone).map(|start| now - start)
}

/// Returns the expiry of `--expires-in` or `--expires-at`.
pub(crate) fn expiry(within: Option<Lifetime>, at: Option<Moment>, zone: &Zone) -> crate::error::Result<Expiry> {
    Ok(match (within, at) {
        (_, Some(at)) => Expiry::At(at.last(zone)?),
        (Some(Lifetime::Never), None) => Expiry::Never,
        (Some(Lifetime::For(span)), None) => Expiry::In(span),
        (None, None) => Expiry::Default,
    })
}

/// Parses a client: an IP address or another name.
pub(crate) fn client(text: &str) -> Result<Client, String> {
    Client::parse(text).map_err(|error| one_line(&error))
}

/// Parses a usage limit: a number, or `unlimited`.
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
