//! Statements, before they are rendered for an engine.

use sqlx::SqlStr;

use crate::store::dialect::arg::Arg;
use crate::store::dialect::fragment::Fragment;
use crate::store::dialect::sql::{Piece, Sql};
use crate::store::dialect::value::Value;

/// A statement that consists of constant parts only: values can only be bound.
#[derive(Clone, Default)]
pub(crate) struct Statement(pub(crate) Vec<Sql>);

impl Statement {
    /// Appends a part.
    pub(crate) fn push(mut self, part: Sql) -> Self {
        self.0.push(part);
        self
    }

    /// Returns true for an insert that skips existing rows.
    pub(crate) fn inserts(&self) -> bool {
        let first = self.0.first().and_then(|part| part.pieces().first());
        matches!(first, Some(Piece::Fragment(Fragment::InsertNew)))
    }

    /// Appends the parts of another statement.
    pub(crate) fn join(mut self, other: &Statement) -> Self {
        self.0.extend(&other.0);
        self
    }

    /// Iterates over the pieces of all parts.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece> {
        self.0.iter().flat_map(|part| part.pieces().iter().copied())
    }
}

impl<const N: usize> From<[Sql; N]> for Statement {
    fn from(parts: [Sql; N]) -> Self {
        Statement(parts.to_vec())
    }
}

impl From<Sql> for Statement {
    fn from(part: Sql) -> Self {
        Statement(vec![part])
    }
}

/// The arguments of a statement, by name.
pub(crate) type Args<'a> = &'a [(&'static str, Arg)];

/// Returns the argument with a name.
pub(crate) fn find_arg<'a>(args: Args<'a>, name: &str) -> Option<&'a Arg> {
    args.iter().find(|(known, _)| *known == name).map(|(_, arg)| arg)
}

/// A statement with its arguments.
pub(crate) struct BoundStatement {
    pub(crate) statement: Statement,
    pub(crate) args: Vec<(&'static str, Arg)>,
}

/// The SQL text for an engine, with its values in order.
pub(crate) type Rendered = (SqlStr, Vec<Value>);
