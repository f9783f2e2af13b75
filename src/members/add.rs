//! Adds single members.

use crate::builder::setters;
use crate::error::Result;
use crate::members::check::{check_role, check_user};
use crate::service::{Actor, Service};
use crate::store::in_transaction;
use crate::store::tables::users::User;
use crate::store::tables::{members, operations, spaces, users};

/// A member to add.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AddMember {
    /// The space.
    pub space_id: String,
    /// The user.
    pub user: User,
    /// The role; `None` for the first role of the policy.
    pub role: Option<String>,
}

impl AddMember {
    /// Creates a request with the role that the policy grants by default.
    #[must_use]
    pub fn new(space_id: impl Into<String>, user: User) -> Self {
        AddMember { space_id: space_id.into(), user, role: None }
    }
}

setters! {
    AddMember {
        text role,
    }
}

/// The outcome of adding a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberChange {
    /// The user is a member now.
    Added,
    /// The user was a member, and the role was changed.
    RoleChanged,
    /// The user was a member with this role, and the name or address was changed.
    DetailsChanged,
    /// The user was a member with this role, and nothing was changed.
    Unchanged,
}

impl Service {
    /// Adds a member, or changes the role of one. Returns the outcome and the role.
    ///
    /// Checks no permission: the caller decides who may add members.
    ///
    /// # Errors
    /// [`crate::error::Error::NotFound`] for an unknown space, [`crate::error::Error::Invalid`]
    /// for an unknown role and for an invalid ID, name or address.
    pub async fn add_member(&self, actor: &Actor, request: &AddMember) -> Result<(MemberChange, String)> {
        let user = check_user(&request.user)?;
        let operation = self.operation(actor, "member add", self.now());
        let operation = operation.on(format!("user {} in space {}", user.id, request.space_id));
        let space = request.space_id.as_str();
        in_transaction!(self.db(), |session| {
            let stored = spaces::lock_shared(session, space).await?;
            let now = self.now();
            let role = check_role(self.policy_of(&stored.space)?, request.role.as_deref())?;
            let known = users::find(session, &user.id).await?;
            let changes_details = user.name.is_some() && known.as_ref().is_none_or(|known| known.name != user.name)
                || user.email.is_some() && known.as_ref().is_none_or(|known| known.email != user.email);
            let change = if members::insert(session, space, &user.id, role, now, None).await? {
                MemberChange::Added
            } else if members::set_role(session, space, &user.id, role).await? {
                MemberChange::RoleChanged
            } else if changes_details {
                MemberChange::DetailsChanged
            } else {
                MemberChange::Unchanged
            };
            if matches!(change, MemberChange::DetailsChanged | MemberChange::Unchanged)
                && members::role(session, space, &user.id).await?.as_deref() != Some(role)
            {
                // Another process removed the member between the two statements.
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
}
