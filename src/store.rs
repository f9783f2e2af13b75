//! Every SQL statement of this project, one file a table.
//!
//! A statement is one text for all engines, with `:name` for what is bound and
//! `{fragment}` for the handful of places where engines differ; `dialect.rs`
//! resolves both, `session.rs` runs the result, `failure.rs` says what an engine's
//! error means, and `transaction.rs` tries again where that helps. Functions
//! take a [`Session`] and decide nothing: the guards stand in the statements,
//! the rules in [`crate::model::invite`] and the actions.

pub(crate) mod db;
pub(crate) mod dialect;
pub(crate) mod engine;
pub(crate) mod errors;
#[cfg(test)]
pub(crate) mod explain;
pub(crate) mod location;
pub(crate) mod tables;

pub use crate::store::db::database::Db;
pub use crate::store::db::default_rights::DefaultRights;
pub(crate) use crate::store::db::duplicates::Seen;
pub use crate::store::db::options::{DEFAULT_TIMEOUT, DbOptions, LONGEST_TIMEOUT, SHORTEST_TIMEOUT, Waiting};
pub use crate::store::db::schema::SchemaState;
pub use crate::store::db::session::Session;
pub(crate) use crate::store::db::transaction::{in_transaction, reading};
pub use crate::store::engine::Engine;
pub use crate::store::location::{DatabaseFile, MissingFile, ServerAddress, Target};
