//! Sending invitations: who holds one that is being sent, and what came of it.
//!
//! `send_after` says from when an e-mail may be sent (again). While a run
//! sends it, it lies ahead, and its exact value tells that run from another;
//! after a kill it comes to pass, and another run may take the e-mail over.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::model::code::{Code, CodeKey};
use crate::model::invite::Invite;
use crate::store::db::row::Arg;
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::tables::invites::{LIVE, NO_MEMBER, SENDABLE};
use crate::store::tables::spaces::{IS_ACTIVE, OF_ACTIVE};

const HOLD: &str =
    "UPDATE invites SET send_after = :until WHERE id = :id AND code_key = :key AND send_after = :held AND ";

/// Holds an invitation for longer, right before it is sent; answers false if it
/// is closed, in another run's hands, or for a member of the space, or if the space
/// was removed.
pub(crate) async fn hold(
    session: &mut Session,
    invite: &Invite,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let values = &[
        ("id", invite.id.into()),
        ("key", invite.code_key.as_str().into()),
        ("held", invite.send_after.into()),
        ("until", until.into()),
        ("now", now.into()),
    ];
    Ok(session.exec(Statement::from(HOLD).push(LIVE).push(NO_MEMBER).push(OF_ACTIVE), values).await? == 1)
}

const SENT: &str = "UPDATE invites SET sends = sends + 1, last_sent_at = :now, last_send_error = NULL, \
     send_after = CASE WHEN send_after = :held THEN NULL ELSE send_after END WHERE id = :id AND code_key = :key";

/// Writes down that the mail server took an invitation over, also where the
/// invite was closed meanwhile; answers false if it was issued again, so that
/// the letter holds another link than the present one.
pub(crate) async fn sent(session: &mut Session, invite: &Invite, now: DateTime<Utc>) -> Result<bool> {
    let values = &[
        ("id", invite.id.into()),
        ("key", invite.code_key.as_str().into()),
        ("held", invite.send_after.into()),
        ("now", now.into()),
    ];
    Ok(session.exec(SENT, values).await? == 1)
}

/// Counts a letter that went out, or may have, and says nothing of the present
/// link; answers false if the invite is gone.
pub(crate) async fn count_send(session: &mut Session, id: Uuid) -> Result<bool> {
    let statement = "UPDATE invites SET sends = sends + 1 WHERE id = :id";
    Ok(session.exec(statement, &[("id", id.into())]).await? == 1)
}

/// Writes down why invitations that a run held until this instant were not
/// sent, and gives them free; answers how many it still held.
pub(crate) async fn not_sent(
    session: &mut Session,
    (ids, held): (&[Uuid], Option<DateTime<Utc>>),
    why: &str,
    now: DateTime<Utc>,
) -> Result<u64> {
    let statement = "UPDATE invites{by:PRIMARY}{many} SET last_send_error = :why, send_after = :now \
         WHERE id {in_ids:list} AND send_after = :held";
    let values = &[("list", Arg::ids(ids)), ("held", held.into()), ("why", why.into()), ("now", now.into())];
    session.exec(statement, values).await
}

/// Records that an unsent invitation is not to be sent any more, and why;
/// answers false if another run took it over.
pub(crate) async fn give_up(session: &mut Session, seen: &Invite, why: &str) -> Result<bool> {
    let statement = "UPDATE invites SET last_send_error = :why, send_after = NULL \
         WHERE id = :id AND code_key = :key AND send_after = :held";
    let values = &[
        ("id", seen.id.into()),
        ("key", seen.code_key.as_str().into()),
        ("held", seen.send_after.into()),
        ("why", why.into()),
    ];
    Ok(session.exec(statement, values).await? == 1)
}

/// An invitation as it is issued again.
#[derive(Debug, Clone)]
pub(crate) struct Reissue {
    /// The new code, where one is kept.
    pub code: Option<Code>,
    /// What look-ups compare from now on.
    pub code_key: CodeKey,
    /// The new end.
    pub expires_at: Option<DateTime<Utc>>,
    /// Until when this run holds it to send it; none: it is not to be sent.
    pub send_after: Option<DateTime<Utc>>,
    /// Whether it counts against the policy's limit.
    pub is_counted: bool,
    /// The slot that it holds.
    pub slot: Option<String>,
}

// Some engines read the values already set: what depends on the key is set first.
const REISSUE: &str = "UPDATE invites SET \
     last_sent_at = CASE WHEN code_key = :key THEN last_sent_at ELSE NULL END, last_send_error = NULL, \
     code = :code, code_key = :key, expires_at = :expires, send_after = :until, \
     resends = resends + :counted, closed_at = NULL, closed_reason = NULL, closed_op = NULL, slot = :slot \
     WHERE id = :id AND code_key = :was AND sends = :sends AND resends = :resends \
     AND (send_after IS NULL AND :held IS NULL OR send_after = :held) AND ";

/// Gives an invitation another code and expiry, so that the old link is invalid;
/// opens one again that only its expiry had closed. That it was sent before
/// stays in the history. The guard is what the caller saw: answers false if it
/// was closed, issued again or taken by another run since, or if a member of the
/// space has its address, or the space was removed.
pub(crate) async fn reissue(
    session: &mut Session,
    seen: &Invite,
    reissue: &Reissue,
    now: DateTime<Utc>,
) -> Result<bool> {
    let values = &[
        ("id", seen.id.into()),
        ("was", seen.code_key.as_str().into()),
        ("code", reissue.code.as_ref().map(Code::reveal).into()),
        ("key", reissue.code_key.as_str().into()),
        ("expires", reissue.expires_at.into()),
        ("until", reissue.send_after.into()),
        ("sends", seen.sends.into()),
        ("resends", seen.resends.into()),
        ("counted", i64::from(reissue.is_counted).into()),
        ("slot", reissue.slot.as_deref().into()),
        ("held", seen.send_after.into()),
        ("now", now.into()),
    ];
    Ok(session.exec([REISSUE, IS_ACTIVE, " AND ", SENDABLE, NO_MEMBER], values).await? == 1)
}
