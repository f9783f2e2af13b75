//! The output of every change names its operation, the key to the audit log.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;

use crate::machine::Machine;

/// Changes in an order in which each has an effect, with the command name in the audit log.
const CHANGES: [(&str, &str); 19] = [
    ("space add s --policy space --name S", "space add"),
    ("space add c --policy container --name C", "space add"),
    ("space add t --policy tree --name T", "space add"),
    ("space import ~/spaces.csv", "space import"),
    ("member add c u1", "member add"),
    ("member import ~/members.csv", "member import"),
    ("member remove c u1", "member remove"),
    ("backfill", "backfill"),
    ("generate --space c --expires-in 1h", "generate"),
    ("generate --space c --count 3", "generate"),
    ("generate --from ~/people.csv --no-send", "generate"),
    ("use CODE --user u5", "use"),
    ("extend CODE --max-uses 9", "extend"),
    ("regenerate s --yes", "regenerate"),
    ("resend ID --no-send", "resend"),
    ("revoke CODE", "revoke"),
    ("cleanup", "cleanup"),
    ("space remove n --yes", "space remove"),
    ("space restore n", "space restore"),
];

fn machine() -> Machine {
    let machine = Machine::new();
    machine.write("spaces.csv", "id,policy,name\nn,space,N\nm,space,M\n");
    machine.write("members.csv", "space_id,user_id\nc,u8\nc,u9\n");
    machine.write("people.csv", "space_id,email\nt,ann@example.org\n");
    machine
}

/// Replaces `CODE` and `ID` in a command with those of an existing invite.
fn filled(machine: &mut Machine, line: &str) -> String {
    let first = |machine: &mut Machine, list: &str| machine.run(list).out.lines().nth(1).unwrap_or_default().to_owned();
    if line.contains("CODE") {
        let code = first(machine, "list --space c --sort newest --status active --fields code -o csv");
        return line.replace("CODE", &code);
    }
    if line.contains("ID") {
        let id = first(machine, "list --space t --fields id -o csv");
        return line.replace("ID", &id);
    }
    if line == "cleanup" {
        machine.now += TimeDelta::hours(2);
    }
    line.to_owned()
}

/// Returns the ID and the command of the newest operation.
fn newest(machine: &mut Machine) -> (String, String) {
    let json = machine.run("operations --limit 1 -o json").json();
    let newest = &json["operations"][0];
    (newest["id"].as_str().unwrap().to_owned(), newest["command"].as_str().unwrap().to_owned())
}

#[test]
fn every_change_names_its_operation_in_json() {
    let mut machine = machine();
    let mut ids = BTreeSet::new();
    for (line, command) in CHANGES {
        let line = filled(&mut machine, line);
        let screen = machine.run(&format!("{line} -o json"));
        assert_eq!(screen.exit, 0, "{line}: {screen:?}");
        let id = screen.json()["operation_id"].as_str().unwrap_or_else(|| panic!("{line}: {screen:?}")).to_owned();
        assert_eq!(newest(&mut machine), (id.clone(), command.to_owned()), "{line}");
        assert!(ids.insert(id), "{line} has the operation of another change");
    }
    for line in
        ["list", "space list", "operations", "member list", "stats", "cleanup", "backfill --dry-run", "policy list"]
    {
        let screen = machine.run(&format!("{line} -o json"));
        assert!(screen.json().get("operation_id").is_none(), "{line}: {screen:?}");
    }
}

#[test]
fn every_change_names_its_operation_in_text() {
    let mut machine = machine();
    for (line, command) in CHANGES {
        let line = filled(&mut machine, line);
        let screen = machine.run(&line);
        let (id, newest) = newest(&mut machine);
        assert_eq!(newest, command);
        assert!(screen.err.lines().any(|said| said == format!("Operation {id}.")), "{line}: {screen:?}");
    }
    let quiet = machine.run("member add c u7 -q");
    assert_eq!(quiet.err, "");
}

#[test]
fn backfill_with_import_names_both_operations() {
    let mut machine = machine();
    let json = machine.run("backfill --import ~/spaces.csv -o json").json();
    let (import, backfill) = (&json["import"]["operation_id"], &json["operation_id"]);
    assert!(import.is_string() && backfill.is_string() && import != backfill, "{json}");
    assert_eq!(newest(&mut machine).0, backfill.as_str().unwrap());
    machine.write("more.csv", "id,policy,name\nx,tree,X\n");
    let json = machine.run("backfill --import ~/more.csv -o json").json();
    assert!(json["import"]["operation_id"].is_string() && json.get("operation_id").is_none(), "{json}");
}

/// A clock that was set back must not hide a change behind older ones.
#[test]
fn operations_are_ordered_after_clock_is_set_back() {
    let mut machine = machine();
    machine.run("space add s --policy space --name S");
    for back in [TimeDelta::seconds(1), TimeDelta::hours(1), TimeDelta::days(400)] {
        machine.now -= back;
        for user in ["u1", "u2", "u3"] {
            let id = machine.run(&format!("member add s {user} -o json")).json()["operation_id"].clone();
            assert_eq!(newest(&mut machine).0, id.as_str().unwrap(), "{back} back");
            machine.run(&format!("member remove s {user}"));
        }
    }
    let all = machine.run("operations --fields command -o csv").out;
    let commands: Vec<&str> = all.lines().skip(1).collect();
    assert_eq!(commands.len(), 19);
    assert!(commands[..18].chunks(2).all(|pair| pair == ["member remove", "member add"]), "{all}");
}

#[test]
fn operations_show_has_every_fact_of_one_operation() {
    let mut machine = Machine::new();
    assert_eq!(machine.run("space add c --policy container --name C").exit, 0);
    let made = machine.run("generate --space c --count 3 --reason 'the fair' -o json").json();
    let id = made["operation_id"].as_str().unwrap();
    let report = machine.run(&format!("operations show {id} -o json"));
    assert_eq!(report.exit, 0, "{report:?}");
    let json = report.json();
    for (field, value) in [
        ("id", json!(id)),
        ("command", json!("generate")),
        ("target", json!("space c")),
        ("reason", json!("the fair")),
        ("changed", json!(3)),
        ("failed", json!(0)),
        ("actor", json!(null)),
    ] {
        assert_eq!(json[field], value, "{field}");
    }
    assert!(json["at"].is_string() && json["finished_at"].is_string() && json["operator"].is_string(), "{json}");
    let text = machine.run(&format!("operations show {id}")).out;
    for fact in [id, "generate", "space c", "the fair", "operator"] {
        assert!(text.contains(fact), "{fact}: {text}");
    }
    // A unique prefix of the ID is enough.
    machine.now += chrono::TimeDelta::hours(1);
    let other = machine.run("generate --space c -o json").json();
    let other = other["operation_id"].as_str().unwrap();
    let shown = machine.run(&format!("operations show {} -o json", &other[..13])).json();
    assert_eq!(shown["id"], json!(other));
}

#[test]
fn operations_show_refuses_unknown_operation() {
    let mut machine = Machine::new();
    assert_eq!(machine.run("space add c --policy container --name C").exit, 0);
    for (named, exit) in [
        ("01890000-0000-7000-8000-000000000000", 5),
        ("01890000", 5),
        ("0189", 2),
        ("nonsense", 2),
        ("01890000-0000-7000-8000-00000000000g", 2),
    ] {
        let screen = machine.run(&format!("operations show {named}"));
        assert_eq!(screen.exit, exit, "{named}: {screen:?}");
        assert!(screen.err.contains("hint: list the operations: invite operations"), "{screen:?}");
    }
    assert_eq!(machine.run("operations show").exit, 2);
    assert_eq!(machine.run("operations --limit 3 show 01890000").exit, 2);
    assert_eq!(machine.run("operations show 01890000 --as u1").exit, 4);
}
