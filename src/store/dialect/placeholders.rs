//! Named parameters: their placeholders in the text and their values.

use std::fmt::Write as _;

use crate::store::dialect::arg::Arg;
use crate::store::dialect::statement::Args;
use crate::store::dialect::value::{Value, column, value};
use crate::store::engine::Engine;

/// Replaces the named parameters of a text by placeholders: reusable numbers, or question marks.
/// Returns the names of their values, in order.
pub(crate) fn replace_parameters(engine: Engine, text: &str) -> (String, Vec<String>) {
    let mut sql = String::with_capacity(text.len());
    let mut names: Vec<String> = Vec::new();
    let mut in_quotes = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        if c == '\'' {
            in_quotes = !in_quotes;
        }
        let is_cast = tail.starts_with(':');
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let length = tail.find(|c: char| !is_name(c)).unwrap_or(tail.len());
        if c != ':' || in_quotes || is_cast || length == 0 {
            sql.push(c);
            rest = tail;
            if c == ':' && is_cast {
                sql.push(':');
                rest = &tail[1..];
            }
            continue;
        }
        let name = &tail[..length];
        if engine == Engine::Mysql {
            sql.push('?');
            names.push(name.to_owned());
        } else {
            let position = names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
            let _ = write!(sql, "${}", position + 1);
        }
        rest = &tail[length..];
    }
    (sql, names)
}

pub(crate) fn find_arg<'a>(args: Args<'a>, name: &str) -> Option<&'a Arg> {
    args.iter().find(|(known, _)| *known == name).map(|(_, arg)| arg)
}

pub(crate) fn value_of(engine: Engine, name: &str, args: Args<'_>) -> Value {
    if let Some(arg) = find_arg(args, name) {
        return value(engine, arg);
    }
    // `:rows_3` is column 3 of `:rows`, counted from 0; `:list_3` is element 3 of `:list`, or its
    // last.
    if let Some((list, at)) = name.rsplit_once('_')
        && let Ok(at) = at.parse::<usize>()
    {
        match find_arg(args, list) {
            Some(Arg::Rows(rows)) => return column(engine, rows, at),
            Some(Arg::Texts(texts)) => return Value::Text(texts.get(at).or(texts.last()).cloned()),
            _ => {}
        }
    }
    // Statements and arguments are written next to each other, and the contract suite runs every
    // statement.
    unreachable!("a statement binds :{name}, which was not given")
}
