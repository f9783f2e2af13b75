//! What is bound to a statement and what is read from a row: the few types
//! that every engine has.

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::mysql::MySqlRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::shape::Rows;
use crate::error::{Error, Result};

/// A value to bind. `None` is typed, as some engines want it.
#[derive(Clone)]
pub enum Arg {
    /// A text.
    Text(Option<String>),
    /// A whole number.
    Int(Option<i64>),
    /// An instant; stored in whole microseconds.
    Time(Option<DateTime<Utc>>),
    /// An id that this tool made.
    Id(Option<Uuid>),
    /// A list of texts.
    Texts(Vec<String>),
    /// A list of ids that this tool made.
    Ids(Vec<Uuid>),
    /// Rows of a shape.
    Rows(Rows),
}

impl Arg {
    /// A list of texts.
    pub fn texts<T: AsRef<str>>(texts: &[T]) -> Self {
        Arg::Texts(texts.iter().map(|text| text.as_ref().to_owned()).collect())
    }

    /// A list of ids.
    #[must_use]
    pub fn ids(ids: &[Uuid]) -> Self {
        Arg::Ids(ids.to_vec())
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Arg::Text(Some(text.to_owned()))
    }
}

impl From<Option<&str>> for Arg {
    fn from(text: Option<&str>) -> Self {
        Arg::Text(text.map(str::to_owned))
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Arg::Text(Some(text))
    }
}

impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        Arg::Text(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Arg::Int(Some(number))
    }
}

impl From<Option<i64>> for Arg {
    fn from(number: Option<i64>) -> Self {
        Arg::Int(number)
    }
}

impl From<DateTime<Utc>> for Arg {
    fn from(instant: DateTime<Utc>) -> Self {
        Arg::Time(Some(instant))
    }
}

impl From<Option<DateTime<Utc>>> for Arg {
    fn from(instant: Option<DateTime<Utc>>) -> Self {
        Arg::Time(instant)
    }
}

impl From<Uuid> for Arg {
    fn from(id: Uuid) -> Self {
        Arg::Id(Some(id))
    }
}

impl From<Option<Uuid>> for Arg {
    fn from(id: Option<Uuid>) -> Self {
        Arg::Id(id)
    }
}

/// A row, read by column name. A value that cannot be read is a corrupt
/// database: the error names the column and never the value.
pub struct Row(Inner);

pub(super) enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
    Mysql(MySqlRow),
}

macro_rules! get {
    ($row:expr, $column:expr) => {
        match &$row.0 {
            Inner::Sqlite(row) => row.try_get($column),
            Inner::Postgres(row) => row.try_get($column),
            Inner::Mysql(row) => row.try_get($column),
        }
    };
}

impl Row {
    pub(super) fn new(inner: impl Into<Inner>) -> Self {
        Row(inner.into())
    }

    /// A text.
    ///
    /// # Errors
    /// [`Error::Database`] for a value of another kind; so with all of these.
    pub fn text(&self, column: &str) -> Result<String> {
        get!(self, column).map_err(|error| corrupt(column, error))
    }

    /// A text or nothing.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn maybe_text(&self, column: &str) -> Result<Option<String>> {
        get!(self, column).map_err(|error| corrupt(column, error))
    }

    /// A whole number.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int(&self, column: &str) -> Result<i64> {
        self.maybe_int(column)?.ok_or_else(|| missing(column))
    }

    /// A whole number or nothing.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn maybe_int(&self, column: &str) -> Result<Option<i64>> {
        let number = match &self.0 {
            // A number that a statement writes out is a narrower one here.
            Inner::Postgres(row) => {
                row.try_get(column).or_else(|_| row.try_get::<Option<i32>, _>(column).map(|small| small.map(i64::from)))
            }
            Inner::Sqlite(row) => row.try_get(column),
            // Some of the engine's own are without a sign.
            Inner::Mysql(row) => row.try_get(column).or_else(|error| match row.try_get::<Option<u64>, _>(column) {
                Ok(number) => Ok(number.and_then(|number| i64::try_from(number).ok())),
                Err(_) => Err(error),
            }),
        };
        number.map_err(|error| corrupt(column, error))
    }

    /// An instant.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn time(&self, column: &str) -> Result<DateTime<Utc>> {
        self.maybe_time(column)?.ok_or_else(|| missing(column))
    }

    /// An instant or nothing.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn maybe_time(&self, column: &str) -> Result<Option<DateTime<Utc>>> {
        match &self.0 {
            Inner::Sqlite(_) => {
                let Some(microseconds) = self.maybe_int(column)? else { return Ok(None) };
                DateTime::from_timestamp_micros(microseconds).map(Some).ok_or_else(|| missing(column))
            }
            Inner::Postgres(row) => row.try_get(column).map_err(|error| corrupt(column, error)),
            Inner::Mysql(row) => row.try_get(column).map_err(|error| corrupt(column, error)),
        }
    }

    /// An id that this tool made.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn id(&self, column: &str) -> Result<Uuid> {
        self.maybe_id(column)?.ok_or_else(|| missing(column))
    }

    /// An id that this tool made, or nothing.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn maybe_id(&self, column: &str) -> Result<Option<Uuid>> {
        if let Inner::Postgres(row) = &self.0 {
            return row.try_get(column).map_err(|error| corrupt(column, error));
        }
        let Some(text) = self.maybe_text(column)? else { return Ok(None) };
        Uuid::try_parse(&text).map(Some).map_err(|_| missing(column))
    }
}

impl From<SqliteRow> for Inner {
    fn from(row: SqliteRow) -> Self {
        Inner::Sqlite(row)
    }
}

impl From<PgRow> for Inner {
    fn from(row: PgRow) -> Self {
        Inner::Postgres(row)
    }
}

impl From<MySqlRow> for Inner {
    fn from(row: MySqlRow) -> Self {
        Inner::Mysql(row)
    }
}

fn corrupt(column: &str, error: sqlx::Error) -> Error {
    missing(column).caused_by(error)
}

fn missing(column: &str) -> Error {
    Error::database(format!("the database holds a value in the column {column} that this tool never writes there"))
        .hint("restore a backup, or look at the row with the database's own shell")
}
