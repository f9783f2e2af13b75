//! The SQL and the values of `PostgreSQL`.

pub(crate) mod copy;

use crate::store::dialect::arg::{Arg, Kind, Shape};
use crate::store::dialect::fragment::{Fragment, LIST, RowLock};
use crate::store::dialect::value::Value;
use crate::store::dialect::writer::{Parameter, Placeholders, SqlWriter};

pub(crate) const PLACEHOLDERS: Placeholders = Placeholders::Numbers;

/// The beginning of a write transaction.
pub(crate) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// The end of a transaction.
pub(crate) const COMMIT: &str = "COMMIT";

/// The rollback of a transaction.
pub(crate) const ROLL_BACK: &str = "ROLLBACK";

/// The beginning of a transaction that reads a snapshot.
pub(crate) const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

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
        Fragment::Lock(lock) => out.text([match lock {
            RowLock::Update => "FOR UPDATE",
            RowLock::UpdateUnlocked => "FOR UPDATE SKIP LOCKED",
            RowLock::KeyShare => "FOR KEY SHARE",
            RowLock::Share => "FOR SHARE",
        }]),
        Fragment::ShareOf(table) => out.text(["FOR KEY SHARE OF ", table]),
        // An array and not a sub-select: without statistics the planner would compare each row with
        // the whole list.
        Fragment::InTexts(list) => out.around("= ANY(", list, "::text[])"),
        Fragment::NotInTexts(list) => out.around("<> ALL(", list, "::text[])"),
        Fragment::InIds(list) => out.around("= ANY(", list, "::uuid[])"),
        Fragment::Matches { column, pattern } => {
            out.text([column, " ~ "]);
            out.parameter(Parameter::Whole(pattern));
        }
        // If an update assigns no column of an index, PostgreSQL looks for dead row versions before
        // it splits a full page of the index, which takes a quarter of the time of many consecutive
        // updates. With the assignment, the indexes grow as in a single update of all rows.
        Fragment::Rewrite(columns) => {
            for column in columns.split(' ') {
                out.text([column, " = ", column, ", "]);
            }
        }
        Fragment::Rows(shape) | Fragment::JoinedRows(shape) => rows(shape, out),
        Fragment::RowsAfterSet(shape) => {
            out.text(["FROM "]);
            rows(shape, out);
            out.text([" AS r"]);
        }
        Fragment::Delete(table) => out.text(["DELETE FROM ", table]),
        Fragment::DeleteAmong { table, column } => {
            out.text(["DELETE FROM ", table, " WHERE ", column, " "]);
            write(Fragment::InIds(LIST), out);
        }
        // PostgreSQL has no such aggregates for the type UUID.
        Fragment::Least(column) => out.text(["min(", column, "::text COLLATE \"C\")::uuid"]),
        Fragment::Greatest(column) => out.text(["max(", column, "::text COLLATE \"C\")::uuid"]),
        Fragment::AsId(column) => out.text([column, "::uuid"]),
        Fragment::Day(column) => out.text(["((", column, " AT TIME ZONE 'UTC')::date - DATE '1970-01-01')"]),
        Fragment::ListOfSpaces => out.text(["json_agg(json_build_array(p.id, p.name, p.policy))"]),
        Fragment::ForceIndex(_)
        | Fragment::IgnoreIndex(_)
        | Fragment::ForceKeyOrder(_)
        | Fragment::ReadFirst(_)
        | Fragment::UpdateMany
        | Fragment::OrFail
        | Fragment::RowsBeforeSet(_) => {}
    }
}

/// Columns that vary are arrays.
fn rows(shape: &Shape, out: &mut SqlWriter<'_>) {
    for (column, (name, kind)) in shape.columns.iter().enumerate() {
        out.text([if column == 0 { "(SELECT " } else { ", " }]);
        if out.is_fixed(column) {
            out.parameter(Parameter::Column(column));
            out.text(["::", type_of(*kind), " AS "]);
        }
        out.text([name]);
    }
    let mut names = Vec::with_capacity(shape.columns.len());
    for (column, (name, kind)) in shape.columns.iter().enumerate() {
        if !out.is_fixed(column) {
            out.text([if names.is_empty() { " FROM unnest(" } else { ", " }]);
            out.parameter(Parameter::Column(column));
            out.text(["::", type_of(*kind), "[]"]);
            names.push(*name);
        }
    }
    out.text([") AS u(", &names.join(", "), "))"]);
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "bigint",
        Kind::Time => "timestamptz",
        Kind::Id => "uuid",
    }
}

/// Converts an argument: lists are arrays.
pub(crate) fn value(arg: &Arg) -> Value {
    match arg {
        Arg::Text(text) => Value::Text(text.clone()),
        Arg::Search(text) => Value::Text(Some(text.postgres_expression())),
        Arg::Int(number) => Value::Int(*number),
        Arg::Time(instant) => Value::Time(*instant),
        Arg::Id(id) => Value::Id(*id),
        Arg::Texts(texts) => Value::Texts(texts.iter().cloned().map(Some).collect()),
        Arg::Ids(ids) => Value::Ids(ids.iter().copied().map(Some).collect()),
        Arg::Rows(_) => unreachable!("each column of a row set is bound by itself"),
    }
}
