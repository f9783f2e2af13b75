//! The shapes of the row sets that are bound to statements. The text and values for every engine
//! are derived from one list of columns.

use crate::store::dialect::arg::Kind::{Id, Int, Text, Time};
use crate::store::dialect::arg::Shape;

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

/// Counters of rate limits, each with its hits and its limit.
pub(crate) static COUNTERS: Shape = Shape {
    name: "counters",
    table: "",
    columns: &[("row_bucket", Text), ("row_window", Time), ("row_hits", Int), ("row_limit", Int)],
};

/// Invites with their canonical addresses.
pub(crate) static CANONICAL: Shape = Shape {
    name: "canonical",
    table: "",
    columns: &[("row_id", Id), ("row_before", Text), ("row_email", Text), ("row_slot", Text)],
};

/// Finds a shape by its name.
pub(crate) fn find(name: &str) -> Option<&'static Shape> {
    let shapes = [&INVITES, &NEW_SPACES, &SPACES, &USERS, &MEMBERS, &ADDRESSES, &COUNTERS, &CANONICAL];
    shapes.into_iter().find(|shape| shape.name == name)
}
