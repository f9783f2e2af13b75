//! The letters of a name that begin a director's code: `Joh` of John Smith.

use crate::model::code::blocklist::holds_bad_word;

/// Three letters that are rude by themselves, which no four-letter word of the
/// blocklist covers.
const RUDE_PREFIXES: [&str; 5] = ["Ass", "Cum", "Jap", "Sex", "Tit"];

/// What stands before the dash: so many ASCII letters, the first a capital.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamePrefix(String);

impl NamePrefix {
    /// The prefix of a name.
    ///
    /// Letters of another script are transliterated (`Ελένη` gives `Ele`). A
    /// name with too few letters is filled up with `x` (`Jo` gives `Jox`); a
    /// name without any gives `Xxx`. Where the first letters are rude, the last
    /// of them gives way to a later letter of the name.
    #[must_use]
    pub fn of(name: &str, letters: usize) -> Self {
        let found: Vec<char> = name
            .chars()
            // Symbols and emoji have transliterations too, but those are words
            // nobody would look for in a name.
            .filter(|c| c.is_alphabetic())
            .filter_map(deunicode::deunicode_char)
            .flat_map(str::chars)
            .filter(char::is_ascii_alphabetic)
            .collect();
        let head: Vec<char> = found.iter().copied().chain(std::iter::repeat('x')).take(letters).collect();
        let mut prefix = capitalised(&head);
        let spares = found.iter().skip(letters).copied().chain(['x', 'z']);
        for spare in spares {
            if !is_rude(&prefix) {
                break;
            }
            let mut milder = head.clone();
            if let Some(last) = milder.last_mut() {
                *last = spare;
            }
            prefix = capitalised(&milder);
        }
        NamePrefix(prefix)
    }

    /// The letters, as the code shows them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn capitalised(letters: &[char]) -> String {
    let mut prefix = String::with_capacity(letters.len());
    for (index, letter) in letters.iter().enumerate() {
        prefix.push(if index == 0 { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
    }
    prefix
}

fn is_rude(prefix: &str) -> bool {
    RUDE_PREFIXES.iter().any(|rude| prefix.starts_with(rude)) || holds_bad_word(prefix)
}
