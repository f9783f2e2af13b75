//! Plans a revocation.

use std::collections::HashSet;

use crate::authorize::{self, Action, Permission, Roles};
use crate::batch::Failure;
use crate::error::{Denial, Error, Result};
use crate::invites::list::checked_filter;
use crate::invites::revoke::selection::{
    AlreadyClosed, BATCH, MatchingInvites, PlannedSelection, RevokePlan, Selection,
};
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::invites::{self, ChangeGuard};
use crate::store::tables::listing::{self, Filter, OpenScope};
use crate::store::{Session, reading};

/// Maximum number of spaces that a plan records for a later check of the permission.
const SPACES: i64 = 1_000;

impl Service {
    /// Plans which invites of a selection to revoke.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown space or user, [`Error::Forbidden`] for a space in
    /// which the actor may revoke nothing, and for a filter that selects open invites, but none
    /// that they may revoke. Named invites that do not exist, or that the actor may not revoke,
    /// are failures of the plan.
    pub async fn plan_revoke(&self, actor: &Actor, selection: Selection) -> Result<RevokePlan> {
        self.check_actor(actor)?;
        reading!(self.db(), |session| {
            match &selection {
                Selection::Named(references) => plan_named(self, actor, session, references).await,
                Selection::Matching(filter) => plan_matching(self, actor, session, filter).await,
            }
        })
    }
}

async fn plan_matching(service: &Service, actor: &Actor, session: &mut Session, filter: &Filter) -> Result<RevokePlan> {
    let filter = checked_filter(service, actor, Action::Revoke, session, filter).await?;
    let scope = OpenScope { filter, guard: guard(service, actor), renews: false };
    let now = service.now();
    let (total, last) = listing::extent_of_open(session, &scope, now).await?;
    let total = total.unsigned_abs();
    if total == 0 {
        authorize::authorize_scope(service, session, actor, Action::Revoke, &scope, now).await?;
    }
    let spaces = match &scope.guard.access {
        None => Vec::new(),
        Some(access) => {
            let guard = ChangeGuard { access: Some(access.by_role()), ..scope.guard.clone() };
            let by_role = OpenScope { guard, ..scope.clone() };
            listing::spaces_of_open(session, &by_role, SPACES, now).await?
        }
    };
    Ok(RevokePlan {
        selection: PlannedSelection::Matching(Box::new(MatchingInvites { scope, last, total, spaces })),
        total,
        already_closed: Vec::new(),
        failures: Vec::new(),
    })
}

pub(crate) fn guard(service: &Service, actor: &Actor) -> ChangeGuard {
    ChangeGuard {
        keep_used_of: service.policies().names_where(|policy| !policy.revoke_used),
        access: service.access_filter(actor, Permission::Revoke),
    }
}

async fn plan_named(
    service: &Service,
    actor: &Actor,
    session: &mut Session,
    references: &[Reference],
) -> Result<RevokePlan> {
    let now = service.now();
    let (mut open, mut already_closed, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    // An invite can be named by its code and by its ID.
    let mut named = HashSet::new();
    let mut place = 0;
    for chunk in references.chunks(BATCH as usize) {
        let found = invites::find_many(session, chunk).await?;
        let spaces: Vec<&str> = found.iter().flatten().map(|invite| invite.space_id.as_str()).collect();
        let roles = Roles::read(session, actor, &spaces).await?;
        for (reference, found) in chunk.iter().zip(found) {
            place += 1;
            let invite = match found {
                Ok(invite) => invite,
                Err(error) => {
                    failures.push(Failure::of(reference.described(), &error).at_line(place));
                    continue;
                }
            };
            let is_known = roles.authorize_invite(service, Action::Revoke, reference, &invite);
            // Skip duplicates after the authorization: skipping one would disclose that it exists.
            if is_known.is_ok() && !named.insert(invite.id) {
                continue;
            }
            if let Err(error) = is_known.and_then(|()| may_be_revoked(service, &invite)) {
                // The given reference: the ID must not be disclosed without permission.
                let subject = match error {
                    Error::NotFound(_) => reference.described(),
                    _ => format!("invite {}", invite.id),
                };
                failures.push(Failure::of(subject, &error).at_line(place));
                continue;
            }
            match invite.status(now) {
                status if status.is_open() => open.push((place, invite)),
                status => already_closed.push(AlreadyClosed { place, invite, status }),
            }
        }
    }
    Ok(RevokePlan { total: open.len() as u64, selection: PlannedSelection::Named(open), already_closed, failures })
}

/// Checks that the actor may revoke an invite, and that its policy permits it.
pub(crate) fn check_revocable(service: &Service, roles: &Roles<'_>, named: &Reference, invite: &Invite) -> Result<()> {
    roles.authorize_invite(service, Action::Revoke, named, invite)?;
    may_be_revoked(service, invite)
}

fn may_be_revoked(service: &Service, invite: &Invite) -> Result<()> {
    keeps_used(service, invite).map_or(Ok(()), |denial| Err(Error::Refused(denial)))
}

/// Returns the denial of a policy that keeps used invites (seed 003: "Cannot revoke used
/// code").
fn keeps_used(service: &Service, invite: &Invite) -> Option<Denial> {
    let keeps = service.policies().find(&invite.policy).is_some_and(|policy| !policy.revoke_used);
    (keeps && invite.uses > 0).then_some(Denial::UsedCannotRevoke(invite.uses))
}
