//! Administration of invite codes, directly on a database.
//!
//! Four systems administer their invites with this library: standing codes of spaces,
//! e-mail invitations to family trees, 24-hour single-use codes of directors and
//! limited invites of containers. They differ in rules only, so each is a [`policy`],
//! a table of data. Comments cite their documents as seed 000 to seed 004; `docs/systems.md`
//! lists each line of them.
//!
//! # Modules
//! From the lowest layer to the highest; a module imports only modules of its own
//! layer and of lower ones, and no two files import each other (`tests/layers`).
//!
//! - [`error`]: failures, and the closed list of refusals.
//! - `text`, `files`, [`clock`], [`random`], [`duration`], [`calendar`], [`client`]: input,
//!   time and randomness; `keys`: keys of configuration tables, as data.
//! - [`model`]: invites, codes and references to invites; pure rules.
//! - [`policy`]: the rules of one kind of space; `policies.toml` holds the four.
//! - [`links`], [`records`], [`mail`]: links, rows of files, e-mails.
//! - `store`: every SQL statement. `store/tables` has one file per table, `store/dialect`
//!   what differs between engines, `store/db` connections and transactions,
//!   `store/errors` the errors of each engine.
//! - [`service`]: the context of every action; [`authorize`]: permissions.
//! - [`limits`], [`invites`], [`spaces`], [`members`], [`operations`]: actions by subject.
//!   [`public`] is for backends that answer the public (`docs/embedding.md`).
//! - [`config`]: configuration files and the environment.
//! - `cli`: the command line; `cli/commands` has one file per subcommand, `cli/ui` output,
//!   questions and formats.
//!
//! # How to add
//! - *a subcommand*: one file in `cli/commands` and its `mod` line, one variant and one
//!   match arm in `cli/command.rs`, its permission in `cli/authority.rs`, its group in
//!   `cli/commands/help/groups.rs`, and a transcript in `tests/cli/transcripts`. Then
//!   `UPDATE_GENERATED=1 cargo test --test cli generated` writes its manual page, and
//!   `UPDATE_GENERATED=1 cargo test --lib threat_model` its row in `docs/threat-model.md`.
//! - *a policy*: one table in `policies.toml`, or in a configuration file.
//! - *a policy key*: one field of [`policy::Policy`] with its documentation and default, in
//!   `policy/rules.rs`. Files, errors, output and help follow. The documents also:
//!   `UPDATE_GENERATED=1 cargo test --lib policy`, and `UPDATE_GENERATED=1
//!   UPDATE_TRANSCRIPTS=1 cargo test --test cli`.
//! - *a statement*: one constant, `sql!("...")`, and one function in the table's file in
//!   `store/tables`, one test in the contract suite, one step in `plans/drive`, which shows how
//!   each engine runs it and compares its parameters with its arguments. A statement that only
//!   reads names invites, spaces, members and users as `{invites AS i}`.
//!   `UPDATE_GENERATED=1 sh tests/run.sh --lib uses_indexes` writes its text for each engine
//!   to `tests/sql`.
//! - *a fragment of statements*: a variant and its form in `store/dialect/fragment.rs`; the
//!   compiler then names the `match` in the file of each engine.
//! - *an engine*: a variant of [`Engine`] and its URL schemes in `store/engine.rs`, and a file
//!   with its SQL and its values in `store/dialect`; the compiler then names each `match` in
//!   `store/dialect.rs` and `store/db` that needs it. Also a folder in `migrations` and its
//!   line in `ENGINES` of `build.rs`, the settings of its sessions in `store/db/connect`, its
//!   errors in `store/errors`, and its plans in `store/explain`. For the tests, a variant of
//!   `Kind` in `tests/servers` and of `Engine` in `tests/contract`.
//! - *a migration*: a file of the same name in each folder of `migrations`, the one in
//!   `mysql` a single definition that can be repeated, and its reversal in
//!   `tests/contract/migrations.rs`. `UPDATE_TRANSCRIPTS=1 cargo test --test cli` writes
//!   the new schema version to the transcripts. A new table also in `FOREIGN_MYSQL` of
//!   `store/db/migrate/mysql.rs`, `relations!` of `store/db/default_privileges.rs`,
//!   `TABLES` of `store/explain/names.rs` and of `tests/contract/migrations.rs`, and its
//!   rows in `plans/data.rs`.
//! - *a refusal*: one variant of [`error::Denial`], and of [`error::Reason`] if scripts
//!   need to distinguish it.

#![cfg_attr(
    not(all(feature = "cli", feature = "mail", feature = "sqlite", feature = "postgres", feature = "mysql")),
    expect(dead_code, reason = "some items serve features that are off")
)]

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("choose at least one database engine: the features `sqlite`, `postgres` and `mysql`");

pub mod authorize;
pub mod batch;
pub mod calendar;
#[cfg(feature = "cli")]
pub mod cli;
pub mod client;
pub mod clock;
pub mod complete_ids;
pub mod config;
pub mod duration;
pub mod error;
mod files;
pub mod invites;
mod keys;
pub mod limits;
pub mod links;
pub mod mail;
pub mod members;
pub mod model;
pub mod operations;
#[cfg(test)]
mod plans;
pub mod policy;
pub mod public;
pub mod random;
pub mod records;
#[cfg(test)]
mod row_sources;
pub mod service;
mod shell;
pub mod spaces;
mod store;
mod text;

/// The database driver. Its major version is part of this API: [`Service::redeem_in`] takes its
/// connections.
///
/// [`Service::redeem_in`]: crate::service::Service::redeem_in
pub use sqlx;

pub use crate::error::{Denial, Error, ErrorBody, MailScope, Reason, Result};
#[doc(hidden)]
pub use crate::store::count_pieces;
pub use crate::store::{
    CallerConnection, DEFAULT_TIMEOUT, DatabaseFile, Db, DbOptions, DefaultPrivileges, Engine, LONGEST_TIMEOUT,
    Location, MissingFile, SHORTEST_TIMEOUT, SchemaState, ServerAddress, Waiting,
};

/// Compiles what `docs/embedding.md` shows.
#[cfg(doctest)]
#[doc = include_str!("../docs/embedding.md")]
mod embedding {}
