//! One invitation, as a person is to read it.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::text::is_unsafe;

/// What a letter says. Its texts may come from anywhere: control characters
/// in them do no harm.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address that it goes to.
    pub to: String,
    /// The space's id.
    pub space_id: String,
    /// The space's name.
    pub space_name: String,
    /// The policy's name.
    pub policy: String,
    /// The role that the invitation grants.
    pub role: String,
    /// The link with the code: a secret, which no log may show.
    pub link: String,
    /// The code alone: what no server's words may repeat.
    pub code: String,
    /// Until when it is good; none: without end.
    pub expires_at: Option<DateTime<Utc>>,
    /// Who invites.
    pub invited_by: Option<String>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("to", &self.to)
            .field("space_id", &self.space_id)
            .field("space_name", &self.space_name)
            .field("policy", &self.policy)
            .field("role", &self.role)
            .field("expires_at", &self.expires_at)
            .field("invited_by", &self.invited_by)
            .finish_non_exhaustive()
    }
}

/// A text of one line: what could end the line or turn its direction becomes
/// a space, and spaces at its ends go.
pub(crate) fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }).collect();
    line.trim().to_owned()
}
