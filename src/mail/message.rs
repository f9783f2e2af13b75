//! The content of an invitation e-mail, before it is rendered.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::text::is_unsafe;

/// An invitation e-mail. The texts may come from users: control characters in them
/// never reach a header.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Address of the recipient.
    pub to: String,
    /// ID of the space.
    pub space_id: String,
    /// Name of the space.
    pub space_name: String,
    /// Name of the policy.
    pub policy: String,
    /// Role that the invitation grants.
    pub role: String,
    /// Link with the code: a secret, which no log may show.
    pub link: String,
    /// The code, which is removed from the server's replies.
    pub code: String,
    /// Expiry of the invitation, if it has one.
    pub expires_at: Option<DateTime<Utc>>,
    /// Name of the user who invites.
    pub invited_by: Option<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
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

/// Returns a text as one line: characters that end a line or change the writing
/// direction become spaces, and white space at both ends is removed.
pub(crate) fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }).collect();
    line.trim().to_owned()
}
