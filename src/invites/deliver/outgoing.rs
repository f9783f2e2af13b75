//! Invitations that are about to be sent.

use chrono::{DateTime, Utc};

use crate::invites::issue::Issued;

/// An invitation to send, with its code.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub issued: Issued,
    /// The line of the input that the invitation comes from.
    pub line: Option<u64>,
    /// Time at which its e-mail was counted for the rate limits.
    pub counted_at: DateTime<Utc>,
}

impl Outgoing {
    /// Returns the subject of a failure: the address.
    pub(crate) fn subject(&self) -> String {
        self.issued.invite.email.clone().unwrap_or_default()
    }
}
