//! Invalid database files: each is refused with a hint, and files of other applications are
//! unchanged.
//!
//! Only SQLite uses files, so these tests run on SQLite.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use invite::Db;
use invite::invites::generate::Terms;
use invite::{DatabaseFile, MissingFile};
use invite::{Error, Reason, Result};
use tempfile::TempDir;

use crate::fixture::{Engine, Fixture};
use crate::helpers::actions::{create, space};
use crate::helpers::raw::Raw;

/// Creates a file with this content in a new folder.
fn file_of(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.db");
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    (folder, path)
}

async fn open(path: &Path, missing: MissingFile) -> Result<Db> {
    Db::open(DatabaseFile::at(path), missing, 2).await
}

/// Returns the error; panics if it has no hint.
pub fn failed<T>(outcome: Result<T>, reason: Reason) -> Error {
    let error = outcome.err().expect("the action fails");
    assert_eq!(error.reason(), reason, "{error}");
    assert!(error.hint().is_some(), "no hint: {error}");
    error
}

/// Asserts that both ways to open fail with this reason, and that the file is unchanged.
async fn both_refuse(path: &Path, reason: Reason) {
    let state = |path: &Path| (fs::read(path).ok(), fs::metadata(path).unwrap().permissions().mode());
    let before = state(path);
    for missing in [MissingFile::Refuse, MissingFile::Create] {
        failed(open(path, missing).await, reason);
        assert!(state(path) == before, "opening changed {}", path.display());
    }
    failed(Db::migrate(DatabaseFile::at(path)).await, reason);
    assert!(state(path) == before, "migrating changed {}", path.display());
}

#[tokio::test]
async fn folder_is_refused_as_database() {
    let folder = tempfile::tempdir().unwrap();
    both_refuse(folder.path(), Reason::DatabaseFailed).await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn text_file_is_refused_as_database() {
    // SQLite treats a file of one byte as empty.
    for text in ["x\n", "id,name\n1,A Space\n", &"a line of text\n".repeat(10_000)] {
        let (_folder, path) = file_of(text.as_bytes());
        both_refuse(&path, Reason::DatabaseFailed).await;
    }
}

#[tokio::test]
async fn world_writable_database_is_refused() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let path = fixture.database().path();
    fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
    both_refuse(path, Reason::DatabaseFailed).await;
    let error = failed(open(path, MissingFile::Refuse).await, Reason::DatabaseFailed);
    assert!(error.to_string().contains("mode 0666"), "{error}");
    fs::set_permissions(path, Permissions::from_mode(0o660)).unwrap();
    open(path, MissingFile::Refuse).await.unwrap().close().await;
}

/// Creates a database of another application with a row.
async fn foreign() -> (TempDir, PathBuf) {
    let (folder, path) = file_of(b"");
    let mut raw = Raw::of_file(&DatabaseFile::at(&path)).await;
    raw.run("CREATE TABLE orders (id INTEGER PRIMARY KEY, what TEXT); INSERT INTO orders VALUES (1, 'tea')").await;
    drop(raw);
    (folder, path)
}

#[tokio::test]
async fn foreign_database_is_refused_and_unchanged() {
    let (_folder, path) = foreign().await;
    let before = fs::read(&path).unwrap();
    for missing in [MissingFile::Refuse, MissingFile::Create] {
        let error = failed(open(&path, missing).await, Reason::DatabaseFailed);
        assert!(error.hint().unwrap().contains("invite migrate"), "{error:?}");
    }
    let own = DatabaseFile::embedded_default(&path);
    failed(Db::open(own, MissingFile::Create, 2).await, Reason::DatabaseFailed);
    assert!(fs::read(&path).unwrap() == before, "reading changed the file");
}

#[tokio::test]
async fn migrate_adds_tables_to_foreign_database() {
    let (_folder, path) = foreign().await;
    let (db, applied) = Db::migrate(DatabaseFile::at(&path)).await.unwrap();
    assert_eq!(i64::try_from(applied).unwrap(), Db::newest_schema());
    db.close().await;
    let mut raw = Raw::of_file(&DatabaseFile::at(&path)).await;
    assert_eq!(raw.text("SELECT what FROM orders").await.as_deref(), Some("tea"));
    assert_eq!(raw.count("invite_spaces").await, 0);
    open(&path, MissingFile::Refuse).await.unwrap().close().await;
}

#[tokio::test]
async fn empty_file_gets_tables_only_on_request() {
    let (_folder, path) = file_of(b"");
    let error = failed(open(&path, MissingFile::Refuse).await, Reason::DatabaseFailed);
    assert!(error.hint().unwrap().contains("invite migrate"), "{error:?}");
    assert_eq!(fs::read(&path).unwrap().len(), 0, "reading changed the file");
    let (db, applied) = Db::migrate(DatabaseFile::at(&path)).await.unwrap();
    assert_eq!(i64::try_from(applied).unwrap(), Db::newest_schema());
    db.close().await;
    let (_folder, path) = file_of(b"");
    open(&path, MissingFile::Create).await.unwrap().close().await;
    assert_eq!(Raw::of_file(&DatabaseFile::at(&path)).await.count("invites").await, 0);
}

#[tokio::test]
async fn missing_file_is_created_private_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.db");
    let error = failed(open(&path, MissingFile::Refuse).await, Reason::DatabaseMissing);
    assert!(error.hint().unwrap().contains("invite migrate --database-url sqlite:"));
    let reading = DatabaseFile::from_url(&format!("sqlite:{}?mode=ro", path.display())).unwrap();
    failed(Db::open(reading.clone(), MissingFile::Create, 2).await, Reason::DatabaseMissing);
    failed(Db::migrate(reading).await, Reason::DatabaseMissing);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    open(&path, MissingFile::Create).await.unwrap().close().await;
    Db::migrate(DatabaseFile::at(folder.path().join("other.db"))).await.unwrap().0.close().await;
    for name in ["new.db", "other.db"] {
        assert_eq!(fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o7777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn only_default_database_creates_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    let path = inner.join("invite.db");
    failed(open(&path, MissingFile::Create).await, Reason::DatabaseFailed);
    assert!(!folder.path().join("a").exists());
    let own = DatabaseFile::embedded_default(&path);
    failed(Db::open(own.clone(), MissingFile::Refuse, 2).await, Reason::DatabaseMissing);
    assert!(!folder.path().join("a").exists());
    Db::open(own, MissingFile::Create, 2).await.unwrap().close().await;
    assert_eq!(fs::metadata(&inner).unwrap().permissions().mode() & 0o7777, 0o700);
}

#[tokio::test]
async fn read_only_database_refuses_changes() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    space(&fixture.service, "container", "c").await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let url = format!("sqlite:{}?mode=ro", fixture.database().path().display());
    let reading = DatabaseFile::from_url(&url).unwrap();
    let db = Db::open(reading.clone(), MissingFile::Refuse, 2).await.unwrap();
    let service = fixture.with(db);
    assert_eq!(service.count_spaces(&crate::fixture::operator(), None).await.unwrap(), 1);
    failed(create(&service, "c", 1, Terms::new()).await, Reason::DatabaseFailed);
    // Nothing to migrate; a migration would fail.
    let (db, applied) = Db::migrate(reading.clone()).await.unwrap();
    assert_eq!(applied, 0);
    db.close().await;
    raw.run("DELETE FROM invite_migrations WHERE version = 9; DROP VIEW invite_overview").await;
    failed(Db::open(reading.clone(), MissingFile::Create, 2).await, Reason::DatabaseFailed);
    failed(Db::migrate(reading).await, Reason::DatabaseFailed);
    assert_eq!(raw.dump().await, before);
    assert_eq!(raw.count("invite_migrations").await, Db::newest_schema() - 1);
    raw.check_integrity().await;
}
