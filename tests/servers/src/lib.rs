//! Database and mail servers for tests: started when a test asks for one, on free ports
//! of this machine, as a user without rights, with data in a folder of memory.
//!
//! [`postgres()`], [`mariadb()`], [`mysql()`] and [`cluster()`] are shared by all tests of a
//! process, each of which makes a database of its own there. A test that kills,
//! stops or configures a server starts one for itself: [`Server::durable_postgres`],
//! [`Server::durable_mariadb`], [`Server::durable_mysql`], [`Server::with_options`], [`Cluster::start`].
//! [`Server::standby`] starts a PostgreSQL server that follows another.
//!
//! A [`Pooler`] is PgBouncer before one of the PostgreSQL servers, a test's own. A
//! [`MailServer`] is always a test's own; it keeps what it was sent.
//!
//! No server outlives the process of the tests, however that ends: each is run
//! by a script under the watch of `scripts/supervisor.sh`. The scripts hold how a
//! server is set up, started and ended; what is here talks to them.
//!
//! The servers are unlike what a tool may silently rely on. Their time zone is
//! +05:45, PostgreSQL orders texts by the English language, and the character
//! set of MariaDB and MySQL is latin1. The tests' own statements run in UTC and in UTF-8.

mod client;
mod cluster;
mod database;
mod mail;
mod pooler;
mod ports;
mod server;
mod supervisor;

pub use cluster::{Cluster, cluster};
pub use database::Database;
pub use mail::{MailServer, Message};
pub use pooler::Pooler;
pub use server::{Kind, Server, mariadb, mysql, postgres, shared};

/// The account that owns the databases.
pub const USER: &str = "invite";

/// Its password, with a space for a URL to escape.
pub const PASSWORD: &str = "pencil sharpener";
