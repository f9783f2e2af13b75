//! What servers do to us, and what must hold all the same: commits whose answer
//! is lost, servers that are killed, many who want the same.
//!
//! At full length by `sh tests/soak.sh`, which prints figures; here as long as
//! `INVITE_SOAK_SECONDS` and `INVITE_SOAK_ROUNDS` say, or a moment.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[macro_use]
mod per_engine;

mod books;
mod failover;
mod hot_code;
mod killed_servers;
mod load;
mod lost_commits;
mod migrations_at_once;
mod one_by_one;
mod proxy;
mod soak;
mod switchover;
