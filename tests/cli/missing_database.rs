//! A missing database file: which commands create it, and which report it.

use crate::machine::Machine;

/// Commands that read or change existing data.
const OTHERS: [&str; 20] = [
    "cleanup -q",
    "cleanup --dry-run --exit-code",
    "cleanup --purge-after 90d --yes",
    "list",
    "list -o csv",
    "validate A1B2C3D4",
    "use A1B2C3D4 --user u1",
    "generate --space 1",
    "revoke A1B2C3D4 --yes",
    "regenerate 1 --yes",
    "show A1B2C3D4",
    "backfill",
    "backfill --dry-run",
    "backfill --check -q",
    "backfill --import ~/spaces.csv --dry-run",
    "space list",
    "space import ~/spaces.csv --dry-run",
    "member list 1",
    "stats",
    "migrate --status",
];

/// Commands that can add the first data.
const CREATORS: [&str; 6] = [
    "migrate",
    "init --yes",
    "space add 1 --policy container --name Journal",
    "space import ~/spaces.csv",
    "backfill --import ~/spaces.csv",
    "--config ~/other.toml init --yes",
];

fn machine() -> Machine {
    let machine = Machine::new();
    machine.write("spaces.csv", "id,policy,name\nabc123,space,My Workspace\n");
    machine
}

#[test]
fn missing_database_has_own_reason_and_is_not_created() {
    for line in OTHERS {
        let mut machine = machine();
        let screen = machine.run(line);
        let expected = format!("error: no database at {}", "/home/op/.local/share/invite/invite.db");
        assert_eq!((screen.exit, screen.out.as_str()), (1, ""), "{line}: {screen:?}");
        assert!(screen.err.starts_with(&expected), "{line}: {screen:?}");
        assert!(screen.err.contains("hint: check the path, or create the database: invite migrate\n"), "{screen:?}");
        assert!(!machine.home().join(".local").exists(), "{line} created it");
    }
    let error = machine().run("cleanup -q -o json").json_error();
    assert_eq!((&error["reason"], &error["status"]), (&"database_missing".into(), &500.into()), "{error}");
}

#[test]
fn commands_that_add_first_data_create_database() {
    for line in CREATORS {
        let mut machine = machine();
        let screen = machine.run(line);
        assert_eq!(screen.exit, 0, "{line}: {screen:?}");
        assert!(machine.database().exists(), "{line}");
        assert_eq!(machine.run("cleanup -q").exit, 0, "{line}");
    }
}

/// Another process may have created the file but not yet the tables.
#[test]
fn empty_default_file_gets_tables_from_same_commands_only() {
    let mut machine = machine();
    std::fs::create_dir_all(machine.database().parent().unwrap()).unwrap();
    std::fs::write(machine.database(), "").unwrap();
    let screen = machine.run("cleanup -q");
    assert_eq!(screen.exit, 1, "{screen:?}");
    assert!(screen.err.contains("contains no tables of invite"), "{screen:?}");
    assert_eq!(std::fs::metadata(machine.database()).unwrap().len(), 0);
    assert_eq!(machine.run("space import ~/spaces.csv").exit, 0);
}

#[test]
fn database_readable_by_others_gives_one_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    for (mode, warns) in [(0o600, false), (0o700, false), (0o640, true), (0o604, true), (0o644, true)] {
        let mut machine = machine();
        machine.run("space import ~/spaces.csv");
        std::fs::set_permissions(machine.database(), std::fs::Permissions::from_mode(mode)).unwrap();
        for line in ["backfill", "list", "cleanup -q"] {
            let screen = machine.run(line);
            assert_eq!(screen.exit, 0, "{line}: {screen:?}");
            assert_eq!(screen.err.matches("warning:").count(), usize::from(warns), "{mode:o} {line}: {screen:?}");
            assert_eq!(screen.err.contains(&format!("(mode {mode:04o})")), warns, "{screen:?}");
        }
    }
}
