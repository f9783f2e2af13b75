//! The SQL of each engine for the fragments of statements: `{name}` or `{name:detail}`.

use crate::store::dialect::arg::{Arg, Kind, Shape};
use crate::store::dialect::placeholders::find_arg;
use crate::store::dialect::statement::Args;
use crate::store::dialect::{expressions, shapes, table_clauses};
use crate::store::engine::Engine;

/// Bytewise comparison on `MariaDB` and `MySQL`, each in a comment that only that server executes.
const BYTEWISE: &str = "CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";

/// Returns the SQL for a fragment.
fn fragment(engine: Engine, name: &str, args: Args<'_>) -> String {
    let (name, detail) = name.split_once(':').unwrap_or((name, ""));
    let mysql = engine == Engine::Mysql;
    let text = match name {
        // Inserts rows, skipping those that violate a unique index. `INSERT IGNORE` also hides
        // other errors, for which `Session::insert` checks.
        "insert_new" if mysql => "INSERT IGNORE INTO",
        "insert_new" => "INSERT INTO",
        "skip_conflicts" if mysql => "",
        "skip_conflicts" => "ON CONFLICT DO NOTHING",
        // Locks rows that are read to be changed. On SQLite a write transaction is the only writer
        // anyway.
        "lock" | "lock_free" | "share" | "hold" if engine == Engine::Sqlite => "",
        "lock" => "FOR UPDATE",
        // Skips rows that another transaction has locked.
        "lock_free" => "FOR UPDATE SKIP LOCKED",
        // Prevents the deletion (`share`) or any change (`hold`) of rows until the transaction
        // ends.
        "share" | "hold" if mysql => "LOCK IN SHARE MODE",
        "share" => "FOR KEY SHARE",
        "share_of" => return table_clauses::share_of(engine, detail),
        "hold" => "FOR SHARE",
        // Resolves the conflict with a known user in favor of the newer or the older values.
        "on_known" => return table_clauses::on_known(engine, detail == "newer"),
        // Tests whether a column is in a list of texts or IDs.
        "in_texts" => return in_list(engine, detail, Kind::Text, args),
        "in_ids" => return in_list(engine, detail, Kind::Id, args),
        "not_in_texts" if engine == Engine::Postgres => return format!("<> ALL(:{detail}::text[])"),
        "not_in_texts" => return format!("NOT {}", in_list(engine, detail, Kind::Text, args)),
        // Forces the index for a list. Some planners assume an empty table until statistics exist,
        // and compare every row with the whole list.
        "by" if mysql => return format!(" FORCE INDEX ({detail})"),
        // Forces the order of the primary key.
        "by_key" if engine == Engine::Sqlite => return format!(" INDEXED BY sqlite_autoindex_{detail}_1"),
        // Reads this table first: some planners begin with a joined one and sort all rows.
        "first" if mysql => return format!("/*+ JOIN_PREFIX({detail}) */ "),
        "not_by" if mysql => return format!(" IGNORE INDEX ({detail})"),
        // A form of UPDATE in which a list of keys uses the index.
        "many" if mysql => " JOIN (SELECT 1 AS one) AS single",
        // The rows of a shape, as a table for FROM.
        "rows" => return rows(engine, shape_of(detail), args),
        // The same, joined to tables.
        "joined_rows" => return joined_rows(engine, shape_of(detail), args),
        // An update by rows: engines name the row set before or after SET.
        "with" if mysql => return format!(", {} AS r", rows(engine, shape_of(detail), args)),
        "from" if !mysql => return format!("FROM {} AS r", joined_rows(engine, shape_of(detail), args)),
        // Assigns these columns to themselves, too. If an update assigns no column of an index,
        // PostgreSQL looks for dead row versions before it splits a full page of the index, which
        // takes a quarter of the time of many consecutive updates. With the assignment, the indexes
        // grow as in a single update of all rows.
        "rewrite" if engine == Engine::Postgres => {
            let columns: Vec<String> = detail.split(' ').map(|column| format!("{column} = {column}, ")).collect();
            return columns.concat();
        }
        // Without statement-level rollback, SQLite needs no second copy of each page. For updates
        // of many rows whose transaction ends with a failure of the statement.
        "or_fail" if engine == Engine::Sqlite => " OR FAIL",
        "by" | "by_key" | "first" | "not_by" | "many" | "with" | "from" | "rewrite" | "or_fail" => "",
        // A form of DELETE in which a sub-select uses the index.
        "delete" if mysql => return format!("DELETE {detail} FROM {detail}"),
        // Deletes rows whose column is in `:list`. Some planners would scan a small table and wait
        // for locks on other rows.
        "delete_among" => return delete_among(engine, detail, args),
        "delete" => return format!("DELETE FROM {detail}"),
        // The smallest and the largest ID; PostgreSQL has no aggregate for the type UUID.
        "least" if engine == Engine::Postgres => return format!("min({detail}::text COLLATE \"C\")::uuid"),
        "greatest" if engine == Engine::Postgres => return format!("max({detail}::text COLLATE \"C\")::uuid"),
        "least" => return format!("min({detail})"),
        "greatest" => return format!("max({detail})"),
        "as_id" => return expressions::as_id(engine, detail),
        "matches" => return expressions::matches(engine, detail),
        "day" => return expressions::day(engine, detail),
        // Aggregates rows into one JSON list of lists, which is much cheaper than a row each.
        "list_of_spaces" => match engine {
            Engine::Sqlite => "json_group_array(json_array(p.id, p.name, p.policy))",
            Engine::Postgres => "json_agg(json_build_array(p.id, p.name, p.policy))",
            Engine::Mysql => unreachable!("this engine truncates aggregated lists"),
        },
        other => unreachable!("no statement uses the fragment {other:?}"),
    };
    text.to_owned()
}

fn shape_of(name: &str) -> &'static Shape {
    shapes::find(name).unwrap_or_else(|| unreachable!("there is no shape {name:?}"))
}

/// Maximum length of a list of texts that is written out, so that the planner sees the values and
/// uses an index or stops at a limit.
const MAX_WRITTEN_OUT: usize = 16;

/// Returns the number of placeholders for a list of texts that is written out; `None` for other
/// lists. It is a power of two, so that few statements are prepared.
pub(crate) fn placeholder_count(texts: &[String]) -> Option<usize> {
    (1..=MAX_WRITTEN_OUT).contains(&texts.len()).then(|| texts.len().next_power_of_two())
}

fn in_list(engine: Engine, name: &str, kind: Kind, args: Args<'_>) -> String {
    if let Some(Arg::Texts(texts)) = find_arg(args, name)
        && let Some(places) = placeholder_count(texts)
        && engine != Engine::Postgres
    {
        let places: Vec<String> = (0..places).map(|place| format!(":{name}_{place}")).collect();
        return format!("IN ({})", places.join(", "));
    }
    match engine {
        Engine::Sqlite => format!("IN (SELECT value FROM json_each(:{name}))"),
        // An array and not a sub-select: without statistics the planner would compare each row with
        // the whole list.
        Engine::Postgres => format!("= ANY(:{name}::{}[])", postgres_type(kind)),
        Engine::Mysql => format!("IN (SELECT v FROM {} AS t)", mysql_list(name, kind)),
    }
}

/// A list as a table with the column `v`.
fn mysql_list(name: &str, kind: Kind) -> String {
    format!("JSON_TABLE(:{name}, '$[*]' COLUMNS (v {} PATH '$' ERROR ON ERROR))", mysql_type(kind))
}

/// Deletes rows by ID; `place` is `table.column`.
fn delete_among(engine: Engine, place: &str, args: Args<'_>) -> String {
    let (table, column) = place.split_once('.').unwrap_or_else(|| unreachable!("a column follows its table"));
    if engine == Engine::Mysql {
        let list = mysql_list("list", Kind::Id);
        return format!("DELETE {table} FROM {list} AS listed STRAIGHT_JOIN {table} ON {place} = listed.v");
    }
    format!("DELETE FROM {table} WHERE {column} {}", in_list(engine, "list", Kind::Id, args))
}

/// A table of the rows that are bound as `:rows`: columns that vary as one list, the others as
/// single values.
fn rows(engine: Engine, shape: &Shape, args: Args<'_>) -> String {
    let is_fixed = |column: usize| matches!(find_arg(args, "rows"), Some(Arg::Rows(rows)) if rows.is_fixed(column));
    let mut varying = 0;
    let (mut selected, mut sources) = (Vec::new(), Vec::new());
    for (column, (name, kind)) in shape.columns.iter().enumerate() {
        if is_fixed(column) {
            selected.push(match engine {
                Engine::Postgres => format!(":rows_{column}::{} AS {name}", postgres_type(*kind)),
                _ => format!(":rows_{column} AS {name}"),
            });
            continue;
        }
        match engine {
            Engine::Sqlite => selected.push(format!("value ->> {varying} AS {name}")),
            Engine::Postgres => {
                selected.push((*name).to_owned());
                sources.push((format!(":rows_{column}::{}[]", postgres_type(*kind)), (*name).to_owned()));
            }
            Engine::Mysql => {
                selected.push((*name).to_owned());
                // The default for a value that does not fit would be NULL.
                let place = format!("{name} {} PATH '$[{varying}]' NULL ON EMPTY ERROR ON ERROR", mysql_type(*kind));
                sources.push((place, String::new()));
            }
        }
        varying += 1;
    }
    let selected = selected.join(", ");
    let (places, names): (Vec<String>, Vec<String>) = sources.into_iter().unzip();
    let places = places.join(", ");
    match engine {
        // `jsonb_each` keeps the inner lists in SQLite's binary form.
        Engine::Sqlite => format!("(SELECT {selected} FROM jsonb_each(:rows))"),
        Engine::Postgres => format!("(SELECT {selected} FROM unnest({places}) AS u({}))", names.join(", ")),
        Engine::Mysql if varying == shape.columns.len() => format!("JSON_TABLE(:rows, '$[*]' COLUMNS ({places}))"),
        Engine::Mysql => format!("(SELECT {selected} FROM JSON_TABLE(:rows, '$[*]' COLUMNS ({places})) AS j)"),
    }
}

/// A table of rows that is joined to other tables. `SQLite` assumes that a list is very short, and may
/// read it again for each row of another table. With the limit, it stores the list as a table first.
fn joined_rows(engine: Engine, shape: &Shape, args: Args<'_>) -> String {
    let rows = rows(engine, shape, args);
    match (engine, rows.strip_suffix(')')) {
        (Engine::Sqlite, Some(select)) => format!("{select} LIMIT -1)"),
        _ => rows,
    }
}

fn postgres_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "bigint",
        Kind::Time => "timestamptz",
        Kind::Id => "uuid",
    }
}

fn mysql_type(kind: Kind) -> String {
    match kind {
        // Wider than every column, so that the column itself refuses a text that is too long.
        Kind::Text => format!("VARCHAR(1000) {BYTEWISE}"),
        Kind::Int => "BIGINT".to_owned(),
        Kind::Time => "DATETIME(6)".to_owned(),
        Kind::Id => "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin".to_owned(),
    }
}

/// Appends a piece with its fragments resolved.
pub(crate) fn resolve_fragments(engine: Engine, piece: &str, args: Args<'_>, text: &mut String) {
    let mut rest = piece;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        text.push_str(before);
        text.push_str(&fragment(engine, name, args));
        rest = tail;
    }
    text.push_str(rest);
}
