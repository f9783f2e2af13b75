//! QR codes and sheets: output on terminals, contents of files, and refusals before any
//! change. The unit tests of the drawing test that they scan.

use std::os::unix::fs::PermissionsExt as _;

use crate::machine::{Machine, Screen};

fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.environment.insert("INVITE_BASE_URL".into(), "https://familytree.example.org".into());
    machine.write(
        "spaces.csv",
        "id,policy,name,code\nabc123,space,My Workspace,A1B2C3D4\nsmith,tree,Smith,\njohn,director,John Smith,\n\
         1,container,Journal,\n",
    );
    assert_eq!(machine.run("space import ~/spaces.csv").exit, 0);
    machine
}

/// Returns the lines of a screen that contain modules, without color.
fn modules(screen: &Screen) -> Vec<String> {
    let lines = screen.out.lines().filter(|line| line.starts_with("\u{1b}[38;5;16;48;5;231m"));
    lines.map(|line| line["\u{1b}[38;5;16;48;5;231m".len()..].trim_end_matches("\u{1b}[0m").to_owned()).collect()
}

#[test]
fn qr_code_of_token_fits_80_columns_black_on_white() {
    let mut machine = machine();
    machine.width = Some(80);
    let screen = machine.run("generate --space smith --email ann@example.org --no-send --qr");
    assert_eq!(screen.exit, 0, "{screen:?}");
    let lines = modules(&screen);
    let width = lines[0].chars().count();
    assert!(width <= 80 && lines.len() < 24, "{width} times {}", lines.len());
    assert!(lines.iter().all(|line| line.chars().count() == width));
    // Each line shows two rows of modules; the last row has its own line.
    assert_eq!(lines.len(), width.div_ceil(2));
    assert_eq!(said(&screen), "", "with color no explanation is needed");
}

#[test]
fn qr_code_without_color_names_terminal_background() {
    let mut machine = machine();
    for (line, is_said) in [("show A1B2C3D4 --qr", true), ("show A1B2C3D4 --qr -q", false)] {
        let screen = machine.run(line);
        assert_eq!(screen.err.contains("drawn for a dark terminal"), is_said, "{screen:?}");
        assert!(!screen.out.contains('\u{1b}'));
        let first = screen.out.lines().find(|line| line.starts_with('█')).unwrap();
        assert!(first.chars().all(|c| c == '█'), "{first}");
    }
}

/// Runs a command that must be refused; checks that no invite and no file is created.
fn refused(machine: &mut Machine, line: &str, exit: u8, says: &str) {
    let before = machine.run("list --all -o jsonl").out;
    let screen = machine.run(line);
    assert_eq!(screen.exit, exit, "{line}: {screen:?}");
    assert!(screen.err.contains(says), "{line}: {screen:?}");
    assert_eq!(screen.out, "", "{line}");
    assert_eq!(machine.run("list --all -o jsonl").out, before, "{line}");
    for file in ["new.html", "new.svg"] {
        assert!(!machine.home().join(file).exists(), "{line}");
    }
}

#[test]
fn undrawable_qr_code_is_refused_before_any_change() {
    let mut machine = machine();
    machine.write("people.csv", "email\nann@example.org\n");
    machine.write("there.html", "mine");
    let long = format!("https://example.org/{}", "x".repeat(3_000));
    for (line, exit, says) in [
        ("generate --space 1 --qr -o jsonl", 2, "--qr cannot be combined with an output format for programs"),
        ("generate --space 1 --qr -o csv", 2, "--qr cannot be combined with an output format for programs"),
        ("generate --space 1 --qr -o code", 2, "--qr cannot be combined with an output format for programs"),
        ("show A1B2C3D4 --qr --json", 2, "--qr cannot be combined with an output format for programs"),
        ("space show abc123 --qr -o code", 2, "--qr cannot be combined with an output format for programs"),
        ("regenerate abc123 --yes --qr -o json", 2, "--qr cannot be combined with an output format for programs"),
        ("regenerate abc123 --dry-run --qr", 2, "cannot be used with"),
        ("generate --space 1 --count 11 --qr", 2, "--sheet sheet.html"),
        ("generate --space 1 --count 2 --qr-svg ~/new.svg", 2, "writes a single invite"),
        ("generate --space smith --from ~/people.csv --qr", 2, "cannot be used with"),
        ("generate --space smith --from ~/people.csv --qr-svg ~/new.svg", 2, "cannot be used with"),
        ("generate --space john --qr-svg ~/new.svg", 2, "have no link"),
        ("generate --space smith --email a@example.org --sheet ~/new.html", 2, "--no-send"),
        ("generate --space smith --from ~/people.csv --sheet ~/new.html", 2, "--no-send"),
        ("generate --space 1 --sheet ~/there.html", 2, "already exists"),
        ("generate --space 1 --sheet ~/", 2, "already exists"),
        ("generate --space 1 --sheet ~/no/new.html", 2, "does not exist"),
        ("generate --space 1 --sheet ~/new.html --qr-svg ~/new.html", 2, "already exists"),
        ("generate --space 1 --sheet /proc/new.html", 1, "no invite was created"),
        // Refusals for the invites themselves leave no file, either.
        ("generate --space nowhere --sheet ~/new.html", 5, "Space nowhere not found"),
        ("generate --space 1 --count 0 --sheet ~/new.html", 2, "invalid count 0"),
        ("generate --space 1 --role king --sheet ~/new.html --qr-svg ~/new.svg", 2, "roles: "),
        ("generate --space 1 --as nobody --sheet ~/new.html", 4, "admin"),
        ("generate --space smith --sheet ~/new.html --no-send", 2, "is bound to an e-mail address"),
    ] {
        refused(&mut machine, line, exit, says);
    }
    assert_eq!(std::fs::read_to_string(machine.home().join("there.html")).unwrap(), "mine");
    machine.environment.insert("INVITE_BASE_URL".into(), long);
    refused(&mut machine, "generate --space 1 --qr-svg ~/new.svg", 2, "too long for a QR code");
    machine.environment.remove("INVITE_BASE_URL");
    for line in ["generate --space 1 --qr", "generate --space 1 --sheet ~/new.html", "regenerate abc123 --yes --qr"] {
        refused(&mut machine, line, 2, "INVITE_BASE_URL");
    }
}

#[test]
fn too_narrow_terminal_is_refused_before_any_change() {
    let mut machine = machine();
    for (line, needs) in [
        ("generate --space smith --email ann@example.org --no-send --qr", "(minimum 45)"),
        ("regenerate abc123 --yes --qr", "(minimum 37)"),
        ("space show abc123 --qr", "(minimum 37)"),
        ("show A1B2C3D4 --qr", "(minimum 37)"),
    ] {
        machine.width = Some(36);
        let screen = machine.run(line);
        assert_eq!((screen.exit, screen.out.as_str()), (2, ""), "{line}: {screen:?}");
        assert!(screen.err.contains("36 columns") && screen.err.contains(needs), "{line}: {screen:?}");
    }
    machine.width = None;
    assert_eq!(machine.run("list --space smith -o code").out, "");
    assert_eq!(machine.run("list --space abc123 -o code").out, "A1B2C3D4\n");
}

#[test]
fn sheet_has_one_card_per_invite_and_is_private() {
    let mut machine = machine();
    let screen = machine.run("generate --space 1 --count 5 --sheet ~/new.html -o code");
    assert_eq!(screen.exit, 0, "{screen:?}");
    let path = machine.home().join("new.html");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let page = std::fs::read_to_string(path).unwrap();
    assert_eq!(page.matches("<article>").count(), 5);
    for code in screen.out.lines() {
        assert!(page.contains(&format!("<p class=\"code\">{code}</p>")));
        assert!(page.contains(&format!(">https://familytree.example.org/invites/join?code={code}<")));
    }
    assert!(page.ends_with("</html>\n"));
    assert_eq!(said(&screen), "5 invites created.\nWrote 5 cards to /home/op/new.html.\n");
}

#[test]
fn sheet_of_many_spaces_has_each_created_invite() {
    let mut machine = machine();
    machine.write("rows.csv", "space_id,email,note\nsmith,ann@example.org,\n1,,two\njohn,,three\nnowhere,,\n");
    let screen = machine.run("generate --from ~/rows.csv --no-send --sheet ~/new.html -o json");
    assert_eq!(screen.exit, 3, "{screen:?}");
    assert_eq!(screen.json()["created"], 3);
    let page = std::fs::read_to_string(machine.home().join("new.html")).unwrap();
    assert_eq!((page.matches("<article>").count(), page.matches("<svg").count()), (3, 2));
    assert!(page.contains("<title>Invites</title>") && page.contains("tree_") && page.contains("Joh-"));
}

#[test]
fn qr_picture_is_separate_file() {
    let mut machine = machine();
    let screen = machine.run("generate --space 1 --qr-svg ~/new.svg");
    assert_eq!(screen.exit, 0, "{screen:?}");
    let path = machine.home().join("new.svg");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(path).unwrap().contains("<title>Invite to Journal</title>"));
    assert_eq!(said(&screen), "Wrote the QR code to /home/op/new.svg.\n");
}

/// Returns the messages of a command without the operation line that every change prints.
fn said(screen: &Screen) -> String {
    let lines = screen.err.lines().filter(|line| !line.starts_with("Operation "));
    lines.map(|line| format!("{line}\n")).collect::<Vec<String>>().concat()
}
