//! Applies the migrations of this binary to a database.

pub(crate) mod addresses;
#[cfg(feature = "mysql")]
pub(crate) mod lease;
pub(crate) mod migrations;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;

use sqlx::Error as SqlxError;
use sqlx::migrate::MigrateError;
#[cfg(feature = "sqlite")]
use sqlx::migrate::{Migrate, Migrator};
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, Result};
use crate::store::db::connection::Connection;
use crate::store::db::database::Db;
#[cfg(feature = "mysql")]
use crate::store::db::migrate::lease::Lease;
#[cfg(feature = "sqlite")]
use crate::store::db::migrate::migrations::TABLE;
use crate::store::db::schema_state::SchemaState;
use crate::store::db::timeout::{Watch, unanswered};
#[cfg(feature = "sqlite")]
use crate::store::engine::Engine;
use crate::store::errors::{DbError, ErrorClass, classify, is_lock_timeout};
use crate::store::location::Location;

/// Applies the pending migrations and returns how many this call applied.
pub(crate) async fn apply(db: &Db) -> Result<usize> {
    addresses::canonicalise(db).await?;
    let mut retry = db.retry();
    #[cfg(feature = "mysql")]
    // Where each migration is committed by itself, the migrations of failed attempts count too.
    let mut applied_one_by_one = 0;
    #[cfg(feature = "mysql")]
    let lease = db.is_cluster().then(Lease::new);
    loop {
        let mut session = db.read().await?;
        let watch = session.watch();
        let is_visible = watch.server_id != 0;
        let running = async {
            match session.connection() {
                #[cfg(feature = "sqlite")]
                Connection::Sqlite(connection) => in_sqlite(connection).await.map(Some),
                #[cfg(feature = "postgres")]
                Connection::Postgres(connection) | Connection::Pooled(connection) => {
                    postgres::apply(connection, db).await.map(Some)
                }
                #[cfg(feature = "mysql")]
                Connection::Mysql(connection) => {
                    let is_done = mysql::apply(connection, lease.as_ref(), &mut applied_one_by_one).await;
                    is_done.map(|is_done| is_done.then_some(applied_one_by_one))
                }
                Connection::Lent(_) => unreachable!("a migration has a connection of the pool"),
            }
        };
        let outcome = tokio::select! {
            biased;
            outcome = running => outcome,
            failure = stalled(db, watch) => {
                session.discard();
                return Err(failure.error);
            }
        };
        let failure = match outcome {
            Ok(Some(applied)) => return session.check_file().map(|()| applied),
            // The holder of the lease renews it before each migration.
            Ok(None) => {
                retry.restart_from(Instant::now());
                being_migrated(db)
            }
            Err(error) => {
                session.discard();
                // The server answers, so the wait for the lock begins again, after the statements
                // that queued for the table meanwhile.
                if is_visible && is_lock_refused(&error) {
                    retry.restart_from(Instant::now());
                    DbError { class: ErrorClass::Retryable, ..failed(db, error) }
                } else {
                    failed(db, error)
                }
            }
        };
        drop(session);
        // Other processes may migrate or write concurrently: retry.
        if matches!(failure.class, ErrorClass::Permanent | ErrorClass::RefusedRow | ErrorClass::WrongHost) {
            return Err(failure.error);
        }
        retry.pause(failure).await?;
    }
}

/// Returns after no sign of a running migration was seen for the whole timeout: its server does not
/// answer, or reports the connection as idle. A migration that runs or waits for a lock is waited
/// for.
async fn stalled(db: &Db, watch: Watch) -> DbError {
    if db.location().file().is_some() {
        return std::future::pending().await;
    }
    let is_hidden = watch.server_id == 0;
    sleep_until(watch.first_inspection()).await;
    Box::pin(watch.without_activity()).await;
    let failure = unanswered(db.location());
    if is_hidden {
        let hint =
            "a pooler hides whether the migration is running: connect to the server directly, or raise --timeout";
        return DbError { error: failure.error.with_hint(hint), ..failure };
    }
    failure
}

#[cfg(feature = "sqlite")]
/// Applies all migrations in one transaction. A second process waits for the write lock and then
/// finds nothing pending.
async fn in_sqlite(connection: &mut sqlx::SqliteConnection) -> Result<usize, MigrateError> {
    let mut transaction = sqlx::Connection::begin_with(connection, "BEGIN IMMEDIATE").await?;
    let applied = run(migrations::of_engine(Engine::Sqlite), &mut *transaction).await?;
    transaction.commit().await?;
    Ok(applied)
}

#[cfg(feature = "sqlite")]
async fn run<C: Migrate>(migrations: &Migrator, connection: &mut C) -> Result<usize, MigrateError> {
    connection.ensure_migrations_table(TABLE).await?;
    let before = connection.list_applied_migrations(TABLE).await?.len();
    migrations.run_direct(None, connection, false).await?;
    Ok(migrations.iter().count().saturating_sub(before))
}

/// Returns true if the server did not grant a lock within its limit.
fn is_lock_refused(error: &MigrateError) -> bool {
    matches!(error, MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) if is_lock_timeout(error))
}

/// Returns true if a table or view with this name exists.
fn exists_already(error: &SqlxError) -> bool {
    error.as_database_error().is_some_and(|error| match error.code().as_deref() {
        Some("42P07") => true,
        // SQLite has no specific code for an existing table.
        Some("1") => error.message().contains("already exists"),
        _ => false,
    })
}

fn foreign(place: &Location, what: &str) -> Error {
    Error::database(format!("{what} in {place} belongs to another application, but has a name that invite needs"))
        .with_hint("use a separate database, or on PostgreSQL a separate schema: --schema invite; nothing was changed")
}

fn being_migrated(db: &Db) -> DbError {
    let error = Error::unavailable(format!("another process is migrating {}", db.location()));
    DbError { class: ErrorClass::Blocked, error: error.with_hint("run the same command again in a moment") }
}

fn failed(db: &Db, error: MigrateError) -> DbError {
    let place = db.location();
    match error {
        MigrateError::Source(table) => DbError::from(foreign(place, &format!("the table {table}"))),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) if exists_already(&error) => {
            DbError::from(foreign(place, "a table or view"))
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => classify(error, place),
        MigrateError::VersionMissing(version) => db.unfit(SchemaState::Ahead(version)).into(),
        MigrateError::Dirty(version) => db.unfit(SchemaState::HalfApplied(version)).into(),
        MigrateError::VersionMismatch(version) => DbError::from(
            Error::database(format!("migration {version} of {place} differs from the one of this version of invite"))
                .with_hint(
                    "it was changed after it was applied; install the version of invite that created the schema",
                ),
        ),
        other => DbError::from(
            Error::database(format!("cannot migrate the schema of {place}"))
                .with_source(other)
                .with_hint("show the state: invite migrate --status; compare the schema with a backup"),
        ),
    }
}
