//! The SQL and the values of `SQLite`.

use std::fmt::Write as _;

use crate::store::dialect::arg::{Arg, Shape};
use crate::store::dialect::fragment::{Fragment, LIST, ROWS};
use crate::store::dialect::value::{Value, rows_as_json};
use crate::store::dialect::writer::{Parameter, Placeholders, SqlWriter};

pub(crate) const PLACEHOLDERS: Placeholders = Placeholders::Numbers;

/// The beginning of a write transaction.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// The end of a transaction.
pub(crate) const COMMIT: &str = "COMMIT";

/// The rollback of a transaction.
pub(crate) const ROLL_BACK: &str = "ROLLBACK";

/// The beginning of a transaction that reads a snapshot.
pub(crate) const SNAPSHOT: &str = "BEGIN";

/// Writes a fragment.
pub(crate) fn write(fragment: Fragment, out: &mut SqlWriter<'_>) {
    match fragment {
        Fragment::Read { table, alias, .. } => {
            out.source(table, alias);
        }
        Fragment::InsertNew => out.text(["INSERT INTO"]),
        Fragment::SkipConflicts => out.text(["ON CONFLICT DO NOTHING"]),
        Fragment::OnKnown(preferred) => {
            let assignments = preferred.assignments(["excluded.name", "excluded.email"]);
            out.text(["ON CONFLICT (id) DO UPDATE SET ", &assignments]);
        }
        Fragment::InTexts(list) | Fragment::InIds(list) => in_list(list, out),
        Fragment::NotInTexts(list) => {
            out.text(["NOT "]);
            in_list(list, out);
        }
        Fragment::Matches { column, pattern } => {
            out.text([column, " GLOB "]);
            out.parameter(Parameter::Whole(pattern));
        }
        Fragment::ForceKeyOrder(table) => out.text([" INDEXED BY sqlite_autoindex_", table, "_1"]),
        // Without statement-level rollback, SQLite needs no second copy of each page.
        Fragment::OrFail => out.text([" OR FAIL"]),
        Fragment::Rows(shape) => rows(shape, out, ")"),
        Fragment::JoinedRows(shape) => joined_rows(shape, out),
        Fragment::RowsAfterSet(shape) => {
            out.text(["FROM "]);
            joined_rows(shape, out);
            out.text([" AS r"]);
        }
        Fragment::Delete(table) => out.text(["DELETE FROM ", table]),
        Fragment::DeleteAmong { table, column } => {
            out.text(["DELETE FROM ", table, " WHERE ", column, " "]);
            in_list(LIST, out);
        }
        Fragment::Least(column) => out.text(["min(", column, ")"]),
        Fragment::Greatest(column) => out.text(["max(", column, ")"]),
        Fragment::AsId(column) => out.text([column]),
        Fragment::Day(column) => out.text([column, " / 86400000000"]),
        Fragment::ListOfSpaces => out.text(["json_group_array(json_array(p.id, p.name, p.policy))"]),
        Fragment::Lock(_)
        | Fragment::ShareOf(_)
        | Fragment::ForceIndex(_)
        | Fragment::IgnoreIndex(_)
        | Fragment::ReadFirst(_)
        | Fragment::UpdateMany
        | Fragment::Rewrite(_)
        | Fragment::RowsBeforeSet(_) => {}
    }
}

fn in_list(list: &'static str, out: &mut SqlWriter<'_>) {
    if !out.short_list(list) {
        out.around("IN (SELECT value FROM json_each(", list, "))");
    }
}

/// `SQLite` assumes that a list is very short, and may read it again for each row of another table.
/// With the limit, it stores the list as a table first.
fn joined_rows(shape: &Shape, out: &mut SqlWriter<'_>) {
    rows(shape, out, " LIMIT -1)");
}

fn rows(shape: &Shape, out: &mut SqlWriter<'_>, end: &str) {
    let mut varying = 0;
    for (column, (name, _)) in shape.columns.iter().enumerate() {
        out.text([if column == 0 { "(SELECT " } else { ", " }]);
        if out.is_fixed(column) {
            out.parameter(Parameter::Column(column));
        } else {
            out.text(["value ->> ", &varying.to_string()]);
            varying += 1;
        }
        out.text([" AS ", name]);
    }
    // `jsonb_each` keeps the inner lists in SQLite's binary form.
    out.around(" FROM jsonb_each(", ROWS, ")");
    out.text([end]);
}

/// Converts an argument: instants are microseconds, IDs are texts, lists and row sets are JSON.
pub(crate) fn value(arg: &Arg) -> Value {
    match arg {
        Arg::Text(text) => Value::Text(text.clone()),
        Arg::Search(text) => Value::Text(Some(text.glob())),
        Arg::Int(number) => Value::Int(*number),
        Arg::Time(instant) => Value::Int(instant.map(|instant| instant.timestamp_micros())),
        Arg::Id(id) => Value::Text(id.map(|id| id.to_string())),
        Arg::Texts(texts) => Value::json(texts),
        Arg::Ids(ids) => Value::json_of_ids(ids),
        Arg::Rows(rows) => Value::Text(Some(rows_as_json(rows, |instant, json| {
            // Writing into a String cannot fail.
            let _ = write!(json, "{}", instant.timestamp_micros());
        }))),
    }
}
