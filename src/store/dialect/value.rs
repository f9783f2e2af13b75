//! Bound values in the form that a driver takes.

use std::fmt::{self, Write as _};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::store::dialect::arg::Arg;
use crate::store::dialect::arg::{Kind, RowSet};

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

impl Value {
    /// Creates a JSON list of texts.
    pub(crate) fn json(texts: &[String]) -> Self {
        Value::Text(Some(json!(texts).to_string()))
    }

    /// Creates a JSON list of IDs.
    pub(crate) fn json_of_ids(ids: &[Uuid]) -> Self {
        Value::Text(Some(json!(ids.iter().map(Uuid::to_string).collect::<Vec<_>>()).to_string()))
    }
}

/// Appends an instant to a JSON text.
pub(crate) type PushInstant = fn(DateTime<Utc>, &mut String);

/// Formats the rows as a list of lists, without the columns that are bound once.
pub(crate) fn rows_as_json(rows: &RowSet, push_instant: PushInstant) -> String {
    let mut json = String::with_capacity(rows.len() * 128);
    json.push('[');
    for row in rows.iter() {
        json.push_str(if json.len() == 1 { "[" } else { ",[" });
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                json.push(',');
            }
            push_cell(cell, push_instant, &mut json);
        }
        json.push(']');
    }
    json.push(']');
    json
}

fn push_cell(cell: &Arg, push_instant: PushInstant, json: &mut String) {
    // Writing into a String cannot fail.
    let _ = match cell {
        Arg::Text(None) | Arg::Int(None) | Arg::Time(None) | Arg::Id(None) => write!(json, "null"),
        Arg::Text(Some(text)) => write!(json, "{}", Quoted(text)),
        Arg::Int(Some(number)) => write!(json, "{number}"),
        Arg::Time(Some(instant)) => {
            push_instant(*instant, json);
            Ok(())
        }
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

/// Returns a column of a row set that varies as an array.
pub(crate) fn array(rows: &RowSet, column: usize) -> Value {
    let place = rows.varying_index(column);
    let cells = rows.iter().map(|row| &row[place]);
    match rows.shape.columns[column].1 {
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
