//! Output formats for scripts and for terminals.

use serde_json::Value;

use crate::machine::Machine;

fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.write(
        "spaces.csv",
        "id,policy,name,code\nabc123,space,\"=SUM(1,2)\",A1B2C3D4\nb,space,\"evil \u{1b}[2J\u{202e}name\",\n",
    );
    machine.write("ok.csv", "id,policy,name,code\nabc123,space,\"=SUM(1,2)\",A1B2C3D4\n");
    assert_eq!(machine.run("space import ~/ok.csv").exit, 0);
    machine
}

#[test]
fn every_json_line_has_schema() {
    let mut machine = machine();
    for line in [
        "list -o jsonl",
        "space list -o jsonl",
        "operations -o jsonl",
        "policy list -o jsonl",
        "config show -o jsonl",
        "stats -o jsonl",
    ] {
        let screen = machine.run(line);
        assert!(!screen.out.is_empty(), "{line}");
        for text in screen.out.lines() {
            let object: Value = serde_json::from_str(text).unwrap();
            assert_eq!(object["schema"], 1, "{line}");
        }
    }
}

#[test]
fn every_json_document_is_one_object_with_schema() {
    let mut machine = machine();
    for line in [
        "list",
        "list --space abc123",
        "space list",
        "member list",
        "operations",
        "stats",
        "policy list",
        "policy show tree",
        "config show",
        "validate A1B2C3D4",
        "show A1B2C3D4",
        "use A1B2C3D4 --user u1",
        "backfill",
        "backfill --dry-run",
        "cleanup",
        "cleanup --dry-run",
        "migrate --status",
        "regenerate abc123 --yes",
        "revoke A1B2C3D4 --dry-run",
        "space add c --policy container --name C",
        "generate --space c --count 2",
        "member add c u1",
        "member remove c u1",
        "space remove c --yes",
        "space list --removed",
        "space show c",
        "space restore c",
    ] {
        let screen = machine.run(&format!("{line} -o json"));
        assert_eq!(screen.json()["schema"], 1, "{line}: {screen:?}");
    }
}

#[test]
fn csv_cells_are_never_formulas() {
    let screen = machine().run("list -o csv");
    let mut reader = csv::Reader::from_reader(screen.out.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let column = headers.iter().position(|name| name == "space_name").unwrap();
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(&row[column], "'=SUM(1,2)");
}

#[test]
fn empty_list_is_empty_in_every_format() {
    let mut machine = Machine::new();
    machine.run("migrate");
    assert_eq!(machine.run("list -o json").json()["invites"], Value::Array(Vec::new()));
    for format in ["jsonl", "code", "table"] {
        let screen = machine.run(&format!("list -o {format}"));
        assert_eq!((screen.exit, screen.out.as_str()), (0, ""), "{format}");
    }
    let header = machine.run("list -o csv").out;
    assert!(header.starts_with("id,code,fingerprint,") && header.lines().count() == 1, "{header}");
}

/// The header must be known before the first row.
#[test]
fn csv_header_equals_json_fields() {
    let mut machine = machine();
    for line in ["list", "space list", "operations", "policy list", "config show"] {
        let header = machine.run(&format!("{line} -o csv")).out.lines().next().unwrap().to_owned();
        let object: Value =
            serde_json::from_str(machine.run(&format!("{line} -o jsonl")).out.lines().next().unwrap()).unwrap();
        let fields: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).skip(1).collect();
        assert_eq!(header, fields.join(","), "{line}");
    }
    machine.run("member add abc123 u1");
    machine.run("space add b --policy space --name B");
    let member = machine.run("member list -o csv").out;
    assert!(
        member.starts_with("space_id,user_id,role,name,email,joined_at,invite_id\nabc123,u1,member,,,"),
        "{member}"
    );
    let added = machine.run("backfill -o csv").out;
    assert!(added.starts_with("space_id,space_name,policy,code,link,invite_id,expires_at\nb,B,space,"), "{added}");
}

#[test]
fn usage_error_repeats_no_code_and_escapes_terminal() {
    let mut machine = machine();
    let screen = machine.run("validate A1B2 C3D4SECRET");
    assert!(screen.exit == 2 && !screen.err.contains("C3D4SECRET"), "{screen:?}");
    let screen = machine.run_args(vec!["list".into(), "--status".into(), "\u{1b}]0;x\u{7}\u{202e}".into()]);
    assert!(screen.exit == 2 && !screen.err.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{screen:?}");
}

#[test]
fn control_characters_in_names_are_refused() {
    let mut machine = machine();
    let screen = machine.run("space import ~/spaces.csv");
    assert_eq!(screen.exit, 3);
    assert!(screen.err.contains("line 3: ") && screen.err.contains("control character (U+001B)"), "{screen:?}");
}

#[test]
fn stored_control_characters_are_escaped() {
    let mut machine = machine();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection as _;
        let url = format!("sqlite://{}", machine.database().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let sql = "UPDATE invite_spaces SET name = 'evil' || char(27) || '[2J' || char(8238) || 'x'";
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    for line in [
        "list",
        "list -o wide",
        "space list",
        "validate A1B2C3D4",
        "use A1B2C3D4 --user u1",
        "show A1B2C3D4",
        "regenerate abc123 --yes",
        "space remove abc123 --dry-run",
        "space remove abc123",
        "space remove abc123 --yes",
        "space list --removed",
        "space show abc123",
        "space restore abc123",
    ] {
        let screen = machine.run(line);
        let all = screen.out + &screen.err;
        assert!(all.contains("evil") && !all.contains(['\u{1b}', '\u{202e}']), "{line}: {all:?}");
    }
}

#[test]
fn terminal_gets_fitting_tables_with_color_by_default() {
    let mut machine = machine();
    machine.width = Some(60);
    let screen = machine.run("list");
    assert!(screen.out.contains("\u{1b}["), "{screen:?}");
    machine.environment.insert("NO_COLOR".into(), "1".into());
    let screen = machine.run("list");
    assert!(!screen.out.contains('\u{1b}'), "{screen:?}");
    assert!(screen.out.lines().all(|line| line.chars().count() <= 60), "{}", screen.out);
    assert!(machine.run("list --color always").out.contains("\u{1b}["));
    machine.environment.remove("NO_COLOR");
    machine.environment.insert("TERM".into(), "dumb".into());
    assert!(!machine.run("list").out.contains('\u{1b}'));
}

/// The token is shown only once, and cannot be copied if it is broken over two lines.
#[test]
fn code_is_not_wrapped_on_narrow_terminal() {
    let mut machine = machine();
    machine.environment.insert("NO_COLOR".into(), "1".into());
    machine.run("space add smith --policy tree --name 'Smith Family Tree'");
    for width in [30, 60, 80, 120, 200] {
        machine.width = Some(width);
        let out = machine.run(&format!("generate --space smith --no-send --email a{width}@example.org")).out;
        let whole = |line: &str| line.split_whitespace().any(|word| word.len() == 48 && word.starts_with("tree_"));
        assert!(out.lines().any(whole), "{width} columns:\n{out}");
    }
}

#[test]
fn long_tables_are_cut_only_on_terminal() {
    let mut machine = machine();
    machine.width = Some(80);
    machine.run("space add c --policy container --name C");
    assert_eq!(machine.run("generate --space c --count 1204 -q -o code").out.lines().count(), 1204);
    let screen = machine.run("list --space c");
    assert_eq!(screen.out.lines().count(), 52);
    assert!(screen.err.contains("Showing 50 of 1,204; use --all to list every row."), "{}", screen.err);
    assert_eq!(machine.run("list --space c --limit 3 -o code").out.lines().count(), 3);
    assert_eq!(machine.run("list --space c -o csv").out.lines().count(), 1205);
    assert_eq!(machine.run("list --space c -o jsonl").out.lines().count(), 1204);
}

#[test]
fn quiet_prints_only_data_and_errors() {
    let mut machine = machine();
    assert_eq!(machine.run("cleanup -q").out, "");
    let screen = machine.run("backfill -q");
    assert_eq!((screen.out.as_str(), screen.err.as_str()), ("", ""));
    assert_eq!(machine.run("list -q -o code").out, "A1B2C3D4\n");
    machine.run("space add b --policy space --name B");
    let screen = machine.run("backfill --check -q");
    assert_eq!((screen.exit, screen.out.as_str(), screen.err.as_str()), (8, "", ""));
    let screen = machine.run("backfill -q");
    assert_eq!((screen.out.lines().count(), screen.err.as_str()), (3, ""), "the new code is data");
    assert!(machine.run("use nope -q --user u1").err.contains("error:"));
}

#[test]
fn named_database_is_created_by_migrate_only() {
    let mut machine = Machine::new();
    let url = format!("sqlite://{}/named.db", machine.home().display());
    assert_eq!(machine.run(&format!("list --database-url {url}")).exit, 1);
    assert_eq!(machine.run(&format!("migrate --status --database-url {url}")).exit, 1);
    let screen = machine.run(&format!("migrate --database-url {url}"));
    let all = invite::Db::newest_schema();
    assert!(screen.out.contains(&format!("{all} migrations applied")), "{screen:?}");
    assert!(machine.run(&format!("migrate --database-url {url}")).out.contains("up to date"));
    assert_eq!(machine.run(&format!("list --database-url {url}")).exit, 0);
    machine.write("url", format!("{url}\n"));
    assert_eq!(machine.run("list --database-url-file ~/url").exit, 0);
    machine.stdin = url;
    assert_eq!(machine.run("list --database-url-file -").exit, 0);
}

/// The detailed form is not answered by the argument parser.
#[test]
fn version_has_short_and_detailed_form() {
    let number = env!("CARGO_PKG_VERSION");
    for short in ["-V", "-q -V"] {
        assert_eq!(Machine::new().run(short).out, format!("invite {number}\n"));
    }
    let long = Machine::new().run("--version");
    assert_eq!((long.exit, long.err.as_str()), (0, ""));
    let lines: Vec<&str> = long.out.lines().collect();
    let [version, engines, schema] = lines[..] else { panic!("{long:?}") };
    assert!(version.starts_with(&format!("invite {number} (")), "{version}");
    assert!(engines.starts_with("engines: SQLite 3.") && schema.starts_with("schema:  "), "{long:?}");
    assert_eq!(Machine::new().run("-q --version").out, long.out);
}
