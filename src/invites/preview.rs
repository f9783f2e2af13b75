//! Previews of the link of a space's invites, before one is created, to check whether it
//! fits into a QR code.

use crate::authorize::{Action, Roles};
use crate::error::Result;
use crate::model::code::{Storage, sample};
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::reading;
use crate::store::tables::spaces;
use crate::store::tables::spaces::Space;

/// The common properties of the invites of a space.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InvitePreview {
    /// The name of the space.
    pub space_name: String,
    /// The name of the policy.
    pub policy: String,
    /// A link with a sample code of the same length; `None` if the policy has no links.
    pub link: Option<String>,
    /// True if invites are sent by e-mail by default, and the link of a sent invite is shown
    /// to nobody else.
    pub is_secret_when_sent: bool,
}

impl Service {
    /// Previews the invites of a space.
    ///
    /// # Errors
    /// [`crate::error::Error::NotFound`] for an unknown space,
    /// [`crate::error::Error::Forbidden`] if the actor may not create invites in it.
    pub async fn preview_invites(&self, actor: &Actor, space_id: &str) -> Result<InvitePreview> {
        self.check_actor(actor)?;
        reading!(self.db(), |session| {
            let space = spaces::get(session, space_id).await?.space;
            let policy = self.policy_of(&space)?;
            let ids = [space.id.as_str()];
            Roles::read(session, actor, &ids).await?.authorize(Action::Create, policy, &space.id, None)?;
            Ok(preview(self, space, policy))
        })
    }

    /// Previews the invites of a space that was looked up already. Checks no permission.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] if its policy is not configured.
    pub fn preview_invites_of(&self, space: &Space) -> Result<InvitePreview> {
        Ok(preview(self, space.clone(), self.policy_of(space)?))
    }
}

fn preview(service: &Service, space: Space, policy: &Policy) -> InvitePreview {
    InvitePreview {
        link: service.links().link(policy, &sample(&policy.code, &space.name)),
        policy: policy.name.clone(),
        is_secret_when_sent: policy.email_required() && policy.storage == Storage::Hash,
        space_name: space.name,
    }
}
