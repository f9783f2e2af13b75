//! Migrations of `MariaDB` and `MySQL`, which commit each definition by itself.

use sqlx::Error as SqlxError;
use sqlx::migrate::{Migrate as _, MigrateError, Migration};
use sqlx::mysql::{MySqlConnection, MySqlDatabaseError};
use tokio::time::sleep;

use crate::store::db::migrate::lease::Lease;
use crate::store::db::migrate::migrations::{MYSQL, TABLE};

/// Pause before a table is checked again that another process may be creating.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

const RECORD: &str = "INSERT IGNORE INTO invite_migrations \
     (version, description, success, checksum, execution_time) VALUES (?, ?, TRUE, ?, 0)";

/// Finds a table with a name of invite that lacks a column of invite, or a table with the name of
/// the view: it belongs to another application.
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

/// Returns a table of another application whose name invite needs, since `IF NOT EXISTS` would skip
/// it. A table that is being created looks the same, so the check is repeated.
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

/// Applies the pending migrations; returns false if another process holds the lease.
///
/// Every definition can be repeated: a second process, or one after a crash, runs it again and
/// finds it recorded. So a single server needs no lock; a cluster needs a lease.
pub(crate) async fn apply(
    connection: &mut MySqlConnection,
    lease: Option<&Lease>,
    applied: &mut usize,
) -> Result<bool, MigrateError> {
    if let Some(table) = foreign_table(connection).await? {
        // The driver does not use this variant here; it carries the name of the table to `failed`.
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
    let outcome = apply_under_lease(lease, connection, applied).await;
    // A lease that is not given back expires.
    let _ = lease.release(connection).await;
    outcome
}

async fn apply_under_lease(
    lease: &Lease,
    connection: &mut MySqlConnection,
    applied: &mut usize,
) -> Result<bool, MigrateError> {
    if !lease.acquire(connection).await? {
        return Ok(false);
    }
    for migration in pending_in_mysql(connection).await? {
        if !lease.acquire(connection).await? {
            return Ok(false);
        }
        *applied += apply_to_mysql(connection, migration).await?;
    }
    Ok(true)
}

async fn pending_in_mysql(connection: &mut MySqlConnection) -> Result<Vec<&'static Migration>, MigrateError> {
    let recorded = connection.list_applied_migrations(TABLE).await?;
    let mut pending = Vec::new();
    for migration in MYSQL {
        match recorded.iter().find(|recorded| recorded.version == migration.version) {
            Some(recorded) if recorded.checksum != migration.checksum => {
                return Err(MigrateError::VersionMismatch(migration.version));
            }
            Some(_) => {}
            None => pending.push(migration),
        }
    }
    Ok(pending)
}

async fn apply_to_mysql(connection: &mut MySqlConnection, migration: &Migration) -> Result<usize, MigrateError> {
    let renames = migration.version == RENAMING_MIGRATION;
    match sqlx::raw_sql(migration.sql.clone()).execute(&mut *connection).await {
        // Another process added or renamed the column first.
        Err(SqlxError::Database(error)) if is_column_done(error.try_downcast_ref(), renames) => {}
        other => {
            other?;
        }
    }
    if renames {
        // Fails if the columns have neither their old nor their new names.
        sqlx::raw_sql(RENAMED_COLUMNS).execute(&mut *connection).await?;
    }
    let recorded = sqlx::query(RECORD)
        .bind(migration.version)
        .bind(&*migration.description)
        .bind(&*migration.checksum)
        .execute(connection)
        .await?;
    Ok(usize::from(recorded.rows_affected() == 1))
}

/// The migration that renames columns, and a statement that needs their new names.
const RENAMING_MIGRATION: i64 = 18;
const RENAMED_COLUMNS: &str = "SELECT operator, actor FROM invite_operations LIMIT 0";

/// Returns true if the error says that the column exists already or, in a migration that
/// renames, that the column with the old name is gone.
fn is_column_done(error: Option<&MySqlDatabaseError>, renames: bool) -> bool {
    error.is_some_and(|error| error.number() == 1060 || renames && error.number() == 1054)
}
