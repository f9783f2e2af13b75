//! Growth of time and memory from N rows to ten times as many.

use std::collections::HashMap;
use std::time::Duration;

use super::{import, nothing};
use crate::call::Call;
use crate::options::Options;
use crate::report::{self, MAX_MEMORY};
use crate::testbed::Testbed;

/// Factor between the two numbers of rows.
const FACTOR: u64 = 10;

/// Maximum ratio of the two times.
const MAX_RATIO: f64 = 11.0;

/// Shorter times are not compared: they are mostly the start of the process.
const MIN_TIME: Duration = Duration::from_millis(200);

/// Name, time and peak memory of each step, in order.
type Measured = Vec<(&'static str, Duration, u64)>;

/// Maximum size of a row with its indexes and the log, in bytes.
const BYTES_PER_ROW: u64 = 1_500;

/// Number of parts in which the data is changed between the steps: changing all rows at
/// once would double the size of the tables.
const PIECES: u64 = 10;

pub fn run(testbed: &Testbed, options: &Options) {
    let needed = options.rows * FACTOR * BYTES_PER_ROW;
    let free = testbed.free_bytes();
    assert!(free >= needed, "{} MB are free in memory, and {} MB are needed", free / 1_000_000, needed / 1_000_000);
    let small: HashMap<_, _> =
        measure(testbed, options, options.rows).into_iter().map(|(name, time, peak)| (name, (time, peak))).collect();
    let large = measure(testbed, options, options.rows * FACTOR);
    let most = testbed.engine.of(MAX_MEMORY);
    report::line(&format!(
        "\n| work | {} rows | {} rows | times as long | target | | peak memory | | target | |",
        options.rows,
        options.rows * FACTOR
    ));
    report::line("|---|---|---|---|---|---|---|---|---|---|");
    for (name, time, peak) in large {
        let (time_before, peak_before) = small[name];
        let ratio = time.as_secs_f64() / time_before.as_secs_f64();
        let counts = time_before >= MIN_TIME;
        report::line(&format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | ≤ {} | {} |",
            report::span(time_before),
            report::span(time),
            if counts { format!("{ratio:.2}") } else { "-".to_owned() },
            if counts { format!("≤ {MAX_RATIO}") } else { "-".to_owned() },
            if counts { report::met(ratio <= MAX_RATIO) } else { "" },
            report::memory(peak_before),
            report::memory(peak),
            report::memory(most),
            report::met(peak.max(peak_before) <= most),
        ));
    }
    report::line("");
    report::table_head();
    nothing::comparison(testbed, options);
}

/// Measures all steps on one database, from the import of spaces to the purge. Leaves a
/// database in which every space has its code.
fn measure(testbed: &Testbed, options: &Options, rows: u64) -> Measured {
    let engine = testbed.engine;
    testbed.empty();
    let file = import::csv_file(testbed, rows);
    let mut measured = Measured::new();
    let mut step = |name, call: Call| {
        report::progress(&format!("{}: {name} of {rows}", engine.name()));
        let (time, peak) =
            call.discard_output().run_with_peak().unwrap_or_else(|problem| panic!("{name} failed: {problem}"));
        measured.push((name, time, peak));
    };
    step("space import", testbed.invite(&["space", "import", "--yes"]).args([&file]));
    std::fs::remove_file(&file).expect("the file was written");
    testbed.vacuum();
    step("backfill --dry-run", testbed.invite(&["backfill", "--dry-run"]));
    step("backfill", testbed.invite(&["backfill", "--yes"]));
    testbed.vacuum();
    step("backfill with nothing missing", testbed.invite(&["backfill", "--yes"]));
    step("list -o csv", testbed.invite(&["list", "--all", "-o", "csv"]));
    step("list -o jsonl", testbed.invite(&["list", "--all", "-o", "jsonl"]));
    let code = testbed.query("SELECT code FROM invites ORDER BY id LIMIT 1;");
    step("validate CODE", testbed.invite(&["validate", &code]));
    set_everywhere(testbed, rows, &format!("expires_at = {}", engine.at("-3600")));
    step("cleanup, closing", testbed.invite(&["cleanup", "--yes"]));
    testbed.vacuum();
    set_everywhere(testbed, rows, &format!("closed_at = {}", engine.at("-86400 * 100")));
    step("cleanup, purging", testbed.invite(&["cleanup", "--purge-after", "90d", "--yes"]));
    assert_eq!(testbed.query("SELECT count(*) FROM invites;"), "0", "invites left by a purge of {rows}");
    testbed.vacuum();
    if rows > options.rows {
        let backfill = testbed.invite(&["backfill", "--yes"]);
        backfill.run().unwrap_or_else(|problem| panic!("invite backfill failed: {problem}"));
        testbed.vacuum();
    }
    measured
}

/// Updates a column of all invites.
fn set_everywhere(testbed: &Testbed, rows: u64, assignment: &str) {
    for piece in 0..PIECES {
        let bound = |piece: u64| format!("'space-{:08}'", rows * piece / PIECES);
        testbed.query(&format!(
            "UPDATE invites SET {assignment} WHERE space_id > {} AND space_id <= {};",
            bound(piece),
            bound(piece + 1)
        ));
        testbed.vacuum();
    }
}
