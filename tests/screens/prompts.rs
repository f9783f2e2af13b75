//! Confirmation prompts in a real terminal, answered by key presses.

use std::path::Path;

use crate::Check;
use crate::terminal::Terminal;

pub fn all() -> Vec<Check> {
    let checks: [(&str, fn()); 4] = [
        ("answer-no-changes-nothing", answer_no_changes_nothing),
        ("purge-needs-typed-confirmation", purge_needs_typed_confirmation),
        ("ctrl-c-restores-terminal", ctrl_c_restores_terminal),
        ("init-writes-answers-to-configuration", init_writes_answers_to_configuration),
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

/// Returns a terminal with the binary, three open codes, and a shell prompt.
fn terminal() -> Terminal {
    let terminal = Terminal::new(80, 40, Path::new(env!("CARGO_BIN_EXE_invite")));
    terminal.plays(
        "cd; { invite space add a --policy container --name A; invite generate --space a --count 3; } > /dev/null 2>&1\n\
         tput cnorm; PS1='ready> '; clear",
    );
    terminal
}

/// Runs a command, and waits for its question.
fn asks(terminal: &Terminal, command: &str, question: &str) -> String {
    terminal.types(command);
    terminal.presses("Enter");
    terminal.waits_for(question)
}

/// Waits for the end of the command, and returns its exit code.
fn exit_code(terminal: &Terminal) -> String {
    terminal.waits_until("a prompt", |seen| seen.trim_end().ends_with("ready>"));
    terminal.types("echo exit-code-$?-");
    terminal.presses("Enter");
    let seen = terminal.waits_for("\nexit-code-");
    seen.rsplit("\nexit-code-").next().unwrap().split('-').next().unwrap().to_owned()
}

fn active_codes(terminal: &Terminal) -> String {
    terminal.types("invite list --status active -o code | wc -l | sed 's/^/active: /'");
    terminal.presses("Enter");
    let seen = terminal.waits_for("\nactive: ");
    seen.rsplit("\nactive: ").next().unwrap().lines().next().unwrap().to_owned()
}

fn answer_no_changes_nothing() {
    let terminal = terminal();
    let seen = asks(&terminal, "invite revoke $(invite list -o code)", "Continue?");
    // The question names the number of invites and the database.
    assert!(seen.contains("3 ") && seen.contains("in sqlite:"), "{seen}");
    terminal.presses("n");
    assert_eq!(exit_code(&terminal), "130");
    assert_eq!(active_codes(&terminal), "3");
}

fn purge_needs_typed_confirmation() {
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

fn ctrl_c_restores_terminal() {
    let terminal = terminal();
    asks(&terminal, "invite revoke $(invite list -o code)", "Continue?");
    assert!(!terminal.shows_cursor(), "the question hides the cursor");
    terminal.presses("C-c");
    assert_eq!(exit_code(&terminal), "130");
    assert!(terminal.shows_cursor());
    assert_eq!(active_codes(&terminal), "3");
}

fn init_writes_answers_to_configuration() {
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
