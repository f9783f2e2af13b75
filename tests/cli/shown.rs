//! Output of foreign text and of invalid arguments: it is escaped, short, and contains no
//! code.

use sqlx::Connection as _;

use crate::machine::Machine;

/// Returns a machine with a space whose name was written by another program.
fn machine_with_name(name: &str) -> Machine {
    let mut machine = Machine::new();
    machine.write("spaces.csv", "id,policy,name,code\nabc123,space,My Workspace,A1B2C3D4\n");
    assert_eq!(machine.run("space import ~/spaces.csv").exit, 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", machine.database().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("UPDATE invite_spaces SET name = ?").bind(name).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    machine
}

const EVIL: &str = "evil\u{1b}[2J\u{9b}31m\u{202e}\u{200b}\u{7f}x\u{e0041}";

fn is_risky(c: char) -> bool {
    (c.is_control() && c != '\n') || "\u{202e}\u{200b}\u{e0041}".contains(c)
}

#[test]
fn csv_is_escaped_on_terminal_and_raw_in_pipe() {
    let mut machine = machine_with_name(EVIL);
    for line in ["list -o csv", "space list -o csv", "show A1B2C3D4 -o csv", "validate A1B2C3D4 -o csv"] {
        machine.width = None;
        assert!(machine.run(line).out.contains(EVIL), "{line}");
        machine.width = Some(120);
        let screen = machine.run(line);
        assert!(screen.out.contains("evil") && !screen.out.contains(is_risky), "{line}: {screen:?}");
        assert!(screen.out.ends_with('\n'), "{line}: {screen:?}");
    }
}

#[test]
fn json_escapes_control_characters() {
    let mut machine = machine_with_name(EVIL);
    for line in
        ["list -o json", "list -o jsonl", "space list -o json", "show A1B2C3D4 -o json", "validate A1B2C3D4 -o jsonl"]
    {
        let screen = machine.run(line);
        assert!(screen.out.contains("evil") && !screen.out.contains(is_risky), "{line}: {screen:?}");
        let text = screen.out.lines().collect::<Vec<_>>().join("\n");
        let names = serde_json::from_str::<serde_json::Value>(&text).map(|value| value.to_string()).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&names).unwrap().to_string().contains('\u{9b}'), "{line}");
    }
}

#[test]
fn long_arguments_are_shortened_in_errors() {
    let mut machine = machine_with_name("Name");
    let long = "x".repeat(100_000);
    for line in [
        "generate --space LONG",
        "list --space LONG",
        "list --policy LONG",
        "list --role LONG",
        "list --created-by LONG",
        "list --email LONG",
        "list --email LONG@example.org",
        "list --search LONG",
        "list --operation LONG",
        "list --fields LONG",
        "list --sort LONG",
        "list --limit LONG",
        "list --LONG",
        "LONG",
        "generate --space abc123 --count LONG",
        "generate --space abc123 --expires-in LONG",
        "member add abc123 LONG",
        "member add abc123 u --role LONG",
        "space add LONG --policy space --name X",
        "space add x --policy LONG --name X",
        "validate LONG",
        "policy show LONG",
        "space import LONG",
        "list --as LONG",
        "list --reason LONG",
    ] {
        for format in ["", " -o json"] {
            let args = format!("{line}{format}").split(' ').map(|word| word.replace("LONG", &long)).collect();
            let screen = machine.run_args(args);
            assert!((1..=6).contains(&screen.exit), "{line}: {}", screen.exit);
            assert!(screen.err.len() < 3_000, "{line}{format}: {} bytes", screen.err.len());
        }
    }
}

#[test]
fn codes_in_wrong_place_are_not_repeated() {
    let mut machine = machine_with_name("Name");
    for line in ["A1B2C3D4", "use A1B2C3D4 A1B2C3D4", "list A1B2C3D4", "tree_aB0x --yes", "validate A1B2C3D4 A1B2C3D4"]
    {
        for format in ["", " -o json"] {
            let screen = machine.run(&format!("{line}{format}"));
            assert_eq!(screen.exit, 2, "{line}: {screen:?}");
            assert!(!screen.err.contains("A1B2C3D4") && !screen.err.contains("tree_aB0x"), "{line}: {screen:?}");
        }
    }
    // A misspelled command is repeated in the error, with a suggestion.
    assert!(machine.run("lst").err.contains("'lst'"));
}
