//! Sending invitations: which run sends an e-mail, and the result.
//!
//! `send_after` is the instant from which an e-mail may be sent (again). While a run sends it, the
//! instant is in the future, and its exact value identifies the run. If the run is killed, the
//! instant passes, and another run may send the e-mail.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::model::code::{Code, CodeKey};
use crate::model::invite::Invite;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::invites::guards::{IS_ACTIVE, NO_MEMBER, OF_ACTIVE, OPEN, SENDABLE};

const LEASE: Sql =
    sql!("UPDATE invites SET send_after = :until WHERE id = :id AND code_key = :key AND send_after = :lease AND ");

/// Extends the claim on an invitation right before it is sent. Returns false if the invite is
/// closed or claimed by another run, if a member of the space has its address, or if the space was
/// removed.
pub(crate) async fn lease(
    session: &mut Session,
    invite: &Invite,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let values = &[
        ("id", invite.id.into()),
        ("key", invite.code_key.as_str().into()),
        ("lease", invite.send_after.into()),
        ("until", until.into()),
        ("now", now.into()),
    ];
    Ok(session.exec(Statement::from(LEASE).push(OPEN).push(NO_MEMBER).push(OF_ACTIVE), values).await? == 1)
}

const SENT: Sql = sql!(
    "UPDATE invites SET sends = sends + 1, last_sent_at = :now, last_send_error = NULL, \
     send_after = CASE WHEN send_after = :lease THEN NULL ELSE send_after END WHERE id = :id AND code_key = :key"
);

/// Records that the mail server accepted an invitation, even if the invite was closed meanwhile.
/// Returns false if the invite was reissued, so that the e-mail contains an old link.
pub(crate) async fn sent(session: &mut Session, invite: &Invite, now: DateTime<Utc>) -> Result<bool> {
    let values = &[
        ("id", invite.id.into()),
        ("key", invite.code_key.as_str().into()),
        ("lease", invite.send_after.into()),
        ("now", now.into()),
    ];
    Ok(session.exec(SENT, values).await? == 1)
}

/// Counts an e-mail with an old link that was sent, or may have been; returns false if the invite
/// is gone.
pub(crate) async fn count_send(session: &mut Session, id: Uuid) -> Result<bool> {
    let statement = sql!("UPDATE invites SET sends = sends + 1 WHERE id = :id");
    Ok(session.exec(statement, &[("id", id.into())]).await? == 1)
}

/// Records the reason why claimed invitations were not sent, and releases them; returns the
/// number that it still had claimed.
pub(crate) async fn not_sent(
    session: &mut Session,
    (ids, lease): (&[Uuid], Option<DateTime<Utc>>),
    why: &str,
    now: DateTime<Utc>,
) -> Result<u64> {
    let statement = sql!(
        "UPDATE invites{by:PRIMARY}{many} SET last_send_error = :why, send_after = :now \
         WHERE id {in_ids:list} AND send_after = :lease"
    );
    let values = &[("list", Arg::ids(ids)), ("lease", lease.into()), ("why", why.into()), ("now", now.into())];
    session.exec(statement, values).await
}

/// Records that an unsent invitation will not be sent, and why; returns false if another
/// run claimed it.
pub(crate) async fn give_up(session: &mut Session, expected: &Invite, why: &str) -> Result<bool> {
    let statement = sql!(
        "UPDATE invites SET last_send_error = :why, send_after = NULL \
         WHERE id = :id AND code_key = :key AND send_after = :lease"
    );
    let values = &[
        ("id", expected.id.into()),
        ("key", expected.code_key.as_str().into()),
        ("lease", expected.send_after.into()),
        ("why", why.into()),
    ];
    Ok(session.exec(statement, values).await? == 1)
}

/// The new values of a reissued invitation.
#[derive(Debug, Clone)]
pub(crate) struct Reissue {
    /// The new code, if it is stored.
    pub code: Option<Code>,
    /// The new key of lookups by code.
    pub code_key: CodeKey,
    /// The new expiry.
    pub expires_at: Option<DateTime<Utc>>,
    /// Time until which this run claims the invitation; `None` if it is not to be sent.
    pub send_after: Option<DateTime<Utc>>,
    /// True if the e-mail counts toward the policy's limit of resends.
    pub is_counted: bool,
    /// The slot that the invite holds.
    pub slot: Option<String>,
}

// Some engines read values that the statement has already set, so what depends on the key is set
// first.
const REISSUE: Sql = sql!(
    "UPDATE invites SET \
     last_sent_at = CASE WHEN code_key = :key THEN last_sent_at ELSE NULL END, last_send_error = NULL, \
     code = :code, code_key = :key, expires_at = :expires, send_after = :until, \
     resends = resends + :counted, closed_at = NULL, closed_reason = NULL, closed_op = NULL, slot = :slot \
     WHERE id = :id AND code_key = :was AND sends = :sends AND resends = :resends \
     AND (send_after IS NULL AND :lease IS NULL OR send_after = :lease) AND "
);

/// Gives an invitation a new code and expiry, which invalidates the old link, and reopens it if it
/// had only expired. The count of sent e-mails is kept. Returns false if the invite is not as
/// `expected` any more (closed, reissued or claimed by another run), if a member of the space has
/// its address, or if the space was removed.
pub(crate) async fn reissue(
    session: &mut Session,
    expected: &Invite,
    reissue: &Reissue,
    now: DateTime<Utc>,
) -> Result<bool> {
    let values = &[
        ("id", expected.id.into()),
        ("was", expected.code_key.as_str().into()),
        ("code", reissue.code.as_ref().map(Code::reveal).into()),
        ("key", reissue.code_key.as_str().into()),
        ("expires", reissue.expires_at.into()),
        ("until", reissue.send_after.into()),
        ("sends", expected.sends.into()),
        ("resends", expected.resends.into()),
        ("counted", i64::from(reissue.is_counted).into()),
        ("slot", reissue.slot.as_deref().into()),
        ("lease", expected.send_after.into()),
        ("now", now.into()),
    ];
    Ok(session.exec([REISSUE, IS_ACTIVE, sql!(" AND "), SENDABLE, NO_MEMBER], values).await? == 1)
}
