//! Detection of duplicates in an input file. The keys are stored in a temporary database, so that
//! memory use does not grow with the file; a build without `SQLite` keeps them in memory.

pub(crate) mod ascending;
#[cfg(not(feature = "sqlite"))]
pub(crate) mod in_memory;
#[cfg(feature = "sqlite")]
pub(crate) mod on_disk;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};

use crate::error::Result;
use crate::store::db::duplicates::ascending::{AscendingIds, TrackedKey, failed};
#[cfg(not(feature = "sqlite"))]
use crate::store::db::duplicates::in_memory::KeyTable;
#[cfg(feature = "sqlite")]
use crate::store::db::duplicates::on_disk::KeyTable;

/// The keys of a file so far, each with the line of its first occurrence.
///
/// A key is stored as two 64-bit hashes: `place` is the primary key, `proof` is compared. The
/// probability that any two of ten million keys share both is about one in 10^24.
pub(crate) struct DuplicateTracker {
    table: KeyTable,
    places: RandomState,
    proofs: RandomState,
    /// The IDs so far, while they are in ascending order.
    ascending: Option<AscendingIds>,
}

impl DuplicateTracker {
    /// Creates a tracker without keys.
    pub(crate) async fn new() -> Result<Self> {
        Ok(DuplicateTracker {
            table: KeyTable::new().await?,
            places: RandomState::new(),
            proofs: RandomState::new(),
            ascending: Some(AscendingIds::default()),
        })
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
            self.table.insert(&some).await?;
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
        if keys.is_empty() || self.table.insert(keys).await? == keys.len() as u64 {
            return Ok(HashMap::new());
        }
        let first = self.table.first_lines(keys).await?;
        let earlier = |key: &TrackedKey| first.get(&(key.place, key.proof)).copied().filter(|line| *line != key.line);
        Ok(keys.iter().enumerate().filter_map(|(index, key)| Some((index, earlier(key)?))).collect())
    }
}
