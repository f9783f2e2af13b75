//! Replaces the standing code of a space. The old code becomes invalid now or after a grace
//! period (seed 001: "old invite links will no longer work"). A replacement is planned, so
//! that it can be confirmed, then applied.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::authorize::{self, Action, Roles};
use crate::builder::setters;
use crate::calendar::Zone;
use crate::duration::Span;
use crate::error::{Error, Result};
use crate::invites::generate::{Expiry, UsageLimit, expires_at, max_uses};
use crate::invites::issue::{Draft, Issued, issue, no_free_code};
use crate::limits::{check_create_limit, consume_creates};
use crate::model::invite::{self, Invite};
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::tables::operations::Operation;
use crate::store::tables::spaces::Space;
use crate::store::tables::{changes, invites, operations, spaces};
use crate::store::{Session, in_transaction, reading};
use crate::text::check_text;

/// A request to replace a standing code.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RegenerateRequest {
    /// The space.
    pub space_id: String,
    /// The grace period of the old code; `None` makes it invalid now.
    pub grace: Option<TimeDelta>,
    /// Expiry of the new code; by default that of the old one.
    pub expiry: Expiry,
    /// Usage limit of the new code; by default that of the old one. Its uses start at 0.
    pub usage_limit: UsageLimit,
    /// Note of the new code, empty for no note; `None` keeps that of the old one.
    pub note: Option<String>,
}

setters! {
    RegenerateRequest {
        option grace: TimeDelta,
        value expiry: Expiry,
        value usage_limit: UsageLimit,
        text note,
    }
}

impl RegenerateRequest {
    /// Creates a request without a grace period, with the terms of the old code.
    #[must_use]
    pub fn new(space_id: impl Into<String>) -> Self {
        RegenerateRequest {
            space_id: space_id.into(),
            grace: None,
            expiry: Expiry::Default,
            usage_limit: UsageLimit::Default,
            note: None,
        }
    }
}

/// The terms of a standing code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandingTerms {
    /// The role that the code grants.
    pub role: String,
    /// The note.
    pub note: Option<String>,
    /// The first valid instant, if it is in the future.
    pub starts_at: Option<DateTime<Utc>>,
    /// The expiry.
    pub expires_at: Option<DateTime<Utc>>,
    /// The usage limit.
    pub max_uses: Option<i64>,
}

/// The result of a replacement.
#[derive(Debug)]
#[non_exhaustive]
pub struct Regenerated {
    /// The new invite.
    pub issued: Issued,
    /// The replaced invite with its effective expiry; `None` if the space had no valid one.
    pub replaced: Option<(Invite, DateTime<Utc>)>,
    /// Number of codes replaced earlier whose grace period was shortened.
    pub grace_periods_ended: u64,
}

/// The plan for replacing the standing code of a space.
#[derive(Debug)]
#[non_exhaustive]
pub struct RegeneratePlan {
    request: RegenerateRequest,
    /// The space.
    pub space: Space,
    /// The invite to replace with its effective expiry; `None` if the space has no valid one.
    pub replaces: Option<(Invite, DateTime<Utc>)>,
    /// Number of codes replaced earlier whose grace period would be shortened.
    pub graces_to_end: u64,
    /// The terms of the new code.
    pub new: StandingTerms,
    /// The instant of the plan.
    pub at: DateTime<Utc>,
}

impl Service {
    /// Plans a replacement and changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown space, [`Error::Invalid`] if its policy has no standing
    /// codes or does not permit the terms, [`Error::Forbidden`] if the actor may not create
    /// invites (seed 001: "Only owners and admins can regenerate invite codes"),
    /// [`Error::Refused`] if their rate limit is reached.
    pub async fn plan_regenerate(&self, actor: &Actor, request: &RegenerateRequest) -> Result<RegeneratePlan> {
        // Boxed, because the future is large.
        Box::pin(plan(self, actor, request)).await
    }

    /// Replaces the standing code of a space, or creates it. Codes that were replaced earlier
    /// become invalid with the old one, if not before. Only the code of the plan is replaced.
    ///
    /// # Errors
    /// As [`Service::plan_regenerate`], and [`Error::Duplicate`] if the code was replaced since
    /// the plan.
    pub async fn regenerate(&self, actor: &Actor, plan: &RegeneratePlan) -> Result<Regenerated> {
        Box::pin(replace(self, actor, plan)).await
    }
}

async fn plan(service: &Service, actor: &Actor, request: &RegenerateRequest) -> Result<RegeneratePlan> {
    service.check_actor(actor)?;
    reading!(service.db(), |session| {
        let space = spaces::get(session, &request.space_id).await?.space;
        let (policy, slot) = standing(service, &space)?;
        let ids = [space.id.as_str()];
        Roles::read(session, actor, &ids).await?.authorize(Action::Regenerate, policy, &space.id, None)?;
        let now = service.now();
        if let Some(user) = &actor.user {
            check_create_limit(session, policy, user, now, 1).await?;
        }
        let end_of_grace = end_of_grace(request, now)?;
        let old = invites::find_by_slot(session, &slot).await?.filter(|old| old.status(now).is_open());
        let graced = invites::graced(session, &space.id, end_of_grace).await?;
        Ok(RegeneratePlan {
            new: terms(policy, request, old.as_ref(), now)?,
            replaces: old.map(|old| {
                let effective_expiry = effective_expiry(&old, end_of_grace);
                (old, effective_expiry)
            }),
            graces_to_end: graced.len() as u64,
            request: request.clone(),
            space,
            at: now,
        })
    })
}

async fn replace(service: &Service, actor: &Actor, plan: &RegeneratePlan) -> Result<Regenerated> {
    service.check_actor(actor)?;
    let operation = service.operation(actor, "regenerate", service.now()).on(format!("space {}", plan.space.id));
    let id = plan.space.id.as_str();
    let announced = plan.replaces.as_ref().map(|(old, _)| old.id);
    in_transaction!(service.db(), |session| {
        let space = spaces::lock_shared(session, id).await?.space;
        let (policy, slot) = standing(service, &space)?;
        authorize::authorize(session, actor, Action::Regenerate, policy, id, None).await?;
        if let Some(user) = &actor.user {
            // A replacement creates an invite.
            consume_creates(session, policy, user, service.now(), 1).await?;
        }
        invites::lock_standing(session, id, &slot, service.now()).await?;
        let now = service.now();
        let operation = Operation { at: now, ..operation.clone() };
        let end_of_grace = end_of_grace(&plan.request, now)?;
        let old = invites::find_by_slot(session, &slot).await?.filter(|old| old.status(now).is_open());
        let StandingTerms { role, note, starts_at, expires_at, max_uses } =
            terms(policy, &plan.request, old.as_ref(), now)?;
        let standing = Draft::standing(space, policy, actor, now)?;
        let draft = Draft { role, note, starts_at, expires_at, max_uses, ..standing };
        let shortened = shorten_graces(session, id, end_of_grace, operation.id).await?;
        let replaced = match old {
            None => None,
            Some(old) => {
                let effective_expiry = effective_expiry(&old, end_of_grace);
                if announced != Some(old.id)
                    || !invites::replace(session, old.id, &slot, effective_expiry, operation.id).await?
                {
                    return Err(replaced_meanwhile(id));
                }
                Some((old, effective_expiry))
            }
        };
        let mut outcome = issue(service, session, std::slice::from_ref(&draft), now, &operation).await?;
        if !outcome.no_free_code.is_empty() {
            return Err(no_free_code(&draft));
        }
        let made = outcome.take_issued(service, std::slice::from_ref(&draft)).pop();
        let Some((_, issued)) = made else { return Err(replaced_meanwhile(id)) };
        let changed = 1 + i64::from(replaced.is_some()) + shortened;
        operations::record_whole(session, &operation, changed, now).await?;
        Ok(Regenerated { issued, replaced, grace_periods_ended: shortened.unsigned_abs() })
    })
}

/// Returns the terms of the new code: those of the replaced code or of the policy, with the
/// changes of the request.
fn terms(
    policy: &Policy,
    request: &RegenerateRequest,
    old: Option<&Invite>,
    now: DateTime<Utc>,
) -> Result<StandingTerms> {
    let starts_at = old.and_then(|old| old.starts_at).filter(|start| *start > now);
    let expires_at = match (request.expiry, old) {
        (Expiry::Default, Some(old)) => old.expires_at,
        (other, _) => expires_at(policy, other, starts_at.unwrap_or(now), now)?,
    };
    let max_uses = match (request.usage_limit, old) {
        (UsageLimit::Default, Some(old)) => old.max_uses,
        (other, _) => max_uses(policy, other)?,
    };
    let note = match &request.note {
        Some(note) => Some(note.clone()).filter(|note| !note.is_empty()),
        None => old.and_then(|old| old.note.clone()),
    };
    if let Some(note) = &note {
        check_text("note", note, 500)?;
    }
    // A role that the policy does not grant any more is not kept.
    let role = old.map(|old| &old.role).filter(|role| policy.roles.contains(*role)).unwrap_or(&policy.roles[0]);
    Ok(StandingTerms { role: role.clone(), note, starts_at, expires_at, max_uses })
}

/// Returns the policy of a space and the slot of its standing code.
fn standing<'s>(service: &'s Service, space: &Space) -> Result<(&'s Policy, String)> {
    let policy = service.policy_of(space)?;
    match invite::slot(policy.standing, &space.id, None) {
        Some(slot) => Ok((policy, slot)),
        None => Err(Error::invalid(format!("the policy {} has no standing code to replace", policy.name))
            .with_hint(format!("create an invite instead: invite generate --space {}", word(&space.id)))),
    }
}

fn end_of_grace(request: &RegenerateRequest, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    request.grace.map_or(Ok(now), |grace| Span::from(grace).after(now, &Zone::UTC))
}

/// Returns the effective expiry of a replaced code.
fn effective_expiry(old: &Invite, end_of_grace: DateTime<Utc>) -> DateTime<Utc> {
    old.expires_at.map_or(end_of_grace, |end| end.min(end_of_grace))
}

fn replaced_meanwhile(space: &str) -> Error {
    Error::duplicate(format!("another run replaced the code of the space {space} at the same time; that code stays"))
        .with_hint(format!("show it: invite list --space {} --status active", word(space)))
}

/// Shortens the grace periods of codes that were replaced earlier to end at `end`, and
/// returns how many were changed.
async fn shorten_graces(session: &mut Session, space: &str, end: DateTime<Utc>, operation: Uuid) -> Result<i64> {
    let graced = invites::graced(session, space, end).await?;
    for invite in &graced {
        let before = invite.closed.map(|closed| changes::instant(closed.at));
        let after = Some(changes::instant(end));
        changes::insert(session, operation, invite.id, "closed_at", before, after).await?;
    }
    if !graced.is_empty() {
        invites::shorten_graces(session, space, end).await?;
    }
    Ok(i64::try_from(graced.len()).unwrap_or(i64::MAX))
}
