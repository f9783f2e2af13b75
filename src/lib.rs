//! Administration of invite codes, directly on a database.
//!
//! The library creates, validates, redeems, revokes, lists and purges invite codes on
//! SQLite, PostgreSQL, MariaDB (also a Galera cluster) and MySQL. A backend embeds it; the
//! command line `invite` is another caller of it. Both can work on one database at the same
//! time.
//!
//! # Example
//! ```
//! use invite::invites::generate::Terms;
//! use invite::invites::redeem::{RedeemRequest, Redemption};
//! use invite::invites::validate::ValidateRequest;
//! use invite::model::reference::Reference;
//! use invite::spaces::Space;
//! use invite::{Actor, Db, Location, MissingFile, Service};
//!
//! # #[cfg(feature = "sqlite")]
//! async fn invite_a_user(folder: &std::path::Path) -> invite::Result<()> {
//!     let url = format!("sqlite:{}", folder.join("invites.db").display());
//!     // Creates a missing file. The tables of a server are created by `Db::migrate` before.
//!     // The service uses up to 4 connections.
//!     let db = Db::open(Location::from_urls(&[url])?, MissingFile::Create, 4).await?;
//!     let service = Service::open(db)?;
//!     let actor = Actor::operator("my backend");
//!
//!     service.add_space(&actor, &Space::new("c1", "container", "My Journal")).await?;
//!     let issued = service.generate_one(&actor, "c1", Terms::new().note("for Ann")).await?;
//!
//!     let code = Reference::code(issued.code.reveal())?;
//!     let validation = service.validate(&actor, &ValidateRequest::new(code.clone())).await?;
//!     assert!(validation.denials.is_empty());
//!
//!     let request = RedeemRequest::new(code.clone(), "ann").email("ann@example.org");
//!     match service.redeem(&actor, &request).await? {
//!         Redemption::Accepted(joined) => assert_eq!(joined.role, issued.invite.role),
//!         Redemption::Refused(_, denials) => panic!("{denials:?}"),
//!     }
//!
//!     service.revoke_one(&actor, code).await?;
//!     service.db().close().await;
//!     Ok(())
//! }
//! # #[cfg(feature = "sqlite")]
//! # fn main() {
//! #     let folder = tempfile::tempdir().unwrap();
//! #     tokio::runtime::Runtime::new().unwrap().block_on(invite_a_user(folder.path())).unwrap();
//! # }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! # Concepts
//! - A *space* is what an invite grants access to: a group, a family tree, a container.
//!   Spaces and users have the IDs of the application.
//! - A *policy* ([`policy`]) has the rules of one kind of space: code format, expiry, usage
//!   limit, roles, rate limits. Policies are data; four are built in (`space`, `tree`,
//!   `director`, `container`).
//! - An *invite* ([`model::invite::Invite`]) has a code. A *standing code* is the one
//!   permanent code of a space; an *invitation* is sent to an e-mail address.
//! - A [`Reference`](model::reference::Reference) names an invite: by its code, link, ID or
//!   fingerprint.
//! - An [`Actor`] is who acts: the operator, and the user whose roles decide. Without a user,
//!   the operator may do everything.
//! - An *operation* ([`operations`]) is the entry of one action in the audit log.
//!
//! "Seed 001" to "seed 004" in the documentation are the descriptions of four systems whose
//! rules the library follows (`docs/systems.md`).
//!
//! # Actions
//! Every action is a method of [`Service`]. A request has a constructor with its required
//! fields and a setter for each optional one.
//!
//! | subject | methods |
//! |---|---|
//! | [`invites`] | [`generate`](Service::generate), [`generate_one`](Service::generate_one), [`generate_from`](Service::generate_from) a file, [`validate`](Service::validate), [`redeem`](Service::redeem), [`extend`](Service::extend), [`list_invites`](Service::list_invites), [`show_invite`](Service::show_invite), [`stats`](Service::stats) |
//! | revoke, resend | [`revoke_one`](Service::revoke_one), [`resend_one`](Service::resend_one); for many: [`plan_revoke`](Service::plan_revoke), [`revoke`](Service::revoke), [`plan_resend`](Service::plan_resend), [`resend`](Service::resend) |
//! | your own transaction | [`redeem_in`](Service::redeem_in) after [`count_attempt`](Service::count_attempt): your rows and a redemption are committed together |
//! | [`public`] answers | [`validate_publicly`](Service::validate_publicly), [`redeem_publicly`](Service::redeem_publicly): one answer for every invalid code |
//! | [`spaces`] | [`add_space`](Service::add_space), [`import_spaces`](Service::import_spaces), [`list_spaces`](Service::list_spaces), [`show_space`](Service::show_space), [`remove_space`](Service::remove_space), [`restore_space`](Service::restore_space) |
//! | standing codes | [`regenerate`](Service::regenerate) after [`plan_regenerate`](Service::plan_regenerate), [`backfill`](Service::backfill) |
//! | [`members`] | [`add_member`](Service::add_member), [`import_members`](Service::import_members), [`list_members`](Service::list_members), [`remove_member`](Service::remove_member) |
//! | [`limits`] | [`list_limits`](Service::list_limits), [`reset_limits`](Service::reset_limits) |
//! | maintenance | [`plan_cleanup`](Service::plan_cleanup), [`cleanup`](Service::cleanup), [`list_operations`](Service::list_operations), [`show_operation`](Service::show_operation) |
//!
//! Actions on many items report each item to a [`batch::Observer`] after its commit. A
//! method `dry_run_...` takes the same path and rolls it back.
//!
//! # Errors
//! Every action fails with [`Error`], which has a [`Reason`], its HTTP status, a hint for an
//! operator, and the cause as `source()`. A refusal is a value: a [`Denial`]. Only a refusal of
//! the whole request, such as a rate limit, is an error: [`Error::Refused`]. An unknown code is
//! [`Error::NotFound`]. An item
//! of a batch that fails is a [`batch::Failure`]. [`ErrorBody`] is a response body.
//! [`public::PublicAnswer`] is the only answer that discloses nothing to the public.
//!
//! # Cancellation, retries and threads
//! - A dropped future rolls back uncommitted work. If its commit was running, the outcome is
//!   unknown, and an attempt of a client stays counted as failed. Spawn a task for every
//!   action that changes data or counts attempts.
//! - A transaction that the database aborted (deadlock, serialization failure, lost server) is
//!   retried within the timeout of [`DbOptions`]. If the response to a commit is lost, the
//!   library looks up whether it took place. [`Error::unknown_outcome`] names the operation
//!   if that is not possible in time.
//! - [`Service`] is `Send` and `Sync`, and the futures of its methods are `Send`. Create one
//!   for all requests and share it in an `Arc`. It needs a tokio runtime with time and I/O.
//!
//! # Platforms
//! The tests run on Linux x86-64. Other platforms are unverified (`docs/release.md`).
//!
//! # Features
//! `sqlite`, `postgres` and `mysql` (also MariaDB) are the engines, of which at least one is
//! needed; `mail` sends e-mails; `cli` is the command line. All are on by default. A backend
//! takes `default-features = false, features = ["postgres"]`.
//!
//! `docs/embedding.md` has more examples: settings, mail, rate limits of clients, guarantees.

#![cfg_attr(
    not(all(feature = "cli", feature = "mail", feature = "sqlite", feature = "postgres", feature = "mysql")),
    expect(dead_code, reason = "some items serve features that are off")
)]

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("choose at least one database engine: the features `sqlite`, `postgres` and `mysql`");

pub mod authorize;
pub mod batch;
pub mod builder;
pub mod calendar;
#[cfg(feature = "cli")]
pub mod cli;
pub mod client;
pub mod clock;
pub mod complete_ids;
pub mod config;
pub mod duration;
mod error;
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
mod service;
mod shell;
pub mod spaces;
mod store;
mod text;

/// The database driver. Its major version is part of this API: [`Service::redeem_in`] takes its
/// connections.
pub use sqlx;

pub use crate::error::{Denial, Error, ErrorBody, MailScope, Problem, Reason, Result};
pub use crate::service::{Actor, Service};
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
