//! Checks whether a transaction took place whose COMMIT was not answered.

use chrono::DateTime;
use uuid::Uuid;

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::{Sql, sql};

const CLAIM: Sql = sql!("UPDATE invite_operations SET last_step = last_step WHERE id = :id");

const PLACEHOLDER: Sql = sql!(
    "{insert_new} invite_operations (id, at, operator, command) \
     VALUES (:id, :at, '', '') {skip_conflicts}"
);

/// Selects the last step that was written to an operation.
pub(crate) const LAST_STEP: Sql = sql!("SELECT last_step FROM invite_operations WHERE id = :id");

/// Returns true if the transaction with this step of the operation was committed. Takes the lock of
/// the row, or inserts a placeholder for it, and so waits for a commit that is still in progress.
/// The caller rolls back.
pub(crate) async fn has_step(session: &mut Session, operation: Uuid, step: i64) -> Result<bool> {
    let id = ("id", operation.into());
    if session.exec(CLAIM, std::slice::from_ref(&id)).await? == 0 {
        let row = &[id.clone(), ("at", DateTime::UNIX_EPOCH.into())];
        if session.insert(PLACEHOLDER, row, 1).await? == 1 {
            return Ok(false);
        }
    }
    let row = session.maybe_one(LAST_STEP, &[id]).await?;
    Ok(row.map(|row| row.int("last_step")).transpose()?.is_some_and(|last| last >= step))
}
