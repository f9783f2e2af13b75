//! What a revocation would do: looked at first, applied later.

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

/// Of how many spaces it is remembered that a role gave the right to revoke.
const SPACES: i64 = 1_000;

/// Looks what a selection would revoke.
///
/// # Errors
/// [`Error::NotFound`] for a space or a user that does not exist,
/// [`Error::Forbidden`] for a space in which the user that is acted for may
/// revoke nothing, and for a filter that picks live invites, but none that they
/// may revoke; named invites that are not there, or that they may not revoke,
/// are failures of the plan.
pub async fn plan_revoke(service: &Service, actor: &Actor, selection: Selection) -> Result<RevokePlan> {
    service.check_actor(actor)?;
    reading!(service.db(), |session| {
        match &selection {
            Selection::Named(references) => plan_named(service, actor, session, references).await,
            Selection::Matching(filter) => plan_matching(service, actor, session, filter).await,
        }
    })
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
    let (mut live, mut already_closed, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    // The same invite can be named by its code and by its id.
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
            // Only behind that: that two name the same would tell a stranger that it is.
            if is_known.is_ok() && !named.insert(invite.id) {
                continue;
            }
            if let Err(error) = is_known.and_then(|()| may_be_revoked(service, &invite)) {
                // As who it was named: who may not know of it is not told its id.
                let subject = match error {
                    Error::NotFound(_) => reference.described(),
                    _ => format!("invite {}", invite.id),
                };
                failures.push(Failure::of(subject, &error).at_line(place));
                continue;
            }
            match invite.status(now) {
                status if status.is_open() => live.push((place, invite)),
                status => already_closed.push(AlreadyClosed { place, invite, status }),
            }
        }
    }
    Ok(RevokePlan { total: live.len() as u64, selection: PlannedSelection::Named(live), already_closed, failures })
}

/// Whether the user that is acted for may revoke an invite, and its policy lets
/// anybody.
pub(crate) fn check_revocable(service: &Service, roles: &Roles<'_>, named: &Reference, invite: &Invite) -> Result<()> {
    roles.authorize_invite(service, Action::Revoke, named, invite)?;
    may_be_revoked(service, invite)
}

fn may_be_revoked(service: &Service, invite: &Invite) -> Result<()> {
    keeps_used(service, invite).map_or(Ok(()), |denial| Err(Error::Refused(denial)))
}

/// Some policies keep used invites (seed 003: "Cannot revoke used code").
fn keeps_used(service: &Service, invite: &Invite) -> Option<Denial> {
    let keeps = service.policies().find(&invite.policy).is_some_and(|policy| !policy.revoke_used);
    (keeps && invite.uses > 0).then_some(Denial::UsedCannotRevoke(invite.uses))
}
