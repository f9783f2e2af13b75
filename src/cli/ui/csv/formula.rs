//! Protection against text that a spreadsheet would run as a formula.

use std::borrow::Cow;

use crate::text::is_invisible;

/// Returns text with an apostrophe before each formula.
///
/// A formula begins with `=`, `+`, `-` or `@`, or the full-width form of one, at the
/// beginning of a cell; white space, invisible characters and quotes before it are skipped.
/// A semicolon, a tab and a line break also begin a cell, because some spreadsheets split
/// there even inside quotes.
pub(crate) fn defused(text: &str) -> Cow<'_, str> {
    // Fast path: most texts begin otherwise and contain no separator of cells.
    let begins_plain = text
        .as_bytes()
        .first()
        .is_none_or(|&byte| byte.is_ascii_graphic() && !matches!(byte, b'=' | b'+' | b'-' | b'@' | b'"'));
    // Testing every byte is faster than stopping at the first special one.
    let has_one_cell = text.bytes().fold(true, |one, byte| one & !matches!(byte, b';' | b'\t' | b'\n' | b'\r'));
    if begins_plain && has_one_cell {
        return Cow::Borrowed(text);
    }
    // A tab or carriage return at the beginning hides a formula after it.
    let mut defused = if text.starts_with(['\t', '\r']) { "'".to_owned() } else { String::new() };
    let mut is_beginning = true;
    for c in text.chars() {
        if is_beginning && is_formula_sign(c) {
            defused.push('\'');
        }
        is_beginning = ends_cell(c) || (is_beginning && is_skipped(c));
        defused.push(c);
    }
    if defused.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(defused) }
}

fn is_formula_sign(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

fn ends_cell(c: char) -> bool {
    matches!(c, ';' | '\t' | '\n' | '\r')
}

fn is_skipped(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '"' || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formula_gets_apostrophe_at_every_cell_start() {
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
    fn text_without_formula_is_unchanged() {
        for text in
            ["", "a=b", "1-2", "ann@example.org", "Élan - vital", "a;b", "山田", "x, -y", "2026-01-01T00:00:00Z"]
        {
            assert!(matches!(defused(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
