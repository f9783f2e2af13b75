//! E-mail addresses in the form that SMTP uses.

use lettre::Address;
use url::Host;

/// Parses an address. The domain is converted to ASCII, which every server accepts; a
/// local part that is not ASCII requires a server with SMTPUTF8.
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
