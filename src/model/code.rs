//! Codes: generated without bias, normalized for lookups, or stored as a hash.

pub(crate) mod blocklist;
mod format;
mod key;
pub(crate) mod odds;
pub(crate) mod prefix;
pub(crate) mod shape;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt;

pub(crate) use crate::model::code::blocklist::contains_blocked_word;
pub(crate) use crate::model::code::format::MIN_LENGTH;
pub use crate::model::code::format::{CodeFormat, Storage};
pub use crate::model::code::key::CodeKey;
pub(crate) use crate::model::code::key::{hash, normal_length, normalize};
pub(crate) use crate::model::code::prefix::NamePrefix;
pub(crate) use crate::model::code::shape::matches_format;
use crate::random::Generator;

/// The code of an invite: a secret, which debug output does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Wraps the text of a code, without checking it.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Code(text.into())
    }

    /// Returns the text of the code, which is a secret.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns the key that lookups compare.
    #[must_use]
    pub(crate) fn key(&self, storage: Storage) -> CodeKey {
        CodeKey::new(match storage {
            Storage::Text => normalize(&self.0),
            Storage::Hash => hash(&self.0),
        })
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// The characters of base64url that are neither letters nor digits.
const TOKEN_MARKS: [char; 2] = ['-', '_'];

/// Returns the entropy of a token's secret, in bits. A secret that begins or ends with
/// a mark is rejected, which costs less than a tenth of a bit.
#[expect(clippy::cast_precision_loss, reason = "64 bytes at most")]
pub(crate) fn token_entropy_bits(bytes: usize) -> f64 {
    let kept = (62.0_f64 / 64.0).log2();
    // If the bytes do not fill the last character, it encodes fewer than six bits and
    // is never a mark.
    let ends = if bytes.is_multiple_of(3) { 2.0 } else { 1.0 };
    8.0 * bytes as f64 + ends * kept
}

/// Generates a code. `prefix` is the prefix of the space's name, which only the format
/// [`CodeFormat::Name`] uses.
///
/// Every letter is chosen without bias, by rejection sampling. A random code that
/// contains a word of the blocklist is rejected.
pub(crate) fn generate(format: &CodeFormat, prefix: Option<&NamePrefix>, rng: &mut dyn Generator) -> Code {
    match format {
        CodeFormat::Random { alphabet, length } => loop {
            let text: String = (0..*length).map(|_| alphabet[rng.random_range(0..alphabet.len())]).collect();
            if !contains_blocked_word(&text) {
                return Code(text);
            }
        },
        CodeFormat::Token { bytes, prefix } => loop {
            let mut secret = vec![0_u8; *bytes];
            rng.fill_bytes(&mut secret);
            let secret = URL_SAFE_NO_PAD.encode(secret);
            // Mail programs end a link before a trailing mark. A leading dash is an option
            // for a shell and a formula for a spreadsheet.
            if !secret.starts_with(TOKEN_MARKS) && !secret.ends_with(TOKEN_MARKS) {
                return Code(format!("{prefix}{secret}"));
            }
        },
        CodeFormat::Name { digits, .. } => {
            let number = rng.random_range(0..10_u64.pow(*digits));
            numbered(prefix.map_or("Inv", NamePrefix::as_str), number, *digits)
        }
    }
}

/// Returns the code of a prefix and a number: `Joh-456`.
pub(crate) fn numbered(prefix: &str, number: u64, digits: u32) -> Code {
    Code(format!("{prefix}-{number:0width$}", width = digits as usize))
}

/// Returns a text as long as the codes of a format for a space of this name.
pub(crate) fn sample(format: &CodeFormat, space_name: &str) -> Code {
    match format {
        CodeFormat::Random { length, .. } => Code("x".repeat(*length)),
        CodeFormat::Token { bytes, prefix } => Code(format!("{prefix}{}", "x".repeat((bytes * 4).div_ceil(3)))),
        CodeFormat::Name { letters, digits, .. } => {
            Code(format!("{}-{}", NamePrefix::of(space_name, *letters).as_str(), "x".repeat(*digits as usize)))
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
