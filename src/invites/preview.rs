//! What an invite of a space would be handed on as, before one is made: what
//! draws links checks beforehand that they can be drawn.

use crate::authorize::{Deed, Roles};
use crate::error::Result;
use crate::model::code::{KeptAs, sample};
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::reading;
use crate::store::tables::spaces;
use crate::store::tables::spaces::Space;

/// What the invites of a space have in common.
#[derive(Debug, Clone)]
pub struct Foreseen {
    /// The name of the space.
    pub space_name: String,
    /// Its policy's name.
    pub policy: String,
    /// A link as long as those of its invites, which leads to none; none where
    /// the policy has no links.
    pub link: Option<String>,
    /// Whether the link of an invite that is sent by e-mail is shown to nobody
    /// else, and all of them are sent unless that is forbidden.
    pub is_secret_when_sent: bool,
}

/// What the invites of a space would have in common.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if there is no such space,
/// [`crate::error::Error::Forbidden`] if the user that is acted for may not make one.
pub async fn foresee(service: &Service, actor: &Actor, space_id: &str) -> Result<Foreseen> {
    service.check_actor(actor)?;
    reading!(service.db(), |session| {
        let space = spaces::get(session, space_id).await?.space;
        let policy = service.policy_of(&space)?;
        let ids = [space.id.as_str()];
        Roles::seen(session, actor, &ids).await?.demand(Deed::Create, policy, &space.id, None)?;
        Ok(foreseen(service, space, policy))
    })
}

/// The same of a space that was looked up, whoever may do what.
///
/// # Errors
/// [`crate::error::Error::Invalid`] if its policy is not configured.
pub fn foresee_in(service: &Service, space: &Space) -> Result<Foreseen> {
    Ok(foreseen(service, space.clone(), service.policy_of(space)?))
}

fn foreseen(service: &Service, space: Space, policy: &Policy) -> Foreseen {
    Foreseen {
        link: service.links().link(policy, &sample(&policy.code, &space.name)),
        policy: policy.name.clone(),
        is_secret_when_sent: policy.email_required && policy.storage == KeptAs::Hash,
        space_name: space.name,
    }
}
