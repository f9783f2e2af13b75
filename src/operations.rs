//! Lists operations: who changed what, when and why.

use std::ops::ControlFlow;

use uuid::Uuid;

use crate::complete_ids::ids_from;
use crate::error::{Error, Result};
use crate::service::Service;
use crate::store::reading;
pub use crate::store::tables::operations::Operation;
use crate::store::tables::prefix_search;

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
    let limit = limit.map_or(i64::MAX, i64::from);
    reading!(service.db(), |session, begun| {
        crate::store::tables::operations::list(session, limit, |operation| {
            *begun = true;
            Ok(each(operation))
        })
        .await
    })
}

/// The fewest characters that name an operation.
const LEAST: usize = 8;

/// The operation that somebody named by its id, or by the beginning of it. What
/// is whole is taken as it is.
///
/// # Errors
/// [`Error::Invalid`] for what is no id, is too short, or begins the ids of
/// several; [`Error::NotFound`] if none begins so.
pub async fn named(service: &Service, text: &str) -> Result<Uuid> {
    if let Ok(id) = Uuid::try_parse(text) {
        return Ok(id);
    }
    let see = "list the operations: invite operations";
    let Some(ids) = ids_from(text).filter(|_| text.len() >= LEAST) else {
        return Err(Error::invalid("invalid operation ID: write an ID, or at least its first 8 characters").hint(see));
    };
    let found = reading!(service.db(), |session| { prefix_search::operations(session, ids, 2).await })?;
    match found[..] {
        [(id, ..)] => Ok(id),
        [] => Err(Error::not_found("no operation has an ID with this beginning").hint(see)),
        _ => Err(Error::invalid("several operations have an ID with this beginning")
            .hint("write more characters of the ID: invite operations -o wide")),
    }
}

/// Returns one operation.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::NotFound`] if nothing of it was stored, and what the database says.
pub async fn find(service: &Service, id: Uuid) -> Result<Operation> {
    let found = reading!(service.db(), |session| { crate::store::tables::operations::find(session, id).await })?;
    found.ok_or_else(|| {
        Error::not_found(format!("no operation has the ID {id}, so none of its changes is stored"))
            .hint("list the operations: invite operations")
    })
}

/// How many operations there are.
///
/// # Errors
/// What the database says.
pub async fn count(service: &Service) -> Result<u64> {
    reading!(service.db(), |session| { crate::store::tables::operations::count(session).await }).map(i64::unsigned_abs)
}
