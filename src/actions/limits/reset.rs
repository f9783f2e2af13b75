//! Deleting counters: those that an operator resets, and those of hours that
//! are over.

use super::{LimitFilter, behind, locks, ranges, window_of};
use crate::actions::{Actor, Service};
use crate::error::Result;
use crate::store::limits::{self as counters, Windows};
use crate::store::{in_transaction, operations, reading};

/// How many counters one transaction deletes.
const PAGE: i64 = 1_000;

/// Deletes the counters of the present hour that a filter picks, so that they
/// begin at 0; answers how many.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// As [`super::list_limits`]; what was reset before stays so.
pub async fn reset_limits(service: &Service, actor: &Actor, filter: &LimitFilter) -> Result<u64> {
    let operation = service.operation(actor, "limits reset", service.now()).on(filter.described());
    let windows = Windows::From(window_of(service.now()));
    let mut reset = match locks::range(service, filter)? {
        Some(range) => locks::reset(service, &operation, range).await?,
        None => 0,
    };
    for mut range in ranges(service, filter)? {
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

/// The ranges whose windows end with their hour: all but guesses, each from one
/// bucket to before another.
pub(in crate::actions) const ENDED: [(&str, &str); 2] = [("", "guesses:"), ("guesses;", "~~")];

/// The buckets from `low` on that hold windows which ended, a page of them: the
/// last. None: there are no more before `high`.
pub(in crate::actions) async fn ended_page(service: &Service, low: &str, high: &str) -> Result<Option<String>> {
    let range = (low.to_owned(), high.to_owned());
    let windows = Windows::Before(window_of(service.now()));
    reading!(service.db(), |session| { counters::page_end(session, &range, windows, PAGE).await })
}

/// Deletes the windows that ended from one bucket to another; answers where to
/// go on.
pub(in crate::actions) async fn sweep_page(service: &Service, low: &str, last: &str) -> Result<String> {
    let windows = Windows::Before(window_of(service.now()));
    in_transaction!(service.db(), |session| { counters::delete(session, low, last, windows).await })?;
    Ok(behind(last))
}
