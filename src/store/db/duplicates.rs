//! Detection of duplicates in an input file. The keys are stored in a temporary database, so that
//! memory use does not grow with the file.

pub(crate) mod ascending;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hash, RandomState};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Row as _, SqliteConnection};

use crate::error::{Error, Result};
use crate::store::db::duplicates::ascending::{AscendingIds, TrackedKey};

/// The keys of a file so far, each with the line of its first occurrence. `SQLite` deletes the
/// temporary file when the connection is closed.
///
/// A key is stored as two 64-bit hashes: `place` is the primary key, `proof` is compared. The
/// probability that any two of ten million keys share both is about one in 10^24.
pub(crate) struct DuplicateTracker {
    connection: SqliteConnection,
    places: RandomState,
    proofs: RandomState,
    /// The IDs so far, while they are in ascending order.
    ascending: Option<AscendingIds>,
}

const CREATE: &str =
    "CREATE TABLE seen (place INTEGER NOT NULL PRIMARY KEY, proof INTEGER NOT NULL, line INTEGER NOT NULL)";
const INSERT: &str = "INSERT OR IGNORE INTO seen (place, proof, line) \
     SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1)";
const FIND: &str = "SELECT place, proof, line FROM seen WHERE place IN (SELECT value ->> 0 FROM jsonb_each($1))";

impl DuplicateTracker {
    /// Creates a tracker without keys.
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
        let ascending = Some(AscendingIds::default());
        Ok(DuplicateTracker { connection, places: RandomState::new(), proofs: RandomState::new(), ascending })
    }

    /// Tracks IDs as [`DuplicateTracker::track`] does. While the IDs of the file ascend, none can be
    /// a duplicate: they are only written to a file, not looked up.
    pub(crate) async fn track_ids(&mut self, ids: &[(&str, u64)]) -> Result<HashMap<usize, u64>> {
        let keys: Vec<TrackedKey> = ids.iter().map(|(id, line)| self.key_of(id, *line)).collect();
        if let Some(ascending) = &mut self.ascending {
            if ascending.continues(ids.iter().map(|(id, _)| *id)) {
                ascending.append(&keys).map_err(failed)?;
                return Ok(HashMap::new());
            }
            self.move_to_table().await?;
        }
        self.insert(&keys).await
    }

    /// Moves the IDs that were written to a file into the table.
    async fn move_to_table(&mut self) -> Result<()> {
        let Some(ascending) = self.ascending.take() else { return Ok(()) };
        let Some(mut reader) = ascending.into_reader().map_err(failed)? else { return Ok(()) };
        while let Some(some) = reader.next().map_err(failed)? {
            sqlx::query(INSERT).bind(in_order(&some)).execute(&mut self.connection).await.map_err(failed)?;
        }
        Ok(())
    }

    fn key_of(&self, key: impl Hash, line: u64) -> TrackedKey {
        TrackedKey {
            place: self.places.hash_one(&key).cast_signed(),
            proof: self.proofs.hash_one(&key).cast_signed(),
            line,
        }
    }

    /// Tracks keys with their lines. Returns, by index, the line of the first occurrence for each
    /// key that is a duplicate.
    pub(crate) async fn track<K: Hash>(&mut self, keys: impl Iterator<Item = (K, u64)>) -> Result<HashMap<usize, u64>> {
        let keys: Vec<TrackedKey> = keys.map(|(key, line)| self.key_of(key, line)).collect();
        self.insert(&keys).await
    }

    async fn insert(&mut self, keys: &[TrackedKey]) -> Result<HashMap<usize, u64>> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let list = in_order(keys);
        let inserted = sqlx::query(INSERT).bind(&list).execute(&mut self.connection).await.map_err(failed)?;
        if inserted.rows_affected() == keys.len() as u64 {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query(FIND).bind(list).fetch_all(&mut self.connection).await.map_err(failed)?;
        let mut first: HashMap<(i64, i64), u64> = HashMap::with_capacity(rows.len());
        for row in rows {
            let line: i64 = row.try_get("line").map_err(failed)?;
            let key = (row.try_get("place").map_err(failed)?, row.try_get("proof").map_err(failed)?);
            first.insert(key, line.unsigned_abs());
        }
        let earlier = |key: &TrackedKey| first.get(&(key.place, key.proof)).copied().filter(|line| *line != key.line);
        Ok(keys.iter().enumerate().filter_map(|(index, key)| Some((index, earlier(key)?))).collect())
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

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::database("the temporary database for duplicates in the file failed")
        .with_source(error)
        .with_hint("check the free space of the folder for temporary files (TMPDIR)")
}
