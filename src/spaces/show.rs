//! Shows one space with its members, its standing code and its invites (seed 001: "Verify
//! Invite Code Was Added", "Verify Invite Mapping").

use chrono::{DateTime, Utc};

use crate::authorize::{Action, Roles};
use crate::error::Result;
use crate::model::invite::{self, Invite};
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::{invites, listing, members, spaces};
use crate::store::{Session, reading};
use crate::text::redacted_debug;

pub use crate::store::tables::spaces::{Removed, Space, StoredSpace};

/// The standing code of a space.
#[non_exhaustive]
pub struct StandingCode {
    /// The invite.
    pub invite: Invite,
    /// The link, if the policy has links and the code is stored.
    pub link: Option<String>,
    /// True if a lookup of the code finds this invite.
    pub resolves: bool,
}

redacted_debug!(StandingCode { invite, resolves; [link] });

/// A space with its members, its standing code and its invites.
#[derive(Debug)]
#[non_exhaustive]
pub struct ShownSpace {
    /// The space.
    pub stored: StoredSpace,
    /// Number of members per role.
    pub members: Vec<(String, u64)>,
    /// The valid standing code; `None` if it is missing or the policy has none.
    pub standing: Option<StandingCode>,
    /// Number of invites per status, without statuses that no invite has.
    pub invites: Vec<(String, u64)>,
    /// The instant for the statuses.
    pub at: DateTime<Utc>,
}

impl Service {
    /// Looks up a space; without an actor, removed spaces too.
    ///
    /// # Errors
    /// [`crate::error::Error::NotFound`] for an unknown space,
    /// [`crate::error::Error::Forbidden`] if the actor may not see its invites.
    pub async fn show_space(&self, actor: &Actor, id: &str) -> Result<ShownSpace> {
        self.check_actor(actor)?;
        reading!(snapshot self.db(), |session| {
            let mut stored = spaces::find(session, id).await?.ok_or_else(|| spaces::not_found(id))?;
            let roles = Roles::read(session, actor, &[id]).await?;
            if roles.has_actor() {
                // A removed space has no roles.
                stored = stored.active()?;
                roles.authorize(Action::View, self.policy_of(&stored.space)?, id, None)?;
            }
            let at = self.now();
            Ok(ShownSpace {
                members: members::count_by_role(session, id).await?,
                standing: standing(self, session, id, at).await?,
                invites: listing::count_by_status(session, id, at).await?,
                stored,
                at,
            })
        })
    }
}

async fn standing(
    service: &Service,
    session: &mut Session,
    space: &str,
    now: DateTime<Utc>,
) -> Result<Option<StandingCode>> {
    let Some(slot) = invite::slot(true, space, None) else { return Ok(None) };
    let held = invites::find_by_slot(session, &slot).await?;
    let Some(invite) = held.filter(|invite| invite.status(now).is_open()) else { return Ok(None) };
    let found = match &invite.code {
        Some(code) => invites::find(session, &Reference::Code(code.clone())).await?.map(|found| found.id),
        None => invites::id_of_key(session, &invite.code_key).await?,
    };
    let resolves = found == Some(invite.id);
    Ok(Some(StandingCode { link: service.link_of(&invite), resolves, invite }))
}
