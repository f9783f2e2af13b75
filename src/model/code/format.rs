//! The format of codes, and what the database stores of them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::keys::{Rule, keys};

/// Minimum number of letters and digits in the normal form of a code. A shorter one is
/// easy to guess, and easily typed by mistake.
pub(crate) const MIN_LENGTH: u8 = 6;

keys! {
    /// The format of a policy's codes.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum CodeFormat {
        /// Random letters of an alphabet (seeds 000, 001 and 004).
        Random {
            /// Characters of random codes: at least 10 of A-Z and 0-9, without duplicates.
            #[serde(deserialize_with = "alphabet", serialize_with = "write_alphabet")]
            alphabet: Vec<char> = Rule::Text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789"),
            /// Number of characters of a random code.
            length: usize = Rule::Number(8, MIN_LENGTH as i64, 64),
        },
        /// A prefix and random bytes in base64url (seed 002).
        Token {
            /// Number of random bytes of a token.
            ///
            /// The token contains them in base64url. It begins and ends with a letter or digit,
            /// so that mail programs keep it whole in a link.
            bytes: usize = Rule::Number(32, 16, 64),
            /// Text before the bytes of a token: up to 16 of A-Z, a-z, 0-9 and _.
            ///
            /// It begins with a letter or digit. Secret scanners recognize a leaked token by it.
            #[serde(deserialize_with = "token_prefix")]
            prefix: String = Rule::Text(""),
        },
        /// Letters of the space's name, a dash and digits, such as `Joh-456` (seed 003).
        Name {
            /// Number of letters of the space's name at the start of a code.
            letters: usize = Rule::Number(3, 1, 16),
            /// Minimum number of digits of a code that begins with a name.
            ///
            /// An attacker who guesses redeems such a code with a probability of at most 1 in 20:
            /// with k active codes of a prefix and length, 10^digits / (20 k) failed attempts of
            /// all clients over the life of a code lock that prefix and length. While that would
            /// be below 20, a new code gets one more digit.
            digits: u32 = Rule::Number(3, 1, 9),
            /// Maximum number of digits; codes get more digits as a prefix fills.
            ///
            /// At the maximum, the odds of a guess rise; `policy show` and `generate` print them.
            max_digits: u32 = Rule::Number(9, 1, 9),
        },
    }
}

/// The form in which the database stores a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// The code: operators can list it.
    Text,
    /// Only the SHA-256 hash: the code is shown only when it is created.
    Hash,
}

fn alphabet<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<char>, D::Error> {
    let letters: Vec<char> = String::deserialize(deserializer)?.chars().collect();
    if let Some(wrong) = letters.iter().find(|letter| !letter.is_ascii_uppercase() && !letter.is_ascii_digit()) {
        return Err(D::Error::custom(format!("{wrong:?} is not one of A-Z and 0-9")));
    }
    if let Some((_, letter)) = letters.iter().enumerate().find(|(index, letter)| letters[..*index].contains(letter)) {
        return Err(D::Error::custom(format!("{letter:?} is a duplicate")));
    }
    if letters.len() < 10 {
        return Err(D::Error::custom("it needs at least 10 characters"));
    }
    Ok(letters)
}

fn write_alphabet<S: Serializer>(letters: &[char], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&letters.iter().collect::<String>())
}

fn token_prefix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let prefix = String::deserialize(deserializer)?;
    let is_allowed = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if prefix.len() > 16 || !is_allowed || prefix.starts_with('_') {
        return Err(D::Error::custom("write up to 16 of A-Z, a-z, 0-9 and _, a letter or digit first"));
    }
    Ok(prefix)
}
