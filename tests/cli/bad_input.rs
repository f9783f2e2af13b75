//! Invalid input: one clear error, the documented exit code, and an unchanged database.

use crate::machine::Machine;

/// A machine with a space of each policy and a known code.
fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.write(
        "spaces.csv",
        "id,policy,name,code\nabc123,space,My Workspace,A1B2C3D4\nsmith,tree,Smith Family Tree,\n\
         john,director,John Smith,\n1,container,My Travel Journal,\n",
    );
    assert_eq!(machine.run("space import ~/spaces.csv").exit, 0);
    machine
}

/// Runs each command line; checks its exit code and its error, and that the database is
/// unchanged.
fn refuses(machine: &mut Machine, cases: &[(&str, u8, &str)]) {
    let before = machine.run("list --all -o jsonl").out;
    for (line, exit, says) in cases {
        let screen = machine.run(line);
        assert_eq!(screen.exit, *exit, "{line}: {screen:?}");
        assert!(screen.err.contains(says), "{line}: {screen:?}");
        assert_eq!(screen.out, "", "{line}");
    }
    assert_eq!(machine.run("list --all -o jsonl").out, before);
}

#[test]
fn unknown_names_are_not_found() {
    refuses(
        &mut machine(),
        &[
            ("generate --space nowhere", 5, "Space nowhere not found"),
            ("regenerate nowhere", 5, "Space nowhere not found"),
            ("backfill --space nowhere", 5, "Space nowhere not found"),
            ("revoke --space nowhere --yes", 5, "Space nowhere not found"),
            ("space remove nowhere --yes", 5, "Space nowhere not found"),
            ("list --space nowhere", 5, "Space nowhere not found"),
            ("list --created-by nobody", 5, "user nobody not found"),
            ("list --operation 01890000-0000-7000-8000-000000000001", 5, "operation 01890000"),
            ("revoke --operation 01890000-0000-7000-8000-000000000001 --yes", 5, "operation 01890000"),
            ("member add nowhere u1", 5, "Space nowhere not found"),
            ("member remove abc123 nobody", 5, "the user nobody is not a member"),
            ("revoke --created-by nobody --yes", 5, "user nobody not found"),
            ("validate ZZZZ9999", 5, "no invite with this code"),
            ("use ZZZZ9999 --user u1", 5, "no invite with this code"),
            ("show ZZZZ9999", 5, "no invite with this code"),
            ("extend ZZZZ9999 --expires-in 1h", 5, "no invite with this code"),
            ("revoke ZZZZ9999", 5, "no invite with this code"),
            ("validate 01890000-0000-7000-8000-000000000001", 5, "no invite with the ID"),
        ],
    );
}

#[test]
fn unknown_policies_and_roles_list_known_ones() {
    refuses(
        &mut machine(),
        &[
            ("space add x --policy sapce --name X", 2, "did you mean \"space\""),
            ("backfill --policy tree", 2, "has no standing codes"),
            ("list --policy clubs", 2, "unknown policy \"clubs\""),
            ("policy show clubs", 2, "policies: container, director, space, tree"),
            ("generate --space 1 --role king", 2, "roles: member"),
            ("list --role king", 2, "roles: actor, contributor, custodian, member, viewer"),
            ("member add abc123 u1 --role king", 2, "roles: owner, admin, member"),
        ],
    );
}

#[test]
fn invalid_codes_are_refused_and_not_repeated() {
    let mut machine = machine();
    for (code, exit, says) in [
        (String::new(), 2, "the code is empty"),
        ("x".repeat(10_000), 2, "the code is too long: 10000 characters"),
        ("A1B2\u{7}C3D4".into(), 2, "control character (U+0007, character 5)"),
        ("A1B2\u{1b}[31m".into(), 2, "control character (U+001B"),
        ("'; DROP TABLE invites; --".into(), 5, "no invite with this code"),
        ("\"A1B2\"".into(), 5, "no invite with this code"),
        ("A1B2日本".into(), 5, "no invite with this code"),
        ("null".into(), 2, "the code is a word for a missing value"),
        ("https://example.org/join/undefined".into(), 2, "the code is a word for a missing value"),
        ("#12".into(), 2, "a fingerprint is #"),
        ("https://example.org/".into(), 2, "the link contains no code"),
    ] {
        for command in ["validate", "show"] {
            let screen = machine.run_args(vec![command.into(), "--".into(), code.clone()]);
            assert_eq!(screen.exit, exit, "{screen:?}");
            assert!(screen.err.contains(says), "{screen:?}");
            assert!(code.len() < 4 || !screen.err.contains(&code), "the code is repeated: {screen:?}");
        }
    }
    assert_eq!(machine.run("validate A1B2C3D4").exit, 0);
}

#[test]
fn invalid_numbers_and_times_are_refused() {
    refuses(
        &mut machine(),
        &[
            ("generate --space 1 --count 0", 2, "invalid count 0: it must be from 1 to 1,000,000"),
            ("generate --space 1 --count -1", 2, "invalid count -1"),
            ("generate --space 1 --count 1000001", 2, "invalid count 1000001"),
            ("generate --space 1 --count many", 2, "invalid value 'many'"),
            ("generate --space 1 --expires-in 0s", 2, "it is zero"),
            ("generate --space 1 --expires-in -1h", 2, "it is negative"),
            ("generate --space 1 --expires-in 24", 2, "the unit is missing"),
            ("generate --space 1 --expires-in 1M", 2, "M is ambiguous: month or minute"),
            ("generate --space 1 --expires-in 4000000d", 2, "maximum 1000 years"),
            ("generate --space 1 --expires-at 2020-01-01", 2, "is in the past"),
            ("generate --space 1 --expires-at tomorrow", 2, "invalid time"),
            ("generate --space 1 --starts-at 2027-01-02 --expires-at 2027-01-01", 2, "expire before it starts"),
            ("generate --space 1 --max-uses 0", 2, "a usage limit of 0 is not possible"),
            ("generate --space 1 --max-uses -5", 2, "a usage limit of -5"),
            ("generate --space smith --email a@example.org --max-uses 2", 2, "has a fixed usage limit"),
            ("extend A1B2C3D4", 2, "no change was given"),
            ("extend A1B2C3D4 --expires-at 2020-01-01", 2, "is in the past"),
            ("regenerate abc123 --grace 0s", 2, "it is zero"),
            ("cleanup --purge-after 0d --yes", 2, "it is zero"),
            ("list --limit 0", 2, "0 is not in 1.."),
            ("list --timeout 0", 2, "it is zero; write a duration from 1s to 7d"),
            ("list --timeout -1s", 2, "it is negative"),
            ("list --timeout 30", 2, "the unit is missing"),
            ("list --timeout 10ms", 2, "shorter than 1 second"),
            ("list --timeout 1y", 2, "longer than 7 days"),
            ("backfill --batch-size 0", 2, "0 is not in 1.."),
        ],
    );
}

#[test]
fn invalid_texts_are_refused() {
    let long = "x".repeat(65);
    refuses(
        &mut machine(),
        &[
            ("use A1B2C3D4 --user ''", 2, "the user ID is empty"),
            (&format!("use A1B2C3D4 --user {long}"), 2, "the user ID is too long: 65 characters (maximum 64)"),
            ("use A1B2C3D4 --user ' u1'", 2, "begins or ends with a space"),
            ("use A1B2C3D4 --user u1 --email nonsense", 2, "invalid e-mail address"),
            ("use A1B2C3D4 --user u1 --email 'a@b.c\nBcc: x@y.z'", 2, "control character"),
            ("generate --space smith --email 'Ann <ann@example.org>'", 2, "invalid e-mail address"),
            ("generate --space smith --email ann.example.org", 2, "invalid e-mail address"),
            ("generate --space smith --email 'ann@example.org\r\nBcc: x@y.z'", 2, "control character"),
            (&format!("generate --space smith --email {}@example.org", "a".repeat(400)), 2, "maximum 254"),
            ("generate --space smith", 2, "is bound to an e-mail address"),
            ("generate --space 1 --email a@example.org", 2, "is not bound to an e-mail address"),
            (&format!("space add {long} --policy space --name X"), 2, "the space ID is too long: 65 characters"),
            ("space add x --policy space --name ''", 2, "the space name is empty"),
            ("generate --space 1 --as ''", 2, "the user of --as is empty"),
            ("list --schema 'we\"ird'", 2, "on PostgreSQL only"),
        ],
    );
}

#[test]
fn client_of_10000_characters_is_refused_everywhere() {
    let mut machine = machine();
    let client = "x".repeat(10_000);
    for line in ["validate A1B2C3D4", "use A1B2C3D4 --user u1", "limits", "limits reset"] {
        let screen = machine.run(&format!("{line} --client {client}"));
        assert_eq!(screen.exit, 2, "{line}");
        assert!(screen.err.contains("the client is too long: 10000 characters (maximum 64)"), "{line}: {screen:?}");
        assert!(screen.err.len() < 300, "{line}: {screen:?}");
    }
    assert_eq!(machine.run("limits -o json").json()["limits"].as_array().map(Vec::len), Some(0));
}

#[test]
fn base_url_with_credentials_is_refused_and_not_repeated() {
    let mut machine = machine();
    for url in ["https://u:hunter2@example.org", "https://hunter2@example.org/app", "https://:hunter2@example.org"] {
        for variable in ["INVITE_BASE_URL", "FRONTEND_URL"] {
            machine.environment.insert(variable.into(), url.into());
            for line in ["list", "generate --space 1", "config show"] {
                let screen = machine.run(line);
                assert_eq!(screen.exit, 2, "{line}: {screen:?}");
                assert!(screen.err.contains("it contains a user name or password"), "{line}: {screen:?}");
                assert!(screen.err.contains("hint: ") && !screen.err.contains("hunter2"), "{line}: {screen:?}");
                assert!(!screen.out.contains("hunter2"), "{line}: {screen:?}");
            }
            machine.environment.remove(variable);
        }
    }
}

#[test]
fn timeout_of_zero_is_refused_from_every_source() {
    let mut machine = machine();
    machine.environment.insert("INVITE_TIMEOUT".into(), "0s".into());
    let screen = machine.run("list");
    assert!(screen.exit == 2 && screen.err.contains("INVITE_TIMEOUT"), "{screen:?}");
    machine.environment.remove("INVITE_TIMEOUT");
    let file = machine.write("zero.toml", "timeout = \"0s\"\n");
    let screen = machine.run(&format!("list --config {file}"));
    assert!(screen.exit == 2 && screen.err.contains("timeout") && screen.err.contains("1s to 7d"), "{screen:?}");
    for timeout in ["1s", "24h", "1d", "7d"] {
        assert_eq!(machine.run(&format!("list --timeout {timeout}")).exit, 0, "{timeout}");
    }
}

#[test]
fn invalid_files_are_refused_with_line() {
    let mut machine = machine();
    for (content, exit, says) in [
        (&b""[..], 2, "the file is empty"),
        (b"\xef\xbb\xbf", 2, "the file is empty"),
        (b"id;policy;name\n", 2, "line 1: unknown column"),
        (b"id,name\nx,X\n", 2, "line 1: the column policy is missing"),
        (b"policy,name\nspace,X\n", 2, "line 1: the column id is missing"),
        (b"id,policy,name,invitecode\n", 2, "line 1: unknown column \"invitecode\""),
        (b"id,policy,name\nx,space\n", 3, "line 2: the row has 2 values, but the header has 3"),
        (b"id,policy,name\nx,space,\xff\n", 3, "line 2: not valid UTF-8"),
        (b"id,policy,name\n,space,X\n", 3, "line 2: the space ID is empty"),
        (b"id,policy,name\nx,clubs,X\n", 3, "line 2: space x: unknown policy \"clubs\""),
        (b"id,policy,name\nabc123,tree,X\n", 3, "line 2: space abc123: the space exists with another policy"),
        (b"id,policy,name\nabc123,space,X\n", 3, "line 2: space abc123: the space exists with another name (update"),
        (b"id,policy,name,code\nx,space,X,a1b2c3d4\n", 3, "line 2: space x: the code"),
    ] {
        machine.write("bad.csv", content);
        let screen = machine.run("space import ~/bad.csv");
        assert_eq!(screen.exit, exit, "{content:?}: {screen:?}");
        assert!(screen.err.contains(says), "{content:?}: {screen:?}");
    }
    assert_eq!(machine.run("space list -o json").json()["total"], 4);
}

#[test]
fn duplicate_id_fails_and_other_rows_are_imported() {
    let mut machine = machine();
    machine.write("twice.csv", "id,policy,name\r\nx,space,X\r\ny,space,Y\r\nx,space,Again\r\n");
    let screen = machine.run("space import ~/twice.csv -o json");
    assert_eq!(screen.exit, 3);
    assert_eq!(screen.json()["added"], 2);
    let error = screen.json_error();
    assert_eq!((&error["line"], &error["reason"]), (&4.into(), &"duplicate".into()));
    assert!(error["error"].as_str().unwrap().contains("is a duplicate of line 2"), "{error}");
}

#[test]
fn non_database_paths_are_refused_in_one_line() {
    let mut machine = machine();
    let text =
        machine.write("notes.txt", "these are notes, and they are long enough to be read as a header\n".repeat(40));
    let folder = machine.home().to_str().unwrap().to_owned();
    let open_to_all = machine.write("open.db", "");
    std::fs::set_permissions(&open_to_all, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    for (url, exit, says, hint) in [
        (format!("sqlite://{folder}"), 1, "is a folder", "name a file in it"),
        (format!("sqlite://{text}"), 1, "is not a database", "check the path"),
        (format!("sqlite://{open_to_all}"), 1, "is writable by every account", "chmod 600"),
        (format!("sqlite://{folder}/missing.db"), 1, "no database at", "invite migrate --database-url"),
        (format!("sqlite://{folder}/no/such/folder.db"), 1, "no database at", "invite migrate"),
        ("sqlite:".into(), 2, "contains no file", "sqlite:///absolute/path.db"),
        ("sqlite::memory:".into(), 2, "contains no file", "lost when the command ends"),
        ("sqlite:file:x?mode=memory".into(), 2, "SQLite URI", "write only the path"),
        ("sqlite:a%2".into(), 2, "percent escape", "%25"),
        ("postgres://u:hunter2@h/db?sslmod=require".into(), 2, "unknown parameter: sslmod", "did you mean sslmode?"),
        ("postgres://u:hunter2@127.0.0.1:1/db".into(), 10, "no server answers at", "check the host and port"),
        ("mysql://u:hunter2@127.0.0.1:1/db".into(), 10, "no server answers at", "check the host and port"),
        ("mysql://u:hunter2@127.0.0.1:1,127.0.0.1:2/db".into(), 10, "no usable host in", "check the hosts"),
        ("postgres://u:hunter2@no.such.host.invalid/db".into(), 10, "unknown host in", "check the host name"),
        ("mysql://:hunter2@h/db".into(), 2, "has no user", "mysql://user:password@host:3306/database"),
        ("postgers://u:hunter2@h/db".into(), 2, "unsupported scheme in database URL", "did you mean postgres"),
        ("/var/lib/invite.db".into(), 2, "unsupported scheme in database URL", "sqlite:///"),
    ] {
        let screen = machine.run(&format!("list --timeout 1s --database-url '{url}'"));
        assert_eq!(screen.exit, exit, "{url}: {screen:?}");
        assert!(screen.err.contains(says) && screen.err.contains(hint), "{url}: {screen:?}");
        assert!(!screen.err.contains("hunter2") && !screen.err.contains("panicked"), "{screen:?}");
    }
}

#[test]
fn read_only_database_can_be_read() {
    let mut machine = machine();
    let url = format!("sqlite://{}?mode=ro", machine.database().display());
    assert_eq!(machine.run(&format!("list --database-url '{url}' -o code")).out, "A1B2C3D4\n");
    let screen = machine.run(&format!("use A1B2C3D4 --user u1 --database-url '{url}'"));
    assert_eq!(screen.exit, 1);
    assert!(screen.err.contains("is opened read-only"), "{screen:?}");
}

#[test]
fn usage_error_follows_output_format() {
    let mut machine = machine();
    for line in ["generate --space 1 --max-uses 0 -o json", "nonsense --json", "use --output=jsonl"] {
        let screen = machine.run(line);
        assert_eq!(screen.exit, 2, "{line}");
        let error = screen.json_error();
        assert_eq!((&error["success"], &error["status"]), (&false.into(), &400.into()), "{line}: {error}");
    }
    assert!(machine.run("lsit").err.contains("'list'"), "a similar command is suggested");
}
