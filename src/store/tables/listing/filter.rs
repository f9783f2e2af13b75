//! Filters and orders of lists of invites.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::builder::setters;
use crate::model::invite::Status;

/// A filter of invites. Every given condition must hold.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Filter {
    /// IDs of the spaces; empty for all.
    pub spaces: Vec<String>,
    /// Policy of the spaces.
    pub policy: Option<String>,
    /// Statuses of the invites; empty for all.
    pub statuses: Vec<Status>,
    /// User who created the invites.
    pub created_by: Option<String>,
    /// Address that the invites are bound to.
    pub email: Option<String>,
    /// Role that the invites grant.
    pub role: Option<String>,
    /// Instant before which the invites expire effectively.
    pub expires_before: Option<DateTime<Utc>>,
    /// Operation that created or closed the invites.
    pub operation: Option<Uuid>,
    /// Operation that created the invites.
    pub made_by: Option<Uuid>,
    /// State of the e-mails.
    pub mail: Option<Mail>,
    /// Text in the space's ID or name, the note or the address, ignoring the letter case of any
    /// script: up to 200 characters.
    pub search: Option<String>,
}

impl Filter {
    /// Creates a filter that selects all invites.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters! {
    Filter {
        list spaces: String,
        text policy,
        list statuses: Status,
        text created_by,
        text email,
        text role,
        option expires_before: DateTime<Utc>,
        option operation: Uuid,
        option made_by: Uuid,
        option mail: Mail,
        text search,
    }
}

impl Filter {
    /// Describes the filter, for the audit log.
    pub(crate) fn described(&self) -> String {
        let of = |word: &str, value: &Option<String>| value.as_ref().map(|value| format!("{word} {value}"));
        let spaces = self.spaces.iter().map(|space| format!("space {space}"));
        let others = [of("policy", &self.policy), of("created by", &self.created_by)].into_iter().flatten();
        let made_by = self.made_by.map(|operation| format!("operation {operation}"));
        let parts: Vec<String> = spaces.chain(others).chain(made_by).collect();
        if parts.is_empty() { "all invites".to_owned() } else { parts.join(", ") }
    }
}

/// The state of an e-mail that was not sent yet. An invitation that expired before it was sent
/// still waits, since sending renews it, unless a later invitation to the same address and space
/// replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mail {
    /// Waits to be sent: sending failed, or the run that was to send it ended.
    Unsent,
    /// Is being sent by a run.
    UnderWay,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Sort {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
    /// Earliest expiry first; invites that never expire last.
    Expires,
    /// Most used first.
    Uses,
    /// By the ID of the space.
    Space,
}

/// The use of a single-use invite.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Used {
    /// The user who used the invite.
    pub by: String,
    /// Time at which the invite was used.
    pub at: DateTime<Utc>,
}
