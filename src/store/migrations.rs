//! The migrations in this binary, and how an engine takes them.

use std::sync::LazyLock;

use sqlx::migrate::{Migrate, MigrateError, Migration, Migrator};
use sqlx::mysql::{MySqlConnection, MySqlDatabaseError};
use sqlx::{Connection as _, Error as SqlxError};
use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;
use super::failure::{Fault, Verdict, fault};
use super::session::unanswered;
use super::{Db, Engine, SchemaState, Target};
use crate::error::{Error, Result};

/// Their table carries our prefix, so that an application's own migrations
/// can live beside them.
const TABLE: &str = "invite_migrations";

/// How long a migration waits for others, and how long between two looks.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// How long all of them may take on a server that answers at all.
const LONGEST: std::time::Duration = std::time::Duration::from_mins(10);

fn ours(mut migrations: Migrator) -> Migrator {
    migrations.dangerous_set_table_name(TABLE);
    // The driver's own lock does not lock on every engine.
    migrations.set_locking(false);
    migrations
}

static SQLITE: LazyLock<Migrator> = LazyLock::new(|| ours(sqlx::migrate!("migrations/sqlite")));
static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| ours(sqlx::migrate!("migrations/postgres")));
static MYSQL: LazyLock<Migrator> = LazyLock::new(|| ours(sqlx::migrate!("migrations/mysql")));

/// The migrations of an engine; all engines have the same.
pub(super) fn of(engine: Engine) -> &'static Migrator {
    match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
        Engine::Mysql => &MYSQL,
    }
}

/// Applies what is pending; answers how many of them this run applied.
pub(super) async fn apply(db: &Db) -> Result<usize> {
    let until = Instant::now() + PATIENCE;
    // Where each is committed by itself, those of a try that failed count too.
    let mut one_by_one = 0;
    loop {
        let mut session = db.read().await?;
        let running = async {
            match session.raw() {
                Connection::Sqlite(connection) => in_sqlite(connection).await,
                Connection::Postgres(connection) => in_postgres(connection).await,
                Connection::Mysql(connection) => in_mysql(connection, &mut one_by_one).await.map(|()| one_by_one),
            }
        };
        let Ok(outcome) = timeout(LONGEST, running).await else {
            session.discard();
            return Err(unanswered(db.target()).error);
        };
        let error = match outcome {
            Ok(applied) => return Ok(applied),
            Err(error) => error,
        };
        session.discard();
        let fault = failed(db, error);
        // Others migrate, or write, at the same time: look again.
        let helps = !matches!(fault.verdict, Verdict::Final | Verdict::Row);
        if !helps || db.target().file().is_some() || Instant::now() >= until {
            return Err(fault.error);
        }
        sleep(PAUSE).await;
    }
}

/// All of them in one transaction: a second process waits for the write lock
/// and then finds nothing to do.
async fn in_sqlite(connection: &mut sqlx::SqliteConnection) -> Result<usize, MigrateError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let applied = run(&SQLITE, &mut *transaction).await?;
    transaction.commit().await?;
    Ok(applied)
}

/// The number is this tool's own among the locks of a database.
const LOCK_POSTGRES: &str = "SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock(7310591842706)";

/// All of them in one transaction, which begins by taking a lock that all
/// processes know.
async fn in_postgres(connection: &mut sqlx::PgConnection) -> Result<usize, MigrateError> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(LOCK_POSTGRES).execute(&mut *transaction).await?;
    let applied = run(&POSTGRES, &mut *transaction).await?;
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

/// A table with one of our names that lacks a column of ours belongs to another
/// application. Asked before anything is made: `IF NOT EXISTS` passes over it.
const FOREIGN_MYSQL: &str = "SELECT CAST(t.table_name AS CHAR) FROM information_schema.tables AS t \
     WHERE t.table_schema = database() AND (\
     t.table_name = 'invites' AND NOT EXISTS (SELECT 1 FROM information_schema.columns AS c \
       WHERE c.table_schema = database() AND c.table_name = 'invites' AND c.column_name = 'code_key') \
     OR t.table_name = 'invite_spaces' AND NOT EXISTS (SELECT 1 FROM information_schema.columns AS c \
       WHERE c.table_schema = database() AND c.table_name = 'invite_spaces' AND c.column_name = 'changed_op') \
     OR t.table_name = 'invite_uses' AND NOT EXISTS (SELECT 1 FROM information_schema.columns AS c \
       WHERE c.table_schema = database() AND c.table_name = 'invite_uses' AND c.column_name = 'operation_id') \
     OR t.table_name = 'invite_overview' AND t.table_type <> 'VIEW') LIMIT 1";

/// This engine commits each definition by itself, so each of them can be run
/// again without harm: whoever comes second, or after a crash, repeats it and
/// finds it noted. No lock is needed, and on a cluster there would be none.
async fn in_mysql(connection: &mut MySqlConnection, applied: &mut usize) -> Result<(), MigrateError> {
    if let Some(table) = sqlx::query_scalar::<_, String>(FOREIGN_MYSQL).fetch_optional(&mut *connection).await? {
        return Err(MigrateError::Source(table.into()));
    }
    connection.ensure_migrations_table(TABLE).await?;
    let noted = connection.list_applied_migrations(TABLE).await?;
    for migration in MYSQL.iter() {
        match noted.iter().find(|noted| noted.version == migration.version) {
            Some(noted) if noted.checksum != migration.checksum => {
                return Err(MigrateError::VersionMismatch(migration.version));
            }
            Some(_) => {}
            None => *applied += apply_to_mysql(connection, migration).await?,
        }
    }
    Ok(())
}

async fn apply_to_mysql(connection: &mut MySqlConnection, migration: &Migration) -> Result<usize, MigrateError> {
    match sqlx::raw_sql(migration.sql.clone()).execute(&mut *connection).await {
        // A column that is there already was added by who came first.
        Err(SqlxError::Database(error)) if is_duplicate_column(error.try_downcast_ref()) => {}
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

fn is_duplicate_column(error: Option<&MySqlDatabaseError>) -> bool {
    error.is_some_and(|error| error.number() == 1060)
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
    Error::database(format!("{what} in {place} belongs to another application, and has a name that invite needs"))
        .hint("use a database, or on PostgreSQL a schema, of its own; nothing was changed")
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
            Error::database(format!("migration {version} of {place} is not the one that this invite knows"))
                .hint("it was changed after it was applied; install the version of invite that made the schema"),
        ),
        other => Fault::from(
            Error::database(format!("the schema of {place} could not be migrated"))
                .caused_by(other)
                .hint("nothing was changed; compare it with a backup"),
        ),
    }
}
