//! Free ports of this machine.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The lowest port that is used.
const LOWEST: u16 = 15_000;

/// Linux file with the range of local ports that the system assigns to connections.
const LOCAL_PORT_RANGE: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// Ports that this process has reserved: a stopped server keeps its ports.
static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Returns the first of this number of consecutive free ports.
///
/// Excludes the ports that the system assigns to connections (as binding to port 0 would
/// return): a client of a stopped server could be assigned the port of the server, connect
/// to itself, and block the server.
pub fn free(count: u16) -> u16 {
    let random = RandomState::new();
    let range = LOWEST..first_local_port();
    let span = u64::from(range.end - range.start - count);
    for attempt in 0..10_000_u32 {
        let offset = u16::try_from(random.hash_one(attempt) % span).unwrap_or_default();
        let first = range.start + offset;
        if take(first..first + count) {
            return first;
        }
    }
    panic!("no {count} ports in a row are free in {range:?}");
}

fn take(ports: Range<u16>) -> bool {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    let free =
        ports.clone().all(|port| !taken.contains(&port) && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    if free {
        taken.extend(ports);
    }
    free
}

/// Returns the lowest port that the system assigns to connections.
fn first_local_port() -> u16 {
    let text = fs::read_to_string(LOCAL_PORT_RANGE).unwrap_or_default();
    let lowest = text.split_whitespace().next().and_then(|number| number.parse().ok());
    lowest.filter(|lowest| *lowest > LOWEST + 1_000).unwrap_or(32_768)
}
