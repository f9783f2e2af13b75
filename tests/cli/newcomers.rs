//! What a new user needs in the output and the help: the next command, and the meaning of
//! results.

use chrono::TimeDelta;
use clap::CommandFactory as _;

use crate::machine::Machine;

#[test]
fn new_space_names_the_command_that_creates_its_code() {
    let mut machine = Machine::new();
    for (id, policy, create) in [
        ("a", "space", "backfill --space a"),
        ("b b", "container", "generate --space 'b b'"),
        ("j", "director", "generate --space j"),
        ("t", "tree", "generate --space t --email name@example.org --no-send"),
    ] {
        let added = machine.run(&format!("space add '{id}' --policy {policy} --name John"));
        let printed = create.trim_end_matches(" --no-send");
        assert!(added.err.contains(&format!("It has no code yet. Create one: invite {printed}\n")), "{added:?}");
        assert_eq!(machine.run(create).exit, 0, "{create}");
    }
    let listed = machine.run("list --fields space_id -o csv").out;
    assert_eq!(listed.lines().count(), 5, "{listed}");
}

/// The line in the help of `cleanup` archives and deletes used and unused invites.
#[test]
fn crontab_line_of_cleanup_archives_and_deletes() {
    let command = invite::cli::Cli::command();
    let help = command.find_subcommand("cleanup").unwrap().get_before_long_help().unwrap().to_string();
    let line = help.lines().find_map(|line| line.trim().strip_prefix("@daily invite ")).unwrap();
    let line = line.replace("/var/backups/", "~/backups/");
    let mut machine = Machine::new();
    assert_eq!(machine.run("space add c --policy container --name C").exit, 0);
    let codes = machine.run("generate --space c --count 2 -o code").out;
    let codes: Vec<&str> = codes.lines().collect();
    assert_eq!(machine.run(&format!("use {} --user u1", codes[0])).exit, 0);
    assert_eq!(machine.run(&format!("revoke {} --yes", codes.join(" "))).exit, 0);
    machine.now += TimeDelta::days(120);
    let missing = machine.run(&line);
    assert!(missing.exit == 2 && missing.err.contains("backups"), "the folder is missing: {missing:?}");
    std::fs::create_dir(machine.home().join("backups")).unwrap();
    let done = machine.run(&line);
    assert_eq!((done.exit, done.out.as_str(), done.err.as_str()), (0, "", ""));
    let archived = std::fs::read_to_string(machine.home().join("backups/closed.jsonl")).unwrap();
    assert_eq!(archived.lines().count(), 2, "{archived}");
    assert_eq!(machine.run("list -o code").out, "");
}

#[test]
fn code_in_grace_period_closes_later() {
    let mut machine = Machine::new();
    machine.run("space add a --policy space --name A");
    let code = machine.run("backfill --fields code -o csv").out.lines().nth(1).unwrap().to_owned();
    assert_eq!(machine.run("regenerate a --grace 71h --yes -q").exit, 0);
    let open = machine.run(&format!("show {code}")).out;
    assert!(open.contains("\n  closes   2026-09-24 13:13 UTC\n") && open.contains("closes later: replaced"), "{open}");
    assert!(open.contains("(in 2 d 23 h)") && !open.contains("closed"), "{open}");
    machine.now += TimeDelta::days(3);
    let closed = machine.run(&format!("show {code}")).out;
    assert!(closed.contains("\n  closed   2026-09-24 13:13 UTC\n") && !closed.contains("closes"), "{closed}");
}

#[test]
fn requested_link_without_base_url_has_a_hint() {
    let mut machine = Machine::new();
    machine.run("space add a --policy space --name A");
    machine.run("space add t --policy tree --name T");
    let hint = "hint: links are paths without a host, because base_url is not set";
    for (line, is_requested) in [
        ("backfill --fields space_id,link", true),
        ("list --fields link", true),
        ("list", false),
        ("show a", false),
        ("space show a", false),
        ("generate --space t --email ann@example.org --no-send", true),
        ("generate --space t --email bob@example.org --no-send --dry-run", false),
        ("generate --space t --email bob@example.org --no-send -q", false),
        ("regenerate a --yes", false),
    ] {
        let screen = machine.run(line);
        assert_eq!(screen.err.matches(hint).count(), usize::from(is_requested), "{line}: {screen:?}");
    }
    machine.environment.insert("INVITE_BASE_URL".into(), "https://example.org".into());
    let screen = machine.run("list --fields link");
    assert!(screen.out.contains("https://example.org/join/") && !screen.err.contains("hint"), "{screen:?}");
}

#[test]
fn revoking_closed_invite_changes_nothing_and_succeeds() {
    let mut machine = Machine::new();
    machine.run("space add c --policy container --name C");
    let code = machine.run("generate --space c -o code").out.trim().to_owned();
    machine.run("generate --space c --starts-at 2026-12-31");
    let asked = machine.run("revoke --space c");
    assert!(asked.exit == 2 && asked.err.contains("this revokes 2 open invites of the space c"), "{asked:?}");
    assert_eq!(machine.run(&format!("revoke {code}")).exit, 0);
    let before = machine.run("operations -o jsonl").out;
    let again = machine.run(&format!("revoke {code}"));
    assert!(again.exit == 0 && again.err.contains("is already revoked; nothing to revoke."), "{again:?}");
    assert_eq!(machine.run("operations -o jsonl").out, before);
}

#[test]
fn misspelt_encryption_is_named_with_the_valid_values() {
    let mut machine = Machine::new();
    for (url, named, values) in [
        ("postgres://u:secret@db/d?sslmode=verfy-full", "sslmode in the database URL: \"verfy-full\"", "verify-full"),
        ("mysql://u:secret@db/d?ssl-mode=REQURED", "ssl-mode in the database URL: \"REQURED\"", "VERIFY_IDENTITY"),
    ] {
        let screen = machine.run(&format!("list --database-url '{url}'"));
        assert!(screen.exit == 2 && screen.err.contains(named) && screen.err.contains(values), "{screen:?}");
        assert!(!screen.err.contains("secret"), "{screen:?}");
    }
}
