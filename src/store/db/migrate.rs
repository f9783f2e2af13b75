//! The migrations in this binary, and how an engine takes them.

pub(crate) mod addresses;
pub(crate) mod lease;
pub(crate) mod postgres;

use std::borrow::Cow;
use std::sync::LazyLock;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::mysql::{MySqlConnection, MySqlDatabaseError};
use sqlx::{Connection as _, Error as SqlxError, SqlStr};
use tokio::time::{Instant, sleep, sleep_until};

use crate::store::db::migrate::lease::Lease;

use crate::error::{Error, Result};
use crate::store::db::connection::Connection;
use crate::store::db::database::Db;
use crate::store::db::schema::SchemaState;
use crate::store::db::timeout::{Watch, unanswered};
use crate::store::engine::Engine;
use crate::store::errors::{Fault, Verdict, fault, is_lock_timeout};
use crate::store::location::Target;

/// Their table carries our prefix, so that an application's own migrations
/// can live beside them.
const TABLE: &str = "invite_migrations";

/// How long between two looks at a table that another process may be making.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Returns an entry of the tables that the build script writes.
const fn migration(
    version: i64,
    description: &'static str,
    sql: &'static str,
    checksum: &'static [u8; 48],
) -> Migration {
    Migration {
        version,
        description: Cow::Borrowed(description),
        migration_type: MigrationType::Simple,
        sql: SqlStr::from_static(sql),
        checksum: Cow::Borrowed(checksum),
        no_tx: false,
    }
}

fn migrator(migrations: &'static [Migration]) -> Migrator {
    let mut migrator = Migrator::with_migrations(migrations.to_vec());
    migrator.dangerous_set_table_name(TABLE);
    // The driver's own lock does not lock on every engine.
    migrator.set_locking(false);
    migrator
}

static SQLITE_MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrator(SQLITE));
static POSTGRES_MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrator(POSTGRES));
static MYSQL_MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrator(MYSQL));

/// The migrations of an engine; all engines have the same.
pub(crate) fn of(engine: Engine) -> &'static Migrator {
    match engine {
        Engine::Sqlite => &SQLITE_MIGRATOR,
        Engine::Postgres => &POSTGRES_MIGRATOR,
        Engine::Mysql => &MYSQL_MIGRATOR,
    }
}

/// Applies what is pending; answers how many of them this run applied.
pub(crate) async fn apply(db: &Db) -> Result<usize> {
    addresses::canonicalise(db).await?;
    let mut retry = db.retry();
    // Where each is committed by itself, those of a try that failed count too.
    let mut one_by_one = 0;
    let lease = db.is_cluster().then(Lease::new);
    loop {
        let mut session = db.read().await?;
        let watch = session.watch();
        let is_visible = watch.server_id != 0;
        let running = async {
            match session.connection() {
                Connection::Sqlite(connection) => in_sqlite(connection).await.map(Some),
                Connection::Postgres(connection) | Connection::Pooled(connection) => {
                    postgres::apply(connection, db).await.map(Some)
                }
                Connection::Mysql(connection) => {
                    let is_done = in_mysql(connection, lease.as_ref(), &mut one_by_one).await;
                    is_done.map(|is_done| is_done.then_some(one_by_one))
                }
            }
        };
        let outcome = tokio::select! {
            biased;
            outcome = running => outcome,
            fault = is_stuck(db, watch) => {
                session.discard();
                return Err(fault.error);
            }
        };
        let fault = match outcome {
            Ok(Some(applied)) => return session.check_file().map(|()| applied),
            // Who has the lease renews it before each migration.
            Ok(None) => {
                retry.restart_from(Instant::now());
                held(db)
            }
            Err(error) => {
                session.discard();
                // The server answers: what it waited for is waited for again, behind
                // those who queued for the table meanwhile.
                if is_visible && is_lock_refused(&error) {
                    retry.restart_from(Instant::now());
                    Fault { verdict: Verdict::Rerun, ..failed(db, error) }
                } else {
                    failed(db, error)
                }
            }
        };
        drop(session);
        // Others migrate, or write, at the same time: look again.
        if matches!(fault.verdict, Verdict::Final | Verdict::Row | Verdict::Nowhere) {
            return Err(fault.error);
        }
        retry.pause(fault).await?;
    }
}

/// Returns when nothing was seen of a migration for the whole timeout: its server
/// does not answer, or shows that it does nothing for it. One that runs, or waits
/// for a lock, is waited for.
async fn is_stuck(db: &Db, watch: Watch) -> Fault {
    if db.target().file().is_some() {
        return std::future::pending().await;
    }
    let is_hidden = watch.server_id == 0;
    sleep_until(watch.first_look()).await;
    Box::pin(watch.left_alone()).await;
    let fault = unanswered(db.target());
    if is_hidden {
        let hint =
            "a pooler hides whether the migration is running: connect to the server directly, or raise --timeout";
        return Fault { error: fault.error.with_hint(hint), ..fault };
    }
    fault
}

/// All of them in one transaction: a second process waits for the write lock
/// and then finds nothing to do.
async fn in_sqlite(connection: &mut sqlx::SqliteConnection) -> Result<usize, MigrateError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let applied = run(of(Engine::Sqlite), &mut *transaction).await?;
    transaction.commit().await?;
    Ok(applied)
}

async fn run<C: Migrate>(migrations: &Migrator, connection: &mut C) -> Result<usize, MigrateError> {
    connection.ensure_migrations_table(TABLE).await?;
    let before = connection.list_applied_migrations(TABLE).await?.len();
    migrations.run_direct(None, connection, false).await?;
    Ok(migrations.iter().count().saturating_sub(before))
}

const NOTE_MYSQL: &str = "INSERT IGNORE INTO invite_migrations \
     (version, description, success, checksum, execution_time) VALUES (?, ?, TRUE, ?, 0)";

/// A table with one of our names that lacks a column of ours, or a view that is
/// none, belongs to another application.
const FOREIGN_MYSQL: &str = "SELECT CAST(t.table_name AS CHAR) FROM information_schema.tables AS t \
     LEFT JOIN information_schema.columns AS c ON c.table_schema = t.table_schema AND c.table_name = t.table_name \
     AND c.column_name = CASE t.table_name \
       WHEN 'invites' THEN 'code_key' \
       WHEN 'invite_spaces' THEN 'changed_op' \
       WHEN 'invite_users' THEN 'email' \
       WHEN 'invite_members' THEN 'joined_at' \
       WHEN 'invite_operations' THEN 'request_key' \
       WHEN 'invite_uses' THEN 'operation_id' \
       WHEN 'invite_changes' THEN 'before_value' \
       WHEN 'invite_limits' THEN 'window_start' \
       ELSE 'code' END \
     WHERE t.table_schema = database() AND t.table_name IN ('invites', 'invite_spaces', 'invite_users', 'invite_members', \
       'invite_operations', 'invite_uses', 'invite_changes', 'invite_limits', 'invite_overview') \
     AND (c.column_name IS NULL OR (t.table_name = 'invite_overview' AND t.table_type <> 'VIEW')) LIMIT 1";

/// Asked before anything is made, for `IF NOT EXISTS` passes over such a table.
/// One that is being made at this moment looks the same, so it is asked twice.
async fn foreign_table(connection: &mut MySqlConnection) -> Result<Option<String>, SqlxError> {
    let mut seen = None;
    for _ in 0..2 {
        let found = sqlx::query_scalar::<_, String>(FOREIGN_MYSQL).fetch_optional(&mut *connection).await?;
        if found.is_none() || found == seen {
            return Ok(found);
        }
        seen = found;
        sleep(PAUSE).await;
    }
    Ok(None)
}

/// This engine commits each definition by itself, so each of them can be run
/// again without harm: whoever comes second, or after a crash, repeats it and
/// finds it noted. So one server needs no lock; a cluster needs a lease. Answers
/// whether all are applied, and not: another process holds the lease.
async fn in_mysql(
    connection: &mut MySqlConnection,
    lease: Option<&Lease>,
    applied: &mut usize,
) -> Result<bool, MigrateError> {
    if let Some(table) = foreign_table(connection).await? {
        // The driver never makes this one here: it carries the table's name to
        // `failed`.
        return Err(MigrateError::Source(table.into()));
    }
    connection.ensure_migrations_table(TABLE).await?;
    if pending_in_mysql(connection).await?.is_empty() {
        return Ok(true);
    }
    let Some(lease) = lease else {
        for migration in pending_in_mysql(connection).await? {
            *applied += apply_to_mysql(connection, migration).await?;
        }
        return Ok(true);
    };
    let outcome = under(lease, connection, applied).await;
    // One that is not given back ends by itself.
    let _ = lease.give_back(connection).await;
    outcome
}

async fn under(lease: &Lease, connection: &mut MySqlConnection, applied: &mut usize) -> Result<bool, MigrateError> {
    if !lease.take(connection).await? {
        return Ok(false);
    }
    for migration in pending_in_mysql(connection).await? {
        if !lease.take(connection).await? {
            return Ok(false);
        }
        *applied += apply_to_mysql(connection, migration).await?;
    }
    Ok(true)
}

async fn pending_in_mysql(connection: &mut MySqlConnection) -> Result<Vec<&'static Migration>, MigrateError> {
    let noted = connection.list_applied_migrations(TABLE).await?;
    let mut pending = Vec::new();
    for migration in MYSQL {
        match noted.iter().find(|noted| noted.version == migration.version) {
            Some(noted) if noted.checksum != migration.checksum => {
                return Err(MigrateError::VersionMismatch(migration.version));
            }
            Some(_) => {}
            None => pending.push(migration),
        }
    }
    Ok(pending)
}

async fn apply_to_mysql(connection: &mut MySqlConnection, migration: &Migration) -> Result<usize, MigrateError> {
    match sqlx::raw_sql(migration.sql.clone()).execute(&mut *connection).await {
        // Another process added or renamed the column first.
        Err(SqlxError::Database(error)) if is_column_done(error.try_downcast_ref()) => {}
        other => {
            other?;
        }
    }
    let noted = sqlx::query(NOTE_MYSQL)
        .bind(migration.version)
        .bind(&*migration.description)
        .bind(&*migration.checksum)
        .execute(connection)
        .await?;
    Ok(usize::from(noted.rows_affected() == 1))
}

/// Returns true for a column that exists already, and for one to rename that is gone.
fn is_column_done(error: Option<&MySqlDatabaseError>) -> bool {
    error.is_some_and(|error| matches!(error.number(), 1060 | 1054))
}

/// The server did not grant a lock within its limit.
fn is_lock_refused(error: &MigrateError) -> bool {
    matches!(error, MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) if is_lock_timeout(error))
}

/// A definition met something with its name.
fn exists_already(error: &SqlxError) -> bool {
    error.as_database_error().is_some_and(|error| match error.code().as_deref() {
        Some("42P07") => true,
        // The embedded engine has no code of its own for it.
        Some("1") => error.message().contains("already exists"),
        _ => false,
    })
}

fn foreign(place: &Target, what: &str) -> Error {
    Error::database(format!("{what} in {place} belongs to another application, but has a name that invite needs"))
        .with_hint("use a separate database, or on PostgreSQL a separate schema: --schema invite; nothing was changed")
}

fn held(db: &Db) -> Fault {
    let error = Error::unavailable(format!("another process is migrating {}", db.target()));
    Fault { verdict: Verdict::Held, error: error.with_hint("run the same command again in a moment") }
}

fn failed(db: &Db, error: MigrateError) -> Fault {
    let place = db.target();
    match error {
        MigrateError::Source(table) => Fault::from(foreign(place, &format!("the table {table}"))),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) if exists_already(&error) => {
            Fault::from(foreign(place, "a table or view"))
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => fault(error, place),
        MigrateError::VersionMissing(version) => db.unfit(SchemaState::Ahead(version)).into(),
        MigrateError::Dirty(version) => db.unfit(SchemaState::HalfApplied(version)).into(),
        MigrateError::VersionMismatch(version) => Fault::from(
            Error::database(format!("migration {version} of {place} differs from the one of this version of invite"))
                .with_hint(
                    "it was changed after it was applied; install the version of invite that created the schema",
                ),
        ),
        other => Fault::from(
            Error::database(format!("cannot migrate the schema of {place}"))
                .with_source(other)
                .with_hint("show the state: invite migrate --status; compare the schema with a backup"),
        ),
    }
}
