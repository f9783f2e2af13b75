//! Passes the records that a purge deletes to an archive, one by one: an invite may have
//! more uses than fit in memory.

use std::ops::ControlFlow;

use uuid::Uuid;

use crate::error::Result;
use crate::invites::cleanup::observer::{Archived, CleanupObserver};
use crate::model::invite::Invite;
use crate::service::Service;
use crate::store::tables::cleanup as rows;
use crate::store::tables::cleanup::{PageCursor, PurgeCandidates};
use crate::store::tables::uses;
use crate::store::{Session, in_transaction};

/// Maximum number of invites in memory.
const PAGE: usize = 1_000;

/// Archives a batch in the order of the IDs, and returns its number of invites.
pub(crate) async fn archive(
    session: &mut Session,
    candidates: &PurgeCandidates,
    observer: &mut dyn CleanupObserver,
) -> Result<u64> {
    observer.begin_batch()?;
    let (mut cursor, mut handed_over) = (PageCursor::default(), 0);
    loop {
        let page = candidates.page(session, &mut cursor, PAGE).await?;
        if page.is_empty() {
            return observer.keep_batch().map(|()| handed_over);
        }
        archive_page(session, &page, observer).await?;
        handed_over += page.len() as u64;
    }
}

async fn archive_page(session: &mut Session, page: &[Invite], observer: &mut dyn CleanupObserver) -> Result<()> {
    let used: Vec<Uuid> = page.iter().filter(|invite| invite.uses > 0).map(|invite| invite.id).collect();
    let mut rest = page.iter().peekable();
    if !used.is_empty() {
        uses::stream_of_invites(session, &used, |one| {
            while let Some(invite) = rest.next_if(|invite| invite.id <= one.invite_id) {
                observer.archive(Archived::Invite(invite))?;
            }
            observer.archive(Archived::Use(&one))?;
            Ok(ControlFlow::Continue(()))
        })
        .await?;
    }
    rest.try_for_each(|invite| observer.archive(Archived::Invite(invite)))
}

impl Service {
    /// Returns true if one of these invites is stored. Waits for a running deletion of them,
    /// for example that of a process that was killed meanwhile.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn is_any_invite_stored(&self, ids: &[Uuid]) -> Result<bool> {
        in_transaction!(self.db(), |session| { rows::lock_any(session, ids).await })
    }
}
