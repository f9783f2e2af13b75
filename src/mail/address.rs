//! Addresses as mail servers take them.

use lettre::Address;
use url::Host;

/// Reads an address. Its domain is put in ASCII, as every server takes it; a
/// local part in other letters needs a server that offers SMTPUTF8.
pub(crate) fn parse(text: &str) -> Option<Address> {
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '\u{2028}' | '\u{2029}')) {
        return None;
    }
    let (user, domain) = text.rsplit_once('@')?;
    if domain.is_ascii() {
        return Address::new(user, domain).ok();
    }
    match Host::parse(domain).ok()? {
        Host::Domain(domain) => Address::new(user, domain).ok(),
        _ => None,
    }
}
