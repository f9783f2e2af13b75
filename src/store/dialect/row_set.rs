//! The shapes of the row sets that are bound to statements: one list of
//! columns each, from which every engine's text and values follow.

use crate::store::db::row::Arg;

/// What a column of a row set holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Time,
    Id,
}

/// A named list of columns: those of the table that rows are loaded into; or
/// else none of their names is a column of the table that the rows update, so
/// that nothing is ambiguous on any engine.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// The table whose columns they are; none: of no table.
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
}

/// From so many rows on, a column that holds one value is bound once.
const MANY: usize = 100;

/// Rows that are bound together, as `:rows`.
#[derive(Clone)]
pub struct Rows {
    pub(crate) shape: &'static Shape,
    /// By column, its one value where all rows have the same: an engine reads it
    /// once instead of with each row.
    fixed: Vec<Option<Arg>>,
    /// The other columns, the rows one behind the other.
    cells: Vec<Arg>,
}

impl Rows {
    /// Row by row, without what is bound once.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[Arg]> {
        self.cells.chunks_exact(self.width())
    }

    /// How many columns are not bound once.
    fn width(&self) -> usize {
        self.fixed.iter().filter(|fixed| fixed.is_none()).count()
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.cells.len() / self.width()
    }

    /// Whether a column holds one value in all of them, and is bound once.
    pub(crate) fn is_fixed(&self, column: usize) -> bool {
        self.fixed[column].is_some()
    }

    /// That value.
    pub(crate) fn fixed_value(&self, column: usize) -> Option<&Arg> {
        self.fixed[column].as_ref()
    }

    /// Where a column stands among those that are not bound once.
    pub(crate) fn place_of(&self, column: usize) -> usize {
        self.fixed[..column].iter().filter(|fixed| fixed.is_none()).count()
    }
}

impl Shape {
    /// The argument that binds what becomes of these items, a row each.
    pub(crate) fn rows<T, const N: usize>(&'static self, items: &[T], row: impl Fn(&T) -> [Arg; N]) -> Arg {
        debug_assert_eq!(self.columns.len(), N);
        let fixed = fixed(items, &row);
        let mut cells = Vec::with_capacity(items.len() * fixed.iter().filter(|fixed| fixed.is_none()).count());
        for item in items {
            let varying = row(item).into_iter().zip(&fixed).filter(|(_, fixed)| fixed.is_none());
            cells.extend(varying.map(|(cell, _)| cell));
        }
        Arg::Rows(Rows { shape: self, fixed, cells })
    }
}

/// The columns with one value in all of many rows; never all of them.
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

use Kind::{Id, Int, Text, Time};

pub(crate) static INVITES: Shape = Shape {
    name: "invites",
    table: "invites",
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

pub(crate) static NEW_SPACES: Shape = Shape {
    name: "new_spaces",
    table: "invite_spaces",
    columns: &[("id", Text), ("policy", Text), ("name", Text), ("created_at", Time), ("changed_op", Id)],
};

pub(crate) static SPACES: Shape =
    Shape { name: "spaces", table: "", columns: &[("row_id", Text), ("row_policy", Text), ("row_name", Text)] };

pub(crate) static USERS: Shape =
    Shape { name: "users", table: "", columns: &[("row_id", Text), ("row_name", Text), ("row_email", Text)] };

pub(crate) static MEMBERS: Shape =
    Shape { name: "members", table: "", columns: &[("row_space", Text), ("row_user", Text), ("row_role", Text)] };

pub(crate) static ADDRESSES: Shape =
    Shape { name: "addresses", table: "", columns: &[("row_space", Text), ("row_email", Text)] };

/// Counters of rate limits, with hits and the limit of each.
pub(crate) static COUNTERS: Shape = Shape {
    name: "counters",
    table: "",
    columns: &[("row_bucket", Text), ("row_window", Time), ("row_hits", Int), ("row_limit", Int)],
};

/// Invites whose addresses get another form.
pub(crate) static CANONICAL: Shape = Shape {
    name: "canonical",
    table: "",
    columns: &[("row_id", Id), ("row_before", Text), ("row_email", Text), ("row_slot", Text)],
};

/// The shape of a name.
pub(crate) fn find(name: &str) -> Option<&'static Shape> {
    let shapes = [&INVITES, &NEW_SPACES, &SPACES, &USERS, &MEMBERS, &ADDRESSES, &COUNTERS, &CANONICAL];
    shapes.into_iter().find(|shape| shape.name == name)
}
