//! Adds single members.

use crate::error::Result;
use crate::members::check::{check_role, check_user};
use crate::service::{Actor, Service};
use crate::store::in_transaction;
use crate::store::tables::users::User;
use crate::store::tables::{members, operations, spaces, users};

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

/// Adds a member, or gives one another role; answers which, and the role.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for an unknown space, [`crate::error::Error::Invalid`] for an unknown
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
