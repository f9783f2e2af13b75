//! What is bound, in the form that an engine takes.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::shape::{Kind, Rows};
use super::{Arg, Engine};

/// A value in one of the forms that drivers take.
#[derive(Clone)]
pub(super) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Time(Option<DateTime<Utc>>),
    /// An instant in UTC, where the type for instants ends in 2038.
    DateTime(Option<NaiveDateTime>),
    Id(Option<Uuid>),
    // The lists are for the engine that has arrays.
    Texts(Vec<Option<String>>),
    Ints(Vec<Option<i64>>),
    Times(Vec<Option<DateTime<Utc>>>),
    Ids(Vec<Option<Uuid>>),
}

/// An argument as the engine takes it: times and ids where it has them, and
/// one JSON text for many values where it has no arrays.
pub(super) fn value(engine: Engine, arg: &Arg) -> Value {
    match (arg, engine) {
        (Arg::Text(text), _) => Value::Text(text.clone()),
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

fn rows_as_json(engine: Engine, rows: &Rows) -> String {
    let row = |row: &Vec<Arg>| Json::from(row.iter().map(|cell| cell_as_json(engine, cell)).collect::<Vec<_>>());
    Json::from(rows.rows.iter().map(row).collect::<Vec<_>>()).to_string()
}

fn cell_as_json(engine: Engine, cell: &Arg) -> Json {
    match cell {
        Arg::Text(text) => json!(text),
        Arg::Int(number) => json!(number),
        Arg::Time(Some(instant)) if engine == Engine::Mysql => {
            json!(instant.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
        }
        Arg::Time(instant) => json!(instant.map(|instant| instant.timestamp_micros())),
        Arg::Id(id) => json!(id.map(|id| id.to_string())),
        Arg::Texts(_) | Arg::Ids(_) | Arg::Rows(_) => unreachable!("a row holds single values"),
    }
}

/// One column of rows, as an array.
pub(super) fn column(rows: &Rows, at: usize) -> Value {
    let cells = rows.rows.iter().map(|row| &row[at]);
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
