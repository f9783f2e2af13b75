//! Invite administration: one engine, policies as data, directly on a database.
//!
//! **Charter: never lie, never half-do, never print a secret twice.**
//!
//! Four systems administer their invites with it: standing codes of spaces,
//! e-mail invitations to family trees, 24-hour single-use codes of directors,
//! limited invites of containers. They differ in rules only, so each is a
//! [`policy`], a table of data.
//!
//! # Map
//! - [`policy`]: the rules of one kind of space; `policies.toml` holds the four.
//! - [`invite`]: an invite, its status, and the pure rules about it.
//! - [`actions`]: one verb a file; what the command line and backends call
//!   (`docs/embedding.md` is for these). [`actions::public`] is for whoever faces
//!   the public.
//! - [`store`]: every SQL statement; one file a table.
//! - [`client`]: who asks, for the hourly limits.
//! - [`mail`]: an invitation as an e-mail, composed and sent.
//! - `text`: what ids, names and addresses may hold, and how text is shown.
//! - [`error`]: the closed list of refusals and failures.
//! - `cli`: one file a subcommand; never needed by a backend.
//!
//! The one way down is `cli -> actions -> {policy, invite, store, mail}`; a test over
//! the imports keeps it so.
//!
//! # How to add
//! - *a subcommand*: one file under `cli/`, one variant and one match arm in
//!   `cli/command.rs`, its screens in a transcript under `tests/cli/transcripts`.
//! - *a policy*: one table in `policies.toml`, or in a configuration file.
//! - *a database operation*: one constant and one function in the table's file
//!   under `store/`, one test in the contract suite, one step in `plans/drive/`,
//!   where each engine says how it runs it.
//! - *a migration*: a file of the same name in each folder of `migrations/`, the
//!   one in `mysql` a single definition that can be repeated; a new table also
//!   in `FOREIGN_MYSQL` of `store/migrations.rs`.
//! - *a refusal*: one variant of [`error::Denial`], and of [`error::Reason`] if
//!   scripts are to tell it apart.

pub mod actions;
pub mod calendar;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod duration;
pub mod error;
mod files;
pub mod invite;
pub mod links;
pub mod mail;
#[cfg(test)]
mod plans;
pub mod policy;
pub mod random;
pub mod records;
mod shell;
mod store;
mod text;

pub use error::{Denial, Error, ErrorBody, MailScope, Reason, Result};

/// Compiles what `docs/embedding.md` shows.
#[cfg(doctest)]
#[doc = include_str!("../docs/embedding.md")]
mod embedding {}
