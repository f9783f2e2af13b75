//! Limits on open files and file sizes cause regular errors in the requested format.

use std::process::{Command, Output};

use serde_json::Value;

use crate::sandbox::{Engine, Sandbox, text};

fn with_limit(sandbox: &Sandbox, limit: &str, args: &str) -> Output {
    let script = format!("{limit}; exec {} {args}", env!("CARGO_BIN_EXE_invite"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env_clear().env("HOME", sandbox.path("")).env("XDG_DATA_HOME", sandbox.path(""));
    command.output().unwrap()
}

#[test]
fn too_few_open_files_is_error_in_requested_format() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    let mut reported = 0;
    for count in 3..24 {
        let output = with_limit(&sandbox, &format!("ulimit -n {count}"), "list -o json");
        let (code, said) = (output.status.code(), text(&output.stderr));
        // The dynamic loader needs a file too.
        if said.contains("error while loading shared libraries") {
            continue;
        }
        if code == Some(0) {
            continue;
        }
        assert_eq!(code, Some(1), "{count} files: {said}");
        let error: Value = serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("{count} files: {said}"));
        assert_eq!(error["reason"], "database_failed", "{count} files: {said}");
        let whole = error.to_string();
        assert!(whole.contains("open files") || whole.contains("os error 24"), "{count} files: {said}");
        reported += 1;
    }
    assert!(reported > 2, "{reported}");
}

#[test]
fn output_beyond_file_size_limit_is_error() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    sandbox.succeed(&["generate", "--space", "1", "--count", "5000", "-q", "-o", "code"]);
    let out = sandbox.path("out.jsonl");
    let output = with_limit(&sandbox, "ulimit -f 64", &format!("list -o jsonl >{}", out.display()));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("\"success\":false"), "{}", text(&output.stderr));
}

/// The error names the row to repair.
#[test]
fn list_names_unreadable_row() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    sandbox.succeed(&["generate", "--space", "1", "--count", "3", "-q"]);
    let id = sandbox.texts("SELECT id FROM invites ORDER BY id LIMIT 1").remove(0);
    sandbox.set(&format!("UPDATE invites SET created_at = 9223372036854775807 WHERE id = '{id}'"));
    for args in [&["list"][..], &["list", "-o", "jsonl"], &["list", "--sort", "oldest"], &["show", &id]] {
        let output = sandbox.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let said = text(&output.stderr);
        assert!(said.contains(&format!("invite {id}: ")) && said.contains("created_at"), "{args:?}: {said}");
    }
}
