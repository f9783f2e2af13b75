//! Many processes at once.

use std::process::Output;

use crate::workshop::{Workshop, text};

fn all(workshop: &Workshop, commands: Vec<Vec<String>>) -> Vec<Output> {
    let start = |args: &Vec<String>| workshop.start(&args.iter().map(String::as_str).collect::<Vec<&str>>());
    let children: Vec<_> = commands.iter().map(start).collect();
    children.into_iter().map(|child| child.wait_with_output().unwrap()).collect()
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[test]
fn of_sixteen_users_ten_come_in_by_a_code_for_ten() {
    let workshop = Workshop::new();
    workshop.run(&["space", "add", "1", "--policy", "container", "--name", "Journal"]);
    let made = workshop.run(&["generate", "--space", "1", "--max-uses", "10", "-o", "code"]);
    let code = text(&made.stdout).trim().to_owned();
    let outputs = all(&workshop, (0..16).map(|user| words(&format!("use {code} --user u{user}"))).collect());

    let codes: Vec<i32> = outputs.iter().filter_map(|output| output.status.code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 10, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 4).count(), 6, "{codes:?}");
    for refused in outputs.iter().filter(|output| !output.status.success()) {
        let said = text(&refused.stderr);
        assert!(said.starts_with("refused: the invite is used up: all 10 uses are taken"), "{said}");
    }
    assert_eq!(workshop.number("SELECT uses FROM invites"), 10);
    assert_eq!(workshop.number("SELECT count(*) FROM invite_uses"), 10);
    assert_eq!(workshop.number("SELECT count(*) FROM invite_members"), 10);
}

#[test]
fn two_backfills_at_once_give_each_space_one_code() {
    let workshop = Workshop::with_spaces(20_000);
    let backfill = words("backfill --batch-size 500 -o json");
    let outputs = all(&workshop, vec![backfill.clone(), backfill]);
    let mut added = 0;
    for output in &outputs {
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["failed"], 0);
        added += report["added"].as_i64().unwrap();
    }
    assert_eq!(added, 20_000, "what the two report adds up");
    workshop.assert_one_live_code_each(20_000);
}

#[test]
fn eight_processes_make_the_database_at_once() {
    let workshop = Workshop::new();
    let add = |number: usize| words(&format!("space add s{number} --policy space --name Name{number}"));
    for output in all(&workshop, (0..8).map(add).collect()) {
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert_eq!(workshop.number("SELECT count(*) FROM invite_spaces"), 8);
}

#[test]
fn codes_made_by_many_processes_are_all_different() {
    let workshop = Workshop::new();
    workshop.run(&["space", "add", "john", "--policy", "director", "--name", "John Smith"]);
    let make = words("generate --space john --count 120 -o code -q");
    let outputs = all(&workshop, vec![make; 8]);
    let codes: Vec<String> =
        outputs.iter().flat_map(|output| text(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(outputs.iter().all(|output| output.status.success()));
    assert_eq!(codes.len(), 960);
    assert_eq!(workshop.number("SELECT count(DISTINCT upper(code)) FROM invites"), 960);
    // 40 are left, and 41 cannot be made.
    let output = workshop.run(&["generate", "--space", "john", "--count", "41"]);
    assert_eq!(output.status.code(), Some(6));
    assert!(text(&output.stderr).contains("every code that begins with Joh- is taken, all 1000"));
    assert_eq!(workshop.number("SELECT count(*) FROM invites"), 960);
}

/// The instant that judges an invite is taken when it is the command's turn to
/// write, not before it waited for that.
#[test]
fn an_invite_that_ends_while_a_use_waits_for_its_turn_is_refused() {
    let workshop = Workshop::new();
    workshop.run(&["space", "add", "1", "--policy", "container", "--name", "Journal"]);
    let made = workshop.run(&["generate", "--space", "1", "--expires-in", "1500ms", "-o", "code"]);
    let code = text(&made.stdout).trim().to_owned();
    let lock = workshop.hold_the_write_lock();
    let waiting = workshop.start(&["use", &code, "--user", "u1", "-o", "json"]);
    while workshop.number("SELECT count(*) FROM invite_overview WHERE status = 'expired'") == 0 {
        std::thread::yield_now();
    }
    lock.release();
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("\"reason\":\"expired\""), "{}", text(&output.stderr));
    assert_eq!(workshop.number("SELECT count(*) FROM invite_members"), 0);
}

#[test]
fn overlapping_cleanups_touch_no_live_invite() {
    let workshop = Workshop::new();
    workshop.run(&["space", "add", "1", "--policy", "container", "--name", "Journal"]);
    workshop.run(&["generate", "--space", "1", "--count", "3000", "--expires-in", "1ms", "-q", "-o", "code"]);
    workshop.run(&["generate", "--space", "1", "--count", "100", "-q", "-o", "code"]);
    let outputs = all(&workshop, vec![words("cleanup --batch-size 200 -o json"); 5]);
    let closed: i64 = outputs
        .iter()
        .map(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["expired"].as_i64().unwrap())
        .sum();
    assert_eq!(closed, 3000);
    assert_eq!(workshop.number("SELECT count(*) FROM invites WHERE closed_reason = 'expired'"), 3000);
    assert_eq!(workshop.number("SELECT count(*) FROM invite_overview WHERE status = 'active'"), 100);
}
