//! A lease that lets one process at a time migrate a cluster.
//!
//! Two nodes of Galera that create the same view at the same time deadlock, and block every later
//! definition of the cluster; no timeout resolves it. Named locks and table locks hold on one node
//! only, but of two concurrent changes of a row the cluster refuses one. So the lease is a row in
//! the table of applied migrations, with a version that no migration has.

use std::hash::{BuildHasher as _, RandomState};

use sqlx::Error as SqlxError;
use sqlx::mysql::MySqlConnection;

const ACQUIRE: &str = "INSERT IGNORE INTO invite_migrations (version, description, success, checksum, execution_time) \
     VALUES (0, ?, TRUE, '', 0)";

/// A lease that was not renewed for 30 seconds belongs to a process that has ended. It is renewed
/// before each migration, and the migrations that conflict run for a shorter time.
const RENEW: &str = "UPDATE invite_migrations SET description = ?, installed_on = CURRENT_TIMESTAMP \
     WHERE version = 0 AND (description = ? OR installed_on < CURRENT_TIMESTAMP - INTERVAL 30 SECOND)";

const RELEASE: &str = "DELETE FROM invite_migrations WHERE version = 0 AND description = ?";

pub(crate) struct Lease {
    holder: String,
}

impl Lease {
    pub(crate) fn new() -> Self {
        // Each `RandomState` has random keys. The holder need not be secret.
        Lease { holder: format!("lease of {:016x}", RandomState::new().hash_one(0)) }
    }

    /// Takes or renews the lease; returns true if this process holds it now.
    pub(crate) async fn acquire(&self, connection: &mut MySqlConnection) -> Result<bool, SqlxError> {
        let renewed = sqlx::query(RENEW).bind(&self.holder).bind(&self.holder).execute(&mut *connection).await?;
        if renewed.rows_affected() > 0 {
            return Ok(true);
        }
        let taken = sqlx::query(ACQUIRE).bind(&self.holder).execute(connection).await?;
        Ok(taken.rows_affected() > 0)
    }

    pub(crate) async fn release(&self, connection: &mut MySqlConnection) -> Result<(), SqlxError> {
        sqlx::query(RELEASE).bind(&self.holder).execute(connection).await.map(|_| ())
    }
}
