//! The shapes of the row sets that are bound to statements: one list of
//! columns each, from which every engine's text and values follow.

use super::Arg;

/// What a column of a row set holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Time,
    Id,
}

/// A named list of columns. None of their names is a column of the table that
/// the rows update: so nothing is ambiguous on any engine.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
}

/// Rows that are bound together, as `:rows`.
#[derive(Clone)]
pub struct Rows {
    pub(super) shape: &'static Shape,
    pub(super) rows: Vec<Vec<Arg>>,
}

impl Shape {
    /// The argument that binds rows of this shape.
    pub(super) fn rows(&'static self, rows: Vec<Vec<Arg>>) -> Arg {
        debug_assert!(rows.iter().all(|row| row.len() == self.columns.len()));
        Arg::Rows(Rows { shape: self, rows })
    }
}

use Kind::{Id, Int, Text, Time};

pub(super) static INVITES: Shape = Shape {
    name: "invites",
    columns: &[
        ("id", Id),
        ("space_id", Text),
        ("role", Text),
        ("code", Text),
        ("code_key", Text),
        ("email", Text),
        ("note", Text),
        ("created_by", Text),
        ("created_at", Time),
        ("starts_at", Time),
        ("expires_at", Time),
        ("max_uses", Int),
        ("slot", Text),
        ("send_after", Time),
        ("created_op", Id),
    ],
};

pub(super) static SPACES: Shape =
    Shape { name: "spaces", columns: &[("row_id", Text), ("row_policy", Text), ("row_name", Text)] };

pub(super) static USERS: Shape =
    Shape { name: "users", columns: &[("row_id", Text), ("row_name", Text), ("row_email", Text)] };

pub(super) static MEMBERS: Shape =
    Shape { name: "members", columns: &[("row_space", Text), ("row_user", Text), ("row_role", Text)] };

pub(super) static ADDRESSES: Shape = Shape { name: "addresses", columns: &[("row_space", Text), ("row_email", Text)] };

/// The shape of a name.
pub(super) fn find(name: &str) -> Option<&'static Shape> {
    [&INVITES, &SPACES, &USERS, &MEMBERS, &ADDRESSES].into_iter().find(|shape| shape.name == name)
}
