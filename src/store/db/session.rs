//! Sessions: one connection each, and the statements on it. `handle.rs` has the basic
//! statements, `begin.rs` the beginning of a transaction, `bulk.rs` statements with many
//! rows, `one_call.rs` several statements in one call to `SQLite`, `insert_ignore.rs` inserts
//! that skip duplicates, `read.rs` statements that store no text, `lent.rs` a caller's transaction, `recorded.rs` the step of
//! a transaction, and `file_check.rs` the check of the database file after a commit.

pub(crate) mod begin;
pub(crate) mod bulk;
pub(crate) mod file_check;
pub(crate) mod handle;
pub(crate) mod insert_ignore;
pub(crate) mod lent;
pub(crate) mod one_call;
pub(crate) mod read;
pub(crate) mod recorded;

pub use crate::store::db::session::handle::Session;
