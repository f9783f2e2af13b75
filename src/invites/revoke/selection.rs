//! Which invites to revoke, and what a plan found of them.

use uuid::Uuid;

use crate::batch::Failure;
use crate::model::invite::{Invite, Status};
use crate::model::reference::Reference;
use crate::store::tables::listing::{Filter, OpenScope};

/// How many invites one transaction revokes.
pub(crate) const BATCH: u32 = 10_000;

/// Which invites.
#[derive(Debug, Clone)]
pub enum Selection {
    /// These.
    Named(Vec<Reference>),
    /// Every live one that the filter picks.
    Matching(Box<Filter>),
}

/// What a revocation would do.
#[derive(Debug)]
pub struct RevokePlan {
    pub(crate) selection: PlannedSelection,
    /// How many live invites it would revoke.
    pub total: u64,
    /// Named ones that are closed already, with what they are.
    pub already_closed: Vec<AlreadyClosed>,
    /// Named ones that cannot be revoked, or that are not there; the line is the
    /// place among those that were named.
    pub failures: Vec<Failure>,
}

/// A named invite that is closed already.
#[derive(Debug)]
pub struct AlreadyClosed {
    /// Its place among those that were named, from 1.
    pub place: u64,
    /// The invite.
    pub invite: Invite,
    /// What it is.
    pub status: Status,
}

impl RevokePlan {
    /// What it is about, for the audit log.
    pub(crate) fn described(&self) -> String {
        match &self.selection {
            PlannedSelection::Named(live) => match live.as_slice() {
                [(_, invite)] => format!("invite {}", invite.id),
                many => format!("{} named invites", many.len()),
            },
            PlannedSelection::Matching(sweep) => sweep.scope.filter.described(),
        }
    }
}

#[derive(Debug)]
pub(crate) enum PlannedSelection {
    /// Each with its place among those that were named.
    Named(Vec<(u64, Invite)>),
    Matching(Box<MatchingInvites>),
}

/// The live invites of a filter.
#[derive(Debug)]
pub(crate) struct MatchingInvites {
    pub(crate) scope: OpenScope,
    /// The last of them: what is made after the plan is not in it.
    pub(crate) last: Uuid,
    /// How many there were.
    pub(crate) total: u64,
    /// The spaces that they are of, with their policies, where a role gave the
    /// right to them; the first of them.
    pub(crate) spaces: Vec<(String, String)>,
}
