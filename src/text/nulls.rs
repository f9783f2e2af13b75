//! Words that programs write for a missing value, such as `NULL`.

use crate::shell;

/// Words of databases, programming languages and spreadsheets for a missing value.
const WORDS: [&str; 18] = [
    "null",
    "nil",
    "none",
    "undefined",
    "\\n",
    "nan",
    "n/a",
    "#n/a",
    "#null!",
    "#ref!",
    "#value!",
    "true",
    "false",
    "-",
    "--",
    "object object",
    "blank",
    "empty",
];

/// Returns true for a word that stands for a missing value, in any letter case and in
/// brackets or quotes: `NULL`, `None`, `undefined`, `\N`, `(null)`.
///
/// An ID or a code with such a word comes from an export that writes missing values as
/// words; unrelated rows would share it.
pub(crate) fn is_null_word(text: &str) -> bool {
    // Even in brackets or quotes, every null word is shorter, so most IDs need no comparison.
    if text.len() > 24 {
        return false;
    }
    let is_around = |c: char| c.is_whitespace() || "()<>[]{}'\"`".contains(c);
    let bare = text.trim_matches(is_around);
    WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word))
}

/// Returns the hint for a refused word.
pub(crate) fn null_word_hint(word: &str) -> String {
    format!("leave a missing value empty; for a file, declare this word as empty: --null {}", shell::word(word.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_words_are_recognized_in_any_form() {
        for word in [
            "NULL",
            "null",
            "Null",
            "None",
            "nil",
            "<nil>",
            "undefined",
            "\\N",
            "(null)",
            "[NULL]",
            "'null'",
            " NULL ",
            "NaN",
            "N/A",
            "#N/A",
            "false",
            "True",
            "-",
            "--",
            "[object Object]",
        ] {
            assert!(is_null_word(word), "{word}");
        }
    }

    #[test]
    fn ids_that_resemble_null_words_are_not() {
        for id in ["NA", "0", "nullable", "none-1", "Nil2", "a-b", "---a", "u-null", "N", "", "ann"] {
            assert!(!is_null_word(id), "{id}");
        }
    }
}
