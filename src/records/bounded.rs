//! Limits the size of a row in memory.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Maximum size of a row, in bytes. The longest row that can be stored has less than 10,000
/// bytes, even if every letter is escaped.
pub(crate) const MAX_ROW: u64 = 1024 * 1024;

/// The number of bytes that may still be read for the current row.
pub(crate) struct Allowance(Arc<AtomicU64>);

impl Allowance {
    /// Resets the reader for a new row.
    pub(crate) fn renew(&self) {
        self.0.store(MAX_ROW, Ordering::Relaxed);
    }
}

/// A source that fails when a row exceeds its allowance: the CSV parser keeps a whole row
/// in memory.
pub(crate) struct Bounded<R> {
    source: R,
    left: Arc<AtomicU64>,
}

impl<R: Read> Bounded<R> {
    pub(crate) fn new(source: R) -> (Self, Allowance) {
        let left = Arc::new(AtomicU64::new(MAX_ROW));
        (Bounded { source, left: Arc::clone(&left) }, Allowance(left))
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other(TooLong));
        }
        let read = self.source.read(buffer)?;
        self.left.store(left.saturating_sub(read as u64), Ordering::Relaxed);
        Ok(read)
    }
}

/// The error of a row that is too long.
#[derive(Debug)]
struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the row is too long")
    }
}

impl StdError for TooLong {}

/// Returns true for an error of [`Bounded`] about a row that is too long.
pub(crate) fn is_too_long(error: &(dyn StdError + 'static)) -> bool {
    let of_io = |error: &(dyn StdError + 'static)| {
        error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .is_some_and(<dyn StdError + Send + Sync>::is::<TooLong>)
    };
    match error.downcast_ref::<csv::Error>().map(csv::Error::kind) {
        Some(csv::ErrorKind::Io(error)) => of_io(error),
        _ => of_io(error),
    }
}

/// The result of reading a line.
pub(crate) enum Line {
    /// A line, including its line end.
    Whole(Vec<u8>),
    /// A line that was too long, and was skipped.
    TooLong,
    /// The end of the source.
    End,
}

/// Reads a line of at most `longest` bytes.
pub(crate) fn read_line(source: &mut impl BufRead, longest: u64) -> io::Result<Line> {
    let mut bytes = Vec::new();
    if source.by_ref().take(longest + 1).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(Line::End);
    }
    if bytes.len() as u64 <= longest || bytes.ends_with(b"\n") {
        return Ok(Line::Whole(bytes));
    }
    source.skip_until(b'\n')?;
    Ok(Line::TooLong)
}
