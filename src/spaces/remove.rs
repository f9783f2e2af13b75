//! Removes and restores spaces.

use crate::error::{Error, Result};
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::in_transaction;
use crate::store::tables::spaces::Space;
use crate::store::tables::{members, operations, spaces};

/// The removal of a space, done or planned.
#[derive(Debug, Clone)]
pub struct Removal {
    /// The space.
    pub space: Space,
    /// Its open invites, which are closed with it.
    pub invites: u64,
    /// Its members, whose memberships do not count any more.
    pub members: u64,
}

/// Does what [`remove_space`] would do, and rolls it back: the dry run.
///
/// # Errors
/// As [`remove_space`].
pub async fn plan_removal(service: &Service, actor: &Actor, id: &str) -> Result<Removal> {
    remove(service, actor, id, true).await
}

/// Removes a space: marks it and closes its invites, in one transaction. Its
/// invites, uses, members and operations stay on record until a purge deletes them.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space, and for one that was removed already.
pub async fn remove_space(service: &Service, actor: &Actor, id: &str) -> Result<Removal> {
    remove(service, actor, id, false).await
}

async fn remove(service: &Service, actor: &Actor, id: &str, is_dry: bool) -> Result<Removal> {
    let operation = service.operation(actor, "space remove", service.now()).on(format!("space {id}"));
    in_transaction!(service.db(), |session| {
        if is_dry {
            session.begin_dry_run();
        }
        spaces::lock_open_invites(session, id, service.now()).await?;
        let stored = spaces::lock(session, id).await?.active()?;
        // Only now: an invite that another transaction has just created is not
        // closed before it was created.
        let now = service.now();
        if !spaces::mark_removed(session, id, now, operation.id).await? {
            return Err(session.conflict());
        }
        let invites = spaces::close_invites(session, id, now, operation.id).await?;
        let members = members::count(session, Some(id)).await?.unsigned_abs();
        let changed = i64::try_from(1 + invites).unwrap_or(i64::MAX);
        operations::record_whole(session, &operation, changed, now).await?;
        Ok(Removal { space: stored.space, invites, members })
    })
}

/// Makes a removed space active again: its memberships count again, its invites
/// stay closed.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space, [`Error::Duplicate`] for one that is
/// active or that a purge is deleting.
pub async fn restore_space(service: &Service, actor: &Actor, id: &str) -> Result<Removal> {
    let operation = service.operation(actor, "space restore", service.now()).on(format!("space {id}"));
    in_transaction!(service.db(), |session| {
        spaces::lock_open_invites(session, id, service.now()).await?;
        let stored = spaces::lock(session, id).await?;
        if stored.removed.is_none() {
            return Err(Error::duplicate(format!("the space {id} is not removed; nothing to restore"))
                .with_hint(format!("show it: invite space show {}", word(id))));
        }
        let now = service.now();
        // Else an invite that another node committed after the removal would be valid.
        let closed = spaces::close_strays(session, id, now, operation.id).await?;
        if !spaces::restore(session, id, operation.id).await? {
            return Err(Error::duplicate(format!("a purge is deleting the space {id}"))
                .with_hint("wait for the next invite cleanup --purge-after, then add the space again"));
        }
        let members = members::count(session, Some(id)).await?.unsigned_abs();
        let changed = i64::try_from(1 + closed).unwrap_or(i64::MAX);
        operations::record_whole(session, &operation, changed, now).await?;
        Ok(Removal { space: stored.space, invites: 0, members })
    })
}
