//! Conditions and assignments that statements on the table `invites` share.

use crate::store::dialect::{Sql, sql};

/// Guard of every change: open, which means not closed, not expired and not used up. A closed
/// invite stays closed whatever a clock shows; only a replaced code with a grace period has a
/// closing time in the future.
pub(crate) const OPEN: Sql = sql!(
    "(closed_at IS NULL OR (closed_reason = 'replaced' AND closed_at > :now)) \
     AND (expires_at IS NULL OR expires_at > :now) AND (max_uses IS NULL OR uses < max_uses)"
);

/// Guard of sending: valid, or unsent and invalid only because it expired. Sending renews an
/// invitation that nobody received.
pub(crate) const SENDABLE: Sql = sql!(
    "(closed_at IS NULL OR closed_reason = 'expired') \
     AND (max_uses IS NULL OR uses < max_uses) \
     AND (send_after IS NOT NULL OR closed_at IS NULL AND (expires_at IS NULL OR expires_at > :now))"
);

/// Guard of sending: no member of the space has the address. For the `WHERE` of an `UPDATE invites`
/// only.
pub(crate) const NO_MEMBER: Sql = sql!(
    " AND NOT EXISTS (SELECT 1 FROM invite_users AS u \
     JOIN invite_members AS m ON m.user_id = u.id \
     WHERE u.email = invites.email AND m.space_id = invites.space_id)"
);

/// Condition of an open row whose invite is expired or used up.
pub(crate) const EXPIRED_OR_USED_UP: Sql = sql!("closed_at IS NULL AND (expires_at <= :now OR uses >= max_uses)");

/// Closes an expired or used-up invite. Used up takes precedence: an invite can only be used before
/// it expires.
pub(crate) const CLOSE_EXPIRED_OR_USED_UP: Sql = sql!(
    "closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, \
     closed_at = :now, closed_op = :operation, slot = NULL"
);

/// Condition of an `UPDATE invites` that may reopen an invite: its space is active. Locks the space
/// against a removal until the transaction ends, because a removal closes only the invites that it
/// finds open.
pub(crate) const IS_ACTIVE: Sql =
    sql!("EXISTS (SELECT 1 FROM invite_spaces AS s WHERE s.id = invites.space_id AND s.removed_at IS NULL {share})");

/// Condition of an `UPDATE invites` of an open invite: its space is active. Does not lock the space,
/// because a concurrent removal closes the invite before or after the update.
pub(crate) const OF_ACTIVE: Sql =
    sql!(" AND EXISTS (SELECT 1 FROM invite_spaces AS s WHERE s.id = invites.space_id AND s.removed_at IS NULL)");
