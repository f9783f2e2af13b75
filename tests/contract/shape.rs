//! Tables of a database from the engine's catalog, in a form common to all engines.

use std::collections::{BTreeMap, BTreeSet};

use crate::fixture::Engine;
use crate::helpers::raw::Raw;

/// Type of a column. SQLite distinguishes neither times from integers nor IDs from texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Text,
    Id,
    Number,
    Instant,
}

impl Kind {
    /// Returns the type as SQLite stores it.
    pub fn in_file(self) -> Kind {
        match self {
            Kind::Text | Kind::Id => Kind::Text,
            Kind::Number | Kind::Instant => Kind::Number,
        }
    }
}

/// A table without its comments and plain indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name, type, nullability and default, in the order of the table.
    pub columns: Vec<(String, Kind, bool, Option<String>)>,
    pub primary_key: Vec<String>,
    pub uniques: BTreeSet<Vec<String>>,
    /// Columns, referenced table, referenced columns.
    pub references: BTreeSet<(Vec<String>, String, Vec<String>)>,
    /// Number of check constraints.
    pub checks: usize,
}

/// Returns the tables of a database by name.
pub async fn tables(raw: &mut Raw, names: &[&str]) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    for name in names {
        let table = match raw.engine() {
            Engine::Sqlite => of_file(raw, name).await,
            Engine::Postgres | Engine::Mariadb | Engine::Mysql => of_server(raw, name).await,
        };
        tables.insert((*name).to_owned(), table);
    }
    tables
}

async fn of_file(raw: &mut Raw, name: &str) -> Table {
    let columns: Vec<(String, String, bool, Option<String>)> =
        raw.rows(format!("SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info('{name}')")).await;
    let kind = |text: &str| match text {
        "TEXT" => Kind::Text,
        "INTEGER" => Kind::Number,
        other => panic!("{name} has a column of the type {other}"),
    };
    let columns =
        columns.into_iter().map(|(column, text, filled, default)| (column, kind(&text), !filled, default)).collect();
    let keys = format!("SELECT name FROM pragma_table_info('{name}') WHERE pk > 0 ORDER BY pk");
    let mut uniques = BTreeSet::new();
    let indexes = format!("SELECT name FROM pragma_index_list('{name}') WHERE origin = 'u' AND partial = 0");
    for index in raw.texts(indexes).await {
        uniques.insert(raw.texts(format!("SELECT name FROM pragma_index_info('{index}') ORDER BY seqno")).await);
    }
    let mut references: BTreeMap<i64, (Vec<String>, String, Vec<String>)> = BTreeMap::new();
    let found: Vec<(i64, String, String, String, String)> = raw
        .rows(format!(
            "SELECT id, \"from\", \"table\", \"to\", on_delete || on_update FROM pragma_foreign_key_list('{name}') ORDER BY id, seq"
        ))
        .await;
    for (number, column, other, key, rule) in found {
        assert_eq!(rule, "NO ACTIONNO ACTION", "{name}.{column}");
        let reference = references.entry(number).or_insert_with(|| (Vec::new(), other, Vec::new()));
        reference.0.push(column);
        reference.2.push(key);
    }
    let text = raw.text(format!("SELECT sql FROM sqlite_master WHERE name = '{name}'")).await.unwrap();
    assert!(
        text.rsplit(')').next().is_some_and(|options| options.contains("STRICT")),
        "{name} takes values of any type"
    );
    Table {
        columns,
        primary_key: raw.texts(keys).await,
        uniques,
        references: references.into_values().collect(),
        checks: text.matches("CHECK (").count(),
    }
}

/// Returns a condition that selects the current database.
fn here(raw: &Raw, table: &str, name: &str) -> String {
    let schema = if raw.engine() == Engine::Postgres { "current_schema()" } else { "database()" };
    format!("{table}.table_schema = {schema} AND {table}.table_name = '{name}'")
}

async fn of_server(raw: &mut Raw, name: &str) -> Table {
    let (mut primary_key, mut uniques, mut references) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let keys: Vec<(String, String)> = raw
        .rows(format!(
            "SELECT c.constraint_name, c.constraint_type FROM information_schema.table_constraints AS c \
             WHERE {} AND c.constraint_type <> 'CHECK' ORDER BY 1",
            here(raw, "c", name)
        ))
        .await;
    for (constraint, kind) in keys {
        let columns = raw
            .texts(format!(
                "SELECT k.column_name FROM information_schema.key_column_usage AS k \
                 WHERE {} AND k.constraint_name = '{constraint}' ORDER BY k.ordinal_position",
                here(raw, "k", name)
            ))
            .await;
        match kind.as_str() {
            "PRIMARY KEY" => primary_key = columns,
            "UNIQUE" => drop(uniques.insert(columns)),
            "FOREIGN KEY" => {
                let (other, keys) = target(raw, name, &constraint).await;
                references.insert((columns, other, keys));
            }
            other => panic!("{name} has a constraint of the type {other}"),
        }
    }
    Table {
        columns: columns_of_server(raw, name).await,
        primary_key,
        uniques,
        references,
        checks: checks(raw, name).await,
    }
}

/// The target of a foreign key.
async fn target(raw: &mut Raw, name: &str, constraint: &str) -> (String, Vec<String>) {
    let found: Vec<(String, String, String)> = if raw.engine() == Engine::Postgres {
        raw.rows(format!(
            "SELECT c.confrelid::regclass::text, a.attname::text, (c.confdeltype::text || c.confupdtype::text) \
             FROM pg_constraint AS c CROSS JOIN unnest(c.confkey) WITH ORDINALITY AS k (number, place) \
             JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.number \
             WHERE c.conrelid = '{name}'::regclass AND c.conname = '{constraint}' ORDER BY k.place"
        ))
        .await
    } else {
        raw.rows(format!(
            "SELECT k.referenced_table_name, k.referenced_column_name, concat(r.delete_rule, r.update_rule) \
             FROM information_schema.key_column_usage AS k JOIN information_schema.referential_constraints AS r \
             ON r.constraint_schema = k.table_schema AND r.table_name = k.table_name \
             AND r.constraint_name = k.constraint_name \
             WHERE {} AND k.constraint_name = '{constraint}' ORDER BY k.ordinal_position",
            here(raw, "k", name)
        ))
        .await
    };
    let refuses = |rule: &str| matches!(rule, "aa" | "RESTRICTRESTRICT" | "NO ACTIONNO ACTION");
    assert!(found.iter().all(|(_, _, rule)| refuses(rule)), "{name}: {found:?}");
    let other = found[0].0.clone();
    (other, found.into_iter().map(|(_, column, _)| column).collect())
}

async fn checks(raw: &mut Raw, name: &str) -> usize {
    let count = match raw.engine() {
        Engine::Postgres => format!("pg_constraint WHERE contype = 'c' AND conrelid = '{name}'::regclass"),
        Engine::Mysql => {
            format!(
                "information_schema.table_constraints AS c WHERE {} AND c.constraint_type = 'CHECK'",
                here(raw, "c", name)
            )
        }
        _ => format!(
            "information_schema.check_constraints WHERE constraint_schema = database() AND table_name = '{name}'"
        ),
    };
    usize::try_from(raw.count(&count).await).unwrap()
}

async fn columns_of_server(raw: &mut Raw, name: &str) -> Vec<(String, Kind, bool, Option<String>)> {
    let kind = if raw.engine() == Engine::Postgres {
        "CASE WHEN c.data_type = 'text' THEN c.data_type || ' ' || coalesce(c.collation_name, '') ELSE c.data_type END"
    } else {
        "concat_ws(' ', c.column_type, c.collation_name)"
    };
    let columns: Vec<(String, String, String, Option<String>)> = raw
        .rows(format!(
            "SELECT c.column_name, {kind}, c.is_nullable, c.column_default FROM information_schema.columns AS c \
             WHERE {} ORDER BY c.ordinal_position",
            here(raw, "c", name)
        ))
        .await;
    let read = |(column, kind, nullable, default): (String, String, String, Option<String>)| {
        let default = default.filter(|text| text != "NULL");
        (column, kind_of(&kind), nullable == "YES", default)
    };
    columns.into_iter().map(read).collect()
}

/// The binary collations of `MariaDB` and `MySQL`.
const BYTEWISE: [&str; 2] = [") utf8mb4_nopad_bin", ") utf8mb4_0900_bin"];

/// The types of each engine.
fn kind_of(kind: &str) -> Kind {
    match kind {
        "text C" => Kind::Text,
        "uuid" | "char(36) ascii_bin" => Kind::Id,
        "bigint" | "bigint(20)" => Kind::Number,
        "timestamp with time zone" | "datetime(6)" => Kind::Instant,
        _ if kind.starts_with("varchar(") && BYTEWISE.iter().any(|collation| kind.ends_with(collation)) => Kind::Text,
        other => panic!("no column has the type {other}"),
    }
}
