//! Questions in a real terminal, answered as people answer them.

use std::path::Path;

use crate::Check;
use crate::terminal::Terminal;

pub fn all() -> Vec<Check> {
    let checks: [(&str, fn()); 4] = [
        ("a-no-changes-nothing", a_no_changes_nothing),
        ("a-purge-wants-its-name", a_purge_wants_its_name),
        ("ctrl-c-gives-the-terminal-back", ctrl_c_gives_the_terminal_back),
        ("init-asks-and-writes", init_asks_and_writes),
    ];
    let check = |(name, check): (&str, fn())| -> Check {
        (
            name.to_owned(),
            Box::new(move || {
                check();
                Ok(())
            }),
        )
    };
    checks.into_iter().map(check).collect()
}

/// A terminal with the binary, three open codes, and a prompt.
fn terminal() -> Terminal {
    let terminal = Terminal::new(80, 40, Path::new(env!("CARGO_BIN_EXE_invite")));
    terminal.plays(
        "cd; { invite space add a --policy container --name A; invite generate --space a --count 3; } > /dev/null 2>&1\n\
         tput cnorm; PS1='ready> '; clear",
    );
    terminal
}

/// Runs a command; waits until it asks.
fn asks(terminal: &Terminal, command: &str, question: &str) -> String {
    terminal.types(command);
    terminal.presses("Enter");
    terminal.waits_for(question)
}

/// Waits for the end of the command: its exit code.
fn exit_code(terminal: &Terminal) -> String {
    terminal.waits_until("a prompt", |seen| seen.trim_end().ends_with("ready>"));
    terminal.types("echo exit-code-$?-");
    terminal.presses("Enter");
    let seen = terminal.waits_for("\nexit-code-");
    seen.rsplit("\nexit-code-").next().unwrap().split('-').next().unwrap().to_owned()
}

fn live(terminal: &Terminal) -> String {
    terminal.types("invite list --status active -o code | wc -l | sed 's/^/live: /'");
    terminal.presses("Enter");
    let seen = terminal.waits_for("\nlive: ");
    seen.rsplit("\nlive: ").next().unwrap().lines().next().unwrap().to_owned()
}

fn a_no_changes_nothing() {
    let terminal = terminal();
    let seen = asks(&terminal, "invite revoke $(invite list -o code)", "Continue?");
    // What is asked about: how many, and where.
    assert!(seen.contains("3 ") && seen.contains("in sqlite:"), "{seen}");
    terminal.presses("n");
    assert_eq!(exit_code(&terminal), "130");
    assert_eq!(live(&terminal), "3");
}

fn a_purge_wants_its_name() {
    let terminal = terminal();
    let closed_for_a_second = "invite revoke --space a --yes -q; \
                               until invite cleanup --purge-after 1s -n --exit-code -q; [ $? = 8 ]; do :; done; clear; echo closed-$((1 + 1))";
    asks(&terminal, closed_for_a_second, "closed-2");
    let seen = asks(&terminal, "invite cleanup --purge-after 1s", "Type purge to continue");
    assert!(seen.contains("3 closed invites"), "{seen}");
    terminal.types("prge");
    terminal.presses("Enter");
    assert_eq!(exit_code(&terminal), "130");
}

fn ctrl_c_gives_the_terminal_back() {
    let terminal = terminal();
    asks(&terminal, "invite revoke $(invite list -o code)", "Continue?");
    assert!(!terminal.shows_cursor(), "the question hides the cursor");
    terminal.presses("C-c");
    assert_eq!(exit_code(&terminal), "130");
    assert!(terminal.shows_cursor());
    assert_eq!(live(&terminal), "3");
}

fn init_asks_and_writes() {
    let terminal = terminal();
    asks(&terminal, "invite init", "Database URL");
    terminal.types("postgres:/typo");
    terminal.presses("Enter");
    terminal.waits_for("error:");
    terminal.presses("Enter");
    terminal.waits_for("Base URL of links");
    terminal.types("https://example.org");
    terminal.presses("Enter");
    terminal.waits_for("Mail server");
    terminal.presses("Enter");
    terminal.waits_for("Wrote ");
    assert_eq!(exit_code(&terminal), "0");
    let file = terminal.home().join(".config/invite/config.toml");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("\nbase_url = \"https://example.org\"\n"), "{written}");
    assert!(written.contains("\n# database_url = "), "{written}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}
