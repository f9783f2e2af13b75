//! After a purge, the SQLite file and its log contain no code, note or address of the deleted
//! invites.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use invite::invites::Issued;
use invite::invites::cleanup::CleanupRequest;
use invite::invites::generate::{Expiry, Terms, UsageLimit};

use crate::fixture::{Engine, Fixture, days};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;

fn purging() -> CleanupRequest {
    default_cleanup().purge_after(days(7)).include_used(true)
}

/// Returns the database file, its log and its shared memory file.
fn bytes(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = ["", "-wal", "-shm", "-journal"].map(|end| PathBuf::from(format!("{}{end}", path.display())));
    paths.into_iter().filter_map(|path| fs::read(&path).ok().map(|bytes| (path, bytes))).collect()
}

/// Returns the texts that the files contain; all texts have the same length.
fn found(path: &Path, texts: &HashSet<String>) -> Vec<String> {
    let length = texts.iter().next().map_or(0, String::len);
    let known: HashSet<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let mut found = Vec::new();
    for (path, bytes) in bytes(path) {
        let hits = bytes.windows(length).filter(|window| known.contains(window));
        found.extend(hits.map(|hit| format!("{} in {}", String::from_utf8_lossy(hit), path.display())));
    }
    found
}

/// Creates invites with notes, addresses and uses, and closes two thirds of them. Deleted and kept
/// rows alternate in the tables and in each index.
async fn mixture(fixture: &Fixture, count: usize) -> (Vec<Issued>, Vec<Issued>) {
    let service = &fixture.service;
    space(service, "container", "box").await;
    space(service, "tree", "tree").await;
    let (mut kept, mut purged) = (Vec::new(), Vec::new());
    for number in 0..count {
        let is_kept = number * 7_919 % 3 == 0;
        let mark = if is_kept { "kept" } else { "gone" };
        let note = Some(format!("{mark} {number:06}{}", "n".repeat(number * 31 % 90)));
        let issued = if number % 2 == 0 {
            create_one(service, "box", Terms::new().note(note)).await
        } else {
            let email = Some(format!("{mark}{number:06}@example.org"));
            create_one(service, "tree", Terms::new().note(note).email(email)).await
        };
        if number % 10 == 0 {
            join(service, &code_of(&issued), &format!("{mark}-user{number}")).await;
            extend_invite(service, issued.invite.id, Expiry::After(days(1)), UsageLimit::Default).await.unwrap();
        }
        if is_kept { kept.push(issued) } else { purged.push(issued) }
    }
    revoke_references(service, purged.iter().map(|issued| by_id(issued.invite.id)).collect()).await;
    (kept, purged)
}

/// Prefixes of the notes and addresses.
fn marks() -> HashSet<String> {
    let numbers = (0..3_000).flat_map(|number| [format!("gone {number:06}"), format!("gone{number:06}@")]);
    numbers.collect()
}

fn codes(of: &[Issued]) -> HashSet<String> {
    of.iter().filter(|issued| issued.invite.code.is_some()).map(|issued| issued.code.reveal().to_owned()).collect()
}

fn keys(of: &[Issued]) -> HashSet<String> {
    let hashed = of.iter().filter(|issued| issued.invite.code.is_none());
    hashed.map(|issued| issued.invite.code_key.reveal().to_owned()).collect()
}

#[tokio::test]
async fn purged_codes_notes_and_addresses_leave_the_files() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (kept, purged) = mixture(&fixture, 1_500).await;
    let path = fixture.database().path().to_owned();
    assert!(!found(&path, &codes(&purged)).is_empty(), "no session is reported");
    assert!(!found(&path, &marks()).is_empty(), "no session is reported");

    let summary = run_cleanup(&fixture.later(days(8)), &purging()).await;
    assert_eq!((summary.purged, summary.leaves_log), (purged.len() as u64, false));
    for texts in [codes(&purged), keys(&purged), marks()] {
        let found = found(&path, &texts);
        assert!(found.is_empty(), "{} remain, such as {:?}", found.len(), &found[..3.min(found.len())]);
    }
    assert!(!found(&path, &codes(&kept)).is_empty());
    fixture.raw().await.check_integrity().await;
}

#[tokio::test]
async fn purged_space_names_leave_the_files() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let names: HashSet<String> = (0..200).map(|number| format!("gone name {number:04}")).collect();
    for number in 0..200 {
        let id = format!("s{number}");
        named_space(&fixture.service, "space", &id, &format!("gone name {number:04}")).await;
        named_space(&fixture.service, "space", &format!("k{number}"), "kept").await;
        crate::removed::gone(&fixture.service, &id).await;
    }
    let path = fixture.database().path().to_owned();
    assert!(!found(&path, &names).is_empty(), "no session is reported");
    let summary = run_cleanup(&fixture.later(days(8)), &purging()).await;
    assert_eq!((summary.spaces, summary.leaves_log), (200, false));
    assert!(found(&path, &names).is_empty());
    fixture.raw().await.check_integrity().await;
}

#[tokio::test]
async fn reader_that_blocks_log_truncation_is_reported() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, purged) = mixture(&fixture, 60).await;
    let path = fixture.database().path().to_owned();
    let service = fixture.later(days(8));
    let mut reader = fixture.raw().await;
    reader.run("BEGIN").await;
    reader.count("invites").await;
    assert!(run_cleanup(&service, &purging()).await.leaves_log);
    assert!(!found(&path, &codes(&purged)).is_empty());
    reader.run("COMMIT").await;
    assert!(!run_cleanup(&service, &purging()).await.leaves_log);
    assert!(found(&path, &codes(&purged)).is_empty());
    assert!(found(&path, &marks()).is_empty());
}
