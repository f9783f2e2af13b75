//! Ids that come one behind the other, noted down in a temporary file for the
//! case that this ends.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};

use crate::store::db::duplicates::Named;

/// How many are read back at once.
const AT_ONCE: usize = 10_000;

/// How many bytes one takes: three numbers.
const SIZE: usize = 24;

#[derive(Default)]
pub(crate) struct Rising {
    last: String,
    /// There from the first id on.
    notes: Option<BufWriter<File>>,
}

impl Rising {
    /// Whether each of these comes behind the one before; then the last of them
    /// is the one that the next must follow.
    pub(crate) fn goes_on<'i>(&mut self, ids: impl Iterator<Item = &'i str>) -> bool {
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

    pub(crate) fn note(&mut self, named: &[Named]) -> io::Result<()> {
        let notes = match &mut self.notes {
            Some(notes) => notes,
            none => none.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        for Named { place, proof, line } in named {
            notes.write_all(&place.to_le_bytes())?;
            notes.write_all(&proof.to_le_bytes())?;
            notes.write_all(&line.to_le_bytes())?;
        }
        Ok(())
    }

    /// What was noted down, from the beginning; none: nothing was.
    pub(crate) fn read(self) -> io::Result<Option<Noted>> {
        let Some(notes) = self.notes else { return Ok(None) };
        let mut file = notes.into_inner().map_err(io::IntoInnerError::into_error)?;
        let left = file.stream_position()? / SIZE as u64;
        file.rewind()?;
        Ok(Some(Noted { file: BufReader::new(file), left }))
    }
}

pub(crate) struct Noted {
    file: BufReader<File>,
    left: u64,
}

impl Noted {
    /// The next of them; none: no more.
    pub(crate) fn next(&mut self) -> io::Result<Option<Vec<Named>>> {
        let count = usize::try_from(self.left).unwrap_or(AT_ONCE).min(AT_ONCE);
        if count == 0 {
            return Ok(None);
        }
        self.left -= count as u64;
        (0..count).map(|_| self.one()).collect::<io::Result<Vec<Named>>>().map(Some)
    }

    fn one(&mut self) -> io::Result<Named> {
        let mut number = || {
            let mut bytes = [0; 8];
            self.file.read_exact(&mut bytes).map(|()| bytes)
        };
        let (place, proof, line) = (number()?, number()?, number()?);
        Ok(Named { place: i64::from_le_bytes(place), proof: i64::from_le_bytes(proof), line: u64::from_le_bytes(line) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rises_goes_on_and_is_read_back_whole() {
        assert!(Rising::default().read().unwrap().is_none());
        let mut rising = Rising::default();
        assert!(rising.goes_on(["a", "b"].into_iter()) && rising.goes_on(["ba"].into_iter()));
        assert!(!rising.goes_on(["c", "c"].into_iter()) && !rising.goes_on(["ba"].into_iter()));
        assert!(rising.goes_on(["c"].into_iter()));
        let named: Vec<Named> =
            (0..25_000).map(|at| Named { place: -at, proof: at, line: at.unsigned_abs() }).collect();
        rising.note(&named).unwrap();
        let mut noted = rising.read().unwrap().unwrap();
        let mut back = Vec::new();
        while let Some(some) = noted.next().unwrap() {
            back.extend(some);
        }
        assert_eq!(back, named);
    }
}
