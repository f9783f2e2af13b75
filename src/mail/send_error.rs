//! A failed attempt to send a message, described in words that may be stored and shown.

use std::fmt;

use crate::mail::message::one_line;
use crate::mail::redact::REDACTED;

/// Maximum length of a reason, in characters.
const MAX_REASON: usize = 300;

/// An attempt that did not deliver the message, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    /// The reason: one line of at most 300 characters, without control characters,
    /// the link and the password.
    pub reason: String,
    /// The side that has to change something.
    pub fault: Fault,
    /// True if the content was sent and no reply arrived: the message may have been
    /// delivered, and another attempt may deliver it twice.
    pub perhaps_delivered: bool,
}

/// The side that has to change something before another attempt can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The server refused this address or this message; other messages may succeed.
    Recipient,
    /// The server refused the sender or its credentials; every message will fail.
    Sender,
    /// The server cannot be reached or trusted, or is overloaded; a later attempt may
    /// succeed.
    Server,
}

impl SendError {
    pub(crate) fn new(fault: Fault, reason: &str) -> Self {
        SendError { reason: shortened(&one_line(reason)), fault, perhaps_delivered: false }
    }

    /// An attempt whose message may have been delivered.
    pub(crate) fn uncertain(reason: &str) -> Self {
        SendError { perhaps_delivered: true, ..SendError::new(Fault::Server, reason) }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for SendError {}

/// Removes secrets from a reply: servers repeat what they received.
pub(crate) fn without_secrets<'a>(words: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
    secrets.fold(one_line(words), |words, secret| words.replace(secret, REDACTED))
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_REASON {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_REASON - 1).collect();
    format!("{}…", kept.trim_end())
}
