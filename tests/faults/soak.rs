//! How long the loads run, and where their figures go.

use std::io::Write as _;
use std::time::Duration;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// How long one load runs.
pub fn span() -> Duration {
    number("INVITE_SOAK_SECONDS").map_or(Duration::from_secs(2), Duration::from_secs)
}

/// How often what happens at random moments is tried.
pub fn rounds(usual: u64) -> u64 {
    number("INVITE_SOAK_ROUNDS").unwrap_or(usual)
}

/// Tells a figure, past what the test harness captures.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
