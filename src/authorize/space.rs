//! Checks whether the actor exists and what they may do in one space.

use crate::authorize::permission::{Action, creator_has_permission};
use crate::authorize::roles::{Roles, check_role};
use crate::error::Result;
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::Session;
use crate::store::tables::spaces::Space;
use crate::store::tables::{invites, members, users};

/// Checks that the actor may perform an action in a space, and locks their role until
/// the transaction ends. `creator` is the user who created the invite in question.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] if they may not.
pub(crate) async fn authorize(
    session: &mut Session,
    actor: &Actor,
    action: Action,
    policy: &Policy,
    space: &str,
    creator: Option<&str>,
) -> Result<()> {
    let Some(user) = &actor.user else { return Ok(()) };
    let role = members::lock_role(session, space, user).await?;
    check_role(action, policy, user, space, role.as_deref(), creator)
}

/// Checks that the actor may perform an action on an invite that is named by its ID or
/// fingerprint. A code needs no permission: knowing it is the authorization, while IDs
/// and fingerprints appear in lists.
///
/// # Errors
/// As [`Roles::authorize_invite`] and [`Service::check_actor`].
pub(crate) async fn authorize_by_reference(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    (action, named): (Action, &Reference),
    invite: &Invite,
) -> Result<()> {
    match named {
        Reference::Code(_) => Ok(()),
        Reference::Id(_) | Reference::Fingerprint(_) => {
            service.check_actor(actor)?;
            let roles = Roles::read(session, actor, &[invite.space_id.as_str()]).await?;
            roles.authorize_invite(service, action, named, invite)
        }
    }
}

/// Checks that the actor may perform an action on at least some invites of a space,
/// because of their role or because they created invites there.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] if they may not.
pub(crate) async fn authorize_any(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    action: Action,
    space: &Space,
) -> Result<()> {
    let Some(user) = &actor.user else { return Ok(()) };
    let policy = service.policy_of(space)?;
    let role = members::role(session, &space.id, user).await?;
    let created_some = creator_has_permission(policy, action.permission(), user, Some(user))
        && invites::is_creator(session, &space.id, user).await?;
    check_role(action, policy, user, &space.id, role.as_deref(), created_some.then_some(user.as_str()))
}

/// Checks that the actor is a known user. Otherwise a mistyped user would get an empty
/// list instead of an error.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for an unknown user.
pub(crate) async fn check_known_actor(session: &mut Session, actor: &Actor) -> Result<()> {
    match &actor.user {
        Some(user) if !users::is_known(session, user).await? => Err(users::not_found(user)),
        _ => Ok(()),
    }
}
