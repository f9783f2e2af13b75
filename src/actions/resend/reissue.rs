//! Issuing one invitation again: its rules, a new code, a new end.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ResendRequest;
use crate::actions::issue::{Draft, Issued, draw_one};
use crate::actions::permission::{self, Deed};
use crate::actions::{Actor, Service};
use crate::error::{Denial, Error, Result};
use crate::invite::Invite;
use crate::invite::reference::Reference;
use crate::policy::{KeptAs, Policy};
use crate::store::invites::{self, Reissue};
use crate::store::operations::{self, Operation};
use crate::store::spaces::Space;
use crate::store::{Session, changes, users};

/// Whether an invitation can be sent again now: the rules, of which the
/// statement that does it holds what may change meanwhile.
pub(super) fn judge(service: &Service, invite: &Invite, request: ResendRequest, now: DateTime<Utc>) -> Result<()> {
    let policy = service.policy_of_invite(invite)?;
    if invite.email.is_none() {
        return Err(Error::invalid(format!(
            "an invite of the policy {} is not bound to an e-mail address",
            policy.name
        ))
        .hint(format!("hand its link on instead: invite show {}", invite.id)));
    }
    if let Some(denial) = invite.denials(now, None).into_iter().find(|denial| !matches!(denial, Denial::NotStarted(_)))
    {
        return Err(Error::Refused(denial));
    }
    if let Some(until) = invite.send_after.filter(|until| *until > now) {
        let until = crate::error::readable(until);
        return Err(Error::duplicate(format!("another run is sending this invitation, at the latest till {until}")));
    }
    if request.send && invite.sends > policy.resends {
        return Err(Error::Refused(Denial::ResendLimit(policy.resends)));
    }
    if request.keep_link && invite.code.is_none() {
        return Err(Error::invalid("only the hash of the code is kept, so the old link cannot be sent again")
            .hint("leave --keep-link out: a new link is made, and the old one dies"));
    }
    Ok(())
}

/// Gives one invitation another code and end, and holds it for sending; none:
/// it was unsent when it was planned, and another run has sent it since.
pub(super) async fn reissue(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    planned: &Invite,
    request: ResendRequest,
    operation: &Operation,
) -> Result<Option<Issued>> {
    invites::lock(session, planned.id).await?;
    let now = service.now();
    let reference = Reference::Id(planned.id);
    let seen = invites::get(session, &reference).await?;
    if planned.send_after.is_some() && seen.send_after.is_none() {
        return Ok(None);
    }
    let policy = service.policy_of_invite(&seen)?;
    permission::demand(session, actor, Deed::Resend, policy, &seen.space_id, seen.created_by.as_deref()).await?;
    judge(service, &seen, request, now)?;
    if request.send {
        service.mailer_for(policy)?;
    }
    let code = match seen.code.clone().filter(|_| request.keep_link) {
        Some(kept) => kept,
        None => draw_one(service, session, &draft_of(&seen, policy)).await?,
    };
    let fresh = policy.default_end(seen.starts_at.unwrap_or(now).max(now))?;
    let reissue = Reissue {
        code: (policy.kept_as == KeptAs::Text).then(|| code.clone()),
        code_key: code.key(policy.kept_as),
        // One that was given more time than usual keeps it.
        expires_at: seen.expires_at.and_then(|end| fresh.map(|fresh| fresh.max(end))),
        send_after: request.send.then(|| service.held_until(now)),
    };
    if !invites::reissue(session, &seen, &reissue, now).await? {
        return Err(session.conflict());
    }
    record_changes(session, operation.id, &seen, &reissue).await?;
    operations::record(session, operation, 1, 0).await?;
    let invite = invites::get(session, &reference).await?;
    let invited_by = match &invite.created_by {
        Some(user) => users::find(session, user).await?.and_then(|user| user.name),
        None => None,
    };
    Ok(Some(Issued { link: service.links().link(policy, &code), code, invite, invited_by, is_mailed: request.send }))
}

fn draft_of<'p>(invite: &Invite, policy: &'p Policy) -> Draft<'p> {
    Draft {
        space: Space { id: invite.space_id.clone(), policy: policy.name.clone(), name: invite.space_name.clone() },
        policy,
        role: invite.role.clone(),
        email: invite.email.clone(),
        note: None,
        created_by: None,
        starts_at: None,
        expires_at: None,
        max_uses: None,
        slot: None,
        send_after: None,
        drawn: None,
    }
}

/// What lives on in the history: the end before, and by which fingerprint the
/// old link can be told.
async fn record_changes(session: &mut Session, operation: Uuid, before: &Invite, after: &Reissue) -> Result<()> {
    changes::ended_otherwise(session, operation, before.id, [before.expires_at, after.expires_at]).await?;
    if before.code.is_none() {
        let (old, new) = (before.code_key.fingerprint(), after.code_key.fingerprint());
        changes::insert(session, operation, before.id, "code", Some(old), Some(new)).await?;
    }
    Ok(())
}
