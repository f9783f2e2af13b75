//! The right to migrate a cluster, which one process has at a time.
//!
//! Two nodes of Galera that make the same view at once wait for each other for
//! ever, and with them every definition of the cluster; no time-out ends it.
//! Locks that are named or of tables hold on one node only, but of two changes
//! of one row the cluster refuses one. So the right is a row among the applied
//! migrations, with a version that none has.

use std::hash::{BuildHasher as _, RandomState};

use sqlx::Error as SqlxError;
use sqlx::mysql::MySqlConnection;

const TAKE: &str = "INSERT IGNORE INTO invite_migrations (version, description, success, checksum, execution_time) \
     VALUES (0, ?, TRUE, '', 0)";

/// One that nobody renewed for so long was left by a process that ended. It is
/// renewed before each migration; those that must not meet take no time.
const RENEW: &str = "UPDATE invite_migrations SET description = ?, installed_on = CURRENT_TIMESTAMP \
     WHERE version = 0 AND (description = ? OR installed_on < CURRENT_TIMESTAMP - INTERVAL 30 SECOND)";

const GIVE_BACK: &str = "DELETE FROM invite_migrations WHERE version = 0 AND description = ?";

pub(crate) struct Lease {
    holder: String,
}

impl Lease {
    pub(crate) fn new() -> Self {
        // Chance without a secret: every such hasher has keys of its own.
        Lease { holder: format!("lease of {:016x}", RandomState::new().hash_one(0)) }
    }

    /// Takes or renews it; whether this process has it now.
    pub(crate) async fn take(&self, connection: &mut MySqlConnection) -> Result<bool, SqlxError> {
        let renewed = sqlx::query(RENEW).bind(&self.holder).bind(&self.holder).execute(&mut *connection).await?;
        if renewed.rows_affected() > 0 {
            return Ok(true);
        }
        let taken = sqlx::query(TAKE).bind(&self.holder).execute(connection).await?;
        Ok(taken.rows_affected() > 0)
    }

    pub(crate) async fn give_back(&self, connection: &mut MySqlConnection) -> Result<(), SqlxError> {
        sqlx::query(GIVE_BACK).bind(&self.holder).execute(connection).await.map(|_| ())
    }
}
