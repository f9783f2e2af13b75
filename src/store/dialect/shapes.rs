//! The shapes of the row sets that are bound to statements. The text and values for every engine
//! are derived from one list of columns.

use crate::store::dialect::arg::Kind::{Id, Int, Text, Time};
use crate::store::dialect::arg::Shape;

pub(crate) static INVITES: Shape = Shape {
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
    table: "invite_spaces",
    columns: &[("id", Text), ("policy", Text), ("name", Text), ("created_at", Time), ("changed_op", Id)],
};

pub(crate) static SPACES: Shape =
    Shape { table: "", columns: &[("row_id", Text), ("row_policy", Text), ("row_name", Text)] };

pub(crate) static USERS: Shape =
    Shape { table: "", columns: &[("row_id", Text), ("row_name", Text), ("row_email", Text)] };

pub(crate) static MEMBERS: Shape =
    Shape { table: "", columns: &[("row_space", Text), ("row_user", Text), ("row_role", Text)] };

pub(crate) static ADDRESSES: Shape = Shape { table: "", columns: &[("row_space", Text), ("row_email", Text)] };

/// Counters of rate limits, each with its hits and its limit.
pub(crate) static COUNTERS: Shape =
    Shape { table: "", columns: &[("row_bucket", Text), ("row_window", Time), ("row_hits", Int), ("row_limit", Int)] };

/// Invites with their canonical addresses.
pub(crate) static CANONICAL: Shape =
    Shape { table: "", columns: &[("row_id", Id), ("row_before", Text), ("row_email", Text), ("row_slot", Text)] };

/// Returns the shape that a fragment names. Panics for an unknown one, which is a compile error.
pub(crate) const fn named(name: &str) -> &'static Shape {
    match name.as_bytes() {
        b"invites" => &INVITES,
        b"new_spaces" => &NEW_SPACES,
        b"spaces" => &SPACES,
        b"users" => &USERS,
        b"members" => &MEMBERS,
        b"addresses" => &ADDRESSES,
        b"counters" => &COUNTERS,
        b"canonical" => &CANONICAL,
        _ => panic!("unknown shape"),
    }
}
