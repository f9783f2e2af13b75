//! Lists invites: filtered, ordered, streamed.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use super::{Service, check_email};
use crate::error::{Error, Result};
use crate::invite::Invite;
pub use crate::store::listing::{Filter, Sort};
use crate::store::{Session, listing, operations, reading, spaces, users};

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
#[derive(Debug)]
pub struct Listed {
    /// The invite.
    pub invite: Invite,
    /// Its link, where the policy has one and the code is kept.
    pub link: Option<String>,
}

/// Hands over the invites of a request until there are no more or `each`
/// breaks. `now` is the instant that statuses are filtered by.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::Invalid`] for a filter that names what is
/// not there, and what the database says.
pub async fn list(
    service: &Service,
    request: &ListRequest,
    now: DateTime<Utc>,
    mut each: impl FnMut(Listed) -> ControlFlow<()>,
) -> Result<()> {
    let limit = request.limit.map_or(i64::MAX, i64::from);
    let mut session = service.db().read().await?;
    let filter = checked(service, &mut session, &request.filter).await?;
    listing::stream(&mut session, &filter, request.sort, limit, now, |invite| {
        Ok(each(Listed { link: service.link_of(&invite), invite }))
    })
    .await
}

/// How many invites a filter picks, whatever the limit.
///
/// # Errors
/// As [`list`].
pub async fn count(service: &Service, filter: &Filter, now: DateTime<Utc>) -> Result<u64> {
    reading!(service.db(), |session| {
        let filter = checked(service, session, filter).await?;
        listing::count(session, &filter, now).await
    })
    .map(i64::unsigned_abs)
}

/// A filter that names only what there is: an empty list would say of a
/// mistyped space that it has no invites.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space, user or operation,
/// [`Error::Invalid`] for a policy, role or address that cannot be right.
pub(super) async fn checked(service: &Service, session: &mut Session, filter: &Filter) -> Result<Filter> {
    if let Some(policy) = &filter.policy {
        service.policies().get(policy)?;
    }
    if let Some(role) = &filter.role {
        let known: BTreeSet<&str> =
            service.policies().iter().flat_map(|policy| policy.roles.iter().map(String::as_str)).collect();
        if !known.contains(role.as_str()) {
            let roles: Vec<&str> = known.into_iter().collect();
            return Err(Error::invalid(format!("no invite grants the role {role:?}"))
                .hint(format!("the roles are: {}", roles.join(", "))));
        }
    }
    for space in &filter.spaces {
        spaces::get(session, space).await?;
    }
    if let Some(user) = &filter.created_by
        && !users::is_known(session, user).await?
    {
        return Err(Error::not_found(format!("User {user} not found: neither a member nor a creator of an invite")));
    }
    for operation in filter.operation.into_iter().chain(filter.made_by) {
        if !operations::exists(session, operation).await? {
            return Err(Error::not_found(format!("Operation {operation} not found"))
                .hint("list the operations: invite operations -o wide"));
        }
    }
    let email = filter.email.as_deref().map(check_email).transpose()?;
    Ok(Filter { email, ..filter.clone() })
}
