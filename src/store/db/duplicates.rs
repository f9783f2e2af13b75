//! What a file has already named, kept in a temporary database of its own: a
//! long import finds every repetition, and its memory does not grow.

pub(crate) mod ascending;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hash, RandomState};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Row as _, SqliteConnection};

use crate::error::{Error, Result};
use crate::store::db::duplicates::ascending::Rising;

/// The keys that were named so far, each with its first line. The engine
/// deletes the file behind it when it is closed.
///
/// A key is kept as two numbers that follow from it: the place where it is
/// found, and the proof that it is the one. Two keys of ten million share both
/// with a chance of one in ten to the 24th.
pub(crate) struct Seen {
    connection: SqliteConnection,
    places: RandomState,
    proofs: RandomState,
    /// Ids so far, while each came behind the one before.
    rising: Option<Rising>,
}

const CREATE: &str =
    "CREATE TABLE seen (place INTEGER NOT NULL PRIMARY KEY, proof INTEGER NOT NULL, line INTEGER NOT NULL)";
const INSERT: &str = "INSERT OR IGNORE INTO seen (place, proof, line) \
     SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1)";
const FIND: &str = "SELECT place, proof, line FROM seen WHERE place IN (SELECT value ->> 0 FROM jsonb_each($1))";

/// A key as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    place: i64,
    proof: i64,
    line: u64,
}

impl Seen {
    /// Nothing was named yet.
    pub(crate) async fn new() -> Result<Self> {
        // An empty name means: a temporary file that nobody else sees.
        let options = SqliteConnectOptions::new()
            .filename("")
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", "-8192")
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(failed)?;
        sqlx::raw_sql(CREATE).execute(&mut connection).await.map_err(failed)?;
        let rising = Some(Rising::default());
        Ok(Seen { connection, places: RandomState::new(), proofs: RandomState::new(), rising })
    }

    /// The same as [`Seen::name`] for a list of ids, each time of the same kind.
    /// A file that was written in the order of its ids repeats none: as long as
    /// each comes behind the one before, they are noted down and not looked up.
    pub(crate) async fn name_ids(&mut self, ids: &[(&str, u64)]) -> Result<HashMap<usize, u64>> {
        let named: Vec<Named> = ids.iter().map(|(id, line)| self.named(id, *line)).collect();
        if let Some(rising) = &mut self.rising {
            if rising.goes_on(ids.iter().map(|(id, _)| *id)) {
                rising.note(&named).map_err(failed)?;
                return Ok(HashMap::new());
            }
            self.look_up_from_here().await?;
        }
        self.keep(&named).await
    }

    /// What was noted down is kept from now on.
    async fn look_up_from_here(&mut self) -> Result<()> {
        let Some(rising) = self.rising.take() else { return Ok(()) };
        let Some(mut noted) = rising.read().map_err(failed)? else { return Ok(()) };
        while let Some(some) = noted.next().map_err(failed)? {
            sqlx::query(INSERT).bind(in_order(&some)).execute(&mut self.connection).await.map_err(failed)?;
        }
        Ok(())
    }

    fn named(&self, key: impl Hash, line: u64) -> Named {
        Named { place: self.places.hash_one(&key).cast_signed(), proof: self.proofs.hash_one(&key).cast_signed(), line }
    }

    /// Names these keys, each with its line; answers, by their places in the
    /// list, the line that named one before.
    pub(crate) async fn name<K: Hash>(&mut self, keys: impl Iterator<Item = (K, u64)>) -> Result<HashMap<usize, u64>> {
        let named: Vec<Named> = keys.map(|(key, line)| self.named(key, line)).collect();
        self.keep(&named).await
    }

    async fn keep(&mut self, named: &[Named]) -> Result<HashMap<usize, u64>> {
        if named.is_empty() {
            return Ok(HashMap::new());
        }
        let list = in_order(named);
        let inserted = sqlx::query(INSERT).bind(&list).execute(&mut self.connection).await.map_err(failed)?;
        if inserted.rows_affected() == named.len() as u64 {
            return Ok(HashMap::new());
        }
        let rows = sqlx::query(FIND).bind(list).fetch_all(&mut self.connection).await.map_err(failed)?;
        let mut first: HashMap<(i64, i64), u64> = HashMap::with_capacity(rows.len());
        for row in rows {
            let line: i64 = row.try_get("line").map_err(failed)?;
            let key = (row.try_get("place").map_err(failed)?, row.try_get("proof").map_err(failed)?);
            first.insert(key, line.unsigned_abs());
        }
        let earlier =
            |named: &Named| first.get(&(named.place, named.proof)).copied().filter(|line| *line != named.line);
        Ok(named.iter().enumerate().filter_map(|(place, named)| Some((place, earlier(named)?))).collect())
    }
}

/// The keys as one list of lists, in the order of the table; of several that
/// are the same, the first line first.
fn in_order(named: &[Named]) -> String {
    let mut sorted: Vec<&Named> = named.iter().collect();
    sorted.sort_unstable_by_key(|named| (named.place, named.line));
    let mut list = String::with_capacity(named.len() * 52);
    for Named { place, proof, line } in sorted {
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
