//! Duration of the loads, and output of their figures.

use std::io::Write as _;
use std::time::Duration;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Returns the duration of one load.
pub fn span() -> Duration {
    number("INVITE_SOAK_SECONDS").map_or(Duration::from_secs(2), Duration::from_secs)
}

/// Returns the number of rounds of tests with random timing.
pub fn rounds(usual: u64) -> u64 {
    number("INVITE_SOAK_ROUNDS").unwrap_or(usual)
}

/// Prints a figure to the uncaptured standard error.
pub fn report(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
