//! How time and memory grow from so many rows to ten times as many.

use std::collections::HashMap;
use std::time::Duration;

use super::{import, nothing};
use crate::call::Call;
use crate::options::Options;
use crate::place::Place;
use crate::report::{self, MOST_MEMORY};

/// How many times as many rows there are the second time.
const STEP: u64 = 10;

/// How many times as long that may take.
const LONGEST: f64 = 11.0;

/// What takes less at first is not compared: it is the start of a process.
const SHORTEST: Duration = Duration::from_millis(200);

/// Time and peak memory of each piece of work, in order.
type Measured = Vec<(&'static str, Duration, u64)>;

/// How much room a row takes in memory at most, with its indexes and the log.
const BYTES_A_ROW: u64 = 1_500;

/// In how many pieces the data is changed between the steps: what a change of
/// all rows at once leaves behind would double the room that they take.
const PIECES: u64 = 10;

pub fn run(place: &Place, options: &Options) {
    let needed = options.rows * STEP * BYTES_A_ROW;
    let free = place.free_bytes();
    assert!(free >= needed, "{} MB are free in memory, and {} MB are needed", free / 1_000_000, needed / 1_000_000);
    let small: HashMap<_, _> =
        measure(place, options, options.rows).into_iter().map(|(name, time, peak)| (name, (time, peak))).collect();
    let large = measure(place, options, options.rows * STEP);
    let most = place.engine.of(MOST_MEMORY);
    report::line(&format!(
        "\n| work | {} rows | {} rows | times as long | target | | peak memory | | target | |",
        options.rows,
        options.rows * STEP
    ));
    report::line("|---|---|---|---|---|---|---|---|---|---|");
    for (name, time, peak) in large {
        let (time_before, peak_before) = small[name];
        let ratio = time.as_secs_f64() / time_before.as_secs_f64();
        let counts = time_before >= SHORTEST;
        report::line(&format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | ≤ {} | {} |",
            report::span(time_before),
            report::span(time),
            if counts { format!("{ratio:.2}") } else { "-".to_owned() },
            if counts { format!("≤ {LONGEST}") } else { "-".to_owned() },
            if counts { report::met(ratio <= LONGEST) } else { "" },
            report::memory(peak_before),
            report::memory(peak),
            report::memory(most),
            report::met(peak.max(peak_before) <= most),
        ));
    }
    report::line("");
    report::head();
    nothing::contest(place, options);
}

/// From the taking in of spaces to the last purge, on one database. It ends
/// where every space has its code again.
fn measure(place: &Place, options: &Options, rows: u64) -> Measured {
    let engine = place.engine;
    place.empty();
    let file = import::csv_file(place, rows);
    let mut measured = Measured::new();
    let mut step = |name, call: Call| {
        report::progress(&format!("{}: {name} of {rows}", engine.name()));
        let (time, peak) =
            call.discarded().run_with_peak().unwrap_or_else(|problem| panic!("{name} failed: {problem}"));
        measured.push((name, time, peak));
    };
    step("space import", place.invite(&["space", "import", "--yes"]).args([&file]));
    std::fs::remove_file(&file).expect("the file was written");
    place.settle();
    step("backfill --dry-run", place.invite(&["backfill", "--dry-run"]));
    step("backfill", place.invite(&["backfill", "--yes"]));
    place.settle();
    step("backfill with nothing missing", place.invite(&["backfill", "--yes"]));
    step("list -o csv", place.invite(&["list", "--all", "-o", "csv"]));
    step("list -o jsonl", place.invite(&["list", "--all", "-o", "jsonl"]));
    let code = place.ask("SELECT code FROM invites ORDER BY id LIMIT 1;");
    step("validate CODE", place.invite(&["validate", &code]));
    set_everywhere(place, rows, &format!("expires_at = {}", engine.at("-3600")));
    step("cleanup, closing", place.invite(&["cleanup", "--yes"]));
    place.settle();
    set_everywhere(place, rows, &format!("closed_at = {}", engine.at("-86400 * 100")));
    step("cleanup, purging", place.invite(&["cleanup", "--purge-after", "90d", "--yes"]));
    assert_eq!(place.ask("SELECT count(*) FROM invites;"), "0", "invites left by a purge of {rows}");
    place.settle();
    if rows > options.rows {
        let backfill = place.invite(&["backfill", "--yes"]);
        backfill.run().unwrap_or_else(|problem| panic!("invite backfill failed: {problem}"));
        place.settle();
    }
    measured
}

/// Changes a column of all invites.
fn set_everywhere(place: &Place, rows: u64, assignment: &str) {
    for piece in 0..PIECES {
        let bound = |piece: u64| format!("'space-{:08}'", rows * piece / PIECES);
        place.ask(&format!(
            "UPDATE invites SET {assignment} WHERE space_id > {} AND space_id <= {};",
            bound(piece),
            bound(piece + 1)
        ));
        place.settle();
    }
}
