//! Resets counters of the current windows.

use crate::error::Result;
use crate::limits::buckets::{Buckets, ranges, successor};
use crate::limits::filter::LimitFilter;
use crate::limits::guess_groups;
use crate::service::{Actor, Service};
use crate::store::tables::limits as counters;
use crate::store::tables::limits::Windows;
use crate::store::tables::operations;
use crate::store::{in_transaction, reading};

/// Maximum number of counters that one transaction deletes.
const PAGE: i64 = 1_000;

impl Service {
    /// Deletes the counters of the current windows that a filter selects, so that they start
    /// at 0, and returns how many.
    ///
    /// Checks no permission: the caller decides who may reset counters.
    ///
    /// # Errors
    /// As [`Service::list_limits`]. Counters that were reset before the error stay
    /// reset.
    pub async fn reset_limits(&self, actor: &Actor, filter: &LimitFilter) -> Result<u64> {
        let operation = self.operation(actor, "limits reset", self.now()).on(filter.described());
        let now = self.now();
        let mut reset = match guess_groups::range(self, filter)? {
            Some(range) => guess_groups::reset(self, &operation, range).await?,
            None => 0,
        };
        for Buckets { mut range, window } in ranges(self, filter)? {
            let windows = Windows::From(window.start(now));
            while let Some(last) =
                reading!(self.db(), |session| { counters::page_end(session, &range, windows, PAGE).await })?
            {
                reset += in_transaction!(self.db(), |session| {
                    let deleted = counters::delete(session, &range.0, &last, windows).await?;
                    if deleted > 0 {
                        operations::record(session, &operation, i64::try_from(deleted).unwrap_or(i64::MAX), 0).await?;
                    }
                    Ok(deleted)
                })?;
                range.0 = successor(&last);
            }
        }
        if reset > 0 {
            self.finish(&operation, 0).await?;
        }
        Ok(reset)
    }
}
