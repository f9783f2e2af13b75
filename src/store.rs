//! Every SQL statement of this project, one file a table.
//!
//! A statement is one text for all engines, with `:name` for what is bound and
//! `{fragment}` for the handful of places where engines differ; `dialect.rs`
//! resolves both, `db.rs` runs the result. Functions take a [`Session`] and
//! decide nothing: the guards stand in the statements, the rules in
//! [`crate::invite`] and the actions.

mod db;
mod dialect;
mod failure;
mod file;
mod row;
mod schema;
mod seen;
mod transaction;

pub mod changes;
pub mod cleanup;
pub mod invites;
pub mod listing;
pub mod members;
pub mod operations;
pub mod spaces;
pub mod users;
pub mod uses;

pub use db::{Db, Session};
pub use file::{DatabaseFile, MissingFile};
pub use row::{Arg, Row};
pub use schema::SchemaState;
pub(crate) use seen::Seen;
pub(crate) use transaction::in_transaction;
