//! The policies of stored spaces and invites, and what they permit an actor.

use crate::authorize::permission::{Permission, creator_has_permission};
use crate::error::{Error, Result};
use crate::model::invite::Invite;
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::tables::access_filter::AccessFilter;
use crate::store::tables::spaces::Space;

/// Returns the error for a stored policy that is not configured. `subject` is the start of
/// the message: what has the policy.
pub(crate) fn policy_not_configured(subject: String, policy: &str) -> Error {
    Error::invalid(format!("{subject}, which is not configured"))
        .with_hint(format!("add [policy.{policy}] to the configuration"))
}

impl Service {
    /// Returns the policy of a space.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not configured.
    pub(crate) fn policy_of(&self, space: &Space) -> Result<&Policy> {
        self.stored_policy(&space.id, &space.policy)
    }

    /// Returns the policy of an invite's space.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not configured.
    pub(crate) fn policy_of_invite(&self, invite: &Invite) -> Result<&Policy> {
        self.stored_policy(&invite.space_id, &invite.policy)
    }

    /// Returns a policy by the name that is stored with a space.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not configured.
    pub(crate) fn stored_policy(&self, space: &str, name: &str) -> Result<&Policy> {
        self.policies()
            .find(name)
            .ok_or_else(|| policy_not_configured(format!("the space {space} has the policy {name:?}"), name))
    }

    /// Returns the condition that restricts a statement to the invites for which the actor
    /// has a permission; `None` if it is not restricted.
    pub(crate) fn access_filter(&self, actor: &Actor, permission: Permission) -> Option<AccessFilter> {
        let Some(user) = actor.user.clone() else {
            // If an actor is required, everything is denied without one.
            return self.requires_actor().then(AccessFilter::nothing);
        };
        let pairs = |policy: &Policy| {
            let name = policy.name.clone();
            permission.roles(policy).iter().map(move |role| AccessFilter::pair(&name, role)).collect::<Vec<String>>()
        };
        let of_creators = |policy: &Policy| creator_has_permission(policy, permission, &user, Some(&user));
        Some(AccessFilter {
            role_pairs: self.policies().iter().flat_map(pairs).collect(),
            creator_policies: self.policies().names_where(of_creators),
            user,
        })
    }

    /// Checks that there is an actor if the configuration requires one.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the actor is missing.
    pub(crate) fn check_actor(&self, actor: &Actor) -> Result<()> {
        if self.requires_actor() && actor.user.is_none() {
            return Err(
                Error::invalid("the configuration requires --as (require_actor = true)").with_hint("add --as USER")
            );
        }
        Ok(())
    }
}
