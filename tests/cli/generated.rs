//! Manual pages and completion scripts in the repository equal the generated ones. To
//! update them: `UPDATE_GENERATED=1 cargo test --test cli`.

use std::path::Path;

use crate::machine::Machine;

fn compare(file: &Path, made: &str) {
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, made).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(kept == made, "{} is not current: UPDATE_GENERATED=1 cargo test --test cli", file.display());
}

#[test]
fn completions_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, name) in [
        ("bash", "invite.bash"),
        ("zsh", "_invite"),
        ("fish", "invite.fish"),
        ("elvish", "invite.elv"),
        ("powershell", "_invite.ps1"),
    ] {
        let screen = Machine::new().run(&format!("completions {shell}"));
        assert_eq!(screen.exit, 0);
        compare(&folder.join(name), &screen.out);
    }
}

#[test]
fn manual_pages_are_current() {
    let mut machine = Machine::new();
    assert_eq!(machine.run("man ~/man -q").exit, 0);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let mut made: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(machine.home().join("man")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        compare(&kept.join(&name), &std::fs::read_to_string(&path).unwrap());
        made.push(name);
    }
    let mut there: Vec<String> =
        std::fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    made.sort();
    there.sort();
    assert_eq!(there, made, "a page of a removed command");
    assert!(made.contains(&"invite-backfill.1".to_owned()) && made.contains(&"invite-space-import.1".to_owned()));
}

/// The help of every command shows its usage and examples.
#[test]
fn every_command_has_help_with_examples() {
    for command in [
        "generate",
        "validate",
        "use",
        "revoke",
        "backfill",
        "list",
        "cleanup",
        "show",
        "regenerate",
        "extend",
        "operations",
        "limits",
        "limits reset",
        "space add",
        "space list",
        "space import",
        "space remove",
        "space restore",
        "member add",
        "member list",
        "member import",
        "member remove",
        "policy show",
        "init",
        "migrate",
        "config show",
        "completions",
        "man",
    ] {
        let long = Machine::new().run(&format!("{command} --help"));
        let short = Machine::new().run(&format!("{command} -h"));
        assert_eq!((long.exit, short.exit), (0, 0), "{command}");
        let examples = long.out.find("\nExamples:\n").unwrap_or_else(|| panic!("{command}: {}", long.out));
        assert!(long.out.find("\nUsage:").is_some_and(|usage| examples < usage), "{command}: {}", long.out);
        assert!(!short.out.contains("Examples:"), "{command}: {}", short.out);
    }
}

/// Finds a topic by its name and a command by its words; an unknown name is refused with a
/// suggestion.
#[test]
fn help_has_every_command_and_topic() {
    for (words, expected) in [
        ("help exit-codes", "\n  10   the database cannot be reached"),
        ("help environment", "INVITE_DATABASE_URL"),
        ("help policies", "\n  director "),
        ("help output", "\n  jsonl "),
        ("help space import", "Usage: invite space import"),
        ("help", "\nMaintenance:\n  backfill "),
        ("-h", "\nSet-up:\n"),
    ] {
        let screen = Machine::new().run(words);
        assert_eq!(screen.exit, 0, "{words}");
        assert!(screen.out.contains(expected), "{words}: {}", screen.out);
    }
    for (words, expected) in [
        ("help exitcodes", "did you mean exit-codes?"),
        ("help genrate", "did you mean generate?"),
        ("help space imprt", "did you mean import?"),
        ("help nonsense", "available: generate, "),
        ("genrate", "'generate'"),
    ] {
        let screen = Machine::new().run(words);
        assert_eq!(screen.exit, 2, "{words}");
        assert!(screen.err.contains(expected), "{words}: {}", screen.err);
    }
}

/// An invalid configuration does not prevent the help.
#[test]
fn help_needs_no_configuration() {
    let mut machine = Machine::new();
    machine.write("broken.toml", "nonsense");
    assert_eq!(machine.run("--config ~/broken.toml help environment").exit, 0);
}
