//! Who asks: the client that hourly limits are counted for.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use crate::error::{Error, Result};

/// The longest that a client's text may be, in characters.
const LONGEST: usize = 64;

/// A client: mostly an address, or any text that the caller tells clients
/// apart by. Nobody gets a new one by writing an address in another way, nor by
/// taking another of the 2^64 addresses that one IPv6 connection comes with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Client(String);

impl Client {
    /// Reads a client: an IPv4 address, an IPv6 address (its /64 counts, and an
    /// IPv4 address within it is one), or any other text as it is.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty text, one over 64 characters, and one
    /// with control characters.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            return Err(Error::invalid("the client is empty").hint("write its address, such as 203.0.113.9"));
        }
        if length > LONGEST {
            return Err(Error::invalid(format!("the client has {length} characters, and {LONGEST} are the most")));
        }
        if let Some(control) = text.chars().find(|c| c.is_control()) {
            return Err(Error::invalid(format!("the client holds a control character (U+{:04X})", u32::from(control))));
        }
        // What `invite limits` shows can be given back to it.
        let address = text.strip_suffix("/64").filter(|address| address.contains(':')).unwrap_or(text);
        Ok(Client(match IpAddr::from_str(address) {
            Ok(address) => canonical(address),
            Err(_) => text.to_owned(),
        }))
    }

    /// The form that is counted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn canonical(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        Client::parse(text).unwrap().to_string()
    }

    #[test]
    fn an_address_counts_in_its_canonical_form() {
        for (text, client) in [
            ("203.0.113.9", "203.0.113.9"),
            (" 203.0.113.9\n", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("::FFFF:CB00:7109", "203.0.113.9"),
            ("2001:db8:0:7::1", "2001:db8:0:7::/64"),
            ("2001:0DB8:0000:0007:ffff:1:2:3", "2001:db8:0:7::/64"),
            ("2001:db8:0:7::/64", "2001:db8:0:7::/64"),
            ("::1", "::/64"),
            ("203.0.113.9/64", "203.0.113.9/64"),
            ("session 7", "session 7"),
            ("203.0.113.09", "203.0.113.09"),
        ] {
            assert_eq!(read(text), client, "{text:?}");
        }
        assert_ne!(read("2001:db8:0:7::1"), read("2001:db8:0:8::1"));
    }

    #[test]
    fn what_cannot_be_a_client_is_refused() {
        for (text, why) in [
            (String::new(), "empty"),
            ("  ".into(), "empty"),
            ("x".repeat(65), "65 characters"),
            ("a\u{7}b".into(), "U+0007"),
        ] {
            let error = Client::parse(&text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert_eq!(read(&"\u{5c71}".repeat(64)).chars().count(), 64);
    }

    proptest! {
        #[test]
        fn what_was_read_reads_as_itself(text in any::<String>(), address in any::<u128>()) {
            let address = Ipv6Addr::from(address).to_string();
            for text in [text, address] {
                if let Ok(client) = Client::parse(&text) {
                    prop_assert_eq!(Client::parse(client.as_str()).unwrap(), client);
                }
            }
        }
    }
}
