//! Deleting counters: those that an operator resets, and those of windows that
//! have ended.

use crate::error::Result;
use crate::limits::windows::{Buckets, Window};
use crate::limits::{LimitFilter, behind, locks, ranges};
use crate::service::{Actor, Service};
use crate::store::tables::limits as counters;
use crate::store::tables::limits::Windows;
use crate::store::tables::operations;
use crate::store::{in_transaction, reading};

/// How many counters one transaction deletes.
const PAGE: i64 = 1_000;

/// Deletes the counters of the current windows that a filter picks, so that they
/// begin at 0; answers how many.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// As [`crate::limits::list_limits`]; what was reset before stays so.
pub async fn reset_limits(service: &Service, actor: &Actor, filter: &LimitFilter) -> Result<u64> {
    let operation = service.operation(actor, "limits reset", service.now()).on(filter.described());
    let now = service.now();
    let mut reset = match locks::range(service, filter)? {
        Some(range) => locks::reset(service, &operation, range).await?,
        None => 0,
    };
    for Buckets { mut range, window } in ranges(service, filter)? {
        let windows = Windows::From(window.start(now));
        while let Some(last) =
            reading!(service.db(), |session| { counters::page_end(session, &range, windows, PAGE).await })?
        {
            reset += in_transaction!(service.db(), |session| {
                let deleted = counters::delete(session, &range.0, &last, windows).await?;
                if deleted > 0 {
                    operations::record(session, &operation, i64::try_from(deleted).unwrap_or(i64::MAX), 0).await?;
                }
                Ok(deleted)
            })?;
            range.0 = behind(&last);
        }
    }
    if reset > 0 {
        service.finish(&operation, 0).await?;
    }
    Ok(reset)
}

/// Returns the last of the next buckets of a range that hold windows which have
/// ended; none if there are no more.
pub(crate) async fn ended_page(service: &Service, buckets: &Buckets) -> Result<Option<String>> {
    let windows = ended(service, buckets.window);
    reading!(service.db(), |session| { counters::page_end(session, &buckets.range, windows, PAGE).await })
}

/// Deletes the windows that have ended up to a bucket of a range, which then begins
/// behind it.
pub(crate) async fn sweep_page(service: &Service, buckets: &mut Buckets, last: &str) -> Result<()> {
    let windows = ended(service, buckets.window);
    let low = &buckets.range.0;
    in_transaction!(service.db(), |session| { counters::delete(session, low, last, windows).await })?;
    buckets.range.0 = behind(last);
    Ok(())
}

fn ended(service: &Service, window: Window) -> Windows {
    Windows::Before(window.start(service.now()))
}
