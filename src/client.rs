//! The client of a request, for rate limits.

mod address;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// Maximum length of a client, in characters.
const MAX_LENGTH: usize = 64;

/// Characters of an identifier besides letters and digits.
const IDENTIFIER_MARKS: &str = "-_.:@+=~/";

/// A client: an IP address in its canonical form, or an opaque identifier of the
/// application, such as a session ID.
///
/// All spellings of an address are one client. All addresses of an IPv6 /64 are one client,
/// since a single connection usually has a whole /64.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Client(String);

impl Client {
    /// Parses a client.
    ///
    /// - IPv4: `203.0.113.9`. A port is ignored.
    /// - IPv6: `2001:db8::1`, `[2001:db8::1]:443`, `fe80::1%eth0`; reduced to its /64. A
    ///   port and a zone (a local interface) are ignored.
    /// - IPv4 within IPv6 (`::ffff:203.0.113.9`, `64:ff9b::203.0.113.9`) is the IPv4
    ///   address.
    /// - Everything else is an identifier: ASCII letters, digits and `-_.:@+=~/`,
    ///   beginning with a letter or a digit.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty text, for more than 64 characters, for a list of
    /// addresses, for an identifier with other characters, and for a malformed address.
    /// Octets with leading zeros are malformed, since some parsers read them as octal.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::invalid("the client is empty").with_hint("pass its address, such as 203.0.113.9"));
        }
        if text.contains(',') {
            return Err(Error::invalid("the client is a list of addresses; write one address").with_hint(
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
        if address::looks_like_address(text) {
            return Err(Error::invalid(format!("invalid client address {text:?}")).with_hint(
                "write it as 203.0.113.9 or 2001:db8::1, without leading zeros; a port may follow: [2001:db8::1]:443",
            ));
        }
        check_identifier(text)?;
        Ok(Client(text.to_owned()))
    }

    /// Returns the canonical form, which rate limits count.
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
    .with_hint(format!(
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
