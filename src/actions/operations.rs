//! Lists operations: who changed what, when and why.

use std::ops::ControlFlow;

use super::Service;
use crate::error::Result;
pub use crate::store::operations::Operation;
use crate::store::reading;

/// Hands over operations, the newest first, at most `limit` of them.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// What the database says.
pub async fn operations(
    service: &Service,
    limit: Option<u32>,
    mut each: impl FnMut(Operation) -> ControlFlow<()>,
) -> Result<()> {
    let mut session = service.db().read().await?;
    let limit = limit.map_or(i64::MAX, i64::from);
    crate::store::operations::list(&mut session, limit, |operation| Ok(each(operation))).await
}

/// How many operations there are.
///
/// # Errors
/// What the database says.
pub async fn count(service: &Service) -> Result<u64> {
    reading!(service.db(), |session| { crate::store::operations::count(session).await }).map(i64::unsigned_abs)
}
