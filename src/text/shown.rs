//! Display of text of unknown origin.

use icu_properties::props::GeneralCategory;

use crate::text::characters::{category, is_invisible, is_stacked_mark};

/// Maximum number of marks on one letter that are shown. Written languages need up to
/// four; more marks cover the lines above and below.
pub(crate) const MAX_MARKS: usize = 5;

/// Maximum number of characters of a value in an error message.
const MAX_VALUE: usize = 60;

/// Returns a text that is safe on a terminal, on a web page and in an e-mail: control
/// characters, characters that change the writing direction and invisible ones become
/// U+FFFD, and marks beyond five on one letter are removed.
pub(crate) fn safe(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        marks = if is_stacked_mark(c) { marks + 1 } else { 0 };
        if marks <= MAX_MARKS {
            shown.push(if is_unsafe(c) { '\u{fffd}' } else { c });
        }
    }
    shown
}

/// Returns true for characters that control a terminal, change the writing direction or
/// are invisible, except joiners and variation selectors, which scripts and emoji need.
pub(crate) fn is_unsafe(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let is_needed = matches!(c, '\u{200c}' | '\u{200d}' | '\u{34f}' | '\u{fe00}'..='\u{fe0f}' | '\u{2800}');
    (is_invisible(c) && !is_needed)
        || is_noncharacter(c)
        || matches!(
            category(c),
            GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
        )
}

fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

/// Shortens a text to `longest` characters, followed by `…` if it was longer.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns a value for an error message: in quotes, safe, and at most 60 characters long.
pub(crate) fn quoted(value: &str) -> String {
    format!("\"{}\"", shortened(&safe(value), MAX_VALUE))
}

/// Returns a noun with its article: `a member`, `an admin`.
pub(crate) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Breaks a text into lines of at most `width` characters, at spaces.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_replaces_controls_bidi_and_invisible_characters() {
        assert_eq!(safe("a\u{1b}[31mb\u{7f}\u{9b}c\u{202e}d\n"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}");
        for c in
            "\u{200b}\u{200e}\u{200f}\u{61c}\u{2028}\u{2029}\u{2060}\u{2066}\u{2069}\u{feff}\u{ad}\u{e0041}\u{3164}"
                .chars()
        {
            assert_eq!(safe(&format!("a{c}b")), "a\u{fffd}b", "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn safe_keeps_what_scripts_and_emoji_need() {
        for text in ["Ünïcode – 山田 ✓", "می\u{200c}خواهم", "👩\u{200d}👧 ❤\u{fe0f}", "שָׁלוֹם", "ཧྐྵྨ", "e\u{301}"]
        {
            assert_eq!(safe(text), text);
        }
    }

    #[test]
    fn safe_limits_marks_on_one_letter() {
        let zalgo = format!("Z{}a\u{301}", "\u{330}".repeat(40));
        assert_eq!(safe(&zalgo), format!("Z{}a\u{301}", "\u{330}".repeat(MAX_MARKS)));
    }

    #[test]
    fn quoted_shortens_long_values() {
        assert_eq!(quoted("a\nb"), "\"a\u{fffd}b\"");
        assert_eq!(quoted(&"é".repeat(100_000)).chars().count(), MAX_VALUE + 3);
    }
}
