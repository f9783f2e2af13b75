//! Keys of codes: what lookups compare.

use std::fmt;

use sha2::{Digest, Sha256};

/// The key that lookups compare: the normalized code, or its hash. Debug output does not
/// show it, since the key of a code that is stored as text is the code.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeKey(String);

impl CodeKey {
    /// Wraps a key from the database.
    pub(crate) fn new(key: String) -> Self {
        CodeKey(key)
    }

    /// Returns the key as the database stores it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the whole key, for an archive of deleted invites. The key of a code that
    /// is stored as text is the code in its normal form.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns `#` and the first digits of the key: enough to find a hashed code, too few
    /// to redeem it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("#{}", self.0.get(..8).unwrap_or(&self.0))
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey(..)")
    }
}

/// Returns the normal form of a code that is stored as text: upper case, without white
/// space and dashes. Similar letters stay different: in an alphabet of 36 letters, 0 and
/// O are two.
#[must_use]
pub(crate) fn normalize(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return text.to_owned();
    }
    text.chars().filter(|c| !is_separator(*c)).flat_map(char::to_uppercase).collect()
}

/// Returns the number of letters and digits in the normal form of a code.
#[must_use]
pub(crate) fn normal_length(text: &str) -> usize {
    normalize(text).chars().filter(|c| c.is_alphanumeric()).count()
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '\u{ad}' | '\u{200b}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{feff}')
        || matches!(c, '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// Returns the SHA-256 hash in lower-case hexadecimal. The text is not normalized:
/// tokens distinguish letter case.
#[must_use]
pub(crate) fn hash(text: &str) -> String {
    use fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
