//! Every SQL statement of this project, one file a table.
//!
//! A statement is one text for all engines, with `:name` for what is bound and
//! `{fragment}` for the handful of places where engines differ; `dialect.rs`
//! resolves both, `session.rs` runs the result, `failure.rs` says what an engine's
//! error means, and `transaction.rs` tries again where that helps. Functions
//! take a [`Session`] and decide nothing: the guards stand in the statements,
//! the rules in [`crate::invite`] and the actions.

mod answer;
mod cells;
mod connect;
mod connection;
mod copy;
mod db;
mod dialect;
mod encoding;
mod engine;
#[cfg(test)]
pub(crate) mod explain;
mod failure;
mod group_commit;
mod host_state;
mod migrations;
mod packed;
mod pool;
mod retry;
mod rights;
mod row;
mod schema;
mod seen;
mod server_clock;
mod session;
mod shape;
mod sight;
mod target;
mod timeouts;
mod transaction;
mod value;

pub mod changes;
pub mod cleanup;
pub mod invites;
pub mod limits;
pub mod listing;
pub mod members;
pub(crate) mod nearby;
pub mod operations;
pub mod permitted;
pub mod spaces;
pub mod stats;
pub mod users;
pub mod uses;

pub use db::Db;
pub use engine::Engine;
pub use rights::DefaultRights;
pub use row::{Arg, Row};
pub use schema::SchemaState;
pub(crate) use seen::Seen;
pub use session::Session;
pub use target::{DatabaseFile, MissingFile, ServerAddress, Target};
pub use timeouts::{DEFAULT_TIMEOUT, DbOptions, LONGEST_TIMEOUT, SHORTEST_TIMEOUT, Waiting};
pub(crate) use transaction::{First, Reading, Turns, in_transaction, reading};
