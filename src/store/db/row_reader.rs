//! The values of a row one after the other, wherever they come from.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::store::db::row::Row;
use crate::store::db::row::corrupt;

/// The values of a row, which are taken in the order of its columns. One that
/// cannot be read is a corrupt database: the error names the column and never
/// the value.
pub(crate) trait Cells {
    /// The column of the value that was taken last.
    fn name(&self) -> &str;
    fn maybe_text(&mut self) -> Result<Option<String>>;
    fn maybe_int(&mut self) -> Result<Option<i64>>;
    fn maybe_time(&mut self) -> Result<Option<DateTime<Utc>>>;
    fn maybe_id(&mut self) -> Result<Option<Uuid>>;

    fn text(&mut self) -> Result<String> {
        self.maybe_text()?.ok_or_else(|| missing(self.name()))
    }

    fn int(&mut self) -> Result<i64> {
        self.maybe_int()?.ok_or_else(|| missing(self.name()))
    }

    fn time(&mut self) -> Result<DateTime<Utc>> {
        self.maybe_time()?.ok_or_else(|| missing(self.name()))
    }

    fn id(&mut self) -> Result<Uuid> {
        self.maybe_id()?.ok_or_else(|| missing(self.name()))
    }
}

/// The error for a value that cannot be read.
pub(crate) fn missing(column: &str) -> Error {
    Error::database(format!("invalid value in the column {column} of the database"))
        .with_hint("restore a backup, or check the row with the client of the database")
}

/// The instant of a number of microseconds since 1970.
pub(crate) fn instant(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}

/// The values of a row, taken one after the other: a million rows are not
/// looked up by name.
pub(crate) struct RowCells<'r> {
    row: &'r Row,
    at: usize,
}

impl<'r> RowCells<'r> {
    pub(crate) fn new(row: &'r Row) -> Self {
        RowCells { row, at: 0 }
    }

    fn next<T>(&mut self, get: impl FnOnce(&Row, usize) -> Result<T, sqlx::Error>) -> Result<T> {
        self.at += 1;
        get(self.row, self.at - 1).map_err(|error| corrupt(self.name(), error))
    }
}

impl Cells for RowCells<'_> {
    fn name(&self) -> &str {
        self.row.name_of(self.at - 1)
    }

    fn maybe_text(&mut self) -> Result<Option<String>> {
        self.next(Row::text_at)
    }

    fn maybe_int(&mut self) -> Result<Option<i64>> {
        self.next(Row::int_at)
    }

    fn maybe_time(&mut self) -> Result<Option<DateTime<Utc>>> {
        self.next(Row::time_at)
    }

    fn maybe_id(&mut self) -> Result<Option<Uuid>> {
        self.next(Row::id_at)
    }
}
