//! Operations, the audit log: who changed what, when and why.

use std::ops::ControlFlow;

use uuid::Uuid;

use crate::complete_ids::id_range;
use crate::error::{Error, Result};
use crate::service::Service;
use crate::store::reading;
pub use crate::store::tables::operations::Operation;
use crate::store::tables::prefix_search;

/// Minimum length of the beginning of an ID, in characters.
const MIN_PREFIX: usize = 8;

impl Service {
    /// Passes operations to `each`, the newest first, at most `limit` of them.
    ///
    /// Checks no permission: the caller decides who may read the audit log.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn list_operations(
        &self,
        limit: Option<u32>,
        mut each: impl FnMut(Operation) -> ControlFlow<()>,
    ) -> Result<()> {
        let limit = limit.map_or(i64::MAX, i64::from);
        reading!(self.db(), |session, begun| {
            crate::store::tables::operations::list(session, limit, |operation| {
                *begun = true;
                Ok(each(operation))
            })
            .await
        })
    }

    /// Resolves an ID of an operation, or the beginning of one. A complete ID is returned
    /// without a lookup.
    ///
    /// # Errors
    /// [`Error::Invalid`] for text that is not an ID, is too short, or begins several IDs;
    /// [`Error::NotFound`] if no ID begins with it.
    pub async fn resolve_operation_id(&self, text: &str) -> Result<Uuid> {
        if let Ok(id) = Uuid::try_parse(text) {
            return Ok(id);
        }
        let hint = "list the operations: invite operations";
        let Some(ids) = id_range(text).filter(|_| text.len() >= MIN_PREFIX) else {
            return Err(
                Error::invalid("invalid operation ID: write an ID, or at least its first 8 characters").with_hint(hint)
            );
        };
        let found = reading!(self.db(), |session| { prefix_search::operations(session, ids, 2).await })?;
        match found[..] {
            [(id, ..)] => Ok(id),
            [] => Err(Error::not_found("no operation has an ID with this beginning").with_hint(hint)),
            _ => Err(Error::invalid("several operations have an ID with this beginning")
                .with_hint("write more characters of the ID: invite operations -o wide")),
        }
    }

    /// Returns one operation.
    ///
    /// Checks no permission: the caller decides who may read the audit log.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown operation, and any error of the database.
    pub async fn show_operation(&self, id: Uuid) -> Result<Operation> {
        let found = reading!(self.db(), |session| { crate::store::tables::operations::find(session, id).await })?;
        found.ok_or_else(|| {
            Error::not_found(format!("no operation has the ID {id}, so none of its changes is stored"))
                .with_hint("list the operations: invite operations")
        })
    }

    /// Counts the operations.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn count_operations(&self) -> Result<u64> {
        reading!(self.db(), |session| { crate::store::tables::operations::count(session).await }).map(i64::unsigned_abs)
    }
}
