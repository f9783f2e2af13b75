//! Lists invites: filtered, ordered, streamed.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};

use crate::authorize::{self, Action, Permission, check_known_actor};
use crate::builder::setters;
use crate::error::{Error, Result};
use crate::model::invite::Invite;
use crate::service::{Actor, Service};
use crate::store::tables::access_filter::{self, AccessFilter};
pub use crate::store::tables::listing::{Filter, Mail, Sort, Used};
use crate::store::tables::{listing, members, operations, spaces, users};
use crate::store::{Session, reading};
use crate::text::{canonical_address, check_search, quoted, redacted_debug};

/// A request for a list of invites.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListRequest {
    /// The filter.
    pub filter: Filter,
    /// The order.
    pub sort: Sort,
    /// Maximum number of invites; `None` sets no limit.
    pub limit: Option<u32>,
}

impl ListRequest {
    /// Creates a request for all invites, the newest first.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters! {
    ListRequest {
        value filter: Filter,
        value sort: Sort,
        some limit: u32,
    }
}

/// An invite of a list.
#[non_exhaustive]
pub struct ListedInvite {
    /// The invite.
    pub invite: Invite,
    /// The link, if the policy has links and the code is stored.
    pub link: Option<String>,
    /// The use of a single-use invite, if it was redeemed.
    pub used: Option<Used>,
}

redacted_debug!(ListedInvite { invite, used; [link] });

impl Service {
    /// Passes the invites of a request to `each`, until it breaks. `now` is the instant for
    /// filters of statuses. With an actor, only invites that the actor may see are listed.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Invalid`] for a filter that names something unknown,
    /// [`Error::NotFound`] for an unknown actor, [`Error::Forbidden`] for a space whose invites
    /// the actor may not see, and any error of the database.
    pub async fn list_invites(
        &self,
        actor: &Actor,
        request: &ListRequest,
        now: DateTime<Utc>,
        mut each: impl FnMut(ListedInvite) -> ControlFlow<()>,
    ) -> Result<()> {
        self.check_actor(actor)?;
        let access = self.access_filter(actor, Permission::View);
        reading!(self.db(), |session, begun| {
            let filter = checked_filter(self, actor, Action::View, session, &request.filter).await?;
            authorize_any_space(session, actor, access.as_ref(), &filter).await?;
            listing::stream(session, &filter, access.as_ref(), (request.sort, request.limit), now, |invite, used| {
                *begun = true;
                Ok(each(ListedInvite { link: self.link_of(&invite), invite, used }))
            })
            .await
        })
    }

    /// Counts the invites that a filter selects.
    ///
    /// # Errors
    /// As [`Service::list_invites`].
    pub async fn count_invites(&self, actor: &Actor, filter: &Filter, now: DateTime<Utc>) -> Result<u64> {
        self.check_actor(actor)?;
        let access = self.access_filter(actor, Permission::View);
        reading!(self.db(), |session| {
            let filter = checked_filter(self, actor, Action::View, session, filter).await?;
            authorize_any_space(session, actor, access.as_ref(), &filter).await?;
            listing::count(session, &filter, access.as_ref(), now).await
        })
        .map(i64::unsigned_abs)
    }
}

/// Checks that the actor may view invites in some space of a filter, because an empty list
/// would mean that there are no invites. Spaces that the filter names are checked by
/// [`checked_filter`].
///
/// The result depends only on the roles of the actor, so that it discloses nothing about
/// invites in other spaces.
///
/// # Errors
/// [`Error::Forbidden`] with one of the actor's memberships in the hint.
async fn authorize_any_space(
    session: &mut Session,
    actor: &Actor,
    access: Option<&AccessFilter>,
    filter: &Filter,
) -> Result<()> {
    let (Some(user), Some(access)) = (&actor.user, access) else { return Ok(()) };
    let policy = filter.policy.as_deref();
    if !filter.spaces.is_empty() || access_filter::has_a_space(session, access, policy).await? {
        return Ok(());
    }
    let known = members::first_of_user(session, user, policy).await?;
    Err(authorize::forbidden_everywhere(Action::View, user, policy, known.as_ref()))
}

/// Checks that everything a filter names exists, and that the actor may perform `action` in
/// its spaces. Otherwise a mistyped space would give an empty list.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space, user or operation, [`Error::Forbidden`] for a
/// space in which the actor has no permission, [`Error::Invalid`] for an unknown policy or
/// role and for an invalid address.
pub(crate) async fn checked_filter(
    service: &Service,
    actor: &Actor,
    action: Action,
    session: &mut Session,
    filter: &Filter,
) -> Result<Filter> {
    check_known_actor(session, actor).await?;
    if let Some(policy) = &filter.policy {
        service.policies().get(policy)?;
    }
    if let Some(role) = &filter.role {
        let known: BTreeSet<&str> =
            service.policies().iter().flat_map(|policy| policy.roles.iter().map(String::as_str)).collect();
        if !known.contains(role.as_str()) {
            let roles: Vec<&str> = known.into_iter().collect();
            return Err(Error::invalid(format!("no invite grants the role {}", quoted(role)))
                .with_hint(format!("roles: {}", roles.join(", "))));
        }
    }
    for space in &filter.spaces {
        let mut stored = spaces::find(session, space).await?.ok_or_else(|| spaces::not_found(space))?;
        if action != Action::View || actor.user.is_some() {
            // Only operators may view the invites of a removed space.
            stored = stored.active()?;
        }
        authorize::authorize_any(service, session, actor, action, &stored.space).await?;
    }
    if let Some(user) = &filter.created_by
        && !users::is_known(session, user).await?
    {
        return Err(users::not_found(user));
    }
    for operation in filter.operation.into_iter().chain(filter.made_by) {
        if !operations::exists(session, operation).await? {
            return Err(Error::not_found(format!("operation {operation} not found"))
                .with_hint("list the operations: invite operations -o wide"));
        }
    }
    if let Some(text) = &filter.search {
        check_search(text)?;
    }
    let email = filter.email.as_deref().map(canonical_address).transpose()?;
    Ok(Filter { email, ..filter.clone() })
}
