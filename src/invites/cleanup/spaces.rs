//! Closes open invites of removed spaces, and deletes spaces that were removed long enough
//! ago and have no invites left.

use chrono::{DateTime, Utc};

use crate::batch::Failure;
use crate::batch::bisect::BisectingBatch;
use crate::error::Result;
use crate::invites::cleanup::observer::{CleanupAction, CleanupObserver};
use crate::invites::cleanup::run::{Run, record};
use crate::store::tables::spaces;
use crate::store::{in_transaction, reading};

/// Maximum number of spaces per transaction.
const PAGE: i64 = 500;

impl Run<'_> {
    /// Closes the open invites of removed spaces, in one transaction per space, and returns
    /// how many. A space whose invites the database refuses to close is reported.
    pub(crate) async fn close_strays(&mut self, observer: &mut dyn CleanupObserver) -> Result<u64> {
        let (mut closed, mut after) = (0, String::new());
        while !self.is_to_stop(observer) {
            let page = reading!(self.service.db(), |session| { spaces::with_strays(session, &after, PAGE).await })?;
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            for id in page {
                match self.close_strays_of(&id).await {
                    Ok(changed) => {
                        closed += changed;
                        observer.advance(CleanupAction::Revoked, changed);
                    }
                    Err(error) if error.is_row_error() => {
                        self.summary.failed += 1;
                        observer.failed(&Failure::of(format!("the open invites of the space {id}"), &error));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(closed)
    }

    async fn close_strays_of(&self, id: &str) -> Result<u64> {
        let (service, operation) = (self.service, &self.operation);
        in_transaction!(service.db(), |session| {
            let changed = spaces::close_strays(session, id, service.now(), operation.id).await?;
            record(session, operation, changed).await?;
            Ok(changed)
        })
    }

    /// Deletes the spaces that were removed at an instant or before, with their members, and
    /// returns how many. A transaction deletes at most `batch_size` members; once it has
    /// begun with a space, the space cannot be restored.
    pub(crate) async fn purge_spaces(
        &mut self,
        before: DateTime<Utc>,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let size = PAGE.min(self.batch_size);
        let (mut purged, mut after) = (0, String::new());
        while !self.is_to_stop(observer) {
            let page =
                reading!(self.service.db(), |session| { spaces::ready_to_purge(session, &after, before, size).await })?;
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            purged += self.purge_page(page, before, observer).await?;
        }
        Ok(purged)
    }

    /// Deletes the spaces of a page. If the database refuses one, the page is bisected until
    /// that space is alone.
    async fn purge_page(
        &mut self,
        page: Vec<String>,
        before: DateTime<Utc>,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let mut purged = 0;
        let mut parts = BisectingBatch::new(page);
        while let Some(part) = parts.next() {
            match self.purge_part_of_page(&part, before, observer).await {
                Ok(deleted) => {
                    purged += deleted;
                    observer.advance(CleanupAction::Space, deleted);
                }
                Err(error) => {
                    if let Some((id, error)) = parts.split(part, error)? {
                        self.summary.failed += 1;
                        observer.failed(&Failure::of(format!("space {id}"), &error));
                    }
                }
            }
        }
        Ok(purged)
    }

    async fn purge_part_of_page(
        &mut self,
        part: &[String],
        before: DateTime<Utc>,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let ids: Vec<&str> = part.iter().map(String::as_str).collect();
        let size = self.batch_size;
        while !self.is_to_stop(observer) {
            let operation = &self.operation;
            let deleted = in_transaction!(self.service.db(), |session| {
                spaces::mark_purged(session, &ids, before, operation.id).await?;
                let deleted = spaces::delete_purged(session, &ids, size).await?;
                record(session, operation, deleted.members + deleted.spaces.unwrap_or_default()).await?;
                Ok(deleted)
            })?;
            // `None` means that members are left.
            if let Some(spaces) = deleted.spaces {
                return Ok(spaces);
            }
        }
        Ok(0)
    }
}
