//! What is made of one column, in each engine's words.

use crate::store::dialect::Engine;

/// A text that holds an id.
pub(crate) fn as_id(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Sqlite => column.to_owned(),
        Engine::Postgres => format!("{column}::uuid"),
        Engine::Mysql => format!("CONVERT({column} USING ascii) COLLATE ascii_bin"),
    }
}

/// The day in UTC that an instant lies in, by its number since 1970: a whole
/// number in every engine, whatever the zone of its session.
pub(crate) fn day(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Sqlite => format!("{column} / 86400000000"),
        Engine::Postgres => format!("(({column} AT TIME ZONE 'UTC')::date - DATE '1970-01-01')"),
        Engine::Mysql => format!("DATEDIFF({column}, '1970-01-01')"),
    }
}

/// A column that holds the text of the argument behind it, as patterns are
/// compared in bytes: `SearchText` writes every form of a letter.
pub(crate) fn matches(engine: Engine, detail: &str) -> String {
    let (column, argument) = detail.split_once(' ').unwrap_or((detail, "search"));
    match engine {
        Engine::Sqlite => format!("{column} GLOB :{argument}"),
        Engine::Postgres => format!("{column} ~ :{argument}"),
        Engine::Mysql => format!("{column} REGEXP :{argument}"),
    }
}
