//! What the benchmark prints: Markdown.

use std::fs;
use std::io::{Write as _, stdout};
use std::process::Command;
use std::time::Duration;

use crate::contest::Outcome;
use crate::options::Options;
use crate::place::Place;

/// One line, seen at once.
#[expect(clippy::print_stdout, reason = "the one place where the benchmark prints")]
pub fn line(text: &str) {
    println!("{text}");
    let _ = stdout().flush();
}

/// How far it is, for whoever waits.
#[expect(clippy::print_stderr, reason = "the one place where the benchmark says how far it is")]
pub fn progress(text: &str) {
    eprintln!("{text}");
}

/// The machine and what is measured on it.
pub fn machine(options: &Options) {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib: u64 = meminfo.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default();
    let kernel = Command::new("uname").arg("-sr").output().map(|output| output.stdout).unwrap_or_default();
    line(&format!(
        "{} rows, {} rounds after one that is not counted; {cores} cores, {} GiB of memory, {}",
        options.rows,
        options.rounds,
        kib / (1 << 20),
        String::from_utf8_lossy(&kernel).trim_end(),
    ));
}

/// The head of an engine's part.
pub fn engine(place: &Place) {
    line(&format!("\n### {} {}\n\nSettings: `{}`\n", place.engine.name(), place.version(), place.settings()));
}

/// The head of a table.
pub fn head() {
    line("| work | ratio: min | median | max | target | | invite | reference | peak memory of invite | |");
    line("|---|---|---|---|---|---|---|---|---|---|");
}

/// A line of an engine's table: the ratio of our time to theirs must be the
/// target or less.
pub fn contest(place: &Place, name: &str, outcome: &Outcome, target: f64) {
    let most = MOST_MEMORY[place.engine as usize];
    let ratios = outcome.ratios(|ours, theirs| ours / theirs);
    contest_line(name, outcome, &ratios, ("≤", target), Some(most));
}

/// The same without an engine, and without a bound of memory.
pub fn contest_anywhere(name: &str, outcome: &Outcome, target: f64) {
    contest_line(name, outcome, &outcome.ratios(|ours, theirs| ours / theirs), ("≤", target), None);
}

/// The same the other way round: how many times as fast we are must be the
/// target or more.
pub fn times_as_fast(place: &Place, name: &str, outcome: &Outcome, target: f64) {
    let most = MOST_MEMORY[place.engine as usize];
    contest_line(name, outcome, &outcome.ratios(|ours, theirs| theirs / ours), ("≥", target), Some(most));
}

/// The same for throughput: ours must be this part of theirs, or more.
pub fn throughput(name: &str, outcome: &Outcome, target: f64) {
    let ratios = outcome.ratios(|ours, theirs| theirs / ours);
    contest_line(&format!("{name}, throughput"), outcome, &ratios, ("≥", target), None);
}

/// The most memory that `invite` may have, in KiB, in the order of the engines.
/// The cache of SQLite is 64 MiB of it.
pub const MOST_MEMORY: [u64; 3] = [128 << 10, 32 << 10, 32 << 10];

fn contest_line(name: &str, outcome: &Outcome, ratios: &[f64], (sign, target): (&str, f64), most: Option<u64>) {
    let ratio = middle(ratios);
    line(&format!(
        "| {name} | {:.2} | **{ratio:.2}** | {:.2} | {sign} {target:.2} | {} | {} | {} | {} | {} |",
        ratios[0],
        ratios[ratios.len() - 1],
        met(if sign == "≤" { ratio <= target } else { ratio >= target }),
        span(median(&outcome.ours)),
        span(median(&outcome.theirs)),
        memory(outcome.peak),
        most.map_or("", |most| met(outcome.peak <= most)),
    ));
}

/// The word for a target.
pub fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

/// The middle one of several times.
pub fn median(times: &[Duration]) -> Duration {
    let mut seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    seconds.sort_by(f64::total_cmp);
    Duration::from_secs_f64(middle(&seconds))
}

/// The middle one of several numbers in order.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

/// A time for people.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}

/// An amount of memory for people, from KiB.
pub fn memory(kib: u64) -> String {
    format!("{} MiB", kib.div_ceil(1024))
}
