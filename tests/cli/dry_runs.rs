//! Dry runs report planned changes and change nothing.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _};
use serde_json::Value;

use crate::machine::Machine;

/// Names of counts and facts that only a run with changes may report.
const DONE: [&str; 12] = [
    "added",
    "updated",
    "revoked",
    "removed",
    "replaced",
    "replaced_id",
    "reissued",
    "sent",
    "expired",
    "used_up",
    "purged",
    "grace_periods_ended",
];

/// Every command that has `--dry-run`, with arguments that match data; `ID` stands for an
/// invitation by e-mail.
const RUNS: [(&str, &str); 9] = [
    ("backfill", "backfill"),
    ("cleanup", "cleanup --purge-after 30d"),
    ("generate", "generate --space c --count 2"),
    ("member import", "member import ~/members.csv"),
    ("regenerate", "regenerate abc123"),
    ("resend", "resend ID --no-send"),
    ("revoke", "revoke --space c"),
    ("space import", "space import ~/spaces.csv"),
    ("space remove", "space remove abc123"),
];

/// Collects the names of all commands with an option `--dry-run`.
fn with_dry_run(command: &Command, words: &str, found: &mut BTreeSet<String>) {
    if command.get_arguments().any(|argument| argument.get_long() == Some("dry-run")) {
        found.insert(words.trim().to_owned());
    }
    for inner in command.get_subcommands() {
        with_dry_run(inner, &format!("{words} {}", inner.get_name()), found);
    }
}

/// Returns a machine with data for every command.
fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.write("spaces.csv", "id,policy,name\nn1,space,New\nn2,tree,Newer\n");
    machine.write("members.csv", "space_id,user_id\nc,u8\nc,u9\n");
    for line in [
        "space add abc123 --policy space --name Journal",
        "backfill",
        "space add b --policy space --name B",
        "space add c --policy container --name C",
        "space add t --policy tree --name T",
        "generate --space c --count 2",
        "generate --space c --expires-in 1h",
        "generate --space t --email ann@example.org --no-send",
    ] {
        let screen = machine.run(line);
        assert_eq!(screen.exit, 0, "{line}: {screen:?}");
    }
    machine.now += chrono::TimeDelta::hours(2);
    machine
}

fn assert_is_planned(line: &str, report: &Value) {
    let fields = report.as_object().unwrap();
    for name in DONE {
        assert!(!fields.contains_key(name), "{line} reports {name} as done: {report}");
    }
    let planned: Vec<u64> =
        fields.iter().filter(|(name, _)| name.starts_with("would_")).filter_map(|(_, count)| count.as_u64()).collect();
    assert!(planned.iter().any(|count| *count > 0), "{line} plans nothing: {report}");
    assert_eq!(report["dry_run"], true, "{line}");
}

/// Returns the contents of the database, as lists show them.
fn state(machine: &mut Machine) -> String {
    ["list", "space list", "member list", "operations"]
        .map(|list| machine.run(&format!("{list} -o jsonl")).out)
        .concat()
}

#[test]
fn every_dry_run_reports_plans_and_changes_nothing() {
    let mut commands = BTreeSet::new();
    with_dry_run(&invite::cli::Cli::command(), "", &mut commands);
    assert_eq!(commands.iter().map(String::as_str).collect::<Vec<_>>(), RUNS.map(|(words, _)| words));
    let mut machine = machine();
    let before = state(&mut machine);
    let id = machine.run("list --space t --fields id -o csv").out.lines().nth(1).unwrap().to_owned();
    for (words, line) in RUNS {
        let line = line.replace("ID", &id);
        let report = machine.run(&format!("{line} --dry-run -o json"));
        assert_eq!(report.exit, 0, "{line}: {report:?}");
        assert_is_planned(&line, &report.json());
        let text = machine.run(&format!("{line} --dry-run"));
        let end = "Dry run: no changes were made. Run it without --dry-run to apply them.\n";
        assert!(text.exit == 0 && text.err.ends_with(end), "{words}: {text:?}");
        let csv = machine.run(&format!("{line} --dry-run -o csv"));
        let header = csv.out.lines().next().unwrap_or_default();
        assert!(!header.split(',').any(|name| ["added", "removed", "expired"].contains(&name)), "{words}: {csv:?}");
    }
    assert_eq!(state(&mut machine), before);
}

/// A dry run without anything to do does not suggest a run.
#[test]
fn dry_run_without_changes_suggests_no_run() {
    let mut machine = machine();
    assert_eq!(machine.run("space import ~/spaces.csv -q").exit, 0);
    assert_eq!(machine.run("revoke --space c --yes -q").exit, 0);
    assert_eq!(machine.run("cleanup -q").exit, 0);
    for line in ["space import ~/spaces.csv", "revoke --space c", "cleanup --purge-after 30y"] {
        let text = machine.run(&format!("{line} --dry-run"));
        assert!(text.exit == 0 && text.err.ends_with("Dry run: no changes were made.\n"), "{line}: {text:?}");
    }
}

#[test]
fn dry_run_of_backfill_with_import_plans_both() {
    let mut machine = machine();
    let report = machine.run("backfill --import ~/spaces.csv --dry-run -o json").json();
    assert_is_planned("backfill --import", &report);
    assert_is_planned("the import of it", &report["import"]);
    assert_eq!((&report["would_add"], &report["import"]["would_add"]), (&Value::from(2), &Value::from(2)));
    let done = machine.run("backfill --import ~/spaces.csv -o json").json();
    assert_eq!((&done["added"], &done["import"]["added"]), (&Value::from(2), &Value::from(2)));
    assert!(done.get("would_add").is_none() && done["dry_run"] == false, "{done}");
}

/// Rows of several policies: new ones with and without a code, an existing one, and invalid ones.
const ROWS: &str = "id,policy,name,code\nn1,space,New,\nn2,space,Coded,aB3xZ9\nn3,tree,Tree,\n\
     b,space,B,\nn4,container,C,abcdef\nn5,,Nameless,\nabc123,space,Other,\n";

#[test]
fn dry_run_of_backfill_with_import_predicts_every_count() {
    for (options, skipped) in [("", 3), (" --policy space", 0), (" --batch-size 1", 3)] {
        let mut machine = machine();
        machine.write("rows.csv", ROWS);
        let line = format!("backfill --import ~/rows.csv{options} -o json");
        let (dry, run) = (machine.run(&format!("{line} --dry-run")), machine.run(&line));
        assert_eq!(dry.exit, run.exit, "{dry:?} {run:?}");
        let (planned, done) = (dry.json(), run.json());
        for name in ["scanned", "missing", "failed", "skipped_by_policy", "success", "interrupted"] {
            assert_eq!(planned[name], done[name], "{name} of {line}: {planned} {done}");
        }
        assert_eq!(
            (&planned["would_add"], &planned["import"]["would_add"]),
            (&done["added"], &done["import"]["added"])
        );
        assert_eq!(planned["import"]["failed"], done["import"]["failed"]);
        assert_eq!(done["skipped_by_policy"], skipped, "{done}");
        assert!(done["added"].as_u64() >= Some(2) && done["import"]["failed"].as_u64() >= Some(2), "{done}");
    }
}

/// Which spaces these options select would depend on the imported rows.
#[test]
fn backfill_refuses_import_with_space_limit_or_shard() {
    let mut machine = machine();
    for option in ["--space b", "--limit 1", "--shard 1/2"] {
        let screen = machine.run(&format!("backfill --import ~/spaces.csv {option} --dry-run"));
        assert_eq!(screen.exit, 2, "{option}: {screen:?}");
        assert!(screen.err.contains("cannot be used with"), "{option}: {screen:?}");
    }
}

/// A dry run that fails reports its results so far, and exits with the code of the real
/// run.
#[test]
fn dry_run_of_generate_exits_like_the_run() {
    let mut machine = machine();
    let quota = "CREATE TRIGGER quota AFTER INSERT ON invites \
        WHEN (SELECT count(*) FROM invites) > 10 BEGIN SELECT RAISE(ABORT, 'over quota'); END";
    machine.change(quota);
    for line in ["generate --space c --role king", "generate --space nowhere --count 7", "generate --space abc123"] {
        let (dry, run) = (machine.run(&format!("{line} --dry-run")), machine.run(line));
        assert_eq!((dry.exit, &dry.err), (run.exit, &run.err), "{line}");
        assert_ne!(dry.exit, 0, "{line}");
    }
    let line = "generate --space c --count 6 -o json";
    let dry = machine.run(&format!("{line} --dry-run"));
    let run = machine.run(line);
    let (planned, done) = (dry.json(), run.json());
    assert_eq!((&planned["would_create"], &planned["failed"]), (&done["created"], &done["failed"]), "{planned}");
    assert!(done["failed"].as_u64() > Some(0), "{done}");
    let reasons = |err: &str| err.lines().filter(|line| line.contains("over quota")).count();
    assert_eq!((dry.exit, reasons(&dry.err)), (3, reasons(&run.err)), "{dry:?} {run:?}");
    assert_eq!(run.exit, 3);
    // From here on every invite is refused, so the run stops with an error.
    let (dry, run) = (machine.run(&format!("{line} --dry-run")), machine.run(line));
    assert_eq!((dry.exit, reasons(&dry.err)), (run.exit, reasons(&run.err)), "{dry:?} {run:?}");
    assert_eq!(dry.exit, 1);
}
