//! Rows of a result: the few types that every engine has.

use chrono::{DateTime, Utc};
#[cfg(feature = "mysql")]
use sqlx::mysql::MySqlRow;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgRow;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, ColumnIndex, Row as _};
use uuid::Uuid;

use crate::error::{Error, Result};

/// A row, read by column name. An unreadable value means a corrupt database: the error names the
/// column and never the value.
pub struct Row(Inner);

pub(crate) enum Inner {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
    #[cfg(feature = "mysql")]
    Mysql(MySqlRow),
}

/// A column of a row, by name or by index.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'n> {
    Name(&'n str),
    Index(usize),
}

impl<'n> From<&'n str> for Place<'n> {
    fn from(name: &'n str) -> Self {
        Place::Name(name)
    }
}

impl From<usize> for Place<'_> {
    fn from(index: usize) -> Self {
        Place::Index(index)
    }
}

impl<R> ColumnIndex<R> for Place<'_>
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    for<'a> &'a str: ColumnIndex<R>,
{
    fn index(&self, row: &R) -> Result<usize, sqlx::Error> {
        match self {
            Place::Name(name) => name.index(row),
            Place::Index(index) => index.index(row),
        }
    }
}

#[cfg(feature = "postgres")]
/// Decodes a value that nearly always has exactly the type of the column, without the driver's
/// check of all compatible types.
fn typed<'r, T>(row: &'r PgRow, place: Place<'_>) -> Result<Option<T>, sqlx::Error>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    use sqlx::ValueRef as _;
    let at = place.index(row)?;
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(None);
    }
    if *row.columns()[at].type_info() == T::type_info() {
        return T::decode(value).map(Some).map_err(sqlx::Error::Decode);
    }
    row.try_get(at)
}

impl Row {
    pub(crate) fn new(inner: impl Into<Inner>) -> Self {
        Row(inner.into())
    }

    /// Returns a text.
    ///
    /// # Errors
    /// [`Error::Database`] for NULL and for a value of another type.
    pub fn text(&self, column: &str) -> Result<String> {
        self.maybe_text(column)?.ok_or_else(|| missing(column))
    }

    /// Returns a text, or `None` for NULL.
    ///
    /// # Errors
    /// [`Error::Database`] for a value of another type.
    pub fn maybe_text(&self, column: &str) -> Result<Option<String>> {
        self.text_at(column.into()).map_err(|error| corrupt(column, error))
    }

    /// Returns an integer.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int(&self, column: &str) -> Result<i64> {
        self.maybe_int(column)?.ok_or_else(|| missing(column))
    }

    /// Returns an integer, or `None` for NULL.
    ///
    /// # Errors
    /// As [`Row::maybe_text`].
    pub fn maybe_int(&self, column: &str) -> Result<Option<i64>> {
        self.int_at(column.into()).map_err(|error| corrupt(column, error))
    }

    /// Returns an instant.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn time(&self, column: &str) -> Result<DateTime<Utc>> {
        self.maybe_time(column)?.ok_or_else(|| missing(column))
    }

    /// Returns an instant, or `None` for NULL.
    ///
    /// # Errors
    /// As [`Row::maybe_text`].
    pub fn maybe_time(&self, column: &str) -> Result<Option<DateTime<Utc>>> {
        self.time_at(column.into()).map_err(|error| corrupt(column, error))
    }

    /// Returns a UUID.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn id(&self, column: &str) -> Result<Uuid> {
        self.maybe_id(column)?.ok_or_else(|| missing(column))
    }

    /// Returns a UUID, or `None` for NULL.
    ///
    /// # Errors
    /// As [`Row::maybe_text`].
    pub fn maybe_id(&self, column: &str) -> Result<Option<Uuid>> {
        self.id_at(column.into()).map_err(|error| corrupt(column, error))
    }

    pub(crate) fn text_at(&self, place: Place<'_>) -> Result<Option<String>, sqlx::Error> {
        match &self.0 {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(row) => row.try_get(place),
            #[cfg(feature = "postgres")]
            Inner::Postgres(row) => typed(row, place),
            #[cfg(feature = "mysql")]
            Inner::Mysql(row) => row.try_get(place),
        }
    }

    pub(crate) fn int_at(&self, place: Place<'_>) -> Result<Option<i64>, sqlx::Error> {
        match &self.0 {
            // A literal number in a statement has the type `integer`.
            #[cfg(feature = "postgres")]
            Inner::Postgres(row) => {
                typed(row, place).or_else(|_| typed::<i32>(row, place).map(|small| small.map(i64::from)))
            }
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(row) => row.try_get(place),
            // Some columns of the server's own tables are unsigned.
            #[cfg(feature = "mysql")]
            Inner::Mysql(row) => row.try_get(place).or_else(|error| match row.try_get::<Option<u64>, _>(place) {
                Ok(number) => Ok(number.and_then(|number| i64::try_from(number).ok())),
                Err(_) => Err(error),
            }),
        }
    }

    pub(crate) fn time_at(&self, place: Place<'_>) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        match &self.0 {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => self.int_at(place)?.map(|micros| instant(micros).ok_or_else(unreadable)).transpose(),
            #[cfg(feature = "postgres")]
            Inner::Postgres(row) => typed(row, place),
            #[cfg(feature = "mysql")]
            Inner::Mysql(row) => row.try_get(place),
        }
    }

    pub(crate) fn id_at(&self, place: Place<'_>) -> Result<Option<Uuid>, sqlx::Error> {
        match &self.0 {
            #[cfg(feature = "postgres")]
            Inner::Postgres(row) => typed(row, place),
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(row) => parsed_id(row.try_get(place)?),
            #[cfg(feature = "mysql")]
            Inner::Mysql(row) => parsed_id(row.try_get(place)?),
        }
    }

    pub(crate) fn name_of(&self, at: usize) -> &str {
        match &self.0 {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(row) => row.columns().get(at).map_or("?", Column::name),
            #[cfg(feature = "postgres")]
            Inner::Postgres(row) => row.columns().get(at).map_or("?", Column::name),
            #[cfg(feature = "mysql")]
            Inner::Mysql(row) => row.columns().get(at).map_or("?", Column::name),
        }
    }
}

#[cfg(feature = "sqlite")]
impl From<SqliteRow> for Inner {
    fn from(row: SqliteRow) -> Self {
        Inner::Sqlite(row)
    }
}

#[cfg(feature = "postgres")]
impl From<PgRow> for Inner {
    fn from(row: PgRow) -> Self {
        Inner::Postgres(row)
    }
}

#[cfg(feature = "mysql")]
impl From<MySqlRow> for Inner {
    fn from(row: MySqlRow) -> Self {
        Inner::Mysql(row)
    }
}

#[cfg(any(feature = "sqlite", feature = "mysql"))]
fn parsed_id(text: Option<&str>) -> Result<Option<Uuid>, sqlx::Error> {
    text.map(|text| Uuid::try_parse(text).map_err(|_| unreadable())).transpose()
}

/// Returns the error for a value that is NULL or cannot be read.
pub(crate) fn missing(column: &str) -> Error {
    Error::database(format!("invalid value in the column {column} of the database"))
        .with_hint("restore a backup, or check the row with the client of the database")
}

/// Converts microseconds since 1970 to an instant.
pub(crate) fn instant(micros: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
}

/// Returns the error for a value that the driver cannot decode.
pub(crate) fn corrupt(column: &str, error: sqlx::Error) -> Error {
    missing(column).with_source(error)
}

/// Returns the error for a value of the right type that invite does not write.
fn unreadable() -> sqlx::Error {
    sqlx::Error::Decode("unexpected format".into())
}
