//! Everything about one invite: facts, status, history, who used it.

use chrono::{DateTime, Utc};

use crate::authorize::{Deed, Roles};
use crate::error::Result;
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::reading;
pub use crate::store::tables::changes::Change;
pub use crate::store::tables::operations::Operation;
pub use crate::store::tables::uses::Use;
use crate::store::tables::{changes, invites, operations, uses};

/// How many uses are shown.
const USES: i64 = 100;

/// All that is known of an invite.
pub struct Shown {
    /// The invite.
    pub invite: Invite,
    /// Its link, where the policy has one and the code is kept.
    pub link: Option<String>,
    /// The instant that its status is for.
    pub at: DateTime<Utc>,
    /// The first 100 uses.
    pub uses: Vec<Use>,
    /// The operations that made, changed or closed it.
    pub operations: Vec<Operation>,
    /// What was changed of it.
    pub changes: Vec<Change>,
}

/// Looks an invite up with its history.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if there is none, [`crate::error::Error::Forbidden`] if
/// the user that is acted for may not see it.
pub async fn show(service: &Service, actor: &Actor, reference: &Reference) -> Result<Shown> {
    service.check_actor(actor)?;
    reading!(snapshot service.db(), |session| {
        let invite = invites::get(session, reference).await?;
        let roles = Roles::seen(session, actor, &[invite.space_id.as_str()]).await?;
        roles.demand_of(service, Deed::View, reference, &invite)?;
        Ok(Shown {
            link: service.link_of(&invite),
            at: service.now(),
            uses: uses::of_invite(session, invite.id, USES).await?,
            operations: operations::of_invite(session, invite.id).await?,
            changes: changes::of_invite(session, invite.id).await?,
            invite,
        })
    })
}
