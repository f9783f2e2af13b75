//! The spaces of the rows of a file.

use std::collections::{BTreeSet, HashMap};

use crate::error::{Error, Result};
use crate::service::{Actor, Service};
use crate::store::tables::spaces::{self, Removed};
use crate::store::{Session, reading};

/// Returns the space of rows without a `space_id`. Checks that it exists, because every row would
/// fail otherwise.
pub(crate) async fn space_of_file(
    service: &Service,
    actor: &Actor,
    given: Option<&str>,
    rows_name_spaces: bool,
) -> Result<Option<String>> {
    let space = match given {
        Some(space) => space.to_owned(),
        None if rows_name_spaces => return Ok(None),
        None if actor.user.is_none() => {
            return Err(Error::invalid("line 1: the column space_id is missing, and --space was not given")
                .with_hint("add the column, or --space ID for all rows"));
        }
        None => service.default_space(actor).await?,
    };
    reading!(service.db(), |session| { spaces::get(session, &space).await })?;
    Ok(Some(space))
}

/// Locks spaces until the transaction ends, and returns those that were removed.
pub(crate) async fn removed_among(session: &mut Session, spaces: &[&str]) -> Result<HashMap<String, Removed>> {
    let ids: BTreeSet<&str> = spaces.iter().copied().collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let stored = spaces::lock_shared_many(session, &ids).await?.into_iter();
    Ok(stored.filter_map(|stored| Some((stored.space.id, stored.removed?))).collect())
}
