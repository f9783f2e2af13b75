//! `--as` and `require_actor`: which permissions apply, and that no configuration lowers
//! them.

use std::path::PathBuf;

use crate::machine::{Machine, Screen};

/// Commands that are for operators only.
const FOR_OPERATORS: [&str; 19] = [
    "backfill --import ~/spaces.csv",
    "backfill --import ~/spaces.csv --dry-run",
    "cleanup",
    "cleanup --dry-run",
    "limits",
    "limits reset --client 203.0.113.9 --yes",
    "member add s low --role admin",
    "member add s low --role owner -q --reason 'for a day'",
    "member import ~/members.csv",
    "member list",
    "member remove s boss",
    "migrate",
    "operations",
    "space add mine --policy space --name Mine",
    "space import ~/spaces.csv",
    "space remove s --yes",
    "space remove s --dry-run",
    "space restore s",
    "stats",
];

fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.write("members.csv", "space_id,user_id,role\ns,low,owner\n");
    machine.write("spaces.csv", "id,policy,name\nn,space,N\n");
    for line in [
        "space add s --policy space --name S",
        "backfill",
        "member add s boss --role owner",
        "member add s low",
        "space add t --policy tree --name T",
        "member add t low --role viewer",
    ] {
        assert_eq!(machine.run(line).exit, 0, "{line}");
    }
    machine
}

fn state(machine: &mut Machine) -> String {
    ["list", "space list", "member list", "operations"]
        .map(|list| machine.run(&format!("{list} -o jsonl")).out)
        .concat()
}

fn assert_forbidden(line: &str, screen: &Screen) {
    assert_eq!((screen.exit, screen.out.as_str()), (4, ""), "{line}: {screen:?}");
    let error = screen.json_error();
    assert_eq!((&error["reason"], &error["status"]), (&"forbidden".into(), &403.into()), "{line}: {screen:?}");
    assert!(!screen.err.contains("--role") && !screen.err.contains("member add s"), "{line} promotes: {screen:?}");
}

#[test]
fn commands_without_role_refuse_as_option() {
    let mut machine = machine();
    let before = state(&mut machine);
    for user in ["low", "boss", "ghost"] {
        for line in FOR_OPERATORS {
            let screen = machine.run(&format!("{line} --as {user} -o json"));
            assert_eq!(screen.exit, 4, "{line}: {screen:?}");
            let error = screen.json_error();
            assert_eq!((&error["reason"], &error["status"]), (&"forbidden".into(), &403.into()), "{line}: {screen:?}");
            assert!(screen.out.is_empty() && !screen.err.contains("--role"), "{line}: {screen:?}");
        }
    }
    assert_eq!(state(&mut machine), before);
}

#[test]
fn refusal_by_role_never_shows_promotion_command() {
    let mut machine = machine();
    let before = state(&mut machine);
    for line in
        ["generate --space t --email ann@example.org --no-send", "regenerate s --yes", "list --space t", "space show t"]
    {
        assert_forbidden(line, &machine.run(&format!("{line} --as low -o json")));
    }
    let screen = machine.run("backfill --as low");
    assert!(!screen.err.contains("--role"), "{screen:?}");
    assert_eq!(state(&mut machine), before);
}

/// A member of a space may see its standing code (seed 001: FAQ).
#[test]
fn member_sees_standing_code() {
    let mut machine = machine();
    let code = machine.run("space list -o code").out;
    assert_eq!(machine.run("space list --as low -o code").out, code);
    assert!(machine.run("space show s --as low").out.contains(code.trim()));
    let table = machine.run("space list --as low").out;
    assert!(table.contains("none by policy") && !table.contains("none yet"), "{table}");
}

#[test]
fn empty_space_list_says_why() {
    let mut machine = machine();
    let none = machine.run("space list --policy director");
    assert!(none.err.contains("No spaces of the policy director found"), "{none:?}");
    machine.run("member remove t low");
    let none = machine.run("space list --policy tree --as low");
    assert_eq!((none.exit, none.err.trim()), (0, "low is not a member of any space of the policy tree."));
    machine.run("member remove s low");
    let none = machine.run("space list --as low");
    assert_eq!((none.exit, none.err.trim()), (0, "low is not a member of any space."));
    machine.run("space add u --policy space --name U");
    assert!(machine.run("space list").out.contains("none yet"));
}

#[test]
fn require_actor_of_system_configuration_is_final() {
    let mut machine = machine();
    let system = machine.write("etc.toml", "require_actor = true\n[profile.night]\nrequire_actor = false\n");
    machine.system_config = PathBuf::from(system);
    let lower = machine.write("lower.toml", "require_actor = false\n[profile.low]\nrequire_actor = false\n");
    std::fs::create_dir_all(machine.home().join(".config/invite")).unwrap();
    machine.write(".config/invite/config.toml", "require_actor = false\n[profile.own]\nrequire_actor = false\n");
    for options in [
        String::new(),
        "--config /dev/null".to_owned(),
        format!("--config {lower}"),
        format!("--config {lower} --profile low"),
        "--profile own".to_owned(),
        "--profile night".to_owned(),
    ] {
        let screen = machine.run(&format!("generate --space s {options}"));
        assert_eq!(screen.exit, 2, "{options}: {screen:?}");
        assert!(screen.err.contains("requires --as"), "{options}: {screen:?}");
        let shown = machine.run(&format!("config show --origin -o json {options}"));
        assert!(shown.out.contains("etc.toml"), "{options}: {shown:?}");
    }
    for profile in ["own", "night"] {
        machine.environment.insert("INVITE_PROFILE".into(), profile.into());
        assert_eq!(machine.run("list").exit, 2);
    }
    machine.environment.remove("INVITE_PROFILE");
    assert_eq!(machine.run("list --as boss").exit, 0);
    // The account's own configuration can turn the setting on, and then also off.
    machine.system_config = PathBuf::from("/nonexistent");
    let strict = machine.write("strict.toml", "require_actor = true\n[profile.off]\nrequire_actor = false\n");
    assert_eq!(machine.run(&format!("list --config {strict}")).exit, 2);
    assert_eq!(machine.run(&format!("list --config {strict} --profile off")).exit, 0);
}

#[test]
fn require_actor_of_system_profile_is_final() {
    let mut machine = machine();
    machine.system_config = PathBuf::from(machine.write("etc.toml", "[profile.live]\nrequire_actor = true\n"));
    let lower = machine.write("lower.toml", "[profile.live]\nrequire_actor = false\n");
    assert_eq!(machine.run(&format!("list --config {lower} --profile live")).exit, 2);
    assert_eq!(machine.run(&format!("list --config {lower}")).exit, 0);
}

/// Otherwise the rules of the file would silently not apply.
#[test]
fn unreadable_system_configuration_stops_command() {
    let mut machine = machine();
    let name = "x".repeat(300);
    machine.system_config = machine.home().join(name);
    let screen = machine.run("list");
    assert_eq!(screen.exit, 2, "{screen:?}");
    assert!(screen.err.contains("cannot read the configuration file"), "{screen:?}");
}
