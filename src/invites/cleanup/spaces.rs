//! Closes what is open in removed spaces, and deletes these once they have been removed
//! for long enough and have no invites left.

use chrono::{DateTime, Utc};

use crate::batch::Failure;
use crate::batch::bisect::Halves;
use crate::error::Result;
use crate::invites::cleanup::run::{Run, record};
use crate::invites::cleanup::{Cleaned, CleanupObserver};
use crate::store::tables::spaces;
use crate::store::{in_transaction, reading};

/// How many spaces one transaction deletes.
const AT_ONCE: i64 = 500;

impl Run<'_> {
    /// Closes the open invites of removed spaces, a transaction per space, and answers
    /// how many. A space whose invites the database refuses to close is reported.
    pub(crate) async fn close_strays(&mut self, observer: &mut dyn CleanupObserver) -> Result<u64> {
        let (mut closed, mut after) = (0, String::new());
        while !self.is_to_stop(observer) {
            let page = reading!(self.service.db(), |session| { spaces::with_strays(session, &after, AT_ONCE).await })?;
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            for id in page {
                match self.close_strays_of(&id).await {
                    Ok(changed) => {
                        closed += changed;
                        observer.advance(Cleaned::Revoked, changed);
                    }
                    Err(error) if error.is_row_fault() => {
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

    /// Deletes the spaces that were removed at an instant or before, each with its
    /// members, and answers how many. A transaction deletes as many members as the
    /// batch has invites; a space that it has begun with cannot be restored any more.
    pub(crate) async fn purge_spaces(
        &mut self,
        before: DateTime<Utc>,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let size = AT_ONCE.min(self.batch_size);
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

    /// Deletes the spaces of a page. Where the database refuses one, the page is
    /// halved until that one stands alone.
    async fn purge_page(
        &mut self,
        page: Vec<String>,
        before: DateTime<Utc>,
        observer: &mut dyn CleanupObserver,
    ) -> Result<u64> {
        let mut purged = 0;
        let mut parts = Halves::of(page);
        while let Some(part) = parts.next() {
            match self.purge_part_of_page(&part, before, observer).await {
                Ok(deleted) => {
                    purged += deleted;
                    observer.advance(Cleaned::Space, deleted);
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
            // Until then, members are left.
            if let Some(spaces) = deleted.spaces {
                return Ok(spaces);
            }
        }
        Ok(0)
    }
}
