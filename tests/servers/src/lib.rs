//! Database and mail servers for tests: started on demand on free ports of this machine, as
//! an unprivileged user, with data in memory.
//!
//! All tests of a process share [`postgres()`], [`mariadb()`], [`mysql()`] and
//! [`cluster()`], and each test creates its own database there. A test that kills, stops or
//! configures a server starts its own one: [`Server::durable_postgres`],
//! [`Server::durable_mariadb`], [`Server::durable_mysql`], [`Server::with_options`],
//! [`Cluster::start`]. [`Server::standby`] starts a PostgreSQL server that replicates
//! another.
//!
//! A [`Pooler`] is a PgBouncer in front of a PostgreSQL server, for one test. A
//! [`MailServer`] is for one test too, and stores the received messages.
//!
//! No server outlives the process of the tests: each is run by a script that
//! `scripts/supervisor.sh` supervises. The scripts set up, start and end the servers; this
//! crate sends them commands.
//!
//! The servers have unusual settings, to detect code that relies on the usual ones: their
//! time zone is +05:45, PostgreSQL has an English collation, and the character set of
//! MariaDB and MySQL is latin1. The tests' own statements run in UTC and in UTF-8.

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

/// Password of the owner account; a URL must escape its space.
pub const PASSWORD: &str = "pencil sharpener";
