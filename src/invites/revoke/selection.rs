//! The selection of invites to revoke, and the plan.

use uuid::Uuid;

use crate::batch::Failure;
use crate::model::invite::{Invite, Status};
use crate::model::reference::Reference;
use crate::store::tables::listing::{Filter, OpenScope};

/// Maximum number of invites per transaction.
pub(crate) const BATCH: u32 = 10_000;

/// The invites to revoke.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Selection {
    /// The named invites.
    Named(Vec<Reference>),
    /// All open invites of a filter.
    Matching(Box<Filter>),
}

/// The plan of a revocation.
#[derive(Debug)]
#[non_exhaustive]
pub struct RevokePlan {
    pub(crate) selection: PlannedSelection,
    /// Number of open invites to revoke.
    pub total: u64,
    /// The named invites that are closed already.
    pub already_closed: Vec<AlreadyClosed>,
    /// The named invites that do not exist or cannot be revoked; the line is the position.
    pub failures: Vec<Failure>,
}

/// A named invite that is closed already.
#[derive(Debug)]
#[non_exhaustive]
pub struct AlreadyClosed {
    /// Position among the named invites, from 1.
    pub place: u64,
    /// The invite.
    pub invite: Invite,
    /// Status of the invite.
    pub status: Status,
}

impl RevokePlan {
    /// Returns a description for the audit log.
    pub(crate) fn described(&self) -> String {
        match &self.selection {
            PlannedSelection::Named(open) => match open.as_slice() {
                [(_, invite)] => format!("invite {}", invite.id),
                many => format!("{} named invites", many.len()),
            },
            PlannedSelection::Matching(matching) => matching.scope.filter.described(),
        }
    }
}

#[derive(Debug)]
pub(crate) enum PlannedSelection {
    /// The named invites, with their positions.
    Named(Vec<(u64, Invite)>),
    Matching(Box<MatchingInvites>),
}

/// The open invites of a filter.
#[derive(Debug)]
pub(crate) struct MatchingInvites {
    pub(crate) scope: OpenScope,
    /// The last of the invites: later ones were created after the plan and are not part of it.
    pub(crate) last: Uuid,
    /// Number of these invites.
    pub(crate) total: u64,
    /// The first spaces of these invites in which a role of the actor gave the permission,
    /// with their policies.
    pub(crate) spaces: Vec<(String, String)>,
}
