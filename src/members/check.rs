//! Checks of the role and the user of a member.

use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::store::tables::users::User;
use crate::text::{canonical_address, check_id, check_name, quoted};

/// Checks that a policy has a role; `None` is its first role.
///
/// # Errors
/// [`Error::Invalid`] for an unknown role.
pub(crate) fn check_role<'r>(policy: &'r Policy, role: Option<&'r str>) -> Result<&'r str> {
    let Some(role) = role else { return Ok(&policy.roles[0]) };
    let known = policy.member_roles();
    if known.contains(&role) {
        return Ok(role);
    }
    Err(Error::invalid(format!(
        "a member of a space of the policy {} cannot have the role {}",
        policy.name,
        quoted(role)
    ))
    .with_hint(format!("roles: {}", known.join(", "))))
}

/// Checks a user, and returns it with the canonical form of its address.
///
/// # Errors
/// [`Error::Invalid`] for an invalid ID, name or address.
pub(crate) fn check_user(user: &User) -> Result<User> {
    check_id("user ID", &user.id)?;
    if let Some(name) = &user.name {
        check_name("user name", name)?;
    }
    Ok(User { email: user.email.as_deref().map(canonical_address).transpose()?, ..user.clone() })
}
