//! Database files with two names are refused. A file that is moved, deleted or replaced while open
//! causes errors, not acknowledgements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use std::sync::Arc;

use invite::Db;
use invite::Service;
use invite::invites::Issued;
use invite::invites::generate::Terms;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::{DatabaseFile, MissingFile};
use invite::{Error, Reason};

use crate::files::failed;
use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::{code_of, create, space};

fn sibling(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

async fn open(path: &Path) -> Result<Db, Error> {
    Db::open(DatabaseFile::at(path), MissingFile::Refuse, 2).await
}

#[tokio::test]
async fn database_with_two_hard_links_is_refused() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let path = fixture.database().path().to_owned();
    let other = sibling(&path, ".other");
    fs::hard_link(&path, &other).unwrap();
    for name in [&path, &other] {
        let error = failed(open(name).await, Reason::DatabaseFailed);
        assert!(error.to_string().contains("2 names"), "{error}");
        assert!(error.hint().unwrap().contains("-samefile"), "{error:?}");
        failed(Db::migrate(DatabaseFile::at(name)).await, Reason::DatabaseFailed);
    }
    fs::remove_file(other).unwrap();
    open(&path).await.unwrap().close().await;
}

#[tokio::test]
async fn database_opened_by_symbolic_link_shares_its_log() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let path = fixture.database().path().to_owned();
    let link = sibling(&path, ".link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    space(&fixture.service, "container", "c").await;
    let through = fixture.with(open(&link).await.unwrap());
    let issued = create(&through, "c", 1, Terms::new()).await.unwrap().remove(0);
    used(&fixture.service, &issued, "u1").await.unwrap();
    assert!(!sibling(&link, "-wal").exists());
}

/// Mounts the file in a namespace of its own, which ends with the command; only root can mount.
#[test]
fn database_that_is_a_mount_point_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount --bind a.db b.db 2>/dev/null || exit 77; exec \"$0\" --exact files_identity::helper_process_opens_a_mounted_file --ignored";
    for name in ["a.db", "b.db"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).arg(std::env::current_exe().unwrap()).current_dir(folder.path());
    match command.output() {
        Ok(output) if output.status.success() => {
            assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
        }
        // This account cannot mount, or has no unshare. The check also has a unit test.
        Ok(output) if matches!(output.status.code(), Some(1 | 77)) && !text(&output.stdout).contains("running") => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        other => panic!("{other:?}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
#[ignore = "helper process of the test above"]
fn helper_process_opens_a_mounted_file() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mounted = runtime.block_on(Db::migrate(DatabaseFile::at("b.db")));
    let error = failed(mounted, Reason::DatabaseFailed);
    assert!(error.to_string().contains("mounted as a single file"), "{error}");
    assert!(error.hint().unwrap().contains("mount the folder"), "{error:?}");
}

/// A change of a file while it is open.
type Event = (&'static str, fn(&Path));

const EVENTS: [Event; 6] = [
    ("moved", |path| fs::rename(path, sibling(path, ".old")).unwrap()),
    ("deleted", |path| fs::remove_file(path).unwrap()),
    ("replaced", |path| {
        fs::copy(path, sibling(path, ".copy")).unwrap();
        fs::rename(sibling(path, ".copy"), path).unwrap();
    }),
    ("folder moved", |path| {
        let folder = path.parent().unwrap();
        fs::rename(folder, sibling(folder, ".old")).unwrap();
    }),
    ("log deleted", |path| fs::remove_file(sibling(path, "-wal")).unwrap()),
    ("log replaced", |path| {
        let log = sibling(path, "-wal");
        fs::copy(&log, sibling(path, ".log")).unwrap();
        fs::rename(sibling(path, ".log"), log).unwrap();
    }),
];

/// Returns a service with ten codes, on a database in a folder that a test can move.
async fn with_codes() -> (tempfile::TempDir, Arc<Service>, Vec<Issued>, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let path = folder.path().join("data/invite.db");
    Db::migrate(DatabaseFile::at(&path)).await.unwrap().0.close().await;
    let service = Fixture::new(Engine::Sqlite).await.with(open(&path).await.unwrap());
    space(&service, "container", "c").await;
    let codes = create(&service, "c", 10, Terms::new()).await.unwrap();
    (folder, Arc::new(service), codes, path)
}

async fn used(service: &Service, issued: &Issued, user: &str) -> invite::Result<Redemption> {
    service.redeem(&operator(), &RedeemRequest::new(code_of(issued), user)).await
}

#[tokio::test]
async fn change_after_database_file_is_gone_fails() {
    for (name, happen) in EVENTS {
        // Uses are committed in groups, other changes in their own transactions.
        for uses in [true, false] {
            let (_folder, service, codes, path) = with_codes().await;
            used(&service, &codes[0], "u1").await.unwrap();
            happen(&path);
            for _ in 0..2 {
                let outcome = if uses {
                    used(&service, &codes[1], "u2").await.map(|_| ())
                } else {
                    create(&service, "c", 1, Terms::new()).await.map(|_| ())
                };
                let Err(error) = outcome else { panic!("{name}: acknowledged") };
                assert_eq!(error.reason(), Reason::DatabaseFailed, "{name}: {error}");
                assert!(error.to_string().contains("was moved, deleted or replaced"), "{name}: {error}");
                assert!(error.hint().unwrap().contains("invite operations"), "{name}: {error:?}");
            }
        }
    }
}

#[tokio::test]
async fn grouped_uses_all_fail_after_database_file_is_gone() {
    let (_folder, service, codes, path) = with_codes().await;
    fs::rename(&path, sibling(&path, ".old")).unwrap();
    let uses = codes.into_iter().enumerate().map(|(number, issued)| {
        let service = Arc::clone(&service);
        tokio::spawn(async move { used(&service, &issued, &format!("u{number}")).await.map(|_| ()) })
    });
    for one in uses.collect::<Vec<_>>() {
        failed(one.await.unwrap(), Reason::DatabaseFailed);
    }
}
