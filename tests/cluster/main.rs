//! The tool on a cluster of three nodes that all take writes: what is told is
//! stored on all of them, whichever node is asked, and whichever falls out.
//!
//! One test at a time, see [`world::quiet`]. How long the loads run, and how
//! often what happens at random moments is tried, `INVITE_SOAK_SECONDS` and
//! `INVITE_SOAK_ROUNDS` say, as they do for the tests of single servers, whose
//! workers these are.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod batches;
#[path = "../faults/books.rs"]
mod books;
mod failover;
mod killed_node;
mod limits;
#[path = "../faults/load.rs"]
mod load;
mod lost_commits;
mod migrations;
mod next_node;
#[path = "../faults/proxy.rs"]
mod proxy;
mod races;
mod removed;
#[path = "../faults/soak.rs"]
mod soak;
mod tool;
mod upkeep;
mod world;
