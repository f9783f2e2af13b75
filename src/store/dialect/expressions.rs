//! Expressions on one column in the SQL of each engine.

use crate::store::engine::Engine;

/// Converts a text column to the type of IDs.
pub(crate) fn as_id(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Sqlite => column.to_owned(),
        Engine::Postgres => format!("{column}::uuid"),
        Engine::Mysql => format!("CONVERT({column} USING ascii) COLLATE ascii_bin"),
    }
}

/// The UTC day of an instant as an integer, counted from 1970, independent of the session's time
/// zone.
pub(crate) fn day(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Sqlite => format!("{column} / 86400000000"),
        Engine::Postgres => format!("(({column} AT TIME ZONE 'UTC')::date - DATE '1970-01-01')"),
        Engine::Mysql => format!("DATEDIFF({column}, '1970-01-01')"),
    }
}

/// Matches a column with the pattern of an argument. Patterns are compared bytewise, so
/// `SearchText` lists every form of a letter.
pub(crate) fn matches(engine: Engine, detail: &str) -> String {
    let (column, argument) = detail.split_once(' ').unwrap_or((detail, "search"));
    match engine {
        Engine::Sqlite => format!("{column} GLOB :{argument}"),
        Engine::Postgres => format!("{column} ~ :{argument}"),
        Engine::Mysql => format!("{column} REGEXP :{argument}"),
    }
}
