//! The binary in real processes, on every engine: races, kills, signals, pipes, full disks,
//! and server faults.
//!
//! A test of several engines is a function that takes an `Engine` and is listed in
//! [`every_engine!`] or [`every_server!`], which define one test per engine:
//! `race::NAME::postgres`.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

#[macro_use]
mod per_engine;

mod archive;
mod backend;
mod completion;
mod disk;
mod error_output;
mod example_backend;
mod file_events;
mod file_kinds;
mod kill;
mod kill_any_moment;
mod limits;
mod lock_holder;
mod logging;
mod mail_faults;
mod mail_interrupted;
mod mail_limits;
mod mail_sandbox;
mod mail_sending;
mod man_in_the_middle;
mod measured_waits;
mod metrics;
#[path = "../contract/migrations.rs"]
mod migrations;
mod pipe;
mod proxy;
mod race;
mod resource_limits;
mod sandbox;
mod server_clock;
mod server_connections;
mod server_encoding;
mod server_failover;
mod server_input;
mod server_lost_connection;
mod server_migrations;
mod server_named_schema;
mod server_pooler;
mod server_replica;
mod server_rights;
mod server_schema;
mod server_timeouts;
mod server_tls;
mod server_waits;
mod systems;
mod terminal;
mod unprivileged;
