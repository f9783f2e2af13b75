//! Kills and signals in the middle of work: what was reported is stored, and
//! the next run finishes.

use std::collections::HashSet;
use std::io::Read;
use std::process::Child;

use serde_json::Value;

use crate::workshop::{Engine, Workshop, first_lines, signal, text};

every_engine! {
    killed_backfill_keeps_reported_codes_and_next_finishes,
    signal_lets_batch_finish_and_reports_progress,
    kill_between_batches_loses_nothing_acknowledged,
}

/// So many that nobody is through with them when the test acts: whoever reports
/// waits for the test to read.
const SPACES: i64 = 3_000;

/// A backfill that is well under way: it has reported so many spaces.
fn in_progress(workshop: &Workshop, reported: usize) -> (Child, Vec<String>) {
    let mut child = workshop.start(&["backfill", "--batch-size", "100", "-o", "jsonl"]);
    let lines = first_lines(&mut child, reported);
    assert_eq!(lines.len(), reported);
    (child, lines)
}

/// Every reported code is the live code of its space.
pub fn assert_stored(workshop: &Workshop, lines: &[String]) {
    let stored: HashSet<String> = workshop
        .texts("SELECT concat(space_id, ' ', code) FROM invite_overview WHERE status = 'active'")
        .into_iter()
        .collect();
    for line in lines {
        let row: Value = serde_json::from_str(line).unwrap();
        let pair = format!("{} {}", row["space_id"].as_str().unwrap(), row["code"].as_str().unwrap());
        assert!(stored.contains(&pair), "{line} was reported and is not stored");
    }
}

fn killed_backfill_keeps_reported_codes_and_next_finishes(engine: Engine) {
    let workshop = Workshop::with_spaces(engine, SPACES);
    let (mut child, mut lines) = in_progress(&workshop, 1_500);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = String::new();
    child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    // The last line may be cut.
    lines.extend(rest.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).map(str::to_owned));
    workshop.wait_until_left();
    let before = workshop.number("SELECT count(*) FROM invites");
    assert!(before < SPACES, "the kill came too late to show anything");
    assert_stored(&workshop, &lines);

    let report: Value = serde_json::from_str(&workshop.succeed(&["backfill", "-o", "json", "-q"])).unwrap();
    assert_eq!(report["added"].as_i64().unwrap(), SPACES - before);
    assert_stored(&workshop, &lines);
    workshop.assert_one_live_code_each(SPACES);
}

fn signal_lets_batch_finish_and_reports_progress(engine: Engine) {
    for (name, exit) in [("INT", 130), ("TERM", 143)] {
        let workshop = Workshop::with_spaces(engine, SPACES);
        let (child, mut lines) = in_progress(&workshop, 500);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output.stderr));
        lines.extend(text(&output.stdout).lines().map(str::to_owned));
        let stored = workshop.number("SELECT count(*) FROM invites");
        assert_eq!(i64::try_from(lines.len()).unwrap(), stored, "every stored code is reported, and nothing else");
        assert!(stored < SPACES);
        assert_stored(&workshop, &lines);
        let said = text(&output.stderr);
        assert!(said.contains("\"message\":\"Interrupted. Completed work is saved"), "{said}");
        assert_eq!(said.matches("Interrupted").count(), 1, "{said}");
        assert!(said.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{said}");
        workshop.succeed(&["backfill", "-q"]);
        workshop.assert_one_live_code_each(SPACES);
    }
}

#[test]
fn signal_ends_command_that_waits_for_input() {
    let workshop = Workshop::on(Engine::Sqlite);
    let mut child = workshop.command(&["validate", "-"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    // It listens to signals before it reads: wait until it holds its input open.
    let stdin = child.stdin.take().unwrap();
    let listening = format!("/proc/{}/status", child.id());
    while !catches_interrupt(&std::fs::read_to_string(&listening).unwrap()) {
        std::thread::yield_now();
    }
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}

/// Whether a process has a handler for SIGINT (bit 1 of the caught set).
fn catches_interrupt(status: &str) -> bool {
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & 0b10 != 0
}

fn kill_between_batches_loses_nothing_acknowledged(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 1..=3 {
        let mut child = workshop.start(&["generate", "--space", "1", "--count", "100000", "-o", "code"]);
        // The first batch is reported whole; the kill meets a later one.
        let lines = first_lines(&mut child, round * 7);
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(lines);
    }
    workshop.wait_until_left();
    workshop.assert_whole();
    let stored: HashSet<String> = workshop.texts("SELECT code FROM invites").into_iter().collect();
    assert!(acknowledged.iter().all(|code| stored.contains(code)));
    assert_eq!(workshop.number("SELECT count(*) FROM invites") % 10_000, 0, "a batch is whole or not there");
}
