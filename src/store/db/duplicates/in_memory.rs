//! The keys of an input file in memory, for builds without `SQLite`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::error::Result;
use crate::store::db::duplicates::ascending::TrackedKey;

/// A table of keys, each with the line of its first occurrence, by `place`.
#[derive(Default)]
pub(crate) struct KeyTable(HashMap<i64, (i64, u64)>);

#[expect(clippy::unused_async, reason = "as the table on disk")]
impl KeyTable {
    pub(crate) async fn new() -> Result<Self> {
        Ok(KeyTable::default())
    }

    /// Inserts the keys whose place is free; returns their number.
    pub(crate) async fn insert(&mut self, keys: &[TrackedKey]) -> Result<u64> {
        let mut inserted = 0;
        for key in keys {
            if let Entry::Vacant(entry) = self.0.entry(key.place) {
                entry.insert((key.proof, key.line));
                inserted += 1;
            }
        }
        Ok(inserted)
    }

    /// Returns the line of the first occurrence for the places of these keys, by both hashes.
    pub(crate) async fn first_lines(&mut self, keys: &[TrackedKey]) -> Result<HashMap<(i64, i64), u64>> {
        let known =
            keys.iter().filter_map(|key| self.0.get(&key.place).map(|(proof, line)| ((key.place, *proof), *line)));
        Ok(known.collect())
    }
}
