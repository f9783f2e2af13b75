//! Batches: each failure names the argument or line as it was written.

use crate::machine::Machine;

fn machine() -> Machine {
    let mut machine = Machine::new();
    for line in [
        "space add c --policy container --name C",
        "space add t --policy tree --name T",
        "space add j --policy director --name 'John Smith'",
    ] {
        assert_eq!(machine.run(line).exit, 0, "{line}");
    }
    machine
}

fn code(machine: &mut Machine, space: &str) -> String {
    machine.run(&format!("generate --space {space} -o code")).out.trim().to_owned()
}

#[test]
fn revoke_names_arguments_as_written() {
    let mut machine = machine();
    let first = code(&mut machine, "c");
    let unknown = "00000000-0000-7000-8000-000000000000";
    let screen = machine.run(&format!("revoke {first} QQQQ7777 {unknown} --yes"));
    assert_eq!(screen.exit, 3, "{screen:?}");
    assert!(screen.err.contains("failed: argument 2 (code QQ…): "), "{screen:?}");
    assert!(screen.err.contains(&format!("failed: argument 3 (ID {unknown}): ")), "{screen:?}");
    assert!(!screen.err.contains("(this code)") && !screen.err.contains("QQQQ7777"), "{screen:?}");
    let alone = machine.run("revoke QQQQ7777");
    assert!(alone.exit == 5 && alone.err.contains("failed: code QQ…: "), "{alone:?}");
    let bad = machine.run("revoke '#12' QQQQ7777");
    assert!(bad.exit == 2 && bad.err.contains("argument 1: "), "{bad:?}");
}

#[test]
fn revoke_names_lines_of_standard_input_as_written() {
    let mut machine = machine();
    let (used, free) = (code(&mut machine, "j"), code(&mut machine, "j"));
    machine.run(&format!("use {used} --user u1"));
    let unnamed = machine.run("list --status used_up --fields id -o csv").out.lines().nth(1).unwrap().to_owned();
    machine.stdin = format!("{free}\n\nQQQQ7777\n{used}\n");
    let screen = machine.run("revoke - --yes -o json");
    assert_eq!(screen.exit, 3, "{screen:?}");
    let failures: Vec<serde_json::Value> = screen.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failures: Vec<(u64, &str, &str)> = failures
        .iter()
        .map(|one| (one["line"].as_u64().unwrap(), one["subject"].as_str().unwrap(), one["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(failures, [(3, "code QQ…", "not_found"), (4, "code Jo…", "used_cannot_revoke")]);
    assert!(!screen.err.contains(&unnamed), "an ID that was not an argument: {screen:?}");
}

#[test]
fn closed_invites_are_named_as_written() {
    let mut machine = machine();
    let code = code(&mut machine, "c");
    let id = machine.run("list --fields id -o csv").out.lines().nth(1).unwrap().to_owned();
    machine.run(&format!("revoke {code}"));
    let again = machine.run(&format!("revoke {code}"));
    let start: String = code.chars().take(2).collect();
    assert_eq!(again.exit, 0);
    assert!(again.err.contains(&format!("code {start}… is already revoked")), "{again:?}");
    assert!(!again.err.contains(&id), "{again:?}");
}

#[test]
fn duplicate_line_names_first_line() {
    let mut machine = machine();
    let rows = "email\nann@example.org\nbob@example.org\nANN@example.org\n";
    machine.write("people.csv", rows);
    let screen = machine.run("generate --space t --from ~/people.csv --no-send --yes");
    assert_eq!(screen.exit, 3, "{screen:?}");
    assert!(screen.err.contains("line 4") && screen.err.contains("the address is a duplicate of line 2"), "{screen:?}");
    assert!(!screen.err.contains("pending"), "{screen:?}");
    // In another file the duplicate is in the database, not on an earlier line.
    let screen = machine.run("generate --space t --email ann@example.org --no-send");
    assert!(screen.exit == 6 && screen.err.contains("pending"), "{screen:?}");
    machine.write("members.csv", "space_id,user_id\nc,u1\nc,u2\nc,u1\n");
    let screen = machine.run("member import ~/members.csv");
    assert!(
        screen.exit == 3 && screen.err.contains("line 4") && screen.err.contains("is a duplicate of line 2"),
        "{screen:?}"
    );
    machine.write("spaces.csv", "id,policy,name\nx,space,X\nx,space,X\n");
    let screen = machine.run("space import ~/spaces.csv");
    assert!(
        screen.exit == 3 && screen.err.contains("line 3") && screen.err.contains("is a duplicate of line 2"),
        "{screen:?}"
    );
}

#[test]
fn cleanup_names_refused_rows_and_exits_with_3() {
    let mut machine = Machine::new();
    for line in [
        "migrate",
        "space add c --policy container --name C",
        "generate --space c --count 5 --expires-in 1h",
        "generate --space c --expires-in 1h --note keep",
    ] {
        assert_eq!(machine.run(line).exit, 0, "{line}");
    }
    machine.change(
        "CREATE TRIGGER kept BEFORE UPDATE ON invites WHEN NEW.note = 'keep' AND NEW.closed_at IS NOT NULL \
         BEGIN SELECT RAISE(ABORT, 'kept by us'); END",
    );
    machine.now += chrono::TimeDelta::hours(2);
    let id = machine.run("list --search keep --fields id -o csv").out.lines().nth(1).unwrap().to_owned();
    let screen = machine.run("cleanup -q");
    assert_eq!((screen.exit, screen.out.as_str()), (3, ""));
    assert_eq!(screen.err, format!("failed: invite {id}: the database refused a row: kept by us\n"));
    let report = machine.run("cleanup -o json");
    assert_eq!(report.exit, 3);
    let json = report.json();
    assert_eq!((&json["success"], &json["expired"], &json["failed"]), (&false.into(), &0.into(), &1.into()), "{json}");
    let text = machine.run("cleanup");
    assert!(text.out.contains("closed: 0 expired, 0 used up; refused by the database: 1"), "{text:?}");
}
