//! Gives a space a new standing code; the old one dies at once or after a
//! grace (seed 001: "old invite links will no longer work").

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use uuid::Uuid;

use super::issue::{Draft, Issued, issue, no_free_code};
use super::{Actor, Service};
use crate::duration;
use crate::error::{Error, Result};
use crate::invite::{self, Invite};
use crate::store::operations::Operation;
use crate::store::{Session, changes, in_transaction, invites, operations, spaces};

/// Which space, and how long the old code lives on.
#[derive(Debug, Clone)]
pub struct RegenerateRequest {
    /// The space.
    pub space_id: String,
    /// How long the old code lives on; none: it dies at once.
    pub grace: Option<TimeDelta>,
}

/// What came of it.
#[derive(Debug)]
pub struct Regenerated {
    /// The new invite.
    pub issued: Issued,
    /// The standing invite that it replaced, and from when that is dead; none:
    /// the space had no live one.
    pub replaced: Option<(Invite, DateTime<Utc>)>,
    /// How many codes that had been replaced before lived on in a grace, and
    /// die with it.
    pub graces_ended: u64,
}

/// Replaces the standing invite of a space, or gives it one. Codes that were
/// replaced before and live on in a grace die with the old one, if not before.
///
/// # Errors
/// [`Error::NotFound`] for an unknown space, [`Error::Invalid`] if its policy
/// has no standing codes, [`Error::Duplicate`] if another run was faster.
pub async fn regenerate(service: &Service, actor: &Actor, request: &RegenerateRequest) -> Result<Regenerated> {
    let operation = service.operation(actor, "regenerate", service.now());
    in_transaction!(service.db(), |session| {
        let stored = spaces::hold(session, &request.space_id).await?;
        let policy = service.policies().get(&stored.space.policy)?;
        let Some(slot) = invite::slot(policy.standing, &request.space_id, None) else {
            return Err(Error::invalid(format!("the policy {} has no standing code to replace", policy.name))
                .hint(format!("make another invite: invite generate --space {}", request.space_id)));
        };
        invites::lock_standing(session, &request.space_id, &slot, service.now()).await?;
        let now = service.now();
        let operation = Operation { at: now, ..operation.clone() };
        let end_of_grace = request.grace.map_or(Ok(now), |grace| duration::after(now, grace))?;
        let draft = Draft::standing(stored.space, policy, actor, now)?;
        let old = invites::find_by_slot(session, &slot).await?.filter(|old| old.status(now).is_live());
        let shortened = shorten_graces(session, &request.space_id, end_of_grace, operation.id).await?;
        let replaced = match old {
            None => None,
            Some(old) => {
                let dies_at = old.expires_at.map_or(end_of_grace, |end| end.min(end_of_grace));
                if !invites::replace(session, old.id, &slot, dies_at, operation.id).await? {
                    return Err(faster(&request.space_id));
                }
                Some((old, dies_at))
            }
        };
        let mut outcome = issue(service, session, std::slice::from_ref(&draft), now, &operation).await?;
        if !outcome.no_free_code.is_empty() {
            return Err(no_free_code(&draft));
        }
        let Some((_, issued)) = outcome.issued.pop() else { return Err(faster(&request.space_id)) };
        let changed = 1 + i64::from(replaced.is_some()) + shortened;
        operations::record_whole(session, &operation, changed, now).await?;
        Ok(Regenerated { issued, replaced, graces_ended: shortened.unsigned_abs() })
    })
}

fn faster(space: &str) -> Error {
    Error::duplicate(format!("another run gave the space {space} a new code at the same moment"))
        .hint(format!("see it: invite list --space {space} --status active"))
}

/// Lets codes that were replaced before and live on in a grace die no later
/// than this one; answers how many that changes.
async fn shorten_graces(session: &mut Session, space: &str, end: DateTime<Utc>, operation: Uuid) -> Result<i64> {
    let graced = invites::graced(session, space, end).await?;
    for invite in &graced {
        let before = invite.closed.map(|closed| closed.at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        let after = Some(end.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        changes::insert(session, operation, invite.id, "closed_at", before, after).await?;
    }
    if !graced.is_empty() {
        invites::shorten_graces(session, space, end).await?;
    }
    Ok(i64::try_from(graced.len()).unwrap_or(i64::MAX))
}
