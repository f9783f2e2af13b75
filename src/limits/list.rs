//! Lists and counts the counters of rate limits.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::limits::buckets::{Buckets, ranges};
use crate::limits::filter::LimitFilter;
use crate::limits::guess_groups;
use crate::limits::usage::{LimitUsage, counted};
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::limits as counters;

impl Service {
    /// Passes the counters of the current windows that a filter selects to `each`, at most
    /// `limit` of them, until it breaks.
    ///
    /// Checks no permission: the caller decides who may read counters.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] for an unknown policy and for text that is not an
    /// address, and any error of the database.
    pub async fn list_limits(
        &self,
        filter: &LimitFilter,
        limit: Option<u32>,
        mut each: impl FnMut(LimitUsage) -> ControlFlow<()>,
    ) -> Result<()> {
        let ranges = ranges(self, filter)?;
        let mut left = limit.map_or(i64::MAX, i64::from);
        if let Some(range) = guess_groups::range(self, filter)? {
            for group in guess_groups::usage(self, range, self.now()).await? {
                if left == 0 || each(group).is_break() {
                    return Ok(());
                }
                left -= 1;
            }
        }
        let now = self.now();
        reading!(self.db(), |session, begun| {
            let mut left = left;
            for Buckets { range, window } in &ranges {
                if left == 0 {
                    break;
                }
                let flow = counters::stream(session, range, window.start(now), left, |count| {
                    *begun = true;
                    Ok(each(counted(self, count)?))
                });
                let ControlFlow::Continue(seen) = flow.await? else { break };
                left -= seen;
            }
            Ok(())
        })
    }

    /// Counts the counters that a filter selects.
    ///
    /// # Errors
    /// As [`Service::list_limits`].
    pub async fn count_limits(&self, filter: &LimitFilter) -> Result<u64> {
        let ranges = ranges(self, filter)?;
        let groups = match guess_groups::range(self, filter)? {
            Some(range) => guess_groups::usage(self, range, self.now()).await?.len() as u64,
            None => 0,
        };
        reading!(self.db(), |session| {
            let now = self.now();
            let mut total = 0;
            for Buckets { range, window } in &ranges {
                total += counters::count(session, range, window.start(now)).await?;
            }
            Ok(total)
        })
        .map(|total: i64| total.unsigned_abs() + groups)
    }
}
