//! Server faults under load: lost commits, killed servers and contended codes.
//!
//! `INVITE_SOAK_SECONDS` and `INVITE_SOAK_ROUNDS` set the duration, which is short by default; `sh
//! tests/soak.sh` runs them at full length and prints figures.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

#[macro_use]
mod per_engine;

mod concurrent_migrations;
mod consistency;
mod failover;
mod hot_code;
mod killed_servers;
mod load;
mod lost_commits;
mod proxy;
mod sequential_revokes;
mod soak;
mod switchover;
