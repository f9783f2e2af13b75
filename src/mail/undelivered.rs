//! How an attempt failed, in words that may be stored and shown.

use std::fmt;

use crate::mail::message::one_line;
use crate::mail::redact::HIDDEN;

/// The longest that a reason may be, in characters.
const LONGEST: usize = 300;

/// An attempt that did not deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// One line of at most 300 characters, without control characters, the
    /// link or a password.
    pub why: String,
    /// Who has to change something.
    pub whose: Fault,
    /// The text was sent and the answer is missing: the letter may have
    /// arrived. Sending it again may deliver it twice.
    pub perhaps_delivered: bool,
}

/// Who has to change something before another attempt can pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The server refused this address or this message; others may pass.
    Recipient,
    /// The server refused the sender or its credentials; all will fail.
    Sender,
    /// The server cannot be reached or trusted, or has no time; it may pass
    /// later.
    Server,
}

impl Undelivered {
    pub(crate) fn new(whose: Fault, why: &str) -> Self {
        Undelivered { why: shortened(&one_line(why)), whose, perhaps_delivered: false }
    }

    pub(crate) fn perhaps(why: &str) -> Self {
        Undelivered { perhaps_delivered: true, ..Undelivered::new(Fault::Server, why) }
    }
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Undelivered {}

/// A server's words without secrets: servers repeat what they were told.
pub(crate) fn without_secrets<'a>(words: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
    secrets.fold(one_line(words), |words, secret| words.replace(secret, HIDDEN))
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST - 1).collect();
    format!("{}…", kept.trim_end())
}
