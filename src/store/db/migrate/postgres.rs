//! Migrations of `PostgreSQL`, all in one transaction.
//!
//! The driver's own migration loop names its statements, and a pooler would hand the session with
//! these names to another client.

use sqlx::migrate::{MigrateError, Migration};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Error as SqlxError, Row as _};

use crate::store::db::database::Db;
use crate::store::db::migrate::migrations::POSTGRES;

/// An arbitrary number that identifies the advisory lock. The lock is released with the
/// transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7310591842706)";

/// Creates the table of applied migrations as the driver does.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS invite_migrations (version BIGINT PRIMARY KEY, \
     description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, \
     checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)";

const APPLIED: &str = "SELECT version, success, checksum FROM invite_migrations ORDER BY version";

const NOTE: &str = "INSERT INTO invite_migrations (version, description, success, checksum, execution_time) \
     VALUES ($1, $2, TRUE, $3, 0)";

/// Checked first: `CREATE SCHEMA IF NOT EXISTS` requires the privilege even if the schema exists.
const SCHEMA: &str = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1";

/// Applies the pending migrations under an advisory lock, and creates the configured schema if it
/// is missing. Returns how many migrations it applied.
pub(crate) async fn apply(connection: &mut PgConnection, db: &Db) -> Result<usize, MigrateError> {
    let mut transaction = connection.begin().await?;
    // Safe: the settings are constants and quoted literals.
    let settings = db.local_settings();
    let settings = AssertSqlSafe(format!("SET TRANSACTION ISOLATION LEVEL READ COMMITTED{settings}; {LOCK}"));
    sqlx::raw_sql(settings).execute(&mut *transaction).await?;
    if let Some(schema) = db.location().schema() {
        let known = sqlx::query(SCHEMA).bind(schema.as_str()).persistent(false).fetch_optional(&mut *transaction);
        if known.await?.is_none() {
            // Safe: the name is quoted as an identifier.
            sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&mut *transaction).await?;
        }
    }
    sqlx::raw_sql(TABLE).execute(&mut *transaction).await?;
    let pending = pending(&mut transaction).await?;
    for migration in &pending {
        let done = sqlx::raw_sql(migration.sql.clone()).execute(&mut *transaction).await;
        done.map_err(|error| MigrateError::ExecuteMigration(error, migration.version))?;
        sqlx::query(NOTE)
            .bind(migration.version)
            .bind(&*migration.description)
            .bind(&*migration.checksum)
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(pending.len())
}

/// Returns the migrations that are not recorded in the table.
async fn pending(connection: &mut PgConnection) -> Result<Vec<&'static Migration>, MigrateError> {
    let rows = sqlx::query(APPLIED).persistent(false).fetch_all(connection).await?;
    let applied = rows.iter().map(applied).collect::<Result<Vec<_>, _>>()?;
    for (version, is_whole, checksum) in &applied {
        let Some(known) = POSTGRES.iter().find(|known| known.version == *version) else {
            return Err(MigrateError::VersionMissing(*version));
        };
        if !is_whole {
            return Err(MigrateError::Dirty(*version));
        }
        if *known.checksum != **checksum {
            return Err(MigrateError::VersionMismatch(*version));
        }
    }
    let is_pending = |migration: &&Migration| applied.iter().all(|(version, ..)| *version != migration.version);
    Ok(POSTGRES.iter().filter(is_pending).collect())
}

fn applied(row: &PgRow) -> Result<(i64, bool, Vec<u8>), SqlxError> {
    Ok((row.try_get("version")?, row.try_get("success")?, row.try_get("checksum")?))
}
