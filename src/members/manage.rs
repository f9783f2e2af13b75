//! Adds, lists and removes single members.

use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::tables::members;
pub use crate::store::tables::members::Member;
pub use crate::store::tables::users::User;
use crate::store::tables::{operations, spaces, users};
use crate::store::{in_transaction, reading};
use crate::text::{canonical_address, check_id, check_name, quoted};

/// A member to add.
#[derive(Debug, Clone)]
pub struct AddMember {
    /// The space.
    pub space_id: String,
    /// The user, with what is known of them.
    pub user: User,
    /// Their role; none: the policy's first.
    pub role: Option<String>,
}

/// What became of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberChange {
    /// They are in now.
    Added,
    /// They were in, and have another role now.
    RoleChanged,
    /// They were in with this role; their name or address is another now.
    DetailsChanged,
    /// They were in with this role.
    Unchanged,
}

/// Checks a role against those that members of such a space can have.
///
/// # Errors
/// [`Error::Invalid`] for any other, with those that there are.
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
    .hint(format!("roles: {}", known.join(", "))))
}

/// What is known of a user, checked.
pub(crate) fn check_user(user: &User) -> Result<User> {
    check_id("user ID", &user.id)?;
    if let Some(name) = &user.name {
        check_name("user name", name)?;
    }
    Ok(User { email: user.email.as_deref().map(canonical_address).transpose()?, ..user.clone() })
}

/// Adds a member, or gives one another role; answers which, and the role.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space, [`Error::Invalid`] for an unknown
/// role, or an id, name or address that cannot be right.
pub async fn add_member(service: &Service, actor: &Actor, request: &AddMember) -> Result<(MemberChange, String)> {
    let user = check_user(&request.user)?;
    let operation = service.operation(actor, "member add", service.now());
    let operation = operation.on(format!("user {} in space {}", user.id, request.space_id));
    let space = request.space_id.as_str();
    in_transaction!(service.db(), |session| {
        let stored = spaces::hold(session, space).await?;
        let now = service.now();
        let role = check_role(service.policy_of(&stored.space)?, request.role.as_deref())?;
        let known = users::find(session, &user.id).await?;
        let news = user.name.is_some() && known.as_ref().is_none_or(|known| known.name != user.name)
            || user.email.is_some() && known.as_ref().is_none_or(|known| known.email != user.email);
        let change = if members::insert(session, space, &user.id, role, now, None).await? {
            MemberChange::Added
        } else if members::set_role(session, space, &user.id, role).await? {
            MemberChange::RoleChanged
        } else if news {
            MemberChange::DetailsChanged
        } else {
            MemberChange::Unchanged
        };
        if matches!(change, MemberChange::DetailsChanged | MemberChange::Unchanged)
            && members::role(session, space, &user.id).await?.as_deref() != Some(role)
        {
            // Somebody took them out between the two statements.
            return Err(session.conflict());
        }
        if change == MemberChange::Unchanged {
            return Ok((change, role.to_owned()));
        }
        users::remember(session, &user, now).await?;
        operations::record_whole(session, &operation, 1, now).await?;
        Ok((change, role.to_owned()))
    })
}

/// Takes a member out of a space; their uses stay on record.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space or somebody who is not in it.
pub async fn remove_member(service: &Service, actor: &Actor, space: &str, user: &str) -> Result<()> {
    reading!(service.db(), |session| { spaces::get(session, space).await })?;
    let operation =
        service.operation(actor, "member remove", service.now()).on(format!("user {user} in space {space}"));
    in_transaction!(service.db(), |session| {
        if !members::delete(session, space, user).await? {
            return Err(Error::not_found(format!("the user {user} is not a member of the space {space}"))
                .hint(format!("list its members: invite member list {}", word(space))));
        }
        operations::record_whole(session, &operation, 1, service.now()).await
    })
}

/// Hands over the members of one space or of all.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space.
pub async fn list_members(
    service: &Service,
    space: Option<&str>,
    limit: Option<u32>,
    mut each: impl FnMut(Member) -> ControlFlow<()>,
) -> Result<()> {
    reading!(service.db(), |session, begun| {
        if let Some(space) = space {
            spaces::get(session, space).await?;
        }
        members::list(session, space, limit.map_or(i64::MAX, i64::from), |member| {
            *begun = true;
            Ok(each(member))
        })
        .await
    })
}

/// How many members there are, in one space or in all.
///
/// # Errors
/// What the database says.
pub async fn count_members(service: &Service, space: Option<&str>) -> Result<u64> {
    reading!(service.db(), |session| { members::count(session, space).await }).map(i64::unsigned_abs)
}
