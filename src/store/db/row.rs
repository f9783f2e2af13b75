//! What is bound to a statement and what is read from a row: the few types
//! that every engine has.

use chrono::{DateTime, Utc};
use sqlx::mysql::MySqlRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, ColumnIndex, Decode, Postgres, Row as _, Type, ValueRef as _};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::store::db::row_reader::{instant, missing};
use crate::store::dialect::row_set::Rows;
use crate::text::SearchText;

/// A value to bind. `None` is typed, as some engines want it.
#[derive(Clone)]
pub enum Arg {
    /// A text.
    Text(Option<String>),
    /// A text to search for, in any letter case.
    Search(SearchText),
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

    /// Whether two single values are the same.
    pub(crate) fn is_same(&self, other: &Arg) -> bool {
        match (self, other) {
            (Arg::Text(one), Arg::Text(two)) => one == two,
            (Arg::Int(one), Arg::Int(two)) => one == two,
            (Arg::Time(one), Arg::Time(two)) => one == two,
            (Arg::Id(one), Arg::Id(two)) => one == two,
            _ => false,
        }
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

pub(crate) enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
    Mysql(MySqlRow),
}

/// Where a value stands in a row: by its column's name or its number.
pub(crate) trait Place: Copy + ColumnIndex<SqliteRow> + ColumnIndex<PgRow> + ColumnIndex<MySqlRow> {}

impl Place for &str {}
impl Place for usize {}

/// A value of a type that is nearly always the column's own: then the driver
/// need not go through all that it would take.
fn typed<'r, T>(row: &'r PgRow, place: impl ColumnIndex<PgRow> + Copy) -> Result<Option<T>, sqlx::Error>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
{
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

    /// A text.
    ///
    /// # Errors
    /// [`Error::Database`] for a value of another kind; so with all of these.
    pub fn text(&self, column: &str) -> Result<String> {
        self.maybe_text(column)?.ok_or_else(|| missing(column))
    }

    /// A text or nothing.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn maybe_text(&self, column: &str) -> Result<Option<String>> {
        self.text_at(column).map_err(|error| corrupt(column, error))
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
        self.int_at(column).map_err(|error| corrupt(column, error))
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
        self.time_at(column).map_err(|error| corrupt(column, error))
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
        self.id_at(column).map_err(|error| corrupt(column, error))
    }

    pub(crate) fn text_at(&self, place: impl Place) -> Result<Option<String>, sqlx::Error> {
        match &self.0 {
            Inner::Sqlite(row) => row.try_get(place),
            Inner::Postgres(row) => typed(row, place),
            Inner::Mysql(row) => row.try_get(place),
        }
    }

    pub(crate) fn int_at(&self, place: impl Place) -> Result<Option<i64>, sqlx::Error> {
        match &self.0 {
            // A number that a statement writes out is a narrower one here.
            Inner::Postgres(row) => {
                typed(row, place).or_else(|_| typed::<i32>(row, place).map(|small| small.map(i64::from)))
            }
            Inner::Sqlite(row) => row.try_get(place),
            // Some of the engine's own are without a sign.
            Inner::Mysql(row) => row.try_get(place).or_else(|error| match row.try_get::<Option<u64>, _>(place) {
                Ok(number) => Ok(number.and_then(|number| i64::try_from(number).ok())),
                Err(_) => Err(error),
            }),
        }
    }

    pub(crate) fn time_at(&self, place: impl Place) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        match &self.0 {
            Inner::Sqlite(_) => self.int_at(place)?.map(|micros| instant(micros).ok_or_else(unreadable)).transpose(),
            Inner::Postgres(row) => typed(row, place),
            Inner::Mysql(row) => row.try_get(place),
        }
    }

    pub(crate) fn id_at(&self, place: impl Place) -> Result<Option<Uuid>, sqlx::Error> {
        let text: Option<&str> = match &self.0 {
            Inner::Postgres(row) => return typed(row, place),
            Inner::Sqlite(row) => row.try_get(place)?,
            Inner::Mysql(row) => row.try_get(place)?,
        };
        text.map(|text| Uuid::try_parse(text).map_err(|_| unreadable())).transpose()
    }

    pub(crate) fn name_of(&self, at: usize) -> &str {
        match &self.0 {
            Inner::Sqlite(row) => row.columns().get(at).map_or("?", Column::name),
            Inner::Postgres(row) => row.columns().get(at).map_or("?", Column::name),
            Inner::Mysql(row) => row.columns().get(at).map_or("?", Column::name),
        }
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

pub(crate) fn corrupt(column: &str, error: sqlx::Error) -> Error {
    missing(column).with_source(error)
}

/// What is of the right type, and no value that this tool writes.
fn unreadable() -> sqlx::Error {
    sqlx::Error::Decode("unexpected format".into())
}
