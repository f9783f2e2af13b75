//! Permissions, the actions that they cover, and the roles that have them under a policy.

use crate::policy::Policy;

/// A permission that a policy gives to some of its roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Create, regenerate and extend invites.
    Create,
    /// List and show invites.
    View,
    /// Revoke invites.
    Revoke,
    /// Resend invitations.
    Resend,
}

impl Permission {
    /// Returns the roles that have this permission under a policy.
    #[must_use]
    pub fn roles(self, policy: &Policy) -> &[String] {
        match self {
            Permission::Create => &policy.create_roles,
            Permission::View => &policy.view_roles,
            Permission::Revoke => &policy.revoke_roles,
            Permission::Resend => &policy.resend_roles,
        }
    }
}

/// An action of a user, covered by one of the permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Create invites.
    Create,
    /// Replace a standing code.
    Regenerate,
    /// Change the expiry or usage limit of an invite.
    Extend,
    /// List or show invites.
    View,
    /// Revoke invites.
    Revoke,
    /// Resend an invitation.
    Resend,
    /// Redeem an invite that is named by its ID or fingerprint.
    UseById,
}

impl Action {
    /// Returns the permission that covers this action.
    #[must_use]
    pub fn permission(self) -> Permission {
        match self {
            Action::Create | Action::Regenerate | Action::Extend => Permission::Create,
            Action::View | Action::UseById => Permission::View,
            Action::Revoke => Permission::Revoke,
            Action::Resend => Permission::Resend,
        }
    }
}

/// Returns true if a role has a permission under a policy. `None` is a user who is not
/// a member of the space.
#[must_use]
pub fn has_permission(policy: &Policy, permission: Permission, role: Option<&str>) -> bool {
    role.is_some_and(|role| permission.roles(policy).iter().any(|known| known == role))
}

/// Returns true if a user has a permission for an invite because they created it,
/// whatever their role (seed 004: "Container admin or invite creator").
pub(crate) fn creator_has_permission(
    policy: &Policy,
    permission: Permission,
    user: &str,
    creator: Option<&str>,
) -> bool {
    permission == Permission::Revoke && policy.creator_can_revoke && creator == Some(user)
}
