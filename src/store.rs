//! All SQL statements, with one file per table in `tables`.
//!
//! A statement is one text for all engines, with `:name` for a parameter and `{fragment}` where the
//! SQL of the engines differs. The compiler splits it (`dialect/sql.rs`), `dialect.rs` renders it,
//! `db/session.rs` runs it, `errors.rs` classifies the errors, and `db/transaction.rs` retries.
//! Statements that only read name a table as a fragment too, `{invites AS i}`, so that a view can
//! stand in for it (`dialect/row_sources.rs`). Functions in `tables` take a [`Session`] and decide
//! nothing: guards are part of the statements, rules are in [`crate::model::invite`] and in the
//! actions.

pub(crate) mod db;
pub(crate) mod dialect;
pub(crate) mod engine;
pub(crate) mod errors;
#[cfg(test)]
pub(crate) mod explain;
pub(crate) mod location;
pub(crate) mod tables;

pub use crate::store::db::database::Db;
pub use crate::store::db::default_privileges::DefaultPrivileges;
pub(crate) use crate::store::db::duplicates::DuplicateTracker;
pub use crate::store::db::options::{DEFAULT_TIMEOUT, DbOptions, LONGEST_TIMEOUT, SHORTEST_TIMEOUT, Waiting};
pub use crate::store::db::schema_state::SchemaState;
pub use crate::store::db::session::Session;
pub use crate::store::db::statement_server::CallerConnection;
pub(crate) use crate::store::db::transaction::{in_transaction, reading};
#[doc(hidden)]
pub use crate::store::dialect::count_pieces;
pub use crate::store::engine::Engine;
pub use crate::store::location::{DatabaseFile, Location, MissingFile, ServerAddress};
