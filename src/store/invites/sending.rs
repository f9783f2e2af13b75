//! Sending invitations: who holds one that is being sent, and what came of it.
//!
//! `send_after` says from when an e-mail may be sent (again). While a run
//! sends it, it lies ahead, and its exact value tells that run from another;
//! after a kill it comes to pass, and another run may take the e-mail over.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::LIVE;
use crate::error::Result;
use crate::invite::code::Code;
use crate::invite::{CodeKey, Invite};
use crate::store::dialect::Statement;
use crate::store::{Arg, Session};

const HOLD: &str =
    "UPDATE invites SET send_after = :until WHERE id = :id AND code_key = :key AND send_after = :held AND ";

/// Holds an invitation for longer, right before it is sent; answers false if it
/// is closed, or in another run's hands.
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
    Ok(session.exec(Statement::from(HOLD).push(LIVE), values).await? == 1)
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
}

// Some engines read the values already set: what depends on the key is set first.
const REISSUE: &str = "UPDATE invites SET \
     last_sent_at = CASE WHEN code_key = :key THEN last_sent_at ELSE NULL END, last_send_error = NULL, \
     code = :code, code_key = :key, expires_at = :expires, send_after = :until \
     WHERE id = :id AND code_key = :was AND sends = :sends \
     AND (send_after IS NULL AND :held IS NULL OR send_after = :held) AND ";

/// Gives an invitation another code and end, so that the old link dies; that it
/// was sent is past, and in the history. The
/// guard is what the caller saw: answers false if it was closed, issued again
/// or taken by another run since.
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
        ("held", seen.send_after.into()),
        ("now", now.into()),
    ];
    Ok(session.exec(Statement::from(REISSUE).push(LIVE), values).await? == 1)
}
