//! The real binary in real processes: races, kills, signals, pipes, full disks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod disk;
mod kill;
mod pipe;
mod race;
mod workshop;
