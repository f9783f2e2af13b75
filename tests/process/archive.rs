//! The archive of nightly purges: appended to, with each invite once, and never an obstacle to
//! closing.

use std::collections::HashSet;
use std::fs::{self, File};
use std::process::Stdio;

use serde_json::Value;

use crate::sandbox::{Engine, Sandbox, text, wait_for};

every_engine! {
    nightly_cleanup_appends_deleted_invites_to_archive,
    unusable_archive_does_not_prevent_closing,
    purge_without_yes_is_refused,
}

/// Creates two invites that expire immediately, one used and revoked, and one active.
fn evening(sandbox: &Sandbox, night: usize) {
    sandbox.succeed(&["generate", "--space", "1", "--count", "2", "--expires-in", "1ms", "-q"]);
    let used = sandbox.succeed(&["generate", "--space", "1", "--max-uses", "1", "-o", "code", "-q"]);
    for user in ["a", "b"] {
        sandbox.run(&["use", used.trim(), "--user", &format!("{user}{night}")]);
    }
    sandbox.succeed(&["generate", "--space", "1", "-q"]);
}

fn lines(path: &str) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn nightly_cleanup_appends_deleted_invites_to_archive(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let archive = sandbox.path("closed.jsonl").to_str().unwrap().to_owned();
    let cleanup = ["cleanup", "--purge-after", "1ms", "--archive", &archive, "--yes", "-o", "json"];
    let mut deleted = 0;
    for night in 0..4 {
        evening(&sandbox, night);
        let report: Value = serde_json::from_str(&sandbox.succeed(&cleanup)).unwrap();
        deleted += report["purged"].as_u64().unwrap();
        assert_eq!(report["kept_used"], night + 1, "{report}");
        assert_eq!(lines(&archive).len() as u64, deleted);
    }
    assert!(deleted >= 4, "{deleted}");
    let kept = sandbox.succeed(&["cleanup", "--purge-after", "1ms", "--archive", &archive, "--yes"]);
    assert!(kept.contains("4 used invites kept (see --include-used)"), "{kept}");

    let report: Value = {
        let mut all = cleanup.to_vec();
        all.push("--include-used");
        serde_json::from_str(&sandbox.succeed(&all)).unwrap()
    };
    assert_eq!((&report["purged"], &report["kept_used"]), (&4.into(), &0.into()), "{report}");
    let lines = lines(&archive);
    let ids: HashSet<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), lines.len(), "an invite is archived twice");
    assert_eq!(lines.iter().filter(|line| line["used_by"].as_array().unwrap().len() == 1).count(), 4);
    assert_eq!(sandbox.number("SELECT count(*) FROM invites"), 4);
}

fn unusable_archive_does_not_prevent_closing(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let notes = sandbox.path("notes.txt");
    fs::write(&notes, "my notes\n").unwrap();
    for (archive, code) in [("/nowhere/closed.jsonl", 2), (notes.to_str().unwrap(), 2), ("/proc/closed.jsonl", 1)] {
        evening(&sandbox, 0);
        let output = sandbox.run(&["cleanup", "--purge-after", "1ms", "--archive", archive, "--yes", "-q"]);
        assert_eq!(output.status.code(), Some(code), "{archive}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("error: "), "{archive}");
        assert_eq!(sandbox.number("SELECT count(*) FROM invites WHERE closed_reason = 'expired'") % 2, 0);
        let open = "SELECT count(*) FROM invites WHERE closed_at IS NULL AND expires_at IS NOT NULL";
        assert_eq!(sandbox.number(open), 0, "{archive}");
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invites"), 12, "nothing was deleted");
    assert_eq!(fs::read_to_string(notes).unwrap(), "my notes\n");
}

fn purge_without_yes_is_refused(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    for night in 0..2 {
        let output = sandbox.run(&["cleanup", "--purge-after", "1ms", "-q"]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("add --yes"), "{}", text(&output.stderr));
        evening(&sandbox, night);
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invites WHERE closed_reason = 'expired'"), 0);
}

#[test]
fn cleanup_waits_for_another_writer_of_the_archive() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    evening(&sandbox, 0);
    sandbox.succeed(&["cleanup", "-q"]);
    let archive = sandbox.path("closed.jsonl");
    let other = File::options().append(true).create_new(true).open(&archive).unwrap();
    other.lock().unwrap();
    let args = ["cleanup", "--purge-after", "1ms", "--archive", archive.to_str().unwrap(), "--yes", "-o", "json"];
    let child = sandbox.command(&args).stdin(Stdio::null()).spawn().unwrap();
    let id = child.id();
    // The file is among the open descriptors of the process.
    wait_for("it to open the archive", || {
        let open = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
        open.filter_map(|one| fs::read_link(one.path()).ok()).any(|path| path == archive)
    });
    drop(other);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(lines(archive.to_str().unwrap()).len(), 2);
}

/// Lines that a killed run wrote without deleting the invites are removed by the next.
#[test]
fn batch_archived_but_not_deleted_is_archived_once() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    let archive = sandbox.path("closed.jsonl");
    let cleanup = ["cleanup", "--purge-after", "1ms", "--archive", archive.to_str().unwrap(), "--yes", "-q"];
    evening(&sandbox, 0);
    sandbox.succeed(&["cleanup", "-q"]);
    // Restores the database from before the deletion, as if that had not been committed.
    let (file, copy) = (sandbox.file(), sandbox.path("before.db"));
    fs::copy(&file, &copy).unwrap();
    sandbox.succeed(&cleanup);
    let whole = fs::read_to_string(&archive).unwrap();
    for damaged in [whole.clone(), whole[..whole.len() - 30].to_owned(), whole.clone() + "{\"schema\":1,\"bat"] {
        fs::write(&archive, damaged).unwrap();
        fs::copy(&copy, &file).unwrap();
        sandbox.succeed(&cleanup);
        let lines = lines(archive.to_str().unwrap());
        assert_eq!(lines.len(), 2);
        assert_ne!(lines[0]["id"], lines[1]["id"]);
    }
    // The lines of deleted invites stay.
    evening(&sandbox, 1);
    sandbox.succeed(&["cleanup", "-q"]);
    sandbox.succeed(&cleanup);
    assert_eq!(lines(archive.to_str().unwrap()).len(), 4);
}
