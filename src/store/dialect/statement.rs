//! Statements, before they are rendered for an engine.

use sqlx::SqlStr;

use crate::store::dialect::arg::Arg;
use crate::store::dialect::value::Value;

/// A statement that consists of constant pieces only: values can only be bound.
#[derive(Clone, Default)]
pub(crate) struct Statement(pub(crate) Vec<&'static str>);

impl Statement {
    /// Appends a piece.
    pub(crate) fn push(mut self, piece: &'static str) -> Self {
        self.0.push(piece);
        self
    }

    /// Returns true for an insert that skips existing rows.
    pub(crate) fn inserts(&self) -> bool {
        self.0.first().is_some_and(|piece| piece.starts_with("{insert_new}"))
    }

    /// Appends the pieces of another statement.
    pub(crate) fn join(mut self, other: &Statement) -> Self {
        self.0.extend(&other.0);
        self
    }
}

impl<const N: usize> From<[&'static str; N]> for Statement {
    fn from(pieces: [&'static str; N]) -> Self {
        Statement(pieces.to_vec())
    }
}

impl From<&'static str> for Statement {
    fn from(text: &'static str) -> Self {
        Statement(vec![text])
    }
}

/// The arguments of a statement, by name.
pub(crate) type Args<'a> = &'a [(&'static str, Arg)];

/// A statement with its arguments.
pub(crate) struct BoundStatement {
    pub(crate) statement: Statement,
    pub(crate) args: Vec<(&'static str, Arg)>,
}

/// The SQL text for an engine, with its values in order.
pub(crate) type Rendered = (SqlStr, Vec<Value>);
