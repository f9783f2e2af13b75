//! The archive of a purge, night after night: appended to, each invite in it
//! once, and never in the way of the closing.

use std::collections::HashSet;
use std::fs::{self, File};
use std::process::Stdio;

use serde_json::Value;

use crate::workshop::{Engine, Workshop, text, wait_for};

every_engine! {
    nightly_cleanup_appends_deleted_invites_to_archive,
    unusable_archive_does_not_prevent_closing,
    purge_without_yes_is_refused,
}

/// Two invites that expire at once, one used and revoked, one that lives.
fn evening(workshop: &Workshop, night: usize) {
    workshop.succeed(&["generate", "--space", "1", "--count", "2", "--expires-in", "1ms", "-q"]);
    let used = workshop.succeed(&["generate", "--space", "1", "--max-uses", "1", "-o", "code", "-q"]);
    for user in ["a", "b"] {
        workshop.run(&["use", used.trim(), "--user", &format!("{user}{night}")]);
    }
    workshop.succeed(&["generate", "--space", "1", "-q"]);
}

fn lines(path: &str) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn nightly_cleanup_appends_deleted_invites_to_archive(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let archive = workshop.path("closed.jsonl").to_str().unwrap().to_owned();
    let cleanup = ["cleanup", "--purge-after", "1ms", "--archive", &archive, "--yes", "-o", "json"];
    let mut deleted = 0;
    for night in 0..4 {
        evening(&workshop, night);
        let report: Value = serde_json::from_str(&workshop.succeed(&cleanup)).unwrap();
        deleted += report["purged"].as_u64().unwrap();
        assert_eq!(report["kept_used"], night + 1, "{report}");
        assert_eq!(lines(&archive).len() as u64, deleted);
    }
    assert!(deleted >= 4, "{deleted}");
    let kept = workshop.succeed(&["cleanup", "--purge-after", "1ms", "--archive", &archive, "--yes"]);
    assert!(kept.contains("4 used invites kept (see --include-used)"), "{kept}");

    let report: Value = {
        let mut all = cleanup.to_vec();
        all.push("--include-used");
        serde_json::from_str(&workshop.succeed(&all)).unwrap()
    };
    assert_eq!((&report["purged"], &report["kept_used"]), (&4.into(), &0.into()), "{report}");
    let lines = lines(&archive);
    let ids: HashSet<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), lines.len(), "one is in it twice");
    assert_eq!(lines.iter().filter(|line| line["used_by"].as_array().unwrap().len() == 1).count(), 4);
    assert_eq!(workshop.number("SELECT count(*) FROM invites"), 4);
}

fn unusable_archive_does_not_prevent_closing(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let notes = workshop.path("notes.txt");
    fs::write(&notes, "my notes\n").unwrap();
    for (archive, code) in [("/nowhere/closed.jsonl", 2), (notes.to_str().unwrap(), 2), ("/proc/closed.jsonl", 1)] {
        evening(&workshop, 0);
        let output = workshop.run(&["cleanup", "--purge-after", "1ms", "--archive", archive, "--yes", "-q"]);
        assert_eq!(output.status.code(), Some(code), "{archive}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("error: "), "{archive}");
        assert_eq!(workshop.number("SELECT count(*) FROM invites WHERE closed_reason = 'expired'") % 2, 0);
        let open = "SELECT count(*) FROM invites WHERE closed_at IS NULL AND expires_at IS NOT NULL";
        assert_eq!(workshop.number(open), 0, "{archive}");
    }
    assert_eq!(workshop.number("SELECT count(*) FROM invites"), 12, "nothing was deleted");
    assert_eq!(fs::read_to_string(notes).unwrap(), "my notes\n");
}

fn purge_without_yes_is_refused(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    for night in 0..2 {
        let output = workshop.run(&["cleanup", "--purge-after", "1ms", "-q"]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("add --yes"), "{}", text(&output.stderr));
        evening(&workshop, night);
    }
    assert_eq!(workshop.number("SELECT count(*) FROM invites WHERE closed_reason = 'expired'"), 0);
}

#[test]
fn cleanup_waits_for_another_writer_of_the_archive() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    evening(&workshop, 0);
    workshop.succeed(&["cleanup", "-q"]);
    let archive = workshop.path("closed.jsonl");
    let other = File::options().append(true).create_new(true).open(&archive).unwrap();
    other.lock().unwrap();
    let args = ["cleanup", "--purge-after", "1ms", "--archive", archive.to_str().unwrap(), "--yes", "-o", "json"];
    let child = workshop.command(&args).stdin(Stdio::null()).spawn().unwrap();
    let id = child.id();
    // It has opened the file: it is one of its descriptors.
    wait_for("it to open the archive", || {
        let open = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
        open.filter_map(|one| fs::read_link(one.path()).ok()).any(|path| path == archive)
    });
    drop(other);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(lines(archive.to_str().unwrap()).len(), 2);
}

/// What a killed run wrote and did not delete is taken away by the next.
#[test]
fn batch_archived_but_not_deleted_is_archived_once() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    let archive = workshop.path("closed.jsonl");
    let cleanup = ["cleanup", "--purge-after", "1ms", "--archive", archive.to_str().unwrap(), "--yes", "-q"];
    evening(&workshop, 0);
    workshop.succeed(&["cleanup", "-q"]);
    // A copy of the database from before the deletion, as if that had not been committed.
    let (file, copy) = (workshop.file(), workshop.path("before.db"));
    fs::copy(&file, &copy).unwrap();
    workshop.succeed(&cleanup);
    let whole = fs::read_to_string(&archive).unwrap();
    for torn in [whole.clone(), whole[..whole.len() - 30].to_owned(), whole.clone() + "{\"schema\":1,\"bat"] {
        fs::write(&archive, torn).unwrap();
        fs::copy(&copy, &file).unwrap();
        workshop.succeed(&cleanup);
        let lines = lines(archive.to_str().unwrap());
        assert_eq!(lines.len(), 2);
        assert_ne!(lines[0]["id"], lines[1]["id"]);
    }
    // And what was deleted stays.
    evening(&workshop, 1);
    workshop.succeed(&["cleanup", "-q"]);
    workshop.succeed(&cleanup);
    assert_eq!(lines(archive.to_str().unwrap()).len(), 4);
}
