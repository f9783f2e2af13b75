//! The tool on a cluster of three writable nodes: every reported change is stored on all nodes,
//! whichever node is used or fails.
//!
//! Tests run one at a time, see [`fixture::exclusive`]. `INVITE_SOAK_SECONDS` and
//! `INVITE_SOAK_ROUNDS` set their duration, as in `tests/faults`, whose workers they use.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

mod batches;
#[path = "../faults/consistency.rs"]
mod consistency;
mod failover;
mod fixture;
mod killed_node;
mod limits;
#[path = "../faults/load.rs"]
mod load;
mod lost_commits;
mod maintenance;
mod migrations;
mod next_node;
#[path = "../faults/proxy.rs"]
mod proxy;
mod redeem_in;
mod redeem_races;
mod removed;
#[path = "../faults/soak.rs"]
mod soak;
mod tool;
