//! Bulk changes that would change nothing because the user may do nothing.

use chrono::{DateTime, Utc};

use crate::authorize::{Deed, Roles};
use crate::error::{Error, Result};
use crate::service::{Actor, Service};
use crate::store::Session;
use crate::store::tables::access_filter;
use crate::store::tables::invites::ChangeGuard;
use crate::store::tables::listing::{self, Filter, LiveScope};

/// Of a scope that holds none for the user that is acted for: refuses where it
/// holds some for others. "0 invites revoked" would be taken for "there are
/// none". Who asks for whole spaces asks for what is theirs there, and may where
/// they have the right at all.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] in the words of the policy of the first of them.
pub(crate) async fn demand_some(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    deed: Deed,
    scope: &LiveScope,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(permitted) = scope.guard.permitted.as_ref().filter(|_| actor.user.is_some()) else { return Ok(()) };
    if is_of_whole_spaces(&scope.filter) {
        // Named ones were asked about before.
        let has_right =
            !scope.filter.spaces.is_empty() || !access_filter::spaces(session, permitted, 1).await?.is_empty();
        if has_right {
            return Ok(());
        }
    }
    let guard = ChangeGuard { permitted: None, ..scope.guard.clone() };
    let of_all = LiveScope { guard, ..scope.clone() };
    let Some((space, policy)) = listing::spaces_of_live(session, &of_all, 1, now).await?.into_iter().next() else {
        return Ok(());
    };
    let roles = Roles::seen(session, actor, &[space.as_str()]).await?;
    // Who was given the role since the scope was looked at finds them next time.
    let refused = roles.demand(deed, service.stored_policy(&space, &policy)?, &space, None);
    // Somebody who has nothing to do with the space is not told which it is.
    refused.map_err(|error| {
        if roles.has_any() {
            return error;
        }
        Error::forbidden(error.to_string()).hint("the user is not a member of the spaces of these invites")
    })
}

/// Whether a filter picks no invites in particular.
fn is_of_whole_spaces(filter: &Filter) -> bool {
    let texts = [&filter.policy, &filter.created_by, &filter.email, &filter.role, &filter.search];
    texts.iter().all(|text| text.is_none()) && filter.operation.is_none() && filter.made_by.is_none()
}
