//! Arguments of a statement: single values, lists, and sets of rows.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::text::SearchText;

/// A value to bind. `None` has a type, which some engines require.
#[derive(Clone)]
pub enum Arg {
    /// A text.
    Text(Option<String>),
    /// A text that is searched for, ignoring letter case.
    Search(SearchText),
    /// An integer.
    Int(Option<i64>),
    /// An instant, stored in whole microseconds.
    Time(Option<DateTime<Utc>>),
    /// A UUID.
    Id(Option<Uuid>),
    /// A list of texts.
    Texts(Vec<String>),
    /// A list of UUIDs.
    Ids(Vec<Uuid>),
    /// A set of rows.
    Rows(RowSet),
}

impl Arg {
    /// Creates a list of texts.
    pub fn texts<T: AsRef<str>>(texts: &[T]) -> Self {
        Arg::Texts(texts.iter().map(|text| text.as_ref().to_owned()).collect())
    }

    /// Creates a list of UUIDs.
    #[must_use]
    pub fn ids(ids: &[Uuid]) -> Self {
        Arg::Ids(ids.to_vec())
    }

    /// Returns true if two single values are equal.
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

/// The type of a column of a row set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Time,
    Id,
}

/// A list of columns. They are the columns of the table that rows are loaded into; otherwise
/// no name is also a column of the updated table, which would be ambiguous on some engines.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The table of the columns; empty if they belong to none.
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
}

/// Number of rows from which a column with a single value is bound once.
const MANY: usize = 100;

/// A set of rows that are bound together, as `:rows`.
#[derive(Clone)]
pub struct RowSet {
    pub(crate) shape: &'static Shape,
    /// For each column, its value if it is the same in all rows: the engine then reads it once
    /// instead of with each row.
    fixed: Vec<Option<Arg>>,
    /// The values of the other columns, row by row.
    cells: Vec<Arg>,
}

impl RowSet {
    /// Iterates over the rows, without the columns that are bound once.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[Arg]> {
        self.cells.chunks_exact(self.width())
    }

    /// Returns the number of columns that are not bound once.
    fn width(&self) -> usize {
        self.fixed.iter().filter(|fixed| fixed.is_none()).count()
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.cells.len() / self.width()
    }

    /// Returns true if a column has the same value in all rows and is bound once.
    pub(crate) fn is_fixed(&self, column: usize) -> bool {
        self.fixed[column].is_some()
    }

    /// Returns the value of a column that is bound once.
    pub(crate) fn fixed_value(&self, column: usize) -> Option<&Arg> {
        self.fixed[column].as_ref()
    }

    /// Returns the index of a column among those that are not bound once.
    pub(crate) fn varying_index(&self, column: usize) -> usize {
        self.fixed[..column].iter().filter(|fixed| fixed.is_none()).count()
    }
}

impl Shape {
    /// Creates the argument for a set of rows, one for each item.
    pub(crate) fn rows<T, const N: usize>(&'static self, items: &[T], row: impl Fn(&T) -> [Arg; N]) -> Arg {
        debug_assert_eq!(self.columns.len(), N);
        let fixed = fixed(items, &row);
        let mut cells = Vec::with_capacity(items.len() * fixed.iter().filter(|fixed| fixed.is_none()).count());
        for item in items {
            let varying = row(item).into_iter().zip(&fixed).filter(|(_, fixed)| fixed.is_none());
            cells.extend(varying.map(|(cell, _)| cell));
        }
        Arg::Rows(RowSet { shape: self, fixed, cells })
    }
}

/// Finds the columns that have one value in all of many rows; omits one of them if every column
/// does.
fn fixed<T, const N: usize>(items: &[T], row: &impl Fn(&T) -> [Arg; N]) -> Vec<Option<Arg>> {
    let (Some(first), true) = (items.first(), items.len() >= MANY) else { return vec![None; N] };
    let mut fixed: Vec<Option<Arg>> = row(first).into_iter().map(Some).collect();
    for item in &items[1..] {
        for (cell, fixed) in row(item).iter().zip(&mut fixed) {
            if fixed.as_ref().is_some_and(|fixed| !fixed.is_same(cell)) {
                *fixed = None;
            }
        }
    }
    if fixed.iter().all(Option::is_some) {
        fixed[0] = None;
    }
    fixed
}
