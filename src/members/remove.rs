//! Removes single members.

use crate::error::{Error, Result};
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::tables::{members, operations, spaces};
use crate::store::{in_transaction, reading};

impl Service {
    /// Removes a member from a space. Their uses of invites are kept.
    ///
    /// Checks no permission: the caller decides who may remove members.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown space and for a user who is not a member.
    pub async fn remove_member(&self, actor: &Actor, space: &str, user: &str) -> Result<()> {
        reading!(self.db(), |session| { spaces::get(session, space).await })?;
        let operation = self.operation(actor, "member remove", self.now()).on(format!("user {user} in space {space}"));
        in_transaction!(self.db(), |session| {
            if !members::delete(session, space, user).await? {
                return Err(Error::not_found(format!("the user {user} is not a member of the space {space}"))
                    .with_hint(format!("list its members: invite member list {}", word(space))));
            }
            operations::record_whole(session, &operation, 1, self.now()).await
        })
    }
}
