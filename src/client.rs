//! The client of a request: the address or identifier that rate limits count by.

mod address;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// Maximum length of a client, in characters.
const MAX_LENGTH: usize = 64;

/// Characters that an identifier may hold beside letters and digits.
const IDENTIFIER_MARKS: &str = "-_.:@+=~/";

/// A client: an address in its canonical form, or an opaque identifier of the
/// application, such as a session.
///
/// Different spellings of one address are one client, and so are the 2^64
/// addresses of one IPv6 /64, which a single connection comes with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Client(String);

impl Client {
    /// Reads a client.
    ///
    /// - IPv4: `203.0.113.9`, also with a port, which is dropped.
    /// - IPv6: `2001:db8::1`, `[2001:db8::1]:443`, `fe80::1%eth0`; the /64 counts.
    ///   A port and a zone are dropped: a zone names an interface of this machine.
    /// - IPv4 within IPv6 (`::ffff:203.0.113.9`, `64:ff9b::203.0.113.9`) counts as
    ///   the IPv4 address.
    /// - Everything else is an identifier: ASCII letters, digits and `-_.:@+=~/`,
    ///   a letter or digit first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty text, one over 64 characters, a list of
    /// addresses, an identifier with other characters, and a text that looks like
    /// an address without being one. Octets with leading zeros are refused and not
    /// read: some parsers take them for octal, so that their address is in doubt.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::invalid("the client is empty").hint("pass its address, such as 203.0.113.9"));
        }
        if text.contains(',') {
            return Err(Error::invalid("the client is a list of addresses; write one address").hint(
                "pass the last address of X-Forwarded-For, which your own proxy added; the client controls the others",
            ));
        }
        let length = text.chars().count();
        if length > MAX_LENGTH {
            return Err(Error::invalid(format!("the client is too long: {length} characters (maximum {MAX_LENGTH})")));
        }
        if let Some(address) = address::parse(text) {
            return Ok(Client(address));
        }
        if address::looks_like_one(text) {
            return Err(Error::invalid(format!("invalid client address {text:?}")).hint(
                "write it as 203.0.113.9 or 2001:db8::1, without leading zeros; a port may follow: [2001:db8::1]:443",
            ));
        }
        check_identifier(text)?;
        Ok(Client(text.to_owned()))
    }

    /// Returns the form that is counted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_identifier(text: &str) -> Result<()> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || IDENTIFIER_MARKS.contains(c);
    let first = text.chars().next().filter(|c| !c.is_ascii_alphanumeric());
    let Some(wrong) = first.or_else(|| text.chars().find(|c| !is_allowed(*c))) else { return Ok(()) };
    Err(Error::invalid(format!(
        "the client contains an unexpected character (U+{:04X})",
        u32::from(wrong)
    ))
    .hint(format!(
        "a client is an address, or an identifier of A-Z, a-z, 0-9 and {IDENTIFIER_MARKS} that begins with a letter or \
         digit"
    )))
}

impl FromStr for Client {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Client::parse(text)
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
