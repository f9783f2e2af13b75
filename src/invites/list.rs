//! Lists invites: filtered, ordered, streamed.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use crate::authorize;
use crate::authorize::{Deed, Right};
use crate::error::{Error, Result};
use crate::model::invite::Invite;
use crate::service::{Actor, Service};
use crate::store::tables::access_filter::{self, Permitted};
pub use crate::store::tables::listing::{Filter, Mail, Sort, Used};
use crate::store::tables::{listing, members, operations, spaces, users};
use crate::store::{Session, reading};
use crate::text::{canonical_address, check_search, quoted};

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    /// Which invites.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// At most so many; none: all.
    pub limit: Option<u32>,
}

/// One line of a list.
pub struct Listed {
    /// The invite.
    pub invite: Invite,
    /// Its link, where the policy has one and the code is kept.
    pub link: Option<String>,
    /// Who took its use, where it is good for one.
    pub used: Option<Used>,
}

/// Hands over the invites of a request until there are no more or `each`
/// breaks. `now` is the instant that statuses are filtered by. Who acts for a
/// user sees what that user may.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Invalid`] for a filter that names what is
/// not there, or a user who is not known, [`Error::Forbidden`] for a space whose
/// invites the user may not see, and what the database says.
pub async fn list(
    service: &Service,
    actor: &Actor,
    request: &ListRequest,
    now: DateTime<Utc>,
    mut each: impl FnMut(Listed) -> ControlFlow<()>,
) -> Result<()> {
    service.check_actor(actor)?;
    let permitted = service.permitted(actor, Right::See);
    reading!(service.db(), |session, begun| {
        let filter = checked(service, actor, Deed::View, session, &request.filter).await?;
        demand_a_space(session, actor, permitted.as_ref(), &filter).await?;
        listing::stream(session, &filter, permitted.as_ref(), (request.sort, request.limit), now, |invite, used| {
            *begun = true;
            Ok(each(Listed { link: service.link_of(&invite), invite, used }))
        })
        .await
    })
}

/// How many invites a filter picks, whatever the limit.
///
/// # Errors
/// As [`list`].
pub async fn count(service: &Service, actor: &Actor, filter: &Filter, now: DateTime<Utc>) -> Result<u64> {
    service.check_actor(actor)?;
    let permitted = service.permitted(actor, Right::See);
    reading!(service.db(), |session| {
        let filter = checked(service, actor, Deed::View, session, filter).await?;
        demand_a_space(session, actor, permitted.as_ref(), &filter).await?;
        listing::count(session, &filter, permitted.as_ref(), now).await
    })
    .map(i64::unsigned_abs)
}

/// Refuses a user who may view invites in none of the spaces that a filter looks
/// into: an empty list would say that those have no invites. Spaces that the
/// filter names are checked by [`checked`].
///
/// Depends on the roles of the user alone, so that the answer tells nothing about
/// invites in other spaces.
///
/// # Errors
/// [`Error::Forbidden`] with what the user is instead.
async fn demand_a_space(
    session: &mut Session,
    actor: &Actor,
    permitted: Option<&Permitted>,
    filter: &Filter,
) -> Result<()> {
    let (Some(user), Some(permitted)) = (&actor.user, permitted) else { return Ok(()) };
    let policy = filter.policy.as_deref();
    if !filter.spaces.is_empty() || access_filter::has_a_space(session, permitted, policy).await? {
        return Ok(());
    }
    let known = members::first_of_user(session, user, policy).await?;
    Err(authorize::forbidden_everywhere(Deed::View, user, policy, known.as_ref()))
}

/// Refuses to act for a user who never appeared: of a mistyped one, an empty
/// list would say that there is nothing to see.
///
/// # Errors
/// [`Error::NotFound`] for a user who is not known.
pub(crate) async fn known_actor(session: &mut Session, actor: &Actor) -> Result<()> {
    match &actor.user {
        Some(user) if !users::is_known(session, user).await? => Err(users::not_found(user)),
        _ => Ok(()),
    }
}

/// A filter that names only what there is, and only spaces that the user may
/// look into: an empty list would say of a mistyped space that it has no
/// invites.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space, user or operation,
/// [`Error::Forbidden`] for a space in which the user that is acted for has no
/// right at all, [`Error::Invalid`] for a policy, role or address that cannot be
/// right.
pub(crate) async fn checked(
    service: &Service,
    actor: &Actor,
    deed: Deed,
    session: &mut Session,
    filter: &Filter,
) -> Result<Filter> {
    known_actor(session, actor).await?;
    if let Some(policy) = &filter.policy {
        service.policies().get(policy)?;
    }
    if let Some(role) = &filter.role {
        let known: BTreeSet<&str> =
            service.policies().iter().flat_map(|policy| policy.roles.iter().map(String::as_str)).collect();
        if !known.contains(role.as_str()) {
            let roles: Vec<&str> = known.into_iter().collect();
            return Err(Error::invalid(format!("no invite grants the role {}", quoted(role)))
                .hint(format!("roles: {}", roles.join(", "))));
        }
    }
    for space in &filter.spaces {
        let mut stored = spaces::find(session, space).await?.ok_or_else(|| spaces::not_found(space))?;
        if deed != Deed::View || actor.user.is_some() {
            // Operators alone look at what a removed space has left.
            stored = stored.active()?;
        }
        authorize::demand_any(service, session, actor, deed, &stored.space).await?;
    }
    if let Some(user) = &filter.created_by
        && !users::is_known(session, user).await?
    {
        return Err(users::not_found(user));
    }
    for operation in filter.operation.into_iter().chain(filter.made_by) {
        if !operations::exists(session, operation).await? {
            return Err(Error::not_found(format!("operation {operation} not found"))
                .hint("list the operations: invite operations -o wide"));
        }
    }
    if let Some(text) = &filter.search {
        check_search(text)?;
    }
    let email = filter.email.as_deref().map(canonical_address).transpose()?;
    Ok(Filter { email, ..filter.clone() })
}
