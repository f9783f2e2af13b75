//! Shows one invite with its uses and its history.

use chrono::{DateTime, Utc};

use crate::authorize::{Action, Roles};
use crate::error::Result;
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::reading;
pub use crate::store::tables::changes::Change;
use crate::store::tables::operations::Operation;
pub use crate::store::tables::uses::Use;
use crate::store::tables::{changes, invites, operations, uses};
use crate::text::redacted_debug;

/// Maximum number of uses that are shown.
const USES: i64 = 100;

/// An invite with its uses and its history.
#[non_exhaustive]
pub struct ShownInvite {
    /// The invite.
    pub invite: Invite,
    /// The link, if the policy has links and the code is stored.
    pub link: Option<String>,
    /// The instant at which the status applies.
    pub at: DateTime<Utc>,
    /// The first 100 uses.
    pub uses: Vec<Use>,
    /// The operations that created, changed or closed it.
    pub operations: Vec<Operation>,
    /// The changes of its fields.
    pub changes: Vec<Change>,
}

redacted_debug!(ShownInvite { invite, at, uses, operations, changes; [link] });

impl Service {
    /// Looks up an invite with its uses and its history.
    ///
    /// # Errors
    /// [`crate::error::Error::NotFound`] for an unknown invite,
    /// [`crate::error::Error::Forbidden`] if the actor may not see it.
    pub async fn show_invite(&self, actor: &Actor, reference: &Reference) -> Result<ShownInvite> {
        self.check_actor(actor)?;
        reading!(snapshot self.db(), |session| {
            let invite = invites::get(session, reference).await?;
            let roles = Roles::read(session, actor, &[invite.space_id.as_str()]).await?;
            roles.authorize_invite(self, Action::View, reference, &invite)?;
            Ok(ShownInvite {
                link: self.link_of(&invite),
                at: self.now(),
                uses: uses::of_invite(session, invite.id, USES).await?,
                operations: operations::of_invite(session, invite.id).await?,
                changes: changes::of_invite(session, invite.id).await?,
                invite,
            })
        })
    }
}
