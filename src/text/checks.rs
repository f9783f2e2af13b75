//! Checks of IDs, names and other texts.

use icu_properties::props::GeneralCategory;

use crate::error::{Error, Result};
use crate::text::characters::{category, is_invisible, is_stacked_mark};
use crate::text::nulls::{is_null_word, null_word_hint};
use crate::text::shown::MAX_MARKS;
use crate::text::shown::quoted;

/// Maximum length of an ID, in characters.
pub(crate) const MAX_ID: usize = 64;

/// Checks the ID of a space or a user: 1 to 64 letters, marks, digits,
/// punctuation marks and symbols, and single spaces between them.
///
/// Invisible characters are refused: two IDs that differ only in such a character look the
/// same in every list.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong, which character and where it is; also
/// for a word that stands for a missing value, such as `NULL`.
pub(crate) fn check_id(what: &str, id: &str) -> Result<()> {
    check_text(what, id, MAX_ID)?;
    if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        check_characters(what, id)?;
    }
    if is_null_word(id) {
        return Err(Error::invalid(format!("the {what} is {}, a word for a missing value", quoted(id)))
            .with_hint(null_word_hint(id)));
    }
    Ok(())
}

fn check_characters(what: &str, id: &str) -> Result<()> {
    let Some((index, c)) = id.chars().enumerate().find(|(_, c)| !is_id_character(*c)) else { return Ok(()) };
    let kind = match category(c) {
        GeneralCategory::Unassigned => "an unassigned character",
        GeneralCategory::PrivateUse => "a private-use character",
        _ if is_invisible(c) => "an invisible character",
        _ => "a kind of white space that looks like a space",
    };
    Err(Error::invalid(format!("the {what} contains {kind} (U+{:04X}, character {})", u32::from(c), index + 1))
        .with_hint("an ID can contain letters, digits, punctuation marks and symbols: remove the character"))
}

fn is_id_character(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let is_refused = matches!(
        category(c),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    );
    !is_refused && !is_invisible(c)
}

/// Checks the name of a space or a user: up to 200 characters, none of them a
/// control character, and no more than five marks on one letter.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong.
pub(crate) fn check_name(what: &str, name: &str) -> Result<()> {
    check_text(what, name, 200)?;
    if name.is_ascii() {
        return Ok(());
    }
    if name.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(Error::invalid(format!("the {what} has no visible character")));
    }
    let mut marks = 0;
    for c in name.chars() {
        marks = if is_stacked_mark(c) { marks + 1 } else { 0 };
        if marks > MAX_MARKS {
            return Err(Error::invalid(format!(
                "the {what} has more than {MAX_MARKS} combining marks on one character"
            ))
            .with_hint("write the name without them: such text covers the lines around it"));
        }
    }
    Ok(())
}

/// Checks a text: not empty, at most `longest` characters, no control characters, no
/// white space at the start or the end.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong.
pub(crate) fn check_text(what: &str, text: &str, longest: usize) -> Result<()> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Err(Error::invalid(format!("the {what} is empty")));
    }
    if length > longest {
        return Err(Error::invalid(format!("the {what} is too long: {length} characters (maximum {longest})")));
    }
    if text.trim() != text {
        return Err(Error::invalid(format!("the {what} begins or ends with a space")));
    }
    match text.chars().find(|c| c.is_control()) {
        Some(control) => {
            Err(Error::invalid(format!("the {what} contains a control character (U+{:04X})", u32::from(control))))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_accepts_visible_characters_of_every_script() {
        for id in ["u-1", "a b", "ann@example.org", "山田", "Ünï", "हिन्दी", "e\u{301}", "①", "★", "😀", "«a»", "#1"]
        {
            assert!(check_id("user ID", id).is_ok(), "{id}");
        }
        assert!(check_id("user ID", &"é".repeat(64)).is_ok());
    }

    #[test]
    fn id_refuses_invisible_characters() {
        for c in [
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{feff}',
            '\u{ad}',
            '\u{34f}',
            '\u{115f}',
            '\u{3164}',
            '\u{ffa0}',
            '\u{fe0f}',
            '\u{180e}',
            '\u{2800}',
            '\u{e0061}',
            '\u{a0}',
            '\u{2003}',
            '\u{3000}',
            '\u{2028}',
            '\u{e000}',
            '\u{f0000}',
            '\u{378}',
            '\u{fdd0}',
            '\u{10ffff}',
            '\u{7}',
            '\u{85}',
        ] {
            let error = check_id("user ID", &format!("ann{c}x")).unwrap_err().to_string();
            assert!(error.contains(&format!("U+{:04X}", u32::from(c))), "{error}");
        }
    }

    #[test]
    fn id_refuses_null_words_and_wrong_lengths() {
        for id in ["NULL", "None", "undefined", "\\N", "(null)", "", " ", " a", "a ", &"x".repeat(65)] {
            assert!(check_id("user ID", id).is_err(), "{id}");
        }
    }

    #[test]
    fn name_refuses_stacked_marks_and_invisible_text() {
        for name in ["Élan", "Nguyễn Thị", "می\u{200c}خواهم", "\u{202e}abc", "None", "👩\u{200d}👧"] {
            assert!(check_name("name", name).is_ok(), "{name:?}");
        }
        for name in ["\u{200b}", "\u{3164}\u{200d}", &format!("Z{}", "\u{330}".repeat(6)), "a\u{1b}b", ""] {
            assert!(check_name("name", name).is_err(), "{name:?}");
        }
    }
}
