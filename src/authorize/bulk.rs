//! Permission for bulk changes.

use chrono::{DateTime, Utc};

use crate::authorize::permission::Action;
use crate::authorize::roles::Roles;
use crate::error::{Error, Result};
use crate::service::{Actor, Service};
use crate::store::Session;
use crate::store::tables::access_filter;
use crate::store::tables::invites::ChangeGuard;
use crate::store::tables::listing::{self, Filter, OpenScope};

/// Checks, for a scope without invites that the actor may change, whether it has others:
/// then an error is better than "0 invites revoked". A scope of whole spaces, without
/// other filters, is permitted if the actor has the permission in one of the spaces.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] if the scope has only invites that the actor may
/// not change.
pub(crate) async fn authorize_scope(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    action: Action,
    scope: &OpenScope,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(access) = scope.guard.access.as_ref().filter(|_| actor.user.is_some()) else { return Ok(()) };
    if selects_whole_spaces(&scope.filter) {
        // Spaces of the filter were authorized before.
        let has_permission =
            !scope.filter.spaces.is_empty() || !access_filter::spaces(session, access, 1).await?.is_empty();
        if has_permission {
            return Ok(());
        }
    }
    let guard = ChangeGuard { access: None, ..scope.guard.clone() };
    let of_all = OpenScope { guard, ..scope.clone() };
    let Some((space, policy)) = listing::spaces_of_open(session, &of_all, 1, now).await?.into_iter().next() else {
        return Ok(());
    };
    let roles = Roles::read(session, actor, &[space.as_str()]).await?;
    let authorized = roles.authorize(action, service.stored_policy(&space, &policy)?, &space, None);
    // The hint names the space only to its members.
    authorized.map_err(|error| {
        if roles.is_member() {
            return error;
        }
        Error::forbidden(error.to_string()).with_hint("the user is not a member of the spaces of these invites")
    })
}

/// Returns true if a filter selects all invites of its spaces.
fn selects_whole_spaces(filter: &Filter) -> bool {
    let texts = [&filter.policy, &filter.created_by, &filter.email, &filter.role, &filter.search];
    texts.iter().all(|text| text.is_none()) && filter.operation.is_none() && filter.made_by.is_none()
}
