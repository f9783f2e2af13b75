//! Output of the benchmark, in Markdown.

use std::fs;
use std::io::{Write as _, stdout};
use std::process::Command;
use std::time::Duration;

use crate::comparison::Outcome;
use crate::options::Options;
use crate::testbed::Testbed;

/// Prints a line, and flushes the output.
#[expect(clippy::print_stdout, reason = "the one function that prints data")]
pub fn line(text: &str) {
    println!("{text}");
    let _ = stdout().flush();
}

/// Prints progress to standard error.
#[expect(clippy::print_stderr, reason = "the one function that prints progress")]
pub fn progress(text: &str) {
    eprintln!("{text}");
}

/// Prints the options and the machine.
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

/// Prints the heading of an engine's section.
pub fn engine(testbed: &Testbed) {
    line(&format!("\n### {} {}\n\nSettings: `{}`\n", testbed.engine.name(), testbed.version(), testbed.settings()));
}

/// Prints the head of a table.
pub fn table_head() {
    line("| work | ratio: min | median | max | target | | invite | reference | peak memory of invite | |");
    line("|---|---|---|---|---|---|---|---|---|---|");
}

/// Prints a row with the ratio of the time of `invite` to that of the reference; at most the
/// target is met.
pub fn ratio(testbed: &Testbed, name: &str, outcome: &Outcome, target: f64) {
    let most = MAX_MEMORY[testbed.engine as usize];
    let ratios = outcome.ratios(|ours, theirs| ours / theirs);
    table_row(name, outcome, &ratios, ("≤", target), Some(most));
}

/// Prints a row like [`ratio`], without a limit of memory.
pub fn ratio_without_engine(name: &str, outcome: &Outcome, target: f64) {
    table_row(name, outcome, &outcome.ratios(|ours, theirs| ours / theirs), ("≤", target), None);
}

/// Prints a row with the speed of `invite` relative to the reference; at least the target is
/// met.
pub fn times_as_fast(testbed: &Testbed, name: &str, outcome: &Outcome, target: f64) {
    let most = MAX_MEMORY[testbed.engine as usize];
    table_row(name, outcome, &outcome.ratios(|ours, theirs| theirs / ours), ("≥", target), Some(most));
}

/// Prints a row with the throughput of `invite` relative to the reference; at least the
/// target is met.
pub fn throughput(name: &str, outcome: &Outcome, target: f64) {
    let ratios = outcome.ratios(|ours, theirs| theirs / ours);
    table_row(&format!("{name}, throughput"), outcome, &ratios, ("≥", target), None);
}

/// Maximum peak memory of `invite` in KiB, in the order of the engines. SQLite includes a
/// cache of 64 MiB.
pub const MAX_MEMORY: [u64; 3] = [128 << 10, 32 << 10, 32 << 10];

fn table_row(name: &str, outcome: &Outcome, ratios: &[f64], (sign, target): (&str, f64), most: Option<u64>) {
    let ratio = middle_value(ratios);
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

/// Returns the word for a met or missed target.
pub fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

/// Returns the median of several times.
pub fn median(times: &[Duration]) -> Duration {
    let mut seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    seconds.sort_by(f64::total_cmp);
    Duration::from_secs_f64(middle_value(&seconds))
}

/// Returns the median of sorted numbers.
fn middle_value(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

/// Formats a time.
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}

/// Formats an amount of memory, given in KiB.
pub fn memory(kib: u64) -> String {
    format!("{} MiB", kib.div_ceil(1024))
}
