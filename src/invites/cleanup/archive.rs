//! Handing over what a purge is about to delete, piece by piece: an invite may
//! have more uses than fit in memory.

use std::ops::ControlFlow;

use uuid::Uuid;

use crate::error::Result;
use crate::invites::cleanup::CleanupObserver;
use crate::model::invite::Invite;
use crate::service::Service;
use crate::store::tables::cleanup as rows;
use crate::store::tables::cleanup::{Doomed, Place};
use crate::store::tables::uses::{self, Use};
use crate::store::{Session, in_transaction};

/// How many invites are in memory at a time.
const PAGE: usize = 1_000;

/// A piece of what is about to be deleted. The uses of an invite follow it.
#[derive(Debug, Clone, Copy)]
pub enum Archived<'a> {
    /// An invite.
    Invite(&'a Invite),
    /// A use of the invite before it.
    Use(&'a Use),
}

/// Hands a batch over, in the order of the ids; answers how many invites it has.
pub(crate) async fn archive(session: &mut Session, doomed: &Doomed, observer: &mut dyn CleanupObserver) -> Result<u64> {
    observer.begin_batch()?;
    let (mut place, mut handed_over) = (Place::default(), 0);
    loop {
        let page = doomed.page(session, &mut place, PAGE).await?;
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

/// True if one of these invites is stored. Waits for a deletion of them that is
/// still under way, for example that of a process that was killed meanwhile.
///
/// # Errors
/// What the database says.
pub async fn is_any_stored(service: &Service, ids: &[Uuid]) -> Result<bool> {
    in_transaction!(service.db(), |session| { rows::lock_any(session, ids).await })
}
