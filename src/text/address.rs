//! E-mail addresses in their canonical form, which is stored and compared.

use crate::error::{Error, Result};
use crate::text::characters::category;
use crate::text::characters::is_invisible;
use crate::text::checks::check_text;
use crate::text::shown::quoted;
use icu_properties::props::GeneralCategory;

/// Maximum length of an address in its canonical form, in characters.
const MAX_ADDRESS: usize = 254;

/// Returns an e-mail address in its canonical form: the local part with A-Z in
/// lower case and every other letter as it is, the domain in ASCII (IDNA by
/// UTS 46), in lower case and without a trailing dot.
///
/// Two addresses are equal if and only if their canonical forms are. Letters
/// beyond ASCII are not folded in the local part: the Kelvin sign becomes `k`
/// in Unicode folding, and an address with it belongs to another mailbox.
///
/// # Errors
/// [`Error::Invalid`] for text that is not an address. Quoted local parts,
/// comments, display names, address literals and invisible characters are
/// refused: no two spellings of one mailbox are accepted as different ones.
pub(crate) fn canonical_address(text: &str) -> Result<String> {
    let trimmed = text.trim();
    check_text("e-mail address", trimmed, MAX_ADDRESS)?;
    let refused = || {
        Error::invalid(format!("invalid e-mail address {}", quoted(trimmed))).with_hint("write it as name@example.org")
    };
    let (local, domain) = trimmed.rsplit_once('@').ok_or_else(refused)?;
    let domain = ascii_domain(domain).ok_or_else(refused)?;
    let address = format!("{}@{domain}", local.to_ascii_lowercase());
    let is_plain = address.chars().all(is_address_character);
    // Mail programs decode text between =? and ?= in a header.
    if !is_plain || address.contains("=?") || !email_address::EmailAddress::is_valid(&address) {
        return Err(refused());
    }
    check_text("e-mail address", &address, MAX_ADDRESS)?;
    Ok(address)
}

/// Returns a domain in ASCII, in lower case and without a trailing dot; `None`
/// for text that is not the name of a host.
pub(crate) fn ascii_domain(domain: &str) -> Option<String> {
    // The dot of the root, in any of the forms that IDNA accepts as a dot.
    let domain = domain.strip_suffix(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']).unwrap_or(domain);
    let ascii = if domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--") {
        domain.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii_strict(domain).ok()?
    };
    let is_name = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (ascii.len() <= 253 && ascii.split('.').all(is_name)).then_some(ascii)
}

/// Returns true for characters that a canonical address may have: quotes, comments and
/// brackets would spell the same mailbox in several ways.
fn is_address_character(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic() && !"\"(),:;<>[\\]".contains(c);
    }
    let is_refused = matches!(
        category(c),
        GeneralCategory::Control
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    );
    !is_refused && !is_invisible(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn domain_is_converted_to_ascii_host_name() {
        for (domain, ascii) in [
            ("Example.ORG", Some("example.org")),
            ("example.org.", Some("example.org")),
            ("bücher.example。", Some("xn--bcher-kva.example")),
            ("bu\u{308}cher.example.", Some("xn--bcher-kva.example")),
            ("xn--a.example", None),
            ("example.org..", None),
            ("-a.example", None),
            ("a_b.example", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(ascii_domain(domain).as_deref(), ascii, "{domain:?}");
        }
    }

    proptest! {
        #[test]
        fn canonical_address_is_its_own_canonical_form(
            text in prop_oneof![any::<String>(), "[a-zA-Z+.'é\u{212a}]{1,6}@[a-zA-ZäßＡ。.-]{1,8}\\.example\\.?"],
        ) {
            if let Ok(address) = canonical_address(&text) {
                prop_assert_eq!(canonical_address(&address).unwrap(), address);
            }
        }
    }
}
