//! The keys of an input file in a temporary database.

use std::collections::HashMap;
use std::fmt::Write as _;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};

use crate::error::Result;
use crate::store::db::duplicates::ascending::{TrackedKey, failed};

/// A table of keys, each with the line of its first occurrence. `SQLite` deletes the temporary
/// file when the connection is closed.
pub(crate) struct KeyTable(SqliteConnection);

const CREATE: &str =
    "CREATE TABLE seen (place INTEGER NOT NULL PRIMARY KEY, proof INTEGER NOT NULL, line INTEGER NOT NULL)";
const INSERT: &str = "INSERT OR IGNORE INTO seen (place, proof, line) \
     SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1)";
const FIND: &str = "SELECT place, proof, line FROM seen WHERE place IN (SELECT value ->> 0 FROM jsonb_each($1))";

impl KeyTable {
    pub(crate) async fn new() -> Result<Self> {
        // An empty name creates a private temporary file.
        let options = SqliteConnectOptions::new()
            .filename("")
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", "-8192")
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(failed)?;
        sqlx::raw_sql(CREATE).execute(&mut connection).await.map_err(failed)?;
        Ok(KeyTable(connection))
    }

    /// Inserts the keys whose place is free; returns their number.
    pub(crate) async fn insert(&mut self, keys: &[TrackedKey]) -> Result<u64> {
        let inserted = sqlx::query(INSERT).bind(in_order(keys)).execute(&mut self.0).await.map_err(failed)?;
        Ok(inserted.rows_affected())
    }

    /// Returns the line of the first occurrence for the places of these keys, by both hashes.
    pub(crate) async fn first_lines(&mut self, keys: &[TrackedKey]) -> Result<HashMap<(i64, i64), u64>> {
        let rows = sqlx::query(FIND).bind(in_order(keys)).fetch_all(&mut self.0).await.map_err(failed)?;
        let mut first = HashMap::with_capacity(rows.len());
        for row in rows {
            let line: i64 = row.try_get("line").map_err(failed)?;
            let key = (row.try_get("place").map_err(failed)?, row.try_get("proof").map_err(failed)?);
            first.insert(key, line.unsigned_abs());
        }
        Ok(first)
    }
}

/// Formats keys as a JSON list of lists in the order of the primary key; of equal keys, the first
/// line comes first.
fn in_order(keys: &[TrackedKey]) -> String {
    let mut sorted: Vec<&TrackedKey> = keys.iter().collect();
    sorted.sort_unstable_by_key(|key| (key.place, key.line));
    let mut list = String::with_capacity(keys.len() * 52);
    for TrackedKey { place, proof, line } in sorted {
        // Writing into a String cannot fail.
        let _ = write!(list, "{}[{place},{proof},{line}]", if list.is_empty() { '[' } else { ',' });
    }
    list.push(']');
    list
}
