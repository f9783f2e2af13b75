//! Writing the text of a statement, and the parameters of its placeholders.

use std::fmt::Write as _;

use crate::store::dialect::arg::Arg;
use crate::store::dialect::fragment::ROWS;
use crate::store::dialect::row_sources::{RowSources, Table};
use crate::store::dialect::statement::{Args, find_arg};

/// The source of the value of a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// A whole argument.
    Whole(&'static str),
    /// An element of a list of texts, counted from 0; the last one if there are fewer.
    Element(&'static str, usize),
    /// A column of the row set, counted from 0.
    Column(usize),
}

impl Parameter {
    /// Returns the name of the argument.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Parameter::Whole(name) | Parameter::Element(name, _) => name,
            Parameter::Column(_) => ROWS,
        }
    }
}

/// The placeholders of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholders {
    /// `$1`, which can occur several times.
    Numbers,
    /// `?`, one for each value.
    QuestionMarks,
}

/// Maximum length of a list of texts that is written out, so that the planner sees the values and
/// uses an index or stops at a limit.
const MAX_WRITTEN_OUT: usize = 16;

/// Returns the number of placeholders for a list of texts that is written out; `None` for other
/// lists. It is a power of two, so that few statements are prepared.
pub(crate) fn placeholder_count(texts: &[String]) -> Option<usize> {
    (1..=MAX_WRITTEN_OUT).contains(&texts.len()).then(|| texts.len().next_power_of_two())
}

/// A text in the making.
pub(crate) struct SqlWriter<'a> {
    args: Args<'a>,
    sources: &'a RowSources,
    placeholders: Placeholders,
    sql: String,
    parameters: Vec<Parameter>,
}

impl<'a> SqlWriter<'a> {
    pub(crate) fn new(placeholders: Placeholders, sources: &'a RowSources, args: Args<'a>) -> Self {
        SqlWriter { args, sources, placeholders, sql: String::new(), parameters: Vec::new() }
    }

    /// Returns the text, and the parameters of its placeholders in order.
    pub(crate) fn finish(self) -> (String, Vec<Parameter>) {
        (self.sql, self.parameters)
    }

    /// Writes texts, one after the other.
    pub(crate) fn text<const N: usize>(&mut self, texts: [&str; N]) {
        self.sql.extend(texts);
    }

    /// Writes the placeholder of a parameter.
    pub(crate) fn parameter(&mut self, parameter: Parameter) {
        if self.placeholders == Placeholders::QuestionMarks {
            self.parameters.push(parameter);
            self.sql.push('?');
            return;
        }
        let position = self.parameters.iter().position(|known| *known == parameter).unwrap_or_else(|| {
            self.parameters.push(parameter);
            self.parameters.len() - 1
        });
        // Writing into a String cannot fail.
        let _ = write!(self.sql, "${}", position + 1);
    }

    /// Writes the source of a table's rows; returns true if it is the table itself.
    pub(crate) fn source(&mut self, table: Table, alias: Option<&str>) -> bool {
        let source = self.sources.of(table);
        self.sql.push_str(source.unwrap_or(table.name()));
        if let Some(alias) = alias.or(source.and(Some(table.name()))) {
            self.text([" AS ", alias]);
        }
        source.is_none()
    }

    /// Writes the parameter of an argument between two texts.
    pub(crate) fn around(&mut self, before: &str, name: &'static str, after: &str) {
        self.text([before]);
        self.parameter(Parameter::Whole(name));
        self.text([after]);
    }

    /// Writes a test for a short list of texts, with a placeholder for each; returns false for
    /// another list, and writes nothing.
    pub(crate) fn short_list(&mut self, list: &'static str) -> bool {
        let Some(Arg::Texts(texts)) = find_arg(self.args, list) else { return false };
        let Some(places) = placeholder_count(texts) else { return false };
        self.text(["IN ("]);
        for place in 0..places {
            self.text([if place == 0 { "" } else { ", " }]);
            self.parameter(Parameter::Element(list, place));
        }
        self.text([")"]);
        true
    }

    /// Returns true if a column of the row set is bound once for all rows.
    pub(crate) fn is_fixed(&self, column: usize) -> bool {
        matches!(find_arg(self.args, ROWS), Some(Arg::Rows(rows)) if rows.is_fixed(column))
    }
}
