//! Prefixes of codes that are built from names: `Joh` of John Smith.

use crate::model::code::blocklist::contains_blocked_word;

/// Rude words of three letters, which the blocklist does not contain.
const RUDE_PREFIXES: [&str; 5] = ["Ass", "Cum", "Jap", "Sex", "Tit"];

/// The part of a code before the dash: ASCII letters, the first in upper case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamePrefix(String);

impl NamePrefix {
    /// Returns the prefix of a name, with this number of letters.
    ///
    /// Letters of other scripts are transliterated (`Ελένη` gives `Ele`). A name with
    /// too few letters is padded with `x` (`Jo` gives `Jox`); a name without letters
    /// gives `Xxx`. If the first letters are a rude word, a later letter of the name
    /// replaces the last of them.
    #[must_use]
    pub fn of(name: &str, letters: usize) -> Self {
        let found: Vec<char> = name
            .chars()
            // Symbols and emoji would be transliterated to words.
            .filter(|c| c.is_alphabetic())
            .filter_map(deunicode::deunicode_char)
            .flat_map(str::chars)
            .filter(char::is_ascii_alphabetic)
            .collect();
        let head: Vec<char> = found.iter().copied().chain(std::iter::repeat('x')).take(letters).collect();
        let mut prefix = capitalized(&head);
        let replacements = found.iter().skip(letters).copied().chain(['x', 'z']);
        for replacement in replacements {
            if !is_blocked(&prefix) {
                break;
            }
            let mut letters = head.clone();
            if let Some(last) = letters.last_mut() {
                *last = replacement;
            }
            prefix = capitalized(&letters);
        }
        NamePrefix(prefix)
    }

    /// Returns the letters, the first in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn capitalized(letters: &[char]) -> String {
    let mut prefix = String::with_capacity(letters.len());
    for (index, letter) in letters.iter().enumerate() {
        prefix.push(if index == 0 { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
    }
    prefix
}

fn is_blocked(prefix: &str) -> bool {
    RUDE_PREFIXES.iter().any(|rude| prefix.starts_with(rude)) || contains_blocked_word(prefix)
}
