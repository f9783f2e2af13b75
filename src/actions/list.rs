//! Lists invites: filtered, ordered, streamed.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use super::{Service, check_email};
use crate::error::Result;
use crate::invite::Invite;
use crate::store::listing;
pub use crate::store::listing::{Filter, Sort};

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
/// breaks; answers the instant that their status is for.
///
/// # Errors
/// [`crate::Error::Invalid`] for a policy or an address that cannot be right,
/// and what the database says.
pub async fn list(
    service: &Service,
    request: &ListRequest,
    now: DateTime<Utc>,
    mut each: impl FnMut(Listed) -> ControlFlow<()>,
) -> Result<()> {
    let filter = checked(service, &request.filter)?;
    let limit = request.limit.map_or(i64::MAX, i64::from);
    let mut session = service.db().read().await?;
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
    let filter = checked(service, filter)?;
    let mut session = service.db().read().await?;
    listing::count(&mut session, &filter, now).await.map(i64::unsigned_abs)
}

/// A filter whose policy exists and whose address is in the stored form.
pub(super) fn checked(service: &Service, filter: &Filter) -> Result<Filter> {
    if let Some(policy) = &filter.policy {
        service.policies().get(policy)?;
    }
    let email = filter.email.as_deref().map(check_email).transpose()?;
    Ok(Filter { email, ..filter.clone() })
}
