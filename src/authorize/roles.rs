//! The roles of the actor in several spaces, and what they permit.

use std::collections::HashMap;

use crate::authorize::permission::{Action, creator_has_permission, has_permission};
use crate::authorize::refusal::forbidden;
use crate::error::Result;
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::Session;
use crate::store::tables::{invites, members};

/// Checks that the role of a user permits an action, or that they created the invite
/// and the policy permits it to creators.
///
/// # Errors
/// [`crate::error::Error::Forbidden`] if neither is the case.
pub(crate) fn check_role(
    action: Action,
    policy: &Policy,
    user: &str,
    space: &str,
    role: Option<&str>,
    creator: Option<&str>,
) -> Result<()> {
    if has_permission(policy, action.permission(), role)
        || creator_has_permission(policy, action.permission(), user, creator)
    {
        return Ok(());
    }
    Err(forbidden(action, policy, user, space, role))
}

/// The roles of the actor in several spaces, by space.
pub(crate) struct Roles<'a> {
    user: Option<&'a str>,
    roles: HashMap<String, String>,
}

impl<'a> Roles<'a> {
    /// Returns true if the actor is a member of any of the spaces.
    pub(crate) fn is_member(&self) -> bool {
        !self.roles.is_empty()
    }

    /// Reads the roles and locks them until the transaction ends.
    pub(crate) async fn lock(session: &mut Session, actor: &'a Actor, spaces: &[&str]) -> Result<Self> {
        let roles = match &actor.user {
            Some(user) => members::lock_roles(session, user, spaces).await?,
            None => HashMap::new(),
        };
        Ok(Roles { user: actor.user.as_deref(), roles })
    }

    /// Reads the roles without locking them.
    pub(crate) async fn read(session: &mut Session, actor: &'a Actor, spaces: &[&str]) -> Result<Self> {
        let roles = match &actor.user {
            Some(user) => members::roles_of(session, user, spaces).await?,
            None => HashMap::new(),
        };
        Ok(Roles { user: actor.user.as_deref(), roles })
    }

    /// Returns true if there is an actor; an operator without one may do everything.
    pub(crate) fn has_actor(&self) -> bool {
        self.user.is_some()
    }

    /// Checks that the actor may perform an action in one of the spaces. `creator` is the
    /// user who created the invite in question.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] if they may not.
    pub(crate) fn authorize(&self, action: Action, policy: &Policy, space: &str, creator: Option<&str>) -> Result<()> {
        let Some(user) = self.user else { return Ok(()) };
        check_role(action, policy, user, space, self.roles.get(space).map(String::as_str), creator)
    }

    /// Checks that the actor may perform an action on an invite. A user who is not a
    /// member of its space and names it by code or fingerprint gets the error of an
    /// invite that does not exist: guessing codes here would bypass the limit of failed
    /// attempts. An ID cannot be guessed.
    ///
    /// # Errors
    /// [`crate::error::Error::Forbidden`] if they may not, or
    /// [`crate::error::Error::NotFound`] as described above.
    pub(crate) fn authorize_invite(
        &self,
        service: &Service,
        action: Action,
        named: &Reference,
        invite: &Invite,
    ) -> Result<()> {
        if self.user.is_none() {
            return Ok(());
        }
        let policy = service.policy_of_invite(invite);
        let judged =
            policy.and_then(|policy| self.authorize(action, policy, &invite.space_id, invite.created_by.as_deref()));
        let is_guess = !matches!(named, Reference::Id(_)) && !self.roles.contains_key(&invite.space_id);
        judged.map_err(|error| if is_guess { invites::not_found(named) } else { error })
    }
}
