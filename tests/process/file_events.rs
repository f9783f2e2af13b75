//! A database file that is moved, deleted, replaced or restored during a command ends it with an
//! error. `tests/contract/files_identity.rs` and `restored.rs` test each action.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, text, wait_for};

const SPACES: i64 = 20_000;

/// A change of the file; the second path is a backup from before the command.
type Event = fn(&Path, &Path);

fn moved(file: &Path, _backup: &Path) {
    fs::rename(file, file.with_extension("moved")).unwrap();
}

fn deleted(file: &Path, _backup: &Path) {
    fs::remove_file(file).unwrap();
}

fn replaced(file: &Path, backup: &Path) {
    fs::rename(backup, file).unwrap();
}

/// Restores a file as docs/operations.md does, but during a command that writes to it.
fn restored(file: &Path, backup: &Path) {
    let restore = format!(".restore {}", backup.display());
    let output = Command::new("sqlite3").arg(file).args([".timeout 60000", &restore]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Runs a backfill, and changes its file after it has committed some batches.
fn backfill_during(event: Event) -> (Sandbox, Output) {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, SPACES);
    let backup = sandbox.path("backup.db");
    sandbox.set(&format!("VACUUM INTO '{}'", backup.display()));
    let child = sandbox.start(&["backfill", "--batch-size", "20", "-q"]);
    wait_for("some batches", || sandbox.number("SELECT count(*) FROM invites") >= 100);
    event(&sandbox.file(), &backup);
    (sandbox, child.wait_with_output().unwrap())
}

#[test]
fn moved_deleted_or_replaced_file_stops_command() {
    for event in [moved as Event, deleted, replaced] {
        let (_workshop, output) = backfill_during(event);
        ErrorOutput::parse_after_data(&output, 1).names("was moved, deleted or replaced", "invite operations");
    }
}

#[test]
#[ignore = "needs sqlite3: sh tests/run.sh"]
fn restored_file_stops_command() {
    let (sandbox, output) = backfill_during(restored);
    ErrorOutput::parse_after_data(&output, 1).names("was reset to an earlier state", "run the command again");
    sandbox.assert_intact();
    // The next run creates what the backup lacks.
    sandbox.succeed(&["backfill", "-q"]);
    sandbox.assert_one_active_code_each(SPACES);
}

#[test]
fn file_with_two_hard_links_is_refused_under_both_names() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    let code = sandbox.succeed(&["generate", "--space", "1", "--max-uses", "1", "-o", "code"]).trim().to_owned();
    let other = sandbox.path("other.db");
    fs::hard_link(sandbox.file(), &other).unwrap();
    for file in [&other, &sandbox.file()] {
        let url = format!("sqlite://{}", file.display());
        for args in [&["use", &code, "--user", "u1"][..], &["validate", &code], &["list"], &["cleanup"]] {
            let said = ErrorOutput::parse(&sandbox.run_at(&url, args), 1);
            assert!(said.error.contains("has another name") || said.error.contains("hard link"), "{said:?}");
        }
    }
    fs::remove_file(other).unwrap();
    sandbox.succeed(&["use", &code, "--user", "u1"]);
}
