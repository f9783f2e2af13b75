//! Changes the expiry or usage limit of an invite. An invite that was closed as expired or
//! used up is opened again if the new terms make it valid, also if the clock of another
//! machine closed it before its expiry.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::authorize::{Action, Roles};
use crate::builder::setters;
use crate::calendar::Zone;
use crate::duration::Span;
use crate::error::{Denial, Error, Result, readable};
use crate::invites::generate::{Expiry, UsageLimit, expires_at, max_uses};
use crate::invites::issue::{check_room, free_invalid_slots};
use crate::model::invite::{self, Closed, ClosedReason, Invite, Status};
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::tables::invites::Extension;
use crate::store::tables::operations::Operation;
use crate::store::tables::{changes, invites, operations, spaces};
use crate::store::{Session, in_transaction};

/// The changes of an invite; default values change nothing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExtendRequest {
    /// The invite.
    pub reference: Reference,
    /// The new expiry.
    pub expiry: Expiry,
    /// The new usage limit.
    pub usage_limit: UsageLimit,
}

impl ExtendRequest {
    /// Creates a request that sets the expiry of the policy and keeps the usage limit.
    #[must_use]
    pub fn new(reference: Reference) -> Self {
        ExtendRequest { reference, expiry: Expiry::Default, usage_limit: UsageLimit::Default }
    }
}

setters! {
    ExtendRequest {
        value expiry: Expiry,
        value usage_limit: UsageLimit,
    }
}

/// The result of an extension.
#[derive(Debug)]
#[non_exhaustive]
pub struct Extended {
    /// The invite before.
    pub before: Invite,
    /// The invite after.
    pub after: Invite,
    /// The instant of the change.
    pub at: DateTime<Utc>,
}

impl Service {
    /// Changes the expiry or usage limit of an invite.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the actor may not create invites in the space,
    /// [`Error::Refused`] for a revoked or replaced invite, [`Error::NotFound`] for an unknown
    /// one and one of a removed space, [`Error::Invalid`] for terms under which it would stay
    /// invalid, [`Error::Duplicate`] if another invite has replaced it.
    pub async fn extend(&self, actor: &Actor, request: &ExtendRequest) -> Result<Extended> {
        self.check_actor(actor)?;
        if request.expiry == Expiry::Default && request.usage_limit == UsageLimit::Default {
            return Err(
                Error::invalid("no change was given").with_hint("add --expires-in, --expires-at, --by or --max-uses")
            );
        }
        let operation = self.operation(actor, "extend", self.now());
        in_transaction!(self.db(), |session| {
            let found = invites::get(session, &request.reference).await?;
            let roles = Roles::lock(session, actor, &[found.space_id.as_str()]).await?;
            roles.authorize_invite(self, Action::Extend, &request.reference, &found)?;
            let now = self.now();
            let reopens = matches!(found.status(now), Status::Expired | Status::UsedUp);
            if reopens {
                // Lock the group before the invite, as the creation of codes does.
                let hint = || format!("create another: invite generate --space {}", word(&found.space_id));
                Box::pin(check_room(session, self.policy_of_invite(&found)?, &found, now, hint)).await?;
            }
            invites::lock(session, found.id).await?;
            let now = self.now();
            let operation = Operation { at: now, ..operation.clone() }.on(format!("invite {}", found.id));
            let locked = invites::find(session, &Reference::Id(found.id)).await?;
            let before = locked.ok_or_else(|| invites::not_found(&request.reference))?;
            let closed_meanwhile = !reopens && matches!(before.status(now), Status::Expired | Status::UsedUp);
            if closed_meanwhile || before.code_key != found.code_key {
                // The room of its group was not checked; or its number was given to a newer code
                // while this transaction waited for the group.
                return Err(session.conflict());
            }
            let extension = plan(self, &before, request, now)?;
            if before.closed.is_none()
                && (before.expires_at, before.max_uses) == (extension.expires_at, extension.max_uses)
            {
                return Ok(Extended { after: before.clone(), before, at: now });
            }
            if let Some(slot) = &extension.slot
                && let Some(holder) = invites::find_by_slot(session, slot).await?
                && holder.id != before.id
            {
                if holder.status(now).is_open() {
                    return Err(Error::duplicate(format!("another invite has replaced it: {}", holder.id))
                        .with_hint("revoke that one first, or extend it instead"));
                }
                free_invalid_slots(session, &[slot], now, &operation).await?;
            }
            if !invites::extend(session, &before, &extension).await? {
                spaces::get(session, &before.space_id).await?;
                return Err(session.conflict());
            }
            record_changes(session, operation.id, &before, &extension).await?;
            operations::record_whole(session, &operation, 1, now).await?;
            let after = invites::get(session, &Reference::Id(before.id)).await?;
            Ok(Extended { before, after, at: now })
        })
    }
}

fn plan(service: &Service, before: &Invite, request: &ExtendRequest, now: DateTime<Utc>) -> Result<Extension> {
    let policy = service.policy_of_invite(before)?;
    if let Some(closed) = before.closed {
        match closed.reason {
            ClosedReason::Revoked => return Err(Error::Refused(Denial::Revoked(closed.at))),
            ClosedReason::Replaced => return Err(Error::Refused(Denial::Replaced(closed.at))),
            ClosedReason::Expired | ClosedReason::UsedUp => {}
        }
    }
    let start = before.starts_at.filter(|start| *start > now).unwrap_or(now);
    let expires_at = match request.expiry {
        Expiry::Default => before.expires_at,
        Expiry::Later(span) => Some(later(before, (span, &policy.zone), now)?),
        other => expires_at(policy, other, start, now)?,
    };
    let max_uses = match request.usage_limit {
        UsageLimit::Default => before.max_uses,
        other => max_uses(policy, other)?,
    };
    if expires_at.is_some_and(|end| end <= now) {
        return Err(Error::invalid("the invite would stay expired").with_hint("add an expiry: --expires-in 7d"));
    }
    if let Some(max) = max_uses
        && before.uses >= max
    {
        return Err(Error::invalid(format!("the invite would stay used up: {} of {max} uses are taken", before.uses))
            .with_hint(format!("add a usage limit above {}: --max-uses {}", before.uses, before.uses + 1)));
    }
    Ok(Extension {
        expires_at,
        max_uses,
        slot: invite::slot(policy.standing, &before.space_id, before.email.as_deref()),
    })
}

/// Adds a span to the current expiry, also if that is in the past.
fn later(before: &Invite, (span, zone): (Span, &Zone), now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let Some(end) = before.expires_at else {
        return Err(Error::invalid("the invite never expires, so its expiry cannot be extended")
            .with_hint("give it an expiry with --expires-in 7d or --expires-at"));
    };
    let moved = span.after(end, zone)?;
    if moved <= now {
        let (end, moved) = (readable(end), readable(moved));
        return Err(Error::invalid(format!(
            "the invite would stay expired: its expiry would move from {end} to {moved}"
        ))
        .with_hint("count from now instead: --expires-in 7d"));
    }
    Ok(moved)
}

async fn record_changes(session: &mut Session, operation: Uuid, before: &Invite, extension: &Extension) -> Result<()> {
    changes::record_expiry_change(session, operation, before.id, [before.expires_at, extension.expires_at]).await?;
    if before.max_uses != extension.max_uses {
        let (old, new) = (before.max_uses, extension.max_uses);
        let text = |number: Option<i64>| number.map(|number| number.to_string());
        changes::insert(session, operation, before.id, "max_uses", text(old), text(new)).await?;
    }
    record_former_closing(session, operation, before.id, before.closed, before.closed_op).await
}

/// Records the closing of an invite before an operation reopens or closes it again, for
/// its history.
pub(crate) async fn record_former_closing(
    session: &mut Session,
    operation: Uuid,
    invite: Uuid,
    closed: Option<Closed>,
    closed_op: Option<Uuid>,
) -> Result<()> {
    if let Some(closed) = closed {
        let old = Some(closed.reason.as_str().to_owned());
        changes::insert(session, operation, invite, "closed_reason", old, None).await?;
    }
    if let Some(closed_op) = closed_op {
        changes::insert(session, operation, invite, "closed_op", Some(closed_op.to_string()), None).await?;
    }
    Ok(())
}
