//! Rows of every engine as integers, texts and nulls. Times are microseconds, IDs are texts,
//! booleans are 1 or 0.

use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::mysql::MySqlRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, TypeInfo, ValueRef};

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Null,
    Int(i64),
    Text(String),
}

/// Reads a row of a statement without parameters, which servers send as text.
pub trait Cells {
    fn cells(&self) -> Vec<Cell>;
}

impl Cells for SqliteRow {
    fn cells(&self) -> Vec<Cell> {
        let cell = |at: usize| {
            let value = self.try_get_raw(at).unwrap();
            match value.type_info().name() {
                _ if value.is_null() => Cell::Null,
                "INTEGER" => Cell::Int(self.get(at)),
                _ => Cell::Text(self.get(at)),
            }
        };
        (0..self.len()).map(cell).collect()
    }
}

impl Cells for PgRow {
    fn cells(&self) -> Vec<Cell> {
        let text = |at: usize| self.try_get_unchecked::<Option<String>, _>(at).unwrap();
        let kind = |at: usize| self.column_type(at);
        (0..self.len()).map(|at| text(at).map_or(Cell::Null, |text| cell(&kind(at), text))).collect()
    }
}

impl Cells for MySqlRow {
    fn cells(&self) -> Vec<Cell> {
        let text = |at: usize| self.try_get_unchecked::<Option<String>, _>(at).unwrap();
        let kind = |at: usize| self.column_type(at);
        (0..self.len()).map(|at| text(at).map_or(Cell::Null, |text| cell(&kind(at), text))).collect()
    }
}

trait ColumnType {
    fn column_type(&self, at: usize) -> String;
}

impl<R: Row> ColumnType for R {
    fn column_type(&self, at: usize) -> String {
        sqlx::Column::type_info(&self.columns()[at]).name().to_owned()
    }
}

/// Converts the text of a server by the name of its type.
fn cell(kind: &str, text: String) -> Cell {
    match kind {
        // Sums have a wider type than their columns.
        "INT2" | "INT4" | "INT8" | "NUMERIC" | "DECIMAL" => Cell::Int(text.parse().unwrap()),
        _ if kind.contains("INT") => Cell::Int(text.parse().unwrap()),
        "BOOL" => Cell::Int(i64::from(text == "t")),
        "TIMESTAMPTZ" => {
            Cell::Int(DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%#z").unwrap().timestamp_micros())
        }
        "DATETIME" => {
            let instant = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f").unwrap();
            Cell::Int(instant.and_utc().timestamp_micros())
        }
        _ => Cell::Text(text),
    }
}

/// A type that a cell can be read as.
pub trait FromCell: Sized {
    fn from_cell(cell: Cell) -> Self;
}

impl FromCell for i64 {
    fn from_cell(cell: Cell) -> Self {
        let Cell::Int(number) = cell else { panic!("{cell:?} is no number") };
        number
    }
}

impl FromCell for bool {
    fn from_cell(cell: Cell) -> Self {
        i64::from_cell(cell) != 0
    }
}

impl FromCell for String {
    fn from_cell(cell: Cell) -> Self {
        let Cell::Text(text) = cell else { panic!("{cell:?} is no text") };
        text
    }
}

impl FromCell for DateTime<Utc> {
    fn from_cell(cell: Cell) -> Self {
        DateTime::from_timestamp_micros(i64::from_cell(cell)).unwrap()
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell) -> Self {
        (cell != Cell::Null).then(|| T::from_cell(cell))
    }
}

/// A tuple that a row can be read as.
pub trait FromCells: Sized {
    fn from_cells(cells: Vec<Cell>) -> Self;
}

macro_rules! tuple {
    ($($kind:ident),+) => {
        impl<$($kind: FromCell),+> FromCells for ($($kind,)+) {
            fn from_cells(cells: Vec<Cell>) -> Self {
                let mut cells = cells.into_iter();
                let tuple = ($($kind::from_cell(cells.next().unwrap()),)+);
                assert_eq!(cells.next(), None, "a row has more columns than were asked for");
                tuple
            }
        }
    };
}

tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
tuple!(A, B, C, D, E, F);
tuple!(A, B, C, D, E, F, G);
