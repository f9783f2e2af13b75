//! The schema of a file: behind, ahead, migrated by many at once, described.

use std::fs;
use std::path::Path;

use invite::Reason;
use invite::actions::{DatabaseFile, Db, MissingFile};
use tokio::task::JoinSet;

use crate::files::{failed, open};
use crate::raw::Raw;
use crate::steps::space;
use crate::world::worlds;

#[tokio::test]
async fn a_schema_that_is_behind_is_told_and_only_migrate_brings_it_up() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        let last = "DELETE FROM invite_migrations WHERE version = (SELECT max(version) FROM invite_migrations)";
        raw.run(format!("{last}; DROP VIEW invite_overview")).await;
        let before = (raw.dump().await, raw.texts("SELECT name FROM sqlite_master ORDER BY name").await);
        let path = world.file().path();
        for missing in [MissingFile::Refuse, MissingFile::Create] {
            let error = failed(open(path, missing).await, Reason::DatabaseFailed);
            assert!(error.to_string().ends_with("1 migration is pending"), "{error}");
            assert!(error.help().unwrap().contains("invite migrate --database-url sqlite:"));
        }
        assert_eq!((raw.dump().await, raw.texts("SELECT name FROM sqlite_master ORDER BY name").await), before);
        let (db, applied) = Db::migrate(world.file().clone()).await.unwrap();
        assert_eq!(applied, 1);
        db.close().await;
        open(path, MissingFile::Refuse).await.unwrap().close().await;
        // The default file brings itself up.
        raw.run(format!("{last}; DROP VIEW invite_overview")).await;
        Db::open(DatabaseFile::embedded_default(path), MissingFile::Refuse, 2).await.unwrap().close().await;
        assert_eq!(raw.count("invite_overview").await, 0);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_left_alone() {
    for world in worlds().await {
        space(&world.service, "space", "s").await;
        let mut raw = world.raw().await;
        raw.run(
            "INSERT INTO invite_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', 1, x'00', 0)",
        )
        .await;
        let versions = "SELECT version || ' ' || description FROM invite_migrations ORDER BY version";
        let before = (raw.dump().await, raw.texts(versions).await);
        let path = world.file().path();
        let own = DatabaseFile::embedded_default(path);
        for outcome in [
            open(path, MissingFile::Refuse).await,
            open(path, MissingFile::Create).await,
            Db::open(own, MissingFile::Create, 2).await,
            Db::migrate(world.file().clone()).await.map(|(db, _)| db),
        ] {
            let error = failed(outcome, Reason::DatabaseFailed);
            assert!(error.to_string().contains("version 9999"), "{error}");
            assert_eq!(error.help(), Some("install the newer version of invite"));
        }
        assert_eq!((raw.dump().await, raw.texts(versions).await), before);
        raw.check_integrity().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn eight_migrations_of_a_new_file_at_once_all_succeed() {
    for _round in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.db");
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            tasks.spawn(Db::migrate(DatabaseFile::at(&path)));
        }
        let mut applied = Vec::new();
        for outcome in tasks.join_all().await {
            let (db, count) = outcome.unwrap();
            applied.push(i64::try_from(count).unwrap());
            db.close().await;
        }
        applied.sort_unstable();
        // One of them did all the work.
        assert_eq!(applied, [0, 0, 0, 0, 0, 0, 0, Db::newest_schema()]);
        open(&path, MissingFile::Refuse).await.unwrap().close().await;
        Raw::open(&DatabaseFile::at(&path)).await.check_integrity().await;
    }
}

#[test]
fn every_column_says_what_it_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut columns = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut inside = false;
        for line in fs::read_to_string(&path).unwrap().lines() {
            // A column's name is in lower case, a constraint in upper case.
            let is_column = line.trim_start().starts_with(|c: char| c.is_ascii_lowercase());
            if inside && is_column {
                columns += 1;
                let comment = line.split_once("-- ").map_or("", |(_, comment)| comment.trim());
                assert!(!comment.is_empty(), "{}: {line}", path.display());
            }
            inside = if inside { !line.starts_with(')') } else { line.starts_with("CREATE TABLE") };
        }
    }
    assert!(columns > 50, "only {columns} columns were found");
}
