//! A database file that is moved, deleted, replaced or restored while a command runs:
//! the command ends with an error that says so. (`tests/contract/files_identity.rs`
//! and `went_back.rs` look at each action.)

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::said::Said;
use crate::workshop::{Engine, Workshop, text, wait_for};

const SPACES: i64 = 20_000;

/// What happens to the file; the second one is a backup from before the command.
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

/// As docs/operations.md restores a file, but beside a command that writes to it.
fn restored(file: &Path, backup: &Path) {
    let restore = format!(".restore {}", backup.display());
    let output = Command::new("sqlite3").arg(file).args([".timeout 60000", &restore]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// A backfill, and what happens to its file once it has committed some batches.
fn backfill_during(event: Event) -> (Workshop, Output) {
    let workshop = Workshop::with_spaces(Engine::Sqlite, SPACES);
    let backup = workshop.path("backup.db");
    workshop.set(&format!("VACUUM INTO '{}'", backup.display()));
    let child = workshop.start(&["backfill", "--batch-size", "20", "-q"]);
    wait_for("some batches", || workshop.number("SELECT count(*) FROM invites") >= 100);
    event(&workshop.file(), &backup);
    (workshop, child.wait_with_output().unwrap())
}

#[test]
fn moved_deleted_or_replaced_file_stops_command() {
    for event in [moved as Event, deleted, replaced] {
        let (_workshop, output) = backfill_during(event);
        Said::beside_data(&output, 1).names("was moved, deleted or replaced", "invite operations");
    }
}

#[test]
#[ignore = "needs sqlite3: sh tests/run.sh"]
fn restored_file_stops_command() {
    let (workshop, output) = backfill_during(restored);
    Said::beside_data(&output, 1).names("was reset to an earlier state", "run the command again");
    workshop.assert_whole();
    // The next run finds what the backup lacks.
    workshop.succeed(&["backfill", "-q"]);
    workshop.assert_one_live_code_each(SPACES);
}

#[test]
fn file_with_two_hard_links_is_refused_under_both_names() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    let code = workshop.succeed(&["generate", "--space", "1", "--max-uses", "1", "-o", "code"]).trim().to_owned();
    let other = workshop.path("other.db");
    fs::hard_link(workshop.file(), &other).unwrap();
    for file in [&other, &workshop.file()] {
        let url = format!("sqlite://{}", file.display());
        for args in [&["use", &code, "--user", "u1"][..], &["validate", &code], &["list"], &["cleanup"]] {
            let said = Said::by(&workshop.run_at(&url, args), 1);
            assert!(said.error.contains("has another name") || said.error.contains("hard link"), "{said:?}");
        }
    }
    fs::remove_file(other).unwrap();
    workshop.succeed(&["use", &code, "--user", "u1"]);
}
