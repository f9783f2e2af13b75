//! The SQL and the values of `MariaDB` and `MySQL`. A part in a comment `/*M!` is executed by
//! `MariaDB` alone, one in `/*!80017` by `MySQL` alone.

use std::fmt::Write as _;

use crate::store::dialect::arg::{Arg, Kind, Shape};
use crate::store::dialect::fragment::{Fragment, LIST, ROWS, RowLock};
use crate::store::dialect::value::{Value, rows_as_json};
use crate::store::dialect::writer::{Parameter, Placeholders, SqlWriter};

pub(crate) const PLACEHOLDERS: Placeholders = Placeholders::QuestionMarks;

/// The beginning of a write transaction.
///
/// A Galera node may roll a transaction back while it prepares the next statement, without
/// reporting it; the statements after it would then be committed alone (measured: of 7,000 uses, 3
/// were counted but not recorded). So autocommit is off, and the commit requires the savepoint of
/// the transaction.
pub(crate) const BEGIN: &str =
    "SET autocommit = 0 /*!80017 , wait_timeout = @invite_idle */; START TRANSACTION; SAVEPOINT whole";

/// The end of a transaction. It fails if the transaction is not the one that began.
pub(crate) const COMMIT: &str = "RELEASE SAVEPOINT whole; COMMIT; SET autocommit = 1 /*!80017 , wait_timeout = 120 */";

/// The rollback of a transaction; it also ends one that only read.
pub(crate) const ROLL_BACK: &str = "ROLLBACK; SET autocommit = 1 /*!80017 , wait_timeout = 120 */";

/// The beginning of a transaction that reads a snapshot.
pub(crate) const SNAPSHOT: &str =
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// The type of the texts of a list, with a bytewise comparison. It is wider than every column, so
/// that the column itself refuses a text that is too long.
const TEXT: &str = "VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";

/// Writes a fragment.
pub(crate) fn write(fragment: Fragment, out: &mut SqlWriter<'_>) {
    match fragment {
        Fragment::Read { table, alias, index } => {
            let is_table = out.source(table, alias);
            if let Some(index) = index.filter(|_| is_table) {
                write(Fragment::ForceIndex(index), out);
            }
        }
        // It also hides other errors, for which `Session::insert` checks.
        Fragment::InsertNew => out.text(["INSERT IGNORE INTO"]),
        Fragment::OnKnown(preferred) => {
            let assignments = preferred.assignments(["VALUES(name)", "VALUES(email)"]);
            out.text(["ON DUPLICATE KEY UPDATE ", &assignments]);
        }
        Fragment::Lock(lock) => out.text([match lock {
            RowLock::Update => "FOR UPDATE",
            RowLock::UpdateUnlocked => "FOR UPDATE SKIP LOCKED",
            RowLock::KeyShare | RowLock::Share => "LOCK IN SHARE MODE",
        }]),
        Fragment::ShareOf(table) => out.text(["/*M! LOCK IN SHARE MODE */ /*!80017 FOR SHARE OF ", table, " */"]),
        Fragment::InTexts(list) => in_list(list, Kind::Text, out),
        Fragment::NotInTexts(list) => {
            out.text(["NOT "]);
            in_list(list, Kind::Text, out);
        }
        Fragment::InIds(list) => in_list(list, Kind::Id, out),
        Fragment::Matches { column, pattern } => {
            out.text([column, " REGEXP "]);
            out.parameter(Parameter::Whole(pattern));
        }
        Fragment::ForceIndex(index) => out.text([" FORCE INDEX (", index, ")"]),
        Fragment::IgnoreIndex(index) => out.text([" IGNORE INDEX (", index, ")"]),
        Fragment::ReadFirst(table) => out.text(["/*+ JOIN_PREFIX(", table, ") */ "]),
        Fragment::UpdateMany => out.text([" JOIN (SELECT 1 AS one) AS single"]),
        Fragment::Rows(shape) | Fragment::JoinedRows(shape) => rows(shape, out),
        Fragment::RowsBeforeSet(shape) => {
            out.text([", "]);
            rows(shape, out);
            out.text([" AS r"]);
        }
        Fragment::Delete(table) => out.text(["DELETE ", table, " FROM ", table]),
        Fragment::DeleteAmong { table, column } => {
            out.text(["DELETE ", table, " FROM "]);
            table_of_list(LIST, Kind::Id, out);
            out.text([" AS listed STRAIGHT_JOIN ", table, " ON ", table, ".", column, " = listed.v"]);
        }
        Fragment::Least(column) => out.text(["min(", column, ")"]),
        Fragment::Greatest(column) => out.text(["max(", column, ")"]),
        Fragment::AsId(column) => out.text(["CONVERT(", column, " USING ascii) COLLATE ascii_bin"]),
        Fragment::Day(column) => out.text(["DATEDIFF(", column, ", '1970-01-01')"]),
        // The engine truncates it, so `Session::truncates_lists` excludes the statement.
        Fragment::ListOfSpaces => out.text(["json_arrayagg(json_array(p.id, p.name, p.policy))"]),
        Fragment::SkipConflicts
        | Fragment::ForceKeyOrder(_)
        | Fragment::OrFail
        | Fragment::Rewrite(_)
        | Fragment::RowsAfterSet(_) => {}
    }
}

fn in_list(list: &'static str, kind: Kind, out: &mut SqlWriter<'_>) {
    if !out.short_list(list) {
        out.text(["IN (SELECT v FROM "]);
        table_of_list(list, kind, out);
        out.text([" AS t)"]);
    }
}

/// A list as a table with the column `v`.
fn table_of_list(list: &'static str, kind: Kind, out: &mut SqlWriter<'_>) {
    out.around("JSON_TABLE(", list, ", '$[*]' COLUMNS (v ");
    out.text([type_of(kind), " PATH '$' ERROR ON ERROR))"]);
}

fn rows(shape: &Shape, out: &mut SqlWriter<'_>) {
    let has_fixed = (0..shape.columns.len()).any(|column| out.is_fixed(column));
    if has_fixed {
        for (column, (name, _)) in shape.columns.iter().enumerate() {
            out.text([if column == 0 { "(SELECT " } else { ", " }]);
            if out.is_fixed(column) {
                out.parameter(Parameter::Column(column));
                out.text([" AS "]);
            }
            out.text([name]);
        }
        out.text([" FROM "]);
    }
    out.around("JSON_TABLE(", ROWS, ", '$[*]' COLUMNS (");
    let mut varying = 0;
    for (column, (name, kind)) in shape.columns.iter().enumerate() {
        if !out.is_fixed(column) {
            out.text([if varying == 0 { "" } else { ", " }, name, " ", type_of(*kind)]);
            // The default for a value that does not fit would be NULL.
            out.text([" PATH '$[", &varying.to_string(), "]' NULL ON EMPTY ERROR ON ERROR"]);
            varying += 1;
        }
    }
    out.text([if has_fixed { ")) AS j)" } else { "))" }]);
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => TEXT,
        Kind::Int => "BIGINT",
        Kind::Time => "DATETIME(6)",
        Kind::Id => "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin",
    }
}

/// Converts an argument: instants are in UTC, since the type of timestamps ends in 2038; IDs are
/// texts; lists and row sets are JSON.
pub(crate) fn value(arg: &Arg) -> Value {
    match arg {
        Arg::Text(text) => Value::Text(text.clone()),
        Arg::Search(text) => Value::Text(Some(text.regular_expression())),
        Arg::Int(number) => Value::Int(*number),
        Arg::Time(instant) => Value::DateTime(instant.map(|instant| instant.naive_utc())),
        Arg::Id(id) => Value::Text(id.map(|id| id.to_string())),
        Arg::Texts(texts) => Value::json(texts),
        Arg::Ids(ids) => Value::json_of_ids(ids),
        Arg::Rows(rows) => Value::Text(Some(rows_as_json(rows, |instant, json| {
            // Writing into a String cannot fail.
            let _ = write!(json, "\"{}\"", instant.format("%Y-%m-%d %H:%M:%S%.6f"));
        }))),
    }
}

/// Returns an insert with a placeholder for every value, the fastest form for many rows, and its
/// values. It skips rows that violate a unique index.
pub(crate) fn insert_of_tuples<T, const N: usize>(
    shape: &Shape,
    items: &[T],
    row: impl Fn(&T) -> [Arg; N],
) -> (String, Vec<Value>) {
    let mut values = Vec::with_capacity(items.len() * N);
    for item in items {
        values.extend(row(item).iter().map(value));
    }
    let columns: Vec<&str> = shape.columns.iter().map(|(name, _)| *name).collect();
    let tuple = format!("({})", vec!["?"; columns.len()].join(", "));
    let tuples = vec![tuple; items.len()].join(", ");
    (format!("INSERT IGNORE INTO {} ({}) VALUES {tuples}", shape.table, columns.join(", ")), values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dialect::shapes;

    #[test]
    fn every_value_of_tuples_has_its_own_placeholder() {
        let wanted = "INSERT IGNORE INTO invite_spaces (id, policy, name, created_at, changed_op) \
             VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)";
        let row = |id: &&str| [Arg::from(*id), 1.into(), 2.into(), 3.into(), 4.into()];
        let (text, values) = insert_of_tuples(&shapes::NEW_SPACES, &["a", "b"], row);
        assert_eq!((text.as_str(), values.len()), (wanted, 10));
    }
}
