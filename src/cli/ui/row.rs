//! Records of lists. Every output format of a list is made from this trait, so that a command
//! describes its records once.

use serde::Serialize;

use crate::cli::ui::table::Value;

/// Record of a list. JSON and CSV are made from its serialized fields, tables from its
/// cells.
pub(crate) trait Row: Serialize {
    /// Key of the list in a JSON document.
    const LIST: &'static str;

    /// Names of the fields in the order of serialization: the header of CSV.
    const FIELDS: &'static [&'static str];

    /// Returns the column headers of a table; `wide` is the format with more columns.
    fn headers(wide: bool) -> Vec<&'static str>;

    /// Returns the values of a table row, one per column header.
    fn cells(&self, wide: bool) -> Vec<Value>;

    /// Returns the code that `-o code` prints; `None` prints nothing.
    fn code(&self) -> Option<&str>;
}

/// Record of a list with `--fields`.
pub(crate) trait Selectable: Row {
    /// Fields in the help of `--fields`, separated by commas.
    const EXAMPLE: &'static str;

    /// Option that makes the list one of other records, and their fields.
    const VARIANT: Option<(&'static str, &'static [&'static str])> = None;
}
