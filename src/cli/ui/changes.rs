//! Counts of the changes of a command, done or planned by a dry run.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// Kind of change, with its key in the report of a run and of a dry run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    done: &'static str,
    planned: &'static str,
}

pub(crate) const CREATED: Change = Change { done: "created", planned: "would_create" };
pub(crate) const ADDED: Change = Change { done: "added", planned: "would_add" };
pub(crate) const UPDATED: Change = Change { done: "updated", planned: "would_update" };
pub(crate) const REVOKED: Change = Change { done: "revoked", planned: "would_revoke" };
pub(crate) const REMOVED: Change = Change { done: "removed", planned: "would_remove" };
pub(crate) const REPLACED: Change = Change { done: "replaced", planned: "would_replace" };
pub(crate) const REISSUED: Change = Change { done: "reissued", planned: "would_reissue" };
pub(crate) const SENT: Change = Change { done: "sent", planned: "would_send" };
pub(crate) const EXPIRED: Change = Change { done: "expired", planned: "would_close_expired" };
pub(crate) const USED_UP: Change = Change { done: "used_up", planned: "would_close_used_up" };
pub(crate) const PURGED: Change = Change { done: "purged", planned: "would_purge" };
pub(crate) const INVITES_CLOSED: Change = Change { done: "invites_closed", planned: "would_close_invites" };
pub(crate) const SPACES_PURGED: Change = Change { done: "spaces_purged", planned: "would_purge_spaces" };
pub(crate) const GRACE_PERIODS_ENDED: Change =
    Change { done: "grace_periods_ended", planned: "would_end_grace_periods" };

/// Counts of one run, with the field `dry_run`. A dry run has other keys, so that a script
/// cannot take a plan for a result.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    dry_run: bool,
    counts: Vec<(Change, u64)>,
}

impl Changes {
    /// Creates the counts of a run or a dry run.
    pub(crate) fn new(dry_run: bool, counts: impl Into<Vec<(Change, u64)>>) -> Self {
        Changes { dry_run, counts: counts.into() }
    }

    /// Returns the verb of a change: `added`, or in a dry run `would add`.
    pub(crate) fn verb(&self, change: Change) -> String {
        self.key(change).replace('_', " ")
    }

    fn key(&self, change: Change) -> &'static str {
        if self.dry_run { change.planned } else { change.done }
    }
}

impl Serialize for Changes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + self.counts.len()))?;
        map.serialize_entry("dry_run", &self.dry_run)?;
        for (change, count) in &self.counts {
            map.serialize_entry(self.key(*change), count)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dry_run_has_other_keys() {
        let planned = Changes::new(true, [(ADDED, 2), (SENT, 1)]);
        assert_eq!(serde_json::to_string(&planned).unwrap(), r#"{"dry_run":true,"would_add":2,"would_send":1}"#);
        assert_eq!(planned.verb(ADDED), "would add");
        let done = Changes::new(false, [(ADDED, 2)]);
        assert_eq!(serde_json::to_string(&done).unwrap(), r#"{"dry_run":false,"added":2}"#);
    }
}
