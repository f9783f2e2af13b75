//! Kills and signals during a run: everything reported is stored, and the next run finishes.

use std::collections::HashSet;
use std::io::Read;
use std::process::Child;

use serde_json::Value;

use crate::sandbox::{Engine, Sandbox, first_lines, signal, text};

every_engine! {
    killed_backfill_keeps_reported_codes_and_next_finishes,
    signal_lets_batch_finish_and_reports_progress,
    kill_between_batches_loses_nothing_acknowledged,
}

/// Enough spaces that a run is unfinished when the test acts: it blocks until the test reads its
/// output.
const SPACES: i64 = 3_000;

/// Starts a backfill, and waits until it has reported this many spaces.
fn in_progress(sandbox: &Sandbox, reported: usize) -> (Child, Vec<String>) {
    let mut child = sandbox.start(&["backfill", "--batch-size", "100", "-o", "jsonl"]);
    let lines = first_lines(&mut child, reported);
    assert_eq!(lines.len(), reported);
    (child, lines)
}

/// Asserts that every reported code is the active code of its space.
pub fn assert_stored(sandbox: &Sandbox, lines: &[String]) {
    let stored: HashSet<String> = sandbox
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
    let sandbox = Sandbox::with_spaces(engine, SPACES);
    let (mut child, mut lines) = in_progress(&sandbox, 1_500);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = String::new();
    child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    // The last line may be incomplete.
    lines.extend(rest.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).map(str::to_owned));
    sandbox.wait_until_sessions_end();
    let before = sandbox.number("SELECT count(*) FROM invites");
    assert!(before < SPACES, "the kill came after the end of the run");
    assert_stored(&sandbox, &lines);

    let report: Value = serde_json::from_str(&sandbox.succeed(&["backfill", "-o", "json", "-q"])).unwrap();
    assert_eq!(report["added"].as_i64().unwrap(), SPACES - before);
    assert_stored(&sandbox, &lines);
    sandbox.assert_one_active_code_each(SPACES);
}

fn signal_lets_batch_finish_and_reports_progress(engine: Engine) {
    for (name, exit) in [("INT", 130), ("TERM", 143)] {
        let sandbox = Sandbox::with_spaces(engine, SPACES);
        let (child, mut lines) = in_progress(&sandbox, 500);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output.stderr));
        lines.extend(text(&output.stdout).lines().map(str::to_owned));
        let stored = sandbox.number("SELECT count(*) FROM invites");
        assert_eq!(i64::try_from(lines.len()).unwrap(), stored, "every stored code is reported, and nothing else");
        assert!(stored < SPACES);
        assert_stored(&sandbox, &lines);
        let said = text(&output.stderr);
        assert!(said.contains("\"message\":\"Interrupted. Completed work is saved"), "{said}");
        assert_eq!(said.matches("Interrupted").count(), 1, "{said}");
        assert!(said.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{said}");
        sandbox.succeed(&["backfill", "-q"]);
        sandbox.assert_one_active_code_each(SPACES);
    }
}

#[test]
fn signal_ends_command_that_waits_for_input() {
    let sandbox = Sandbox::on(Engine::Sqlite);
    let mut child = sandbox.command(&["validate", "-"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    // The command installs the signal handler before it reads, so wait until it has opened its
    // input.
    let stdin = child.stdin.take().unwrap();
    let listening = format!("/proc/{}/status", child.id());
    while !catches_interrupt(&std::fs::read_to_string(&listening).unwrap()) {
        std::thread::yield_now();
    }
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}

/// True if a process has a handler for SIGINT (bit 1 of the caught set).
fn catches_interrupt(status: &str) -> bool {
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & 0b10 != 0
}

fn kill_between_batches_loses_nothing_acknowledged(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 1..=3 {
        let mut child = sandbox.start(&["generate", "--space", "1", "--count", "100000", "-o", "code"]);
        // The first batch is reported completely; the kill happens in a later one.
        let lines = first_lines(&mut child, round * 7);
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(lines);
    }
    sandbox.wait_until_sessions_end();
    sandbox.assert_intact();
    let stored: HashSet<String> = sandbox.texts("SELECT code FROM invites").into_iter().collect();
    assert!(acknowledged.iter().all(|code| stored.contains(code)));
    assert_eq!(sandbox.number("SELECT count(*) FROM invites") % 10_000, 0, "a batch is stored in part");
}
