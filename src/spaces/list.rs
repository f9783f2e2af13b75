//! Lists and counts spaces, each with its standing code.

use std::ops::ControlFlow;

use crate::authorize::{Permission, check_known_actor, has_permission};
use crate::error::Result;
use crate::service::{Actor, Service};
use crate::store::reading;
use crate::store::tables::spaces::{self, ListedSpace, Listing, StoredSpace};

/// The standing code of a space in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// A valid code.
    Code(String),
    /// A valid code of which only the hash is stored.
    Hashed,
    /// A code that the actor may not see, or no code.
    Hidden,
    /// The space lacks a standing code; `backfill` creates it.
    Missing,
    /// The policy of the space has no standing codes.
    NotByPolicy,
    /// The space was removed.
    Removed,
    /// The policy of the space is not configured.
    UnknownPolicy,
}

impl Standing {
    /// Returns the code, if it is stored and the actor may see it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Standing::Code(code) => Some(code),
            _ => None,
        }
    }
}

/// A filter of spaces.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SpaceFilter<'a> {
    /// Lists only spaces of this policy.
    pub policy: Option<&'a str>,
    /// True for the removed spaces instead of the active ones.
    pub removed: bool,
}

/// Selects the active spaces of one policy, or of all.
impl<'a> From<Option<&'a str>> for SpaceFilter<'a> {
    fn from(policy: Option<&'a str>) -> Self {
        SpaceFilter { policy, removed: false }
    }
}

impl<'a> SpaceFilter<'a> {
    /// Creates a filter that selects all active spaces.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the policy of the spaces, or `None` for all.
    #[must_use]
    pub fn policy(mut self, policy: impl Into<Option<&'a str>>) -> Self {
        self.policy = policy.into();
        self
    }

    /// Sets whether removed spaces are selected, in place of active ones.
    #[must_use]
    pub fn removed(mut self, removed: bool) -> Self {
        self.removed = removed;
        self
    }

    fn listing(self, actor: &'a Actor) -> Listing<'a> {
        Listing { policy: self.policy, member: actor.user.as_deref(), removed: self.removed }
    }
}

impl Service {
    /// Passes spaces to `each` in the order of their IDs, with their standing codes. With an
    /// actor, only the spaces are listed that the actor is a member of.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] for an unknown policy,
    /// [`crate::error::Error::NotFound`] for an unknown actor, and any error of the database.
    pub async fn list_spaces(
        &self,
        actor: &Actor,
        spaces: impl Into<SpaceFilter<'_>>,
        limit: Option<u32>,
        mut each: impl FnMut(StoredSpace, Standing) -> ControlFlow<()>,
    ) -> Result<()> {
        let spaces: SpaceFilter<'_> = spaces.into();
        if let Some(policy) = spaces.policy {
            self.policies().get(policy)?;
        }
        let listing = spaces.listing(actor);
        let limited = (limit.map_or(i64::MAX, i64::from), self.now());
        reading!(self.db(), |session, begun| {
            check_known_actor(session, actor).await?;
            spaces::list(session, listing, limited, |listed| {
                *begun = true;
                let standing = standing(self, actor, &listed);
                Ok(each(listed.stored, standing))
            })
            .await
        })
    }

    /// Counts the spaces that [`Service::list_spaces`] lists without a limit.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn count_spaces(&self, actor: &Actor, spaces: impl Into<SpaceFilter<'_>>) -> Result<u64> {
        let listing = spaces.into().listing(actor);
        reading!(self.db(), |session| { spaces::count(session, listing).await }).map(i64::unsigned_abs)
    }
}

fn standing(service: &Service, actor: &Actor, listed: &ListedSpace) -> Standing {
    if listed.stored.removed.is_some() {
        return Standing::Removed;
    }
    let Some(policy) = service.policies().find(&listed.stored.space.policy) else { return Standing::UnknownPolicy };
    let may_see = match actor.user {
        Some(_) => has_permission(policy, Permission::View, listed.role.as_deref()),
        None => !service.requires_actor(),
    };
    match &listed.code {
        _ if !policy.standing => Standing::NotByPolicy,
        _ if !may_see => Standing::Hidden,
        Some(code) => Standing::Code(code.clone()),
        None if listed.has_standing => Standing::Hashed,
        None => Standing::Missing,
    }
}
