//! Adds, lists, removes and restores single spaces.

use std::ops::ControlFlow;

use crate::authorize::{Right, may};
use crate::error::{Error, Result};
use crate::invites::list::known_actor;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::tables::spaces::{self, ListedSpace, Listing};
pub use crate::store::tables::spaces::{Removed, Space, StoredSpace};
use crate::store::tables::{members, operations};
use crate::store::{in_transaction, reading};
use crate::text::{check_id, check_name};

/// Adds a space.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::Duplicate`] if the id is taken, also by a removed space, [`Error::Invalid`] for an unknown
/// policy or an id or name that cannot be right.
pub async fn add_space(service: &Service, actor: &Actor, space: &Space) -> Result<()> {
    check_id("space ID", &space.id)?;
    check_name("space name", &space.name)?;
    service.policies().get(&space.policy)?;
    let operation = service.operation(actor, "space add", service.now()).on(format!("space {}", space.id));
    in_transaction!(service.db(), |session| {
        let now = service.now();
        if spaces::insert(session, &[space], now, operation.id).await? == 0 {
            let removed = spaces::find(session, &space.id).await?.and_then(|stored| stored.removed);
            return Err(match removed {
                Some(removed) => spaces::taken_by_removed(&space.id, removed),
                None => Error::duplicate(format!("the space {} already exists", space.id))
                    .hint("show it: invite space list"),
            });
        }
        operations::record_whole(session, &operation, 1, now).await
    })
}

/// The standing code of a space in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// A live code.
    Code(String),
    /// A live code of which only the hash is kept.
    Hashed,
    /// A code that the actor may not see, if there is one.
    Hidden,
    /// The space lacks a standing code; `backfill` creates it.
    Missing,
    /// The policy of the space has no standing codes.
    NotByPolicy,
    /// The space was removed.
    Removed,
    /// The policy of the space is not configured.
    UnknownPolicy,
}

impl Standing {
    /// The code, where it is known and may be seen.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Standing::Code(code) => Some(code),
            _ => None,
        }
    }
}

/// Which spaces to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spaces<'a> {
    /// Only spaces of this policy.
    pub policy: Option<&'a str>,
    /// The removed spaces instead of the active ones.
    pub removed: bool,
}

/// The active spaces of one policy, or of all.
impl<'a> From<Option<&'a str>> for Spaces<'a> {
    fn from(policy: Option<&'a str>) -> Self {
        Spaces { policy, removed: false }
    }
}

impl<'a> Spaces<'a> {
    fn listing(self, actor: &'a Actor) -> Listing<'a> {
        Listing { policy: self.policy, member: actor.user.as_deref(), removed: self.removed }
    }
}

/// Hands over spaces by id, each with its standing code. An actor who acts for a
/// user gets the spaces of this user alone: those that they are a member of.
///
/// # Errors
/// [`Error::Invalid`] for an unknown policy, [`Error::NotFound`] for a user who
/// is not known, and what the database says.
pub async fn list_spaces(
    service: &Service,
    actor: &Actor,
    spaces: impl Into<Spaces<'_>>,
    limit: Option<u32>,
    mut each: impl FnMut(StoredSpace, Standing) -> ControlFlow<()>,
) -> Result<()> {
    let spaces: Spaces<'_> = spaces.into();
    if let Some(policy) = spaces.policy {
        service.policies().get(policy)?;
    }
    let listing = spaces.listing(actor);
    let limited = (limit.map_or(i64::MAX, i64::from), service.now());
    reading!(service.db(), |session, begun| {
        known_actor(session, actor).await?;
        spaces::list(session, listing, limited, |listed| {
            *begun = true;
            let standing = standing(service, actor, &listed);
            Ok(each(listed.stored, standing))
        })
        .await
    })
}

fn standing(service: &Service, actor: &Actor, listed: &ListedSpace) -> Standing {
    if listed.stored.removed.is_some() {
        return Standing::Removed;
    }
    let Some(policy) = service.policies().find(&listed.stored.space.policy) else { return Standing::UnknownPolicy };
    let sees_codes = match actor.user {
        Some(_) => may(policy, Right::See, listed.role.as_deref()),
        None => !service.demands_actor(),
    };
    match &listed.code {
        _ if !policy.standing => Standing::NotByPolicy,
        _ if !sees_codes => Standing::Hidden,
        Some(code) => Standing::Code(code.clone()),
        None if listed.has_standing => Standing::Hashed,
        None => Standing::Missing,
    }
}

/// How many spaces [`list_spaces`] has without a limit.
///
/// # Errors
/// What the database says.
pub async fn count_spaces(service: &Service, actor: &Actor, spaces: impl Into<Spaces<'_>>) -> Result<u64> {
    let listing = spaces.into().listing(actor);
    reading!(service.db(), |session| { spaces::count(session, listing).await }).map(i64::unsigned_abs)
}

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
                .hint(format!("show it: invite space show {}", word(id))));
        }
        let now = service.now();
        // Else an invite that another node committed after the removal would be valid.
        let closed = spaces::close_strays(session, id, now, operation.id).await?;
        if !spaces::restore(session, id, operation.id).await? {
            return Err(Error::duplicate(format!("a purge is deleting the space {id}"))
                .hint("wait for the next invite cleanup --purge-after, then add the space again"));
        }
        let members = members::count(session, Some(id)).await?.unsigned_abs();
        let changed = i64::try_from(1 + closed).unwrap_or(i64::MAX);
        operations::record_whole(session, &operation, changed, now).await?;
        Ok(Removal { space: stored.space, invites: 0, members })
    })
}
