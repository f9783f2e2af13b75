//! Spaces and their removal.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result, readable};
use crate::shell::word;
use crate::store::db::row::Row;
use crate::text::{MAX_ID, shortened};

/// A space, which users join.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Space {
    /// The ID, assigned by the application.
    pub id: String,
    /// The policy of the space.
    pub policy: String,
    /// The name; in the director system, the name of the director.
    pub name: String,
}

impl Space {
    /// Creates a space with an ID, a policy and a name.
    #[must_use]
    pub fn new(id: impl Into<String>, policy: impl Into<String>, name: impl Into<String>) -> Self {
        Space { id: id.into(), policy: policy.into(), name: name.into() }
    }
}

/// A stored space.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredSpace {
    /// The space.
    pub space: Space,
    /// Time at which the space was added.
    pub created_at: DateTime<Utc>,
    /// The operation that added the space or changed it last.
    pub changed_op: Uuid,
    /// The removal of the space; `None` if it is active.
    pub removed: Option<Removed>,
}

/// The removal of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Time at which the space was removed.
    pub at: DateTime<Utc>,
    /// The operation that removed the space.
    pub operation: Uuid,
}

impl StoredSpace {
    /// Returns the space if it is active.
    ///
    /// # Errors
    /// [`Error::NotFound`] with the time of the removal.
    pub(crate) fn active(self) -> Result<Self> {
        match self.removed {
            None => Ok(self),
            Some(removed) => Err(removed_error(&self.space.id, removed)),
        }
    }
}

/// Returns the error for a removed space.
pub(crate) fn removed_error(id: &str, removed: Removed) -> Error {
    Error::not_found(format!("Space {} was removed at {}", shortened(id, MAX_ID), readable(removed.at)))
        .with_hint(format!("restore it: invite space restore {}", word(&shortened(id, MAX_ID))))
}

pub(crate) fn space(row: &Row) -> Result<Space> {
    Ok(Space { id: row.text("id")?, policy: row.text("policy")?, name: row.text("name")? })
}

pub(crate) fn read(row: &Row) -> Result<StoredSpace> {
    let removed = row.maybe_time("removed_at")?.zip(row.maybe_id("removed_op")?);
    Ok(StoredSpace {
        space: space(row)?,
        created_at: row.time("created_at")?,
        changed_op: row.id("changed_op")?,
        removed: removed.map(|(at, operation)| Removed { at, operation }),
    })
}
