//! The format of codes, and what the database stores of them.

/// The format of a policy's codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeFormat {
    /// Random letters of an alphabet (seeds 000, 001 and 004).
    Random {
        /// Upper-case letters and digits, without duplicates.
        alphabet: Vec<char>,
        /// Number of letters in a code.
        length: usize,
    },
    /// A prefix and random bytes in base64url (seed 002).
    Token {
        /// Number of random bytes.
        bytes: usize,
        /// Prefix by which secret scanners recognize a leaked token.
        prefix: String,
    },
    /// Letters of the space's name, a dash and digits, such as `Joh-456` (seed 003).
    Name {
        /// Number of letters of the name.
        letters: usize,
        /// Minimum number of digits.
        digits: u32,
        /// Maximum number of digits: codes get more digits as a prefix fills.
        max_digits: u32,
    },
}

/// The form in which the database stores a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// The code: operators can list it.
    Text,
    /// Only the SHA-256 hash: the code is shown only when it is created.
    Hash,
}
