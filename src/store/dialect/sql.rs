//! The text of statements, split into pieces by the compiler.

use crate::store::dialect::fragment::{self, Fragment};

/// A part of the text of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece {
    /// SQL that is the same for all engines.
    Text(&'static str),
    /// SQL that differs between engines, written as `{name}` or `{name:detail}`.
    Fragment(Fragment),
    /// A parameter, written as `:name`.
    Param(&'static str),
}

#[cfg(test)]
impl Piece {
    /// Returns the name of the argument that the piece binds, if any.
    pub(crate) fn argument(self) -> Option<&'static str> {
        match self {
            Piece::Text(_) => None,
            Piece::Param(name) => Some(name),
            Piece::Fragment(fragment) => fragment.argument(),
        }
    }
}

/// SQL in the source: a statement or a part of one. Only [`sql!`] creates it, so values can only be
/// bound.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql {
    text: &'static str,
    pieces: &'static [Piece],
}

impl Sql {
    /// Pairs a text with its pieces; called by [`sql!`].
    pub(crate) const fn of(text: &'static str, pieces: &'static [Piece]) -> Self {
        Sql { text, pieces }
    }

    /// Returns the text as it is written in the source.
    pub(crate) const fn text(self) -> &'static str {
        self.text
    }

    /// Returns the pieces of the text.
    pub(crate) const fn pieces(self) -> &'static [Piece] {
        self.pieces
    }
}

/// Splits a literal or a constant into [`Sql`] at compile time: `sql!("SELECT id FROM invites WHERE
/// id = :id {lock}")`. An unknown fragment or shape, an unclosed brace and an unclosed quote do not
/// compile.
macro_rules! sql {
    ($text:expr) => {{
        const SQL_TEXT: &str = $text;
        const SQL_PIECES: &[$crate::store::dialect::sql::Piece] =
            &$crate::store::dialect::sql::parse::<{ $crate::store::dialect::sql::count_pieces(SQL_TEXT) }>(SQL_TEXT);
        $crate::store::dialect::sql::Sql::of(SQL_TEXT, SQL_PIECES)
    }};
}
pub(crate) use sql;

/// Returns the number of pieces of a text. Panics for a text with an error, which fails the
/// compilation where [`sql!`] calls it:
///
/// ```
/// const _: usize = invite::count_pieces("SELECT id FROM invites WHERE id = :id {lock}");
/// ```
///
/// ```compile_fail
/// const _: usize = invite::count_pieces("SELECT id FROM invites WHERE id = :id {locks}");
/// ```
#[must_use]
pub const fn count_pieces(text: &'static str) -> usize {
    let (mut count, mut rest) = (0, text);
    while !rest.is_empty() {
        (_, rest) = next(rest);
        count += 1;
    }
    count
}

/// Splits a text into its pieces.
pub(crate) const fn parse<const N: usize>(text: &'static str) -> [Piece; N] {
    let (mut pieces, mut at, mut rest) = ([Piece::Text(""); N], 0, text);
    while at < N {
        (pieces[at], rest) = next(rest);
        at += 1;
    }
    pieces
}

/// Splits off the first piece of a text that is not empty; returns it and the rest.
const fn next(text: &'static str) -> (Piece, &'static str) {
    let bytes = text.as_bytes();
    if bytes[0] == b'{' {
        let end = position(bytes, b'}');
        let (name, rest) = (text.split_at(end).0.split_at(1).1, text.split_at(end + 1).1);
        return (Piece::Fragment(fragment::parse(name)), rest);
    }
    let length = name_length(bytes, 0);
    if length > 0 {
        let (name, rest) = text.split_at(1 + length);
        return (Piece::Param(name.split_at(1).1), rest);
    }
    let (text, rest) = text.split_at(text_length(bytes));
    (Piece::Text(text), rest)
}

/// Returns the length up to the next fragment or parameter. Neither begins inside quotes.
const fn text_length(bytes: &[u8]) -> usize {
    let (mut at, mut is_quoted) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => is_quoted = !is_quoted,
            b'{' if !is_quoted => break,
            b'}' if !is_quoted => panic!("a brace is closed that was not opened"),
            // A cast, such as `::text`.
            b':' if at + 1 < bytes.len() && bytes[at + 1] == b':' => at += 1,
            b':' if !is_quoted && name_length(bytes, at) > 0 => break,
            _ => {}
        }
        at += 1;
    }
    assert!(!is_quoted, "a quote is not closed");
    at
}

/// Returns the length of the parameter's name after a colon; 0 if no parameter begins there.
const fn name_length(bytes: &[u8], colon: usize) -> usize {
    if bytes[colon] != b':' {
        return 0;
    }
    let mut at = colon + 1;
    while at < bytes.len() && matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'_') {
        at += 1;
    }
    at - colon - 1
}

const fn position(bytes: &[u8], wanted: u8) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == wanted {
            return at;
        }
        at += 1;
    }
    panic!("a brace is not closed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dialect::fragment::RowLock;

    #[test]
    fn text_is_split_at_fragments_and_parameters() {
        let text = sql!("SELECT '{a} :b''s' || :id::text FROM t{by:slot} WHERE a = :now_2 {lock}").pieces();
        assert!(matches!(
            text,
            [
                Piece::Text("SELECT '{a} :b''s' || "),
                Piece::Param("id"),
                Piece::Text("::text FROM t"),
                Piece::Fragment(Fragment::ForceIndex("slot")),
                Piece::Text(" WHERE a = "),
                Piece::Param("now_2"),
                Piece::Text(" "),
                Piece::Fragment(Fragment::Lock(RowLock::Update)),
            ]
        ));
        assert!(sql!("").pieces().is_empty());
    }

    fn is_refused(text: &'static str) -> bool {
        std::panic::catch_unwind(|| count_pieces(text)).is_err()
    }

    #[test]
    fn text_with_error_is_refused() {
        let refused = [
            "{locks}",
            "{lock",
            "lock}",
            "'open",
            "{rows:nobody}",
            "{rows}",
            "{lock:a}",
            "{by:}",
            "{}",
            "{delete_among:t}",
        ];
        for text in refused {
            assert!(is_refused(text), "{text}");
        }
        assert!(!is_refused("a ' { ' :: : x"));
    }
}
