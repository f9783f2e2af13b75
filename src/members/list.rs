//! Lists and counts members.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::members::Member;
use crate::store::tables::{members, spaces};

impl Service {
    /// Passes the members of one space, or of all, to `each`, until it breaks.
    ///
    /// Checks no permission: the caller decides who may list members.
    ///
    /// # Errors
    /// [`crate::error::Error::NotFound`] for an unknown space.
    pub async fn list_members(
        &self,
        space: Option<&str>,
        limit: Option<u32>,
        mut each: impl FnMut(Member) -> ControlFlow<()>,
    ) -> Result<()> {
        reading!(self.db(), |session, begun| {
            if let Some(space) = space {
                spaces::get(session, space).await?;
            }
            members::list(session, space, limit.map_or(i64::MAX, i64::from), |member| {
                *begun = true;
                Ok(each(member))
            })
            .await
        })
    }

    /// Counts the members of one space, or of all.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn count_members(&self, space: Option<&str>) -> Result<u64> {
        reading!(self.db(), |session| { members::count(session, space).await }).map(i64::unsigned_abs)
    }
}
