//! Bound values in the form that a driver takes.

use std::fmt::{self, Write as _};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::store::dialect::arg::Arg;
use crate::store::dialect::arg::{Kind, RowSet};
use crate::store::engine::Engine;

/// A value in one of the forms that drivers take.
#[derive(Clone)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Time(Option<DateTime<Utc>>),
    /// An instant in UTC, for engines whose timestamp type ends in 2038.
    DateTime(Option<NaiveDateTime>),
    Id(Option<Uuid>),
    // Lists, for the engine with arrays.
    Texts(Vec<Option<String>>),
    Ints(Vec<Option<i64>>),
    Times(Vec<Option<DateTime<Utc>>>),
    Ids(Vec<Option<Uuid>>),
}

/// Converts an argument for an engine. Engines without arrays get lists and row sets as one JSON
/// text.
pub(crate) fn value(engine: Engine, arg: &Arg) -> Value {
    match (arg, engine) {
        (Arg::Text(text), _) => Value::Text(text.clone()),
        (Arg::Search(text), Engine::Sqlite) => Value::Text(Some(text.glob())),
        (Arg::Search(text), Engine::Postgres) => Value::Text(Some(text.postgres_expression())),
        (Arg::Search(text), Engine::Mysql) => Value::Text(Some(text.regular_expression())),
        (Arg::Int(number), _) => Value::Int(*number),
        (Arg::Time(instant), Engine::Sqlite) => Value::Int(instant.map(|instant| instant.timestamp_micros())),
        (Arg::Time(instant), Engine::Mysql) => Value::DateTime(instant.map(|instant| instant.naive_utc())),
        (Arg::Time(instant), Engine::Postgres) => Value::Time(*instant),
        (Arg::Id(id), Engine::Postgres) => Value::Id(*id),
        (Arg::Id(id), _) => Value::Text(id.map(|id| id.to_string())),
        (Arg::Texts(texts), Engine::Postgres) => Value::Texts(texts.iter().cloned().map(Some).collect()),
        (Arg::Texts(texts), _) => Value::Text(Some(json!(texts).to_string())),
        (Arg::Ids(ids), Engine::Postgres) => Value::Ids(ids.iter().copied().map(Some).collect()),
        (Arg::Ids(ids), _) => Value::Text(Some(json!(ids.iter().map(Uuid::to_string).collect::<Vec<_>>()).to_string())),
        (Arg::Rows(rows), engine) => Value::Text(Some(rows_as_json(engine, rows))),
    }
}

/// Formats the rows as a list of lists, without the columns that are bound once.
fn rows_as_json(engine: Engine, rows: &RowSet) -> String {
    let mut json = String::with_capacity(rows.len() * 128);
    json.push('[');
    for row in rows.iter() {
        json.push_str(if json.len() == 1 { "[" } else { ",[" });
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                json.push(',');
            }
            push_cell(engine, cell, &mut json);
        }
        json.push(']');
    }
    json.push(']');
    json
}

fn push_cell(engine: Engine, cell: &Arg, json: &mut String) {
    // Writing into a String cannot fail.
    let _ = match cell {
        Arg::Text(None) | Arg::Int(None) | Arg::Time(None) | Arg::Id(None) => write!(json, "null"),
        Arg::Text(Some(text)) => write!(json, "{}", Quoted(text)),
        Arg::Int(Some(number)) => write!(json, "{number}"),
        Arg::Time(Some(instant)) if engine == Engine::Mysql => {
            write!(json, "\"{}\"", instant.format("%Y-%m-%d %H:%M:%S%.6f"))
        }
        Arg::Time(Some(instant)) => write!(json, "{}", instant.timestamp_micros()),
        Arg::Id(Some(id)) => write!(json, "\"{id}\""),
        Arg::Search(_) | Arg::Texts(_) | Arg::Ids(_) | Arg::Rows(_) => unreachable!("a row holds single values"),
    };
}

/// Displays a text as a JSON string.
struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if self.0.bytes().all(is_plain) { write!(f, "\"{}\"", self.0) } else { write!(f, "{}", json!(self.0)) }
    }
}

/// Returns one column of a row set as an array, or its single value.
pub(crate) fn column(engine: Engine, rows: &RowSet, at: usize) -> Value {
    if let Some(fixed) = rows.fixed_value(at) {
        return value(engine, fixed);
    }
    let place = rows.varying_index(at);
    let cells = rows.iter().map(|row| &row[place]);
    match rows.shape.columns[at].1 {
        Kind::Text => {
            Value::Texts(cells.map(|cell| if let Arg::Text(text) = cell { text.clone() } else { None }).collect())
        }
        Kind::Int => Value::Ints(cells.map(|cell| if let Arg::Int(number) = cell { *number } else { None }).collect()),
        Kind::Time => {
            Value::Times(cells.map(|cell| if let Arg::Time(instant) = cell { *instant } else { None }).collect())
        }
        Kind::Id => Value::Ids(cells.map(|cell| if let Arg::Id(id) = cell { *id } else { None }).collect()),
    }
}
