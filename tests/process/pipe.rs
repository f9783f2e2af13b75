//! Closed pipes and unwritable outputs.

use std::fs::File;
use std::process::Stdio;

use crate::sandbox::{Engine, Sandbox, first_lines, text};

every_engine! {
    closed_pipe_ends_list_silently,
    backfill_continues_after_output_is_closed,
    codes_lost_on_output_can_be_listed,
    generate_creates_no_code_if_output_is_closed,
}

fn closed_pipe_ends_list_silently(engine: Engine) {
    let sandbox = Sandbox::with_spaces(engine, 16_000);
    assert!(sandbox.run(&["backfill", "-q"]).status.success());
    for format in ["jsonl", "csv", "code", "json"] {
        let mut child = sandbox.start(&["list", "-o", format]);
        assert_eq!(first_lines(&mut child, 1).len(), 1);
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}: {}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "", "{format}");
    }
}

fn backfill_continues_after_output_is_closed(engine: Engine) {
    let sandbox = Sandbox::with_spaces(engine, 5_000);
    let mut child = sandbox.start(&["backfill", "--batch-size", "100", "-o", "jsonl", "-q"]);
    first_lines(&mut child, 1);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    sandbox.assert_one_active_code_each(5_000);
}

#[test]
fn code_file_is_complete_if_standard_output_fails() {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, 5_000);
    let file = sandbox.path("codes.csv");
    let args = ["backfill", "--batch-size", "100", "-o", "jsonl", "-q", "--out-file", file.to_str().unwrap()];
    let mut child = sandbox.start(&args);
    first_lines(&mut child, 1);
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 5_001);
}

#[test]
fn token_lost_on_output_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.run(&["space", "add", "smith", "--policy", "tree", "--name", "Smith"]);
    let full = Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let args = ["generate", "--space", "smith", "--email", "ann@example.org", "--no-send"];
    let output = sandbox.command(&args).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("1 invite was created, but not every code could be written")
            && said.contains("invite revoke --operation "),
        "{said}"
    );
}

#[test]
fn lost_token_among_stored_codes_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.run(&["space", "add", "smith", "--policy", "tree", "--name", "Smith"]);
    sandbox.run(&["space", "add", "1", "--policy", "container", "--name", "Journal"]);
    let people = sandbox.path("people.csv");
    std::fs::write(&people, "space_id,email\nsmith,ann@example.org\n1,\n").unwrap();
    let full = Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let output =
        sandbox.command(&["generate", "--no-send", "--from", people.to_str().unwrap()]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("2 invites were created, but not every code could be written, and codes are shown only once"),
        "{said}"
    );
}

fn codes_lost_on_output_can_be_listed(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let full = Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let args = ["generate", "--space", "1", "--count", "100", "-o", "code"];
    let output = sandbox.command(&args).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    let hint = said.split("list the codes: invite ").nth(1).unwrap_or_else(|| panic!("{said}")).trim();
    let listed = sandbox.run(&hint.split(' ').collect::<Vec<&str>>());
    assert_eq!(text(&listed.stdout).lines().count(), 100);
}

/// The time of a revocation differs from that of its report, which must not be shown as a grace
/// period.
#[test]
fn revoke_shows_expiry_of_invite() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    sandbox.run(&["generate", "--space", "1", "-q"]);
    let code = text(&sandbox.run(&["list", "-o", "code"]).stdout);
    let revoked = text(&sandbox.run(&["revoke", code.trim()]).stdout);
    assert!(revoked.contains("revoked") && revoked.contains("never"), "{revoked}");
}

fn generate_creates_no_code_if_output_is_closed(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let mut child = sandbox.start(&["generate", "--space", "1", "--count", "200000", "-o", "code", "-q"]);
    first_lines(&mut child, 1);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141), "the exit code of a closed pipe");
    assert!(sandbox.number("SELECT count(*) FROM invites") < 200_000);
}

#[test]
fn full_output_device_is_error() {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, 100);
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let output = sandbox.command(&["space", "list", "--all"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("No space left"), "{}", text(&output.stderr));
    // The created codes are stored and can be listed.
    let output = sandbox.command(&["backfill"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let listed = sandbox.run(&["list", "-o", "code"]);
    assert_eq!(text(&listed.stdout).lines().count(), 100);
}

#[test]
fn output_to_file_has_no_color_and_no_progress_bar() {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, 10);
    let file = sandbox.path("out.txt");
    let status = sandbox.command(&["backfill"]).stdout(File::create(&file).unwrap()).status().unwrap();
    assert!(status.success());
    let written = std::fs::read_to_string(file).unwrap();
    assert!(written.contains("scanned 10, missing 10, added 10, failed 0"), "{written}");
    assert!(!written.contains(['\u{1b}', '\r']), "{written}");
}
