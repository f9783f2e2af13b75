//! Reading the values of a row in order, whatever form the row has.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::row::{Place, Row, corrupt, missing};

/// Reads the values of a row in the order of its columns. An unreadable value means a corrupt
/// database: the error names the column and never the value.
pub(crate) trait RowReader {
    /// Returns the column of the value that was read last.
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

/// Reads the values of a [`Row`] by index, which is faster than by name.
pub(crate) struct ColumnReader<'r> {
    row: &'r Row,
    at: usize,
}

impl<'r> ColumnReader<'r> {
    pub(crate) fn new(row: &'r Row) -> Self {
        ColumnReader { row, at: 0 }
    }

    fn next<T>(&mut self, get: impl FnOnce(&Row, Place<'_>) -> Result<T, sqlx::Error>) -> Result<T> {
        self.at += 1;
        get(self.row, (self.at - 1).into()).map_err(|error| corrupt(self.name(), error))
    }
}

impl RowReader for ColumnReader<'_> {
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
