//! Case-insensitive search, the same on every engine.
//!
//! The engines fold letter case differently: `SQLite` only A-Z, `PostgreSQL` by the locale
//! of the database, and the binary collations of `MariaDB` and `MySQL` not at all. So the
//! case is folded here: a letter becomes the set of its forms, in the syntax of `GLOB` or of
//! regular expressions, and the engine compares bytes.

use crate::error::{Error, Result};

use crate::text::address::ascii_domain;
use crate::text::checks::check_text;

/// Maximum length of a search text, in characters.
const MAX_SEARCH: usize = 200;

/// A text that is searched for in any letter case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchText(Vec<char>);

/// Checks a text to search for.
///
/// # Errors
/// [`Error::Invalid`] for an empty text, one of more than 200 characters and
/// one with control characters.
pub(crate) fn check_search(text: &str) -> Result<()> {
    check_text("search text", text.trim(), MAX_SEARCH)
        .map_err(|error: Error| error.with_hint("search for part of a name, an ID, a note or an address"))
}

impl SearchText {
    /// Creates the search from a text, which is trimmed.
    pub(crate) fn of(text: &str) -> Self {
        SearchText(text.trim().chars().collect())
    }

    /// Returns the text for a search in canonical addresses, with its domain in ASCII.
    /// `None` if the result is the text itself, or if the text is not the end of an
    /// address.
    pub(crate) fn in_addresses(&self) -> Option<Self> {
        let text: String = self.0.iter().collect();
        let (local, domain) = text.rsplit_once('@').map_or(("", text.as_str()), |(local, domain)| (local, domain));
        let ascii = ascii_domain(domain).filter(|ascii| !ascii.eq_ignore_ascii_case(domain))?;
        let at = if text.contains('@') { "@" } else { "" };
        Some(SearchText(format!("{local}{at}{ascii}").chars().collect()))
    }

    /// Returns the pattern for `GLOB`: `*[eE][lL]*`.
    pub(crate) fn glob(&self) -> String {
        let mut pattern = String::from("*");
        for c in &self.0 {
            let forms = forms(*c);
            if forms.len() > 1 || matches!(c, '*' | '?' | '[') {
                pattern.push('[');
                pattern.extend(forms);
                pattern.push(']');
            } else {
                pattern.push(*c);
            }
        }
        pattern.push('*');
        pattern
    }

    /// Returns a regular expression for `MariaDB` and `MySQL`: `[eE][lL]`.
    pub(crate) fn regular_expression(&self) -> String {
        self.expression(|_, form| form.to_string())
    }

    /// Returns a regular expression for `PostgreSQL`. A database in another
    /// encoding than UTF-8 refuses characters that the encoding lacks, so forms that
    /// it may lack are written as escapes.
    pub(crate) fn postgres_expression(&self) -> String {
        let is_foreign = |c: char, form: char| !is_pair(c, form) || (c <= '\u{ff}' && form > '\u{ff}');
        self.expression(|c, form| match form {
            _ if form == c || !is_foreign(c, form) => form.to_string(),
            _ => format!("\\u{:04x}", u32::from(form)),
        })
    }

    fn expression(&self, written: impl Fn(char, char) -> String) -> String {
        let mut pattern = String::new();
        for c in &self.0 {
            let forms = forms(*c);
            if forms.len() > 1 {
                pattern.push('[');
                pattern.extend(forms.into_iter().map(|form| written(*c, form)));
                pattern.push(']');
            } else {
                if c.is_ascii_punctuation() {
                    pattern.push('\\');
                }
                pattern.push(*c);
            }
        }
        pattern
    }
}

/// Returns true for the lower and the upper case of one letter.
fn is_pair(one: char, other: char) -> bool {
    only(one.to_lowercase()) == Some(other) || only(one.to_uppercase()) == Some(other)
}

/// Groups of letters that count as one, beyond pairs of lower and upper case.
const GROUPS: [&str; 19] = [
    "iIİı",
    "sSſ",
    "kK\u{212a}",
    "åÅ\u{212b}",
    "σΣς",
    "ωΩ\u{2126}",
    "βΒϐ",
    "εΕϵ",
    "θΘϑϴ",
    "κΚϰ",
    "μΜµ",
    "πΠϖ",
    "ρΡϱ",
    "φΦϕ",
    "ßẞ",
    "ǆǅǄ",
    "ǉǈǇ",
    "ǌǋǊ",
    "ǳǲǱ",
];

/// Returns every form of a letter, itself first; only the character if it has no letter
/// case.
fn forms(c: char) -> Vec<char> {
    let mut forms = vec![c];
    // A form of several letters, such as SS for ß, is a different spelling.
    let grouped = GROUPS.iter().filter(|group| group.contains(c)).flat_map(|group| group.chars());
    for form in grouped.chain(only(c.to_lowercase())).chain(only(c.to_uppercase())) {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> SearchText {
        SearchText::of(text)
    }

    #[test]
    fn pattern_contains_every_form_of_a_letter() {
        assert_eq!(search("él1").glob(), "*[éÉ][lL]1*");
        assert_eq!(search("ΣД").regular_expression(), "[Σσς][Дд]");
        assert_eq!(search("ikÿд").postgres_expression(), "[iI\\u0130\\u0131][kK\\u212a][ÿ\\u0178][дД]");
        assert_eq!(search("ß").glob(), "*[ßẞ]*");
    }

    #[test]
    fn pattern_escapes_special_characters() {
        assert_eq!(search("a*?[x]^").glob(), "*[aA][*][?][[][xX]]^*");
        assert_eq!(search(".*[^(1)]\\$-").regular_expression(), "\\.\\*\\[\\^\\(1\\)\\]\\\\\\$\\-");
    }

    #[test]
    fn every_form_of_a_letter_has_the_same_forms() {
        for group in GROUPS.into_iter().chain(["aA", "éÉ", "дД", "ÿŸ"]) {
            for c in group.chars() {
                let mut found = forms(c);
                let mut expected: Vec<char> = group.chars().collect();
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected, "{c}");
            }
        }
    }

    #[test]
    fn domain_is_searched_in_ascii() {
        assert_eq!(search("jo@Bücher.example").in_addresses(), Some(search("jo@xn--bcher-kva.example")));
        assert_eq!(search("bücher.example").in_addresses(), Some(search("xn--bcher-kva.example")));
        assert_eq!(search("Example.org").in_addresses(), None);
    }

    #[test]
    fn search_text_is_limited() {
        assert!(check_search(&"x".repeat(201)).is_err());
        assert!(check_search("a\u{0}b").is_err());
        assert!(check_search("  ").is_err());
    }
}
