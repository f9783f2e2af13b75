//! Removes and restores spaces.

use crate::error::{Error, Result};
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::in_transaction;
use crate::store::tables::spaces::Space;
use crate::store::tables::{members, operations, spaces};

/// The removal or restoration of a space, done or planned.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Removal {
    /// The space.
    pub space: Space,
    /// Number of open invites of the space, which are closed.
    pub invites: u64,
    /// Number of its members, whose memberships are suspended.
    pub members: u64,
}

impl Service {
    /// Runs [`Service::remove_space`] and rolls it back: the dry run.
    ///
    /// # Errors
    /// As [`Service::remove_space`].
    pub async fn plan_remove_space(&self, actor: &Actor, id: &str) -> Result<Removal> {
        remove(self, actor, id, true).await
    }

    /// Removes a space: marks it as removed and closes its invites, in one transaction. Its
    /// invites, uses, members and operations are kept until a purge deletes them.
    ///
    /// Checks no permission: the caller decides who may remove spaces.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown or removed space.
    pub async fn remove_space(&self, actor: &Actor, id: &str) -> Result<Removal> {
        remove(self, actor, id, false).await
    }

    /// Restores a removed space with its memberships. Its invites stay closed.
    ///
    /// Checks no permission: the caller decides who may restore spaces.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown space, [`Error::Duplicate`] for one that is active and
    /// for one that a purge is deleting.
    pub async fn restore_space(&self, actor: &Actor, id: &str) -> Result<Removal> {
        let operation = self.operation(actor, "space restore", self.now()).on(format!("space {id}"));
        in_transaction!(self.db(), |session| {
            spaces::lock_open_invites(session, id, self.now()).await?;
            let stored = spaces::lock(session, id).await?;
            if stored.removed.is_none() {
                return Err(Error::duplicate(format!("the space {id} is not removed; nothing to restore"))
                    .with_hint(format!("show it: invite space show {}", word(id))));
            }
            let now = self.now();
            // Another node may have committed invites after the removal; they would be valid again.
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
}

async fn remove(service: &Service, actor: &Actor, id: &str, is_dry: bool) -> Result<Removal> {
    let operation = service.operation(actor, "space remove", service.now()).on(format!("space {id}"));
    in_transaction!(service.db(), |session| {
        if is_dry {
            session.begin_dry_run();
        }
        spaces::lock_open_invites(session, id, service.now()).await?;
        let stored = spaces::lock(session, id).await?.active()?;
        // Read the clock after the lock, so that no invite is closed before it was created.
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
