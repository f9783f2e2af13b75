//! Deletes counters of windows that have ended.

use std::time::Duration;

use tokio::time::timeout;

use crate::error::{Error, Result};
use crate::limits::buckets::{Buckets, successor, sweepable_buckets};
use crate::limits::window::Window;
use crate::service::Service;
use crate::store::tables::limits as counters;
use crate::store::tables::limits::Windows;
use crate::store::{in_transaction, reading};

/// Maximum number of counters that one transaction deletes.
const PAGE: i64 = 1_000;

/// Maximum time that the first client of an hour spends on deleting old counters.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(2);

/// Returns the last bucket of the next page of a range in which windows have ended;
/// `None` if there are no more.
pub(crate) async fn last_ended_bucket(service: &Service, buckets: &Buckets) -> Result<Option<String>> {
    let windows = ended(service, buckets.window);
    reading!(service.db(), |session| { counters::page_end(session, &buckets.range, windows, PAGE).await })
}

/// Deletes the ended windows of a range up to a bucket, and moves the start of the range
/// after it.
pub(crate) async fn delete_ended(service: &Service, buckets: &mut Buckets, last: &str) -> Result<()> {
    let windows = ended(service, buckets.window);
    let low = &buckets.range.0;
    in_transaction!(service.db(), |session| { counters::delete(session, low, last, windows).await })?;
    buckets.range.0 = successor(last);
    Ok(())
}

fn ended(service: &Service, window: Window) -> Windows {
    Windows::Before(window.start(service.now()))
}

/// Deletes counters of windows that have ended, for two seconds at most. The next hour or
/// a cleanup deletes the rest.
pub(crate) async fn sweep_ended(service: &Service) {
    let pages = async {
        for mut buckets in sweepable_buckets() {
            while let Some(last) = last_ended_bucket(service, &buckets).await? {
                delete_ended(service, &mut buckets, &last).await?;
            }
        }
        Ok::<(), Error>(())
    };
    // The hit is counted already, so a failed deletion is ignored.
    let _ = timeout(SWEEP_TIMEOUT, pages).await;
}
