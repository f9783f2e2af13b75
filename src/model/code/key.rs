//! Keys of codes: what lookups compare.

use std::fmt;

use sha2::{Digest, Sha256};

/// What look-ups compare. It shows itself only as a fingerprint, because for
/// codes that are kept as text it is the code.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeKey(String);

impl CodeKey {
    /// Takes a key as the database has it.
    pub(crate) fn new(key: String) -> Self {
        CodeKey(key)
    }

    /// The key as the database compares it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole key, for an archive of what is deleted. For codes that are
    /// kept as text it is the code in its normal form.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The first digits of a hash: enough to find it again, too little to use.
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

/// The form in which look-ups compare codes that are kept as text: trimmed,
/// upper case, without spaces and without any kind of dash. Nothing else is
/// folded: in a 36-letter alphabet 0 and O are two letters.
#[must_use]
pub(crate) fn normalise(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return text.to_owned();
    }
    text.chars().filter(|c| !is_separator(*c)).flat_map(char::to_uppercase).collect()
}

/// Returns the number of letters and digits in the normal form of a code.
#[must_use]
pub(crate) fn normal_length(text: &str) -> usize {
    normalise(text).chars().filter(|c| c.is_alphanumeric()).count()
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '\u{ad}' | '\u{200b}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{feff}')
        || matches!(c, '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// The SHA-256 in lower-case hexadecimal. A token is never folded: one letter
/// in another case is another token.
#[must_use]
pub(crate) fn hash(text: &str) -> String {
    use fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
