//! The format of codes, and what the database stores of them.

/// How a policy's codes are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeFormat {
    /// So many letters of an alphabet (seeds 000, 001 and 004).
    Random {
        /// What letters are drawn from; upper case, each once.
        alphabet: Vec<char>,
        /// How many are drawn.
        length: usize,
    },
    /// So many random bytes in base64url behind a prefix (seed 002).
    Token {
        /// How many bytes.
        bytes: usize,
        /// What stands before them, so that a leaked token can be recognised.
        prefix: String,
    },
    /// `Joh-456`: letters of the space's name, a dash, digits (seed 003).
    Name {
        /// How many letters of the name.
        letters: usize,
        /// Minimum number of digits.
        digits: u32,
        /// Maximum number of digits: codes get more of them as a prefix fills.
        digits_max: u32,
    },
}

/// What is kept of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptAs {
    /// The code itself: operators can list it again.
    Text,
    /// Its SHA-256 only: shown once, when it is made.
    Hash,
}
