//! Texts that a spreadsheet would run as a formula.

use std::borrow::Cow;

use crate::text::is_invisible;

/// Returns a text with an apostrophe before what a spreadsheet would run.
///
/// A formula begins with `=`, `+`, `-` or `@`, in full width too, at the beginning
/// of a cell. White space, invisible characters and quotes before it are passed
/// over. A semicolon, a tab or a line break begins a cell as well: spreadsheets
/// of many languages split there, whatever quotes stand around.
pub(crate) fn defused(text: &str) -> Cow<'_, str> {
    // Most texts begin with something else, and hold nothing that begins a cell.
    let begins_plain = text
        .as_bytes()
        .first()
        .is_none_or(|&byte| byte.is_ascii_graphic() && !matches!(byte, b'=' | b'+' | b'-' | b'@' | b'"'));
    if begins_plain && !text.bytes().any(|byte| matches!(byte, b';' | b'\t' | b'\n' | b'\r')) {
        return Cow::Borrowed(text);
    }
    // A control character at the beginning hides what follows.
    let mut defused = if text.starts_with(['\t', '\r']) { "'".to_owned() } else { String::new() };
    let mut is_beginning = true;
    for c in text.chars() {
        if is_beginning && is_sign(c) {
            defused.push('\'');
        }
        is_beginning = ends_cell(c) || (is_beginning && is_passed_over(c));
        defused.push(c);
    }
    if defused.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(defused) }
}

fn is_sign(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

fn ends_cell(c: char) -> bool {
    matches!(c, ';' | '\t' | '\n' | '\r')
}

fn is_passed_over(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '"' || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_get_an_apostrophe_wherever_a_cell_may_begin() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\rx", "'\rx"),
            (" =1", " '=1"),
            ("\u{feff}=1", "\u{feff}'=1"),
            ("\u{200b}\u{a0}@x", "\u{200b}\u{a0}'@x"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\u{ff0b}1", "'\u{ff0b}1"),
            ("\u{ff0d}1", "'\u{ff0d}1"),
            ("\u{ff20}x", "'\u{ff20}x"),
            ("x;=cmd()", "x;'=cmd()"),
            ("x; \"=cmd()", "x; \"'=cmd()"),
            ("x\t+1;-2", "x\t'+1;'-2"),
            ("a\n=1", "a\n'=1"),
            ("\"=1\"", "\"'=1\""),
            ("\u{7}=1", "\u{7}'=1"),
        ] {
            assert_eq!(defused(text), expected, "{text:?}");
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in
            ["", "a=b", "1-2", "ann@example.org", "Élan - vital", "a;b", "山田", "x, -y", "2026-01-01T00:00:00Z"]
        {
            assert!(matches!(defused(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
