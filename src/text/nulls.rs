//! Words that programs write where they have no value.

use crate::shell;

/// What databases, languages and spreadsheets write for a missing value.
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

/// True for a word that stands for a missing value, in any letter case and in
/// brackets or quotes: `NULL`, `None`, `undefined`, `\N`, `(null)`.
///
/// Such a word in the place of an id or a code comes from an export whose
/// empty fields were written out, and would be shared by unrelated rows.
pub(crate) fn is_null_word(text: &str) -> bool {
    // The longest word in its brackets: most ids are not looked at.
    if text.len() > 24 {
        return false;
    }
    let is_around = |c: char| c.is_whitespace() || "()<>[]{}'\"`".contains(c);
    let bare = text.trim_matches(is_around);
    WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word))
}

/// What helps where such a word was refused.
pub(crate) fn null_word_hint(word: &str) -> String {
    format!("leave a missing value empty; for a file, declare this word as empty: --null {}", shell::word(word.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_words_are_recognised_in_any_form() {
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
