//! Adds, lists and removes single spaces.

use std::ops::ControlFlow;

use super::list::known_actor;
use super::permission::{Right, may};
use super::{Actor, Service};
use crate::error::{Error, Result};
use crate::store::spaces::{self, ListedSpace, Listing};
pub use crate::store::spaces::{Space, StoredSpace};
use crate::store::{in_transaction, invites, listing, members, operations, reading};
use crate::text::{check_id, check_name};

/// Adds a space.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::Duplicate`] if the id is taken, [`Error::Invalid`] for an unknown
/// policy or an id or name that cannot be right.
pub async fn add_space(service: &Service, actor: &Actor, space: &Space) -> Result<()> {
    check_id("space's id", &space.id)?;
    check_name("space's name", &space.name)?;
    service.policies().get(&space.policy)?;
    let operation = service.operation(actor, "space add", service.now()).on(format!("space {}", space.id));
    in_transaction!(service.db(), |session| {
        let now = service.now();
        if spaces::insert(session, &[space], now, operation.id).await? == 0 {
            return Err(
                Error::duplicate(format!("the space {} exists already", space.id)).hint("see it: invite space list")
            );
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
    /// None: the space lacks one, and `backfill` creates it.
    Missing,
    /// None: the policy of the space has no standing codes.
    NotByPolicy,
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

/// Hands over spaces by id, each with its standing code. An actor who acts for a
/// user gets the spaces of this user alone: those that they are a member of.
///
/// # Errors
/// [`Error::Invalid`] for an unknown policy, [`Error::NotFound`] for a user who
/// is not known, and what the database says.
pub async fn list_spaces(
    service: &Service,
    actor: &Actor,
    policy: Option<&str>,
    limit: Option<u32>,
    mut each: impl FnMut(StoredSpace, Standing) -> ControlFlow<()>,
) -> Result<()> {
    if let Some(policy) = policy {
        service.policies().get(policy)?;
    }
    let listing = Listing { policy, member: actor.acting_as.as_deref() };
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
    let Some(policy) = service.policies().find(&listed.stored.space.policy) else { return Standing::UnknownPolicy };
    let may_see = match actor.acting_as {
        Some(_) => may(policy, Right::See, listed.role.as_deref()),
        None => !service.demands_actor(),
    };
    match &listed.code {
        _ if !policy.standing => Standing::NotByPolicy,
        _ if !may_see => Standing::Hidden,
        Some(code) => Standing::Code(code.clone()),
        None if listed.has_standing => Standing::Hashed,
        None => Standing::Missing,
    }
}

/// How many spaces [`list_spaces`] has without a limit.
///
/// # Errors
/// What the database says.
pub async fn count_spaces(service: &Service, actor: &Actor, policy: Option<&str>) -> Result<u64> {
    let listing = Listing { policy, member: actor.acting_as.as_deref() };
    reading!(service.db(), |session| { spaces::count(session, listing).await }).map(i64::unsigned_abs)
}

/// What removing a space would take along.
#[derive(Debug, Clone)]
pub struct RemovalPlan {
    /// The space.
    pub space: Space,
    /// Its invites, in whatever state.
    pub invites: u64,
    /// Its members.
    pub members: u64,
}

/// Looks what removing a space would take along.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space.
pub async fn plan_removal(service: &Service, id: &str) -> Result<RemovalPlan> {
    reading!(service.db(), |session| {
        let stored = spaces::get(session, id).await?;
        let filter = listing::Filter { spaces: vec![id.to_owned()], ..listing::Filter::default() };
        Ok(RemovalPlan {
            space: stored.space,
            invites: listing::count(session, &filter, None, service.now()).await?.unsigned_abs(),
            members: members::count(session, Some(id)).await?.unsigned_abs(),
        })
    })
}

/// Removes a space with its invites, their uses, and its members; answers what
/// went.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::NotFound`] if it is gone already.
pub async fn remove_space(service: &Service, actor: &Actor, plan: &RemovalPlan) -> Result<RemovalPlan> {
    let operation = service.operation(actor, "space remove", service.now()).on(format!("space {}", plan.space.id));
    let id = plan.space.id.as_str();
    in_transaction!(service.db(), |session| {
        spaces::lock(session, id).await?;
        let invites = invites::delete_of_space(session, id).await?;
        let members = members::delete_of_space(session, id).await?;
        if !spaces::delete(session, id).await? {
            return Err(Error::not_found(format!("Space {id} not found")));
        }
        let changed = i64::try_from(1 + members + invites).unwrap_or(i64::MAX);
        operations::record_whole(session, &operation, changed, service.now()).await?;
        Ok(RemovalPlan { space: plan.space.clone(), invites, members })
    })
}
