//! From the one text of a statement to what an engine takes: `:name` becomes a
//! placeholder, `{fragment}` the engine's own words.
//!
//! The engines differ here in words, in `value.rs` and `row.rs` in values, in
//! `failure/` in errors, in `connect.rs` in settings, in `session.rs` in what a
//! statement leaves out or cuts short, and in `schema.rs` and `migrations.rs` in
//! how a schema is looked at and made; nowhere else.

pub(crate) mod copy;
pub(crate) mod encoding;
mod of_a_column;
mod of_a_table;
mod rendered;
pub(crate) mod row_set;
pub(crate) mod tuples;
pub(crate) mod value;

use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::store::db::row::Arg;
use crate::store::dialect::row_set::{Kind, Shape};
use crate::store::dialect::value::{Value, column, value};
use crate::store::engine::Engine;

/// A statement made of pieces that stand in this source, and of nothing else:
/// values can only be bound.
#[derive(Clone, Default)]
pub(crate) struct Statement(Vec<&'static str>);

impl Statement {
    /// Adds a piece.
    pub(crate) fn push(mut self, piece: &'static str) -> Self {
        self.0.push(piece);
        self
    }

    /// Whether it inserts rows, leaving out those that are there.
    pub(crate) fn inserts(&self) -> bool {
        self.0.first().is_some_and(|piece| piece.starts_with("{insert_new}"))
    }

    /// Adds the pieces of another.
    pub(crate) fn join(mut self, other: &Statement) -> Self {
        self.0.extend(&other.0);
        self
    }
}

impl<const N: usize> From<[&'static str; N]> for Statement {
    fn from(pieces: [&'static str; N]) -> Self {
        Statement(pieces.to_vec())
    }
}

impl From<&'static str> for Statement {
    fn from(text: &'static str) -> Self {
        Statement(vec![text])
    }
}

/// What is bound, by name.
pub(crate) type Args<'a> = &'a [(&'static str, Arg)];

/// How a write transaction begins.
///
/// A Galera node can take a transaction back while it prepares the next
/// statement, and not say so: what comes behind would be committed alone
/// (measured: 3 uses in 7,000 were counted and not entered). So nothing there
/// is committed by itself, and a savepoint marks what the commit must hold.
pub(crate) fn begin(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        Engine::Mysql => {
            "SET autocommit = 0 /*!80017 , wait_timeout = @invite_idle */; START TRANSACTION; SAVEPOINT whole"
        }
    }
}

/// How it is committed; an error where it is not the one that began.
pub(crate) fn commit(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite | Engine::Postgres => "COMMIT",
        Engine::Mysql => "RELEASE SAVEPOINT whole; COMMIT; SET autocommit = 1 /*!80017 , wait_timeout = 120 */",
    }
}

/// How it is rolled back, and one that reads is ended.
pub(crate) fn roll_back(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite | Engine::Postgres => "ROLLBACK",
        Engine::Mysql => "ROLLBACK; SET autocommit = 1 /*!80017 , wait_timeout = 120 */",
    }
}

/// How a transaction begins that reads the database as it is at one instant.
pub(crate) fn snapshot(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BEGIN",
        Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Engine::Mysql => {
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
        }
    }
}

/// How `MariaDB` and `MySQL` are told to compare bytes, each in a comment that
/// only it reads.
const BYTEWISE: &str = "CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";

/// The engine's words for a fragment: `name`, or `name:detail`.
fn fragment(engine: Engine, name: &str, args: Args<'_>) -> String {
    let (name, detail) = name.split_once(':').unwrap_or((name, ""));
    let mysql = engine == Engine::Mysql;
    let text = match name {
        // Insert rows, leaving out those that meet a unique index. Where the
        // engine's words hide other errors too, `Session::insert` looks.
        "insert_new" if mysql => "INSERT IGNORE INTO",
        "insert_new" => "INSERT INTO",
        "skip_conflicts" if mysql => "",
        "skip_conflicts" => "ON CONFLICT DO NOTHING",
        // Rows that are read to be changed, and stay as they are till then;
        // where there is one writer at a time, they do anyway.
        "lock" | "lock_free" | "share" | "hold" if engine == Engine::Sqlite => "",
        "lock" => "FOR UPDATE",
        // The same without those that another transaction works on.
        "lock_free" => "FOR UPDATE SKIP LOCKED",
        // Rows that must not be removed (`share`), or not even changed (`hold`),
        // till the transaction ends.
        "share" | "hold" if mysql => "LOCK IN SHARE MODE",
        "share" => "FOR KEY SHARE",
        "share_of" => return of_a_table::share_of(engine, detail),
        "hold" => "FOR SHARE",
        // What becomes of a user who is known: the newer, or the older, wins.
        "on_known" => return of_a_table::on_known(engine, detail == "newer"),
        // Being among a list of texts or of ids.
        "in_texts" => return among(engine, detail, Kind::Text, args),
        "in_ids" => return among(engine, detail, Kind::Id, args),
        "not_in_texts" if engine == Engine::Postgres => return format!("<> ALL(:{detail}::text[])"),
        "not_in_texts" => return format!("NOT {}", among(engine, detail, Kind::Text, args)),
        // The index for a list. Some planners believe in an empty table until
        // its statistics are made, and compare the whole list with each row.
        "by" if mysql => return format!(" FORCE INDEX ({detail})"),
        // In the order of the primary key, whatever else there is.
        "by_key" if engine == Engine::Sqlite => return format!(" INDEXED BY sqlite_autoindex_{detail}_1"),
        // This table first: some planners begin with a joined one, and sort all rows.
        "first" if mysql => return format!("/*+ JOIN_PREFIX({detail}) */ "),
        "not_by" if mysql => return format!(" IGNORE INDEX ({detail})"),
        // An update of what is among a list, in the form that uses the index.
        "many" if mysql => " JOIN (SELECT 1 AS one) AS single",
        // The rows of a shape, as a table for FROM.
        "rows" => return rows(engine, shape_of(detail), args),
        // An update by rows: some engines name them before SET, some after.
        "with" if mysql => return format!(", {} AS r", rows(engine, shape_of(detail), args)),
        "from" if !mysql => return format!("FROM {} AS r", rows(engine, shape_of(detail), args)),
        // In an update of many rows at once: writes these columns too, as they
        // are. Where no column of an index is named, one engine goes to the
        // rows behind a page of it and looks for dead ones before the page is
        // split; of many updates in a row that is a quarter of the time. The
        // indexes then grow as they do by one update of all.
        "rewrite" if engine == Engine::Postgres => {
            let columns: Vec<String> = detail.split(' ').map(|column| format!("{column} = {column}, ")).collect();
            return columns.concat();
        }
        // Of an update that changes many rows and that the transaction does not
        // outlive: an embedded engine then keeps no second copy of each page, to
        // take back the statement alone.
        "or_fail" if engine == Engine::Sqlite => " OR FAIL",
        "by" | "by_key" | "first" | "not_by" | "many" | "with" | "from" | "rewrite" | "or_fail" => "",
        // A deletion by a sub-select, in the form that uses the index.
        "delete" if mysql => return format!("DELETE {detail} FROM {detail}"),
        // One of the rows whose column is among `:list`. Some planners would go
        // through a small table, and wait for rows that others hold.
        "delete_among" => return delete_among(engine, detail, args),
        "delete" => return format!("DELETE FROM {detail}"),
        // The least and the greatest id; one engine has no order of its ids.
        "least" if engine == Engine::Postgres => return format!("min({detail}::text COLLATE \"C\")::uuid"),
        "greatest" if engine == Engine::Postgres => return format!("max({detail}::text COLLATE \"C\")::uuid"),
        "least" => return format!("min({detail})"),
        "greatest" => return format!("max({detail})"),
        // A text that holds an id.
        "as_id" => return of_a_column::as_id(engine, detail),
        // A text that is searched for, in any letter case: see `text::SearchText`.
        "matches" => return of_a_column::matches(engine, detail),
        // The day in UTC that an instant lies in, by its number since 1970.
        "day" => return of_a_column::day(engine, detail),
        // One JSON list of lists out of many rows: far cheaper than a row each.
        "list_of_spaces" => match engine {
            Engine::Sqlite => "json_group_array(json_array(p.id, p.name, p.policy))",
            Engine::Postgres => "json_agg(json_build_array(p.id, p.name, p.policy))",
            Engine::Mysql => unreachable!("this engine cuts such lists"),
        },
        other => unreachable!("no statement uses the fragment {other:?}"),
    };
    text.to_owned()
}

fn shape_of(name: &str) -> &'static Shape {
    row_set::find(name).unwrap_or_else(|| unreachable!("there is no shape {name:?}"))
}

/// A list of so few texts is written out, so that each engine's planner sees
/// what is compared: it then uses an index, or stops at a limit.
const FEW: usize = 16;

/// How many places a list of texts takes where it is written out: few lengths,
/// so that few statements are prepared. None: it is not.
fn places_of(texts: &[String]) -> Option<usize> {
    (1..=FEW).contains(&texts.len()).then(|| texts.len().next_power_of_two())
}

fn among(engine: Engine, name: &str, kind: Kind, args: Args<'_>) -> String {
    if let Some(Arg::Texts(texts)) = find(args, name)
        && let Some(places) = places_of(texts)
        && engine != Engine::Postgres
    {
        let places: Vec<String> = (0..places).map(|place| format!(":{name}_{place}")).collect();
        return format!("IN ({})", places.join(", "));
    }
    match engine {
        Engine::Sqlite => format!("IN (SELECT value FROM json_each(:{name}))"),
        // Not a sub-select: without statistics the planner would go through
        // the whole list for each row.
        Engine::Postgres => format!("= ANY(:{name}::{}[])", postgres_type(kind)),
        Engine::Mysql => format!("IN (SELECT v FROM {} AS t)", mysql_list(name, kind)),
    }
}

/// A list as a table of the column `v`.
fn mysql_list(name: &str, kind: Kind) -> String {
    format!("JSON_TABLE(:{name}, '$[*]' COLUMNS (v {} PATH '$' ERROR ON ERROR))", mysql_type(kind))
}

/// A deletion by ids: of the rows whose column, as `table.column`, is one.
fn delete_among(engine: Engine, place: &str, args: Args<'_>) -> String {
    let (table, column) = place.split_once('.').unwrap_or_else(|| unreachable!("a column stands behind its table"));
    if engine == Engine::Mysql {
        let list = mysql_list("list", Kind::Id);
        return format!("DELETE {table} FROM {list} AS listed STRAIGHT_JOIN {table} ON {place} = listed.v");
    }
    format!("DELETE FROM {table} WHERE {column} {}", among(engine, "list", Kind::Id, args))
}

/// The rows that are bound as `:rows`: what varies from row to row as one list,
/// what does not as single values.
fn rows(engine: Engine, shape: &Shape, args: Args<'_>) -> String {
    let is_fixed = |column: usize| matches!(find(args, "rows"), Some(Arg::Rows(rows)) if rows.is_fixed(column));
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
                // A value that does not fit is an error: the default is NULL.
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
        // The lists within the list stay in the engine's own form.
        Engine::Sqlite => format!("(SELECT {selected} FROM jsonb_each(:rows))"),
        Engine::Postgres => format!("(SELECT {selected} FROM unnest({places}) AS u({}))", names.join(", ")),
        Engine::Mysql if varying == shape.columns.len() => format!("JSON_TABLE(:rows, '$[*]' COLUMNS ({places}))"),
        Engine::Mysql => format!("(SELECT {selected} FROM JSON_TABLE(:rows, '$[*]' COLUMNS ({places})) AS j)"),
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
        // Wider than the widest column, so that the column judges.
        Kind::Text => format!("VARCHAR(1000) {BYTEWISE}"),
        Kind::Int => "BIGINT".to_owned(),
        Kind::Time => "DATETIME(6)".to_owned(),
        Kind::Id => "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin".to_owned(),
    }
}

/// A statement as the engine takes it, with its values in order.
pub(crate) type Rendered = (SqlStr, Vec<Value>);

/// Makes that of a statement and what is bound to it.
pub(crate) fn render(engine: Engine, statement: &Statement, args: Args<'_>) -> Rendered {
    #[cfg(test)]
    crate::store::explain::note(&statement.0);
    let text = rendered::text(engine, statement, args);
    let values = text.names.iter().map(|name| named(engine, name, args)).collect();
    // Safe: every piece is a literal of this source, and values are bound.
    (AssertSqlSafe(Arc::clone(&text.sql)).into_sql_str(), values)
}

fn resolve_fragments(engine: Engine, piece: &str, args: Args<'_>, text: &mut String) {
    let mut rest = piece;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        text.push_str(before);
        text.push_str(&fragment(engine, name, args));
        rest = tail;
    }
    text.push_str(rest);
}

/// Puts placeholders where the names are: numbers that can repeat, or question
/// marks with a value each. Answers whose values they stand for, in order.
fn place(engine: Engine, text: &str) -> (String, Vec<String>) {
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

fn find<'a>(args: Args<'a>, name: &str) -> Option<&'a Arg> {
    args.iter().find(|(known, _)| *known == name).map(|(_, arg)| arg)
}

fn named(engine: Engine, name: &str, args: Args<'_>) -> Value {
    if let Some(arg) = find(args, name) {
        return value(engine, arg);
    }
    // `:rows_3` is the fourth column of `:rows`, `:list_3` the fourth text of
    // `:list`, or its last.
    if let Some((list, at)) = name.rsplit_once('_')
        && let Ok(at) = at.parse::<usize>()
    {
        match find(args, list) {
            Some(Arg::Rows(rows)) => return column(engine, rows, at),
            Some(Arg::Texts(texts)) => return Value::Text(texts.get(at).or(texts.last()).cloned()),
            _ => {}
        }
    }
    // A statement and its values are written side by side, and the contract
    // suite runs every statement.
    unreachable!("a statement binds :{name}, which was not given")
}

#[cfg(test)]
#[path = "dialect/tests.rs"]
mod tests;
