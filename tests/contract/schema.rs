//! Schema versions: missing, outdated, newer, incomplete and concurrently migrated.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use invite::Db;
use invite::Location;
use invite::{DatabaseFile, MissingFile};
use invite::{Reason, Result};
use tokio::task::JoinSet;

use crate::databases::Database;
use crate::files::failed;
use crate::fixture::{Engine, Fixture};
use crate::helpers::actions::space;
use crate::helpers::raw::Raw;
use crate::migrations::{TABLES, revert_from};

every_engine! {
    outdated_schema_is_reported_and_migrated_on_request,
    newer_schema_is_refused_and_unchanged,
    incomplete_migration_is_reported_with_hint,
    foreign_table_with_our_name_is_refused_and_unchanged,
}

every_server! {
    server_database_gets_tables_only_by_migrate,
}

mysql_family! {
    unrecorded_definitions_are_applied_again_without_error,
    renaming_migration_fails_on_table_without_its_columns,
}

every_engine! {
    threads 8;
    concurrent_migrations_of_new_database_succeed,
}

const BOTH: [MissingFile; 2] = [MissingFile::Refuse, MissingFile::Create];

async fn open(location: &Location, missing: MissingFile) -> Result<Db> {
    Db::open(location.clone(), missing, 2).await
}

async fn migrate(location: &Location) -> Result<usize> {
    let (db, applied) = Db::migrate(location.clone()).await?;
    db.close().await;
    Ok(applied)
}

fn all_migrations() -> usize {
    usize::try_from(Db::newest_schema()).unwrap()
}

/// Returns the command that a hint must contain. It has no server URL, which would lack the
/// password.
fn command(location: &Location) -> String {
    match location {
        Location::File(_) => format!("invite migrate --database-url {}", location.url()),
        Location::Server(_) => "invite migrate, with the same database URL".to_owned(),
    }
}

/// Returns every table and view with its columns.
async fn objects(raw: &mut Raw) -> Vec<String> {
    let schema = match raw.engine() {
        Engine::Sqlite => return raw.texts("SELECT coalesce(sql, name) FROM sqlite_master ORDER BY 1").await,
        Engine::Postgres => "current_schema()",
        Engine::Mariadb | Engine::Mysql => "database()",
    };
    let columns = format!(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = {schema} ORDER \
         BY 1"
    );
    raw.texts(columns).await
}

/// Reverts the newest migrations.
async fn undo(raw: &mut Raw, count: i64) {
    raw.run(revert_from(raw.engine().of_library(), Db::newest_schema() - count + 1)).await;
}

async fn outdated_schema_is_reported_and_migrated_on_request(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let whole = objects(&mut raw).await;
    for (count, told) in [(1, "1 migration is pending"), (3, "3 migrations are pending")] {
        undo(&mut raw, count).await;
        let before = (raw.dump().await, objects(&mut raw).await);
        for missing in BOTH {
            let error = failed(open(fixture.location(), missing).await, Reason::DatabaseFailed);
            assert!(error.to_string().ends_with(told), "{error}");
            assert!(error.hint().unwrap().contains(&command(fixture.location())), "{error:?}");
        }
        assert_eq!((raw.dump().await, objects(&mut raw).await), before);
        assert_eq!(migrate(fixture.location()).await.unwrap(), usize::try_from(count).unwrap());
        open(fixture.location(), MissingFile::Refuse).await.unwrap().close().await;
        assert_eq!(objects(&mut raw).await, whole);
        assert_eq!(migrate(fixture.location()).await.unwrap(), 0);
    }
    if let Location::File(file) = fixture.location() {
        // The default file is migrated automatically.
        undo(&mut raw, 1).await;
        let own = DatabaseFile::embedded_default(file.path());
        Db::open(own, MissingFile::Refuse, 2).await.unwrap().close().await;
        assert_eq!(objects(&mut raw).await, whole);
    }
    raw.check_integrity().await;
}

async fn newer_schema_is_refused_and_unchanged(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    let mut raw = fixture.raw().await;
    let bytes = if fixture.engine() == Engine::Postgres { "'\\x00'" } else { "x'00'" };
    raw.run(format!(
        "INSERT INTO invite_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, {bytes}, 0)"
    ))
    .await;
    let versions = "SELECT version || ' ' || description FROM invite_migrations ORDER BY version";
    let before = (raw.dump().await, raw.texts(versions).await);
    let mut outcomes = vec![migrate(fixture.location()).await.err()];
    for missing in BOTH {
        outcomes.push(open(fixture.location(), missing).await.err());
    }
    if let Location::File(file) = fixture.location() {
        let own = DatabaseFile::embedded_default(file.path());
        outcomes.push(Db::open(own, MissingFile::Create, 2).await.err());
    }
    for error in outcomes {
        let error = failed(error.map_or(Ok(()), Err), Reason::DatabaseFailed);
        assert!(error.to_string().contains("version 9999"), "{error}");
        assert_eq!(error.hint().as_deref(), Some("install a newer version of invite"));
    }
    assert_eq!((raw.dump().await, raw.texts(versions).await), before);
    raw.check_integrity().await;
}

async fn renaming_migration_fails_on_table_without_its_columns(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    raw.run("ALTER TABLE invite_operations RENAME COLUMN operator TO performer").await;
    raw.run("DELETE FROM invite_migrations WHERE version = 18").await;
    failed(migrate(fixture.location()).await.map(|_| ()), Reason::DatabaseFailed);
    assert_eq!(raw.number("SELECT count(*) FROM invite_migrations WHERE version = 18").await, 0);
    raw.run("ALTER TABLE invite_operations RENAME COLUMN performer TO operator").await;
    assert_eq!(migrate(fixture.location()).await.unwrap(), 1);
}

async fn incomplete_migration_is_reported_with_hint(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    let mut raw = fixture.raw().await;
    let newest = Db::newest_schema();
    undo(&mut raw, newest - 9).await;
    raw.run("UPDATE invite_migrations SET success = FALSE WHERE version = 9").await;
    let before = raw.dump().await;
    for error in [
        open(fixture.location(), MissingFile::Refuse).await.err(),
        open(fixture.location(), MissingFile::Create).await.err(),
        migrate(fixture.location()).await.err(),
    ] {
        let error = failed(error.map_or(Ok(()), Err), Reason::DatabaseFailed);
        assert!(error.to_string().contains("migration 9 started but did not finish"), "{error}");
        assert!(error.hint().unwrap().contains("DELETE FROM invite_migrations WHERE version = 9"), "{error:?}");
        assert!(error.hint().unwrap().contains(&command(fixture.location())), "{error:?}");
    }
    assert_eq!(raw.dump().await, before);
    // The command of the hint.
    raw.run("DROP VIEW invite_overview; DELETE FROM invite_migrations WHERE version = 9").await;
    assert_eq!(migrate(fixture.location()).await.unwrap(), 1 + usize::try_from(newest - 9).unwrap());
    // A new connection, because the old one has prepared statements with fewer columns.
    let mut raw = fixture.raw().await;
    assert_eq!(raw.dump().await.len(), before.len());
    assert_eq!(raw.number("SELECT max(version) FROM invite_migrations").await, newest);
    raw.check_integrity().await;
}

async fn server_database_gets_tables_only_by_migrate(engine: Engine) {
    for foreign in [false, true] {
        let database = Database::empty(engine).await;
        let mut raw = database.raw().await;
        if foreign {
            raw.run("CREATE TABLE orders (id INTEGER PRIMARY KEY, what VARCHAR(20))").await;
            raw.run("INSERT INTO orders VALUES (1, 'tea')").await;
        }
        let before = objects(&mut raw).await;
        for missing in BOTH {
            let error = failed(open(database.location(), missing).await, Reason::DatabaseFailed);
            assert!(error.to_string().ends_with("contains no tables of invite"), "{error}");
            assert!(error.hint().unwrap().contains(&command(database.location())), "{error:?}");
        }
        assert_eq!(objects(&mut raw).await, before);
        assert_eq!(migrate(database.location()).await.unwrap(), all_migrations());
        if foreign {
            assert_eq!(raw.text("SELECT what FROM orders").await.as_deref(), Some("tea"));
        }
        assert_eq!(raw.count("invite_spaces").await, 0);
        open(database.location(), MissingFile::Refuse).await.unwrap().close().await;
        raw.check_integrity().await;
    }
}

async fn foreign_table_with_our_name_is_refused_and_unchanged(engine: Engine) {
    for name in TABLES.iter().chain(&["invite_overview"]) {
        let database = Database::empty(engine).await;
        let mut raw = database.raw().await;
        if engine == Engine::Sqlite {
            // The library needs a private file.
            let file = database.path();
            fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        raw.run(format!("CREATE TABLE {name} (id INTEGER PRIMARY KEY, what VARCHAR(20))")).await;
        raw.run(format!("INSERT INTO {name} VALUES (1, 'tea')")).await;
        let before = objects(&mut raw).await;
        let error = failed(migrate(database.location()).await, Reason::DatabaseFailed);
        assert!(error.to_string().contains("belongs to another application"), "{name} on {engine:?}: {error}");
        assert_eq!(objects(&mut raw).await, before, "{name} on {engine:?}");
        assert_eq!(raw.text(format!("SELECT what FROM {name}")).await.as_deref(), Some("tea"));
    }
}

/// MariaDB and MySQL commit each definition immediately. After a crash between a definition and its
/// record, the next run must accept the definition.
async fn unrecorded_definitions_are_applied_again_without_error(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    space(&fixture.service, "space", "s").await;
    let mut raw = fixture.raw().await;
    let whole = (raw.dump().await, objects(&mut raw).await);
    for version in (1..=Db::newest_schema()).rev() {
        raw.run(format!("DELETE FROM invite_migrations WHERE version >= {version}")).await;
        let missing = usize::try_from(Db::newest_schema() - version + 1).unwrap();
        assert_eq!(migrate(fixture.location()).await.unwrap(), missing);
        assert_eq!((raw.dump().await, objects(&mut raw).await), whole, "{engine:?}");
    }
    raw.check_integrity().await;
}

/// Runs concurrent migrations of an empty database; returns the number of migrations that each
/// applied.
async fn migrate_concurrently(database: &Database, count: usize) -> Vec<usize> {
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        tasks.spawn(Db::migrate(database.location().clone()));
    }
    let mut applied = Vec::new();
    for outcome in tasks.join_all().await {
        let (db, count) = outcome.unwrap();
        applied.push(count);
        db.close().await;
    }
    applied.sort_unstable();
    applied
}

async fn concurrent_migrations_of_new_database_succeed(engine: Engine) {
    let (rounds, count) = match engine {
        Engine::Sqlite => (5, 8),
        Engine::Postgres | Engine::Mariadb => (20, 4),
        Engine::Mysql => (5, 4),
    };
    for _ in 0..rounds {
        let database = Database::empty(engine).await;
        let applied = migrate_concurrently(&database, count).await;
        assert_eq!(applied.iter().sum::<usize>(), all_migrations(), "{applied:?} on {engine:?}");
        if !engine.is_mysql_family() {
            // One of the processes applied all migrations.
            assert_eq!(applied.last(), Some(&all_migrations()), "{applied:?} on {engine:?}");
        }
        open(database.location(), MissingFile::Refuse).await.unwrap().close().await;
        database.raw().await.check_integrity().await;
    }
}

/// Returns the columns that a migration creates; each must have a comment in its line or the line
/// before.
fn columns_of(path: &Path) -> Vec<String> {
    let mut columns = Vec::new();
    let (mut inside, mut before) = (false, String::new());
    for line in fs::read_to_string(path).unwrap().lines() {
        // Column names are lower case, constraints upper case.
        let is_column = line.trim_start().starts_with(|c: char| c.is_ascii_lowercase());
        if inside && is_column {
            columns.push(line.trim_start().split(' ').next().unwrap().to_owned());
            let own = line.split_once("-- ").map(|(_, comment)| comment.trim());
            let comment = own.or(before.trim_start().strip_prefix("-- ")).unwrap_or_default();
            assert!(!comment.is_empty(), "{}: {line}", path.display());
        }
        let begins = line.starts_with("CREATE TABLE") || line.starts_with("ALTER TABLE");
        inside = if inside { !line.starts_with(')') } else { begins };
        line.clone_into(&mut before);
    }
    columns
}

#[test]
fn every_column_is_commented_and_equal_on_all_engines() {
    let of_engine = |engine: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        files.map(|file| (file.file_name().into_string().unwrap(), columns_of(&file.path()))).collect::<BTreeSet<_>>()
    };
    let sqlite = of_engine("sqlite");
    let columns: usize = sqlite.iter().map(|(_, columns)| columns.len()).sum();
    assert!(columns > 50, "only {columns} columns were found");
    assert_eq!(sqlite.len(), all_migrations());
    for engine in ["postgres", "mysql"] {
        assert_eq!(of_engine(engine), sqlite, "{engine}");
    }
}
