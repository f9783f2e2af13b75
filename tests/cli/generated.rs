//! Manual pages and completion scripts in the repository are those that the
//! code makes. After a change on purpose: `UPDATE_GENERATED=1 cargo test --test cli`.

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
    assert_eq!(there, made, "a page of a command that is gone");
    assert!(made.contains(&"invite-backfill.1".to_owned()) && made.contains(&"invite-space-import.1".to_owned()));
}

/// Every command's help shows how it is used.
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
        "member add",
        "member list",
        "member import",
        "member remove",
        "policy show",
        "migrate",
        "config show",
        "completions",
        "man",
    ] {
        let screen = Machine::new().run(&format!("{command} --help"));
        assert_eq!(screen.exit, 0, "{command}");
        assert!(screen.out.contains("Examples:"), "{command}: {}", screen.out);
    }
}

/// The exit codes in the help are those of the closed list.
#[test]
fn the_help_lists_every_exit_code() {
    let help = Machine::new().run("--help").out;
    for reason in invite::Reason::ALL {
        let code = reason.exit_code();
        assert!(help.contains(&format!("\n  {code} ")), "{} ({code}) is missing", reason.as_str());
    }
}
