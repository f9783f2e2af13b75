//! What a file has already named, kept in a temporary database of its own: a
//! long import finds every repetition, and its memory does not grow.

use std::collections::HashMap;

use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Row as _, SqliteConnection};

use crate::error::{Error, Result};

/// The keys that were named so far, each with its first line. The engine
/// deletes the file behind it when it is closed.
pub(crate) struct Seen(SqliteConnection);

const FIND: &str = "SELECT key, line FROM seen WHERE key IN (SELECT value FROM json_each($1))";
const INSERT: &str = "INSERT OR IGNORE INTO seen (key, line) SELECT value ->> 0, value ->> 1 FROM json_each($1)";

impl Seen {
    /// Nothing was named yet.
    pub(crate) async fn new() -> Result<Self> {
        // An empty name means: a temporary file that nobody else sees.
        let options = SqliteConnectOptions::new()
            .filename("")
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", "-16384")
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(failed)?;
        sqlx::raw_sql("CREATE TABLE seen (key TEXT NOT NULL PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")
            .execute(&mut connection)
            .await
            .map_err(failed)?;
        Ok(Seen(connection))
    }

    /// Names these keys; answers, by place, the line that named one before.
    pub(crate) async fn name(&mut self, named: &[(String, u64)]) -> Result<HashMap<usize, u64>> {
        if named.is_empty() {
            return Ok(HashMap::new());
        }
        let keys: Vec<&str> = named.iter().map(|(key, _)| key.as_str()).collect();
        let rows = sqlx::query(FIND).bind(json!(keys).to_string()).fetch_all(&mut self.0).await.map_err(failed)?;
        let mut first: HashMap<String, u64> = HashMap::with_capacity(named.len());
        for row in rows {
            let line: i64 = row.try_get("line").map_err(failed)?;
            first.insert(row.try_get("key").map_err(failed)?, line.unsigned_abs());
        }
        let mut repeated = HashMap::new();
        for (place, (key, line)) in named.iter().enumerate() {
            if let Some(earlier) = first.get(key) {
                repeated.insert(place, *earlier);
            } else {
                first.insert(key.clone(), *line);
            }
        }
        sqlx::query(INSERT).bind(json!(named).to_string()).execute(&mut self.0).await.map_err(failed)?;
        Ok(repeated)
    }
}

fn failed(error: sqlx::Error) -> Error {
    Error::database("the temporary list of what the file names failed")
        .caused_by(error)
        .hint("check the space in the folder for temporary files (TMPDIR)")
}
