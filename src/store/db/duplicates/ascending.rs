//! IDs in ascending order, which are written to a temporary file in case the order breaks.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};

use crate::error::Error;

/// Maximum number of keys that one query reads back.
const KEYS_AT_ONCE: usize = 10_000;

/// Number of bytes of a key in the file: three 64-bit numbers.
const KEY_SIZE: usize = 24;

/// The hashes of a key, with the line of its first occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TrackedKey {
    pub(crate) place: i64,
    pub(crate) proof: i64,
    pub(crate) line: u64,
}

#[derive(Default)]
pub(crate) struct AscendingIds {
    last: String,
    /// Created with the first ID.
    writer: Option<BufWriter<File>>,
}

impl AscendingIds {
    /// Returns true if these IDs continue the ascending order, and then remembers the last one.
    pub(crate) fn continues<'i>(&mut self, ids: impl Iterator<Item = &'i str>) -> bool {
        let mut last = self.last.as_str();
        for id in ids {
            if id <= last {
                return false;
            }
            last = id;
        }
        self.last = last.to_owned();
        true
    }

    pub(crate) fn append(&mut self, keys: &[TrackedKey]) -> io::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        for TrackedKey { place, proof, line } in keys {
            writer.write_all(&place.to_le_bytes())?;
            writer.write_all(&proof.to_le_bytes())?;
            writer.write_all(&line.to_le_bytes())?;
        }
        Ok(())
    }

    /// Returns a reader of the file from its beginning; `None` if no ID was written.
    pub(crate) fn into_reader(self) -> io::Result<Option<KeyReader>> {
        let Some(writer) = self.writer else { return Ok(None) };
        let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        let left = file.stream_position()? / KEY_SIZE as u64;
        file.rewind()?;
        Ok(Some(KeyReader { file: BufReader::new(file), left }))
    }
}

pub(crate) struct KeyReader {
    file: BufReader<File>,
    left: u64,
}

impl KeyReader {
    /// Returns the next keys; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Vec<TrackedKey>>> {
        let count = usize::try_from(self.left).unwrap_or(KEYS_AT_ONCE).min(KEYS_AT_ONCE);
        if count == 0 {
            return Ok(None);
        }
        self.left -= count as u64;
        (0..count).map(|_| self.one()).collect::<io::Result<Vec<TrackedKey>>>().map(Some)
    }

    fn one(&mut self) -> io::Result<TrackedKey> {
        let mut number = || {
            let mut bytes = [0; 8];
            self.file.read_exact(&mut bytes).map(|()| bytes)
        };
        let (place, proof, line) = (number()?, number()?, number()?);
        Ok(TrackedKey {
            place: i64::from_le_bytes(place),
            proof: i64::from_le_bytes(proof),
            line: u64::from_le_bytes(line),
        })
    }
}

/// Returns the error for a failed temporary file.
pub(crate) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::database("the temporary database for duplicates in the file failed")
        .with_source(error)
        .with_hint("check the free space of the folder for temporary files (TMPDIR)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascending_ids_are_accepted_and_read_back() {
        assert!(AscendingIds::default().into_reader().unwrap().is_none());
        let mut ascending = AscendingIds::default();
        assert!(ascending.continues(["a", "b"].into_iter()) && ascending.continues(["ba"].into_iter()));
        assert!(!ascending.continues(["c", "c"].into_iter()) && !ascending.continues(["ba"].into_iter()));
        assert!(ascending.continues(["c"].into_iter()));
        let keys: Vec<TrackedKey> =
            (0..25_000).map(|at| TrackedKey { place: -at, proof: at, line: at.unsigned_abs() }).collect();
        ascending.append(&keys).unwrap();
        let mut reader = ascending.into_reader().unwrap().unwrap();
        let mut back = Vec::new();
        while let Some(some) = reader.next().unwrap() {
            back.extend(some);
        }
        assert_eq!(back, keys);
    }
}
