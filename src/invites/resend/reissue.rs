//! Issues one invitation again, with a new code and a new expiry.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::authorize::{self, Action};
use crate::error::{Denial, Error, Result};
use crate::invites::extend::record_former_closing;
use crate::invites::issue::{Draft, Issued, check_room, free_invalid_slots, generate_code};
use crate::invites::resend::request::ResendRequest;
use crate::limits::{DryRunMails, Mail, consume_mail};
use crate::model::code::{CodeFormat, CodeKey, Storage};
use crate::model::invite::{self, Invite, Status};
use crate::model::reference::Reference;
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::Session;
use crate::store::tables::invites::{self, Reissue};
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces::{self, Space};
use crate::store::tables::{changes, members, users};

/// Checks that an invitation can be sent again now. The statement that issues it again checks
/// the conditions that may change in between.
///
/// # Errors
/// [`Error::Refused`], [`Error::Invalid`] or [`Error::Duplicate`] with the reason.
pub(crate) fn check_resendable(
    service: &Service,
    invite: &Invite,
    request: ResendRequest,
    now: DateTime<Utc>,
) -> Result<()> {
    let policy = service.policy_of_invite(invite)?;
    if invite.email.is_none() {
        return Err(Error::invalid(format!(
            "an invite of the policy {} is not bound to an e-mail address",
            policy.name
        ))
        .with_hint(format!("show its link instead: invite show {}", invite.id)));
    }
    let is_unsent = invite.send_after.is_some();
    // An unsent invitation is renewed if it has expired; it may also start in the future.
    let is_no_obstacle = |denial: &Denial| match denial {
        Denial::NotStarted(_) => true,
        Denial::Expired(_) => is_unsent,
        _ => false,
    };
    if let Some(denial) = invite.denials(now, None).into_iter().find(|denial| !is_no_obstacle(denial)) {
        return Err(Error::Refused(denial));
    }
    if let Some(until) = invite.send_after.filter(|until| *until > now) {
        let until = crate::error::readable(until);
        return Err(Error::duplicate(format!("another run is sending this invitation, until {until} at the latest")));
    }
    if resends_of(invite) >= policy.max_resends && (invite.sends > 0 || !is_unsent) {
        return Err(Error::Refused(Denial::ResendLimit(policy.max_resends)));
    }
    if request.keep_link && invite.code.is_none() {
        return Err(Error::invalid("the old link cannot be sent again: only the hash of the code is stored")
            .with_hint("leave out --keep-link, so that a new link replaces the old one"));
    }
    Ok(())
}

/// Returns the number of times that an invitation was resent, or its new link returned. The first
/// e-mail and retries of failed ones do not count; an e-mail that may have been delivered
/// does.
fn resends_of(invite: &Invite) -> i64 {
    let sent_again = invite.sends - 1;
    if invite.send_after.is_some() { sent_again } else { sent_again.max(invite.resends) }
}

/// Roles of members, by space and address.
pub(crate) type MembersByAddress = HashMap<(String, String), String>;

/// Looks up the members who have the addresses of these invitations.
pub(crate) async fn members_by_address(
    session: &mut Session,
    invites: impl Iterator<Item = &Invite>,
) -> Result<MembersByAddress> {
    let pairs: Vec<(&str, &str)> =
        invites.filter_map(|invite| Some((invite.space_id.as_str(), invite.email.as_deref()?))).collect();
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    members::roles_of_addresses(session, &pairs).await
}

/// Checks that the address of an invitation belongs to no member (seed 002).
pub(crate) fn refuse_member(members: &MembersByAddress, invite: &Invite) -> Result<()> {
    let pair = (invite.space_id.clone(), invite.email.clone().unwrap_or_default());
    members.get(&pair).map_or(Ok(()), |role| Err(Error::Refused(Denial::AlreadyMember { role: role.clone() })))
}

/// The outcome for one invitation.
pub(crate) enum Reissued {
    /// The invitation has a new code and expiry, and is leased for sending, since this instant,
    /// when also its e-mail was counted.
    Issued(Box<Issued>, DateTime<Utc>),
    /// Another run has sent the invitation since the plan.
    SentMeanwhile,
    /// A member has the address; the invitation will not be sent.
    Member(Denial),
}

/// Gives an invitation a new code and expiry, and leases it for sending.
pub(crate) async fn reissue(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    planned: &Invite,
    (request, dry_run_mails): (ResendRequest, Option<&DryRunMails>),
    operation: &Operation,
) -> Result<Reissued> {
    // Lock the group before the invite, as the creation of codes does.
    let kept = if request.keep_link { Box::pin(check_kept_code(service, session, planned)).await? } else { None };
    invites::lock(session, planned.id).await?;
    let now = service.now();
    let reference = Reference::Id(planned.id);
    let current = invites::get(session, &reference).await?;
    if kept.is_some_and(|kept| kept != KeptCode::of(&current, now)) {
        return Err(session.conflict());
    }
    if planned.send_after.is_some() && current.send_after.is_none() {
        return Ok(Reissued::SentMeanwhile);
    }
    let policy = service.policy_of_invite(&current)?;
    authorize::authorize(session, actor, Action::Resend, policy, &current.space_id, current.created_by.as_deref())
        .await?;
    check_resendable(service, &current, request, now)?;
    let members = members_by_address(session, std::iter::once(&current)).await?;
    if let Err(Error::Refused(denial)) = refuse_member(&members, &current) {
        stop_sending(session, operation, &current).await?;
        return Ok(Reissued::Member(denial));
    }
    if request.send {
        service.mailer_for(policy)?;
        let mail = Mail::of_invite(service.policies(), &current, actor.user.as_deref());
        consume_mail(session, mail, dry_run_mails, now).await?;
    }
    free_slot(session, &current, now, operation).await?;
    let code = match current.code.clone().filter(|_| request.keep_link) {
        Some(kept) => kept,
        None => {
            Box::pin(generate_code(service, session, &draft_of(&current, policy), &current, now, operation)).await?
        }
    };
    let fresh = policy.default_end(current.starts_at.unwrap_or(now).max(now))?;
    let reissue = Reissue {
        code: (policy.storage == Storage::Text).then(|| code.clone()),
        code_key: code.key(policy.storage),
        // An expiry that was extended is kept.
        expires_at: current.expires_at.and_then(|end| fresh.map(|fresh| fresh.max(end))),
        send_after: request.send.then(|| service.lease_until(now)),
        is_counted: current.send_after.is_none(),
        slot: slot_of(&current),
    };
    if !invites::reissue(session, &current, &reissue, now).await? {
        spaces::get(session, &current.space_id).await?;
        return Err(session.conflict());
    }
    record_changes(session, operation.id, &current, &reissue).await?;
    operations::record(session, operation, 1, 0).await?;
    let invite = invites::get(session, &reference).await?;
    let invited_by = match &invite.created_by {
        Some(user) => users::find(session, user).await?.and_then(|user| user.name),
        None => None,
    };
    let link = service.links().link(policy, &code);
    Ok(Reissued::Issued(Box::new(Issued { link, code, invite, invited_by, is_mailed: request.send }), now))
}

/// The facts that decide whether a kept code becomes valid again.
#[derive(Debug, PartialEq, Eq)]
struct KeptCode {
    code_key: CodeKey,
    becomes_valid: bool,
}

impl KeptCode {
    fn of(invite: &Invite, now: DateTime<Utc>) -> Self {
        KeptCode { code_key: invite.code_key.clone(), becomes_valid: invite.status(now) == Status::Expired }
    }
}

/// Checks that an expired invitation may become valid again with its old code, if that is
/// built from a name. Returns what the check relied on, to compare after the invite is
/// locked; `None` for other codes.
async fn check_kept_code(service: &Service, session: &mut Session, planned: &Invite) -> Result<Option<KeptCode>> {
    let policy = service.policy_of_invite(planned)?;
    if !matches!(policy.code, CodeFormat::Name { .. }) {
        return Ok(None);
    }
    let current = invites::get(session, &Reference::Id(planned.id)).await?;
    let now = service.now();
    let kept = KeptCode::of(&current, now);
    if kept.becomes_valid && current.send_after.is_some() {
        let hint = || "leave out --keep-link, so that a new link replaces the old one".to_owned();
        check_room(session, policy, &current, now, hint).await?;
    }
    Ok(Some(kept))
}

fn slot_of(invite: &Invite) -> Option<String> {
    invite::slot(false, &invite.space_id, invite.email.as_deref())
}

/// Frees the slot of an invitation that lost it when it was closed.
///
/// # Errors
/// [`Error::Duplicate`] if another invitation of the address is valid.
async fn free_slot(session: &mut Session, current: &Invite, now: DateTime<Utc>, operation: &Operation) -> Result<()> {
    let Some(slot) = slot_of(current).filter(|_| current.closed.is_some()) else { return Ok(()) };
    match invites::find_by_slot(session, &slot).await? {
        Some(holder) if holder.status(now).is_open() => {
            Err(Error::duplicate(format!("another invitation for this address is valid: {}", holder.id))
                .with_hint(format!("send that one again: invite resend {}", holder.id)))
        }
        Some(_) => free_invalid_slots(session, &[&slot], now, operation).await,
        None => Ok(()),
    }
}

/// The reason why an unsent invitation will not be sent.
pub(crate) const MEMBER_HAS_ADDRESS: &str = "a member of the space has this address";

/// Returns true if a member of the space has the address of an invitation.
pub(crate) async fn is_for_member(session: &mut Session, invite: &Invite) -> Result<bool> {
    let members = members_by_address(session, std::iter::once(invite)).await?;
    Ok(refuse_member(&members, invite).is_err())
}

/// Records that an unsent invitation will not be sent, because a member has its address.
pub(crate) async fn stop_sending(session: &mut Session, operation: &Operation, current: &Invite) -> Result<()> {
    if current.send_after.is_some() && invites::give_up(session, current, MEMBER_HAS_ADDRESS).await? {
        let what = Some(format!("not sent: {MEMBER_HAS_ADDRESS}"));
        changes::insert(session, operation.id, current.id, "mail", None, what).await?;
        operations::record(session, operation, 1, 0).await?;
    }
    Ok(())
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
        code: None,
    }
}

/// Records the previous expiry and the fingerprint of the old link in the history.
async fn record_changes(session: &mut Session, operation: Uuid, before: &Invite, after: &Reissue) -> Result<()> {
    changes::record_expiry_change(session, operation, before.id, [before.expires_at, after.expires_at]).await?;
    if before.code.is_none() {
        let (old, new) = (before.code_key.fingerprint(), after.code_key.fingerprint());
        changes::insert(session, operation, before.id, "code", Some(old), Some(new)).await?;
    }
    record_former_closing(session, operation, before.id, before.closed, before.closed_op).await
}
