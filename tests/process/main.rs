//! The binary in real processes, on every engine: races, kills, signals, pipes, full disks,
//! and server faults.
//!
//! A test of several engines is a function that takes an `Engine` and is listed in
//! [`every_engine!`] or [`every_server!`], which define one test per engine:
//! `race::NAME::postgres`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[macro_use]
mod per_engine;

mod archive;
mod backend;
mod completing;
mod disk;
mod example_backend;
mod few_files;
mod file_events;
mod holder;
mod kill;
mod kill_any_moment;
mod kinds_of_files;
mod limits;
mod logging;
mod mail_cut;
mod mail_faults;
mod mail_limits;
mod mailing;
mod measured_waits;
mod metrics;
mod pipe;
mod post_office;
mod proxy;
mod race;
mod said;
mod server_clock;
mod server_connections;
mod server_cut;
mod server_encoding;
mod server_failover;
mod server_input;
mod server_middle;
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
mod workshop;
