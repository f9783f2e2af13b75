//! The counters to list or to reset.

use crate::builder::setters;
use crate::client::Client;

/// The client, user, space or address that a counter belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitSubject {
    /// A client: its validations, attempts to redeem and failed attempts.
    Client(Client),
    /// A user: the invites that they created and the e-mails sent for them.
    User(String),
    /// The e-mails of a space.
    Space(String),
    /// An address, in any spelling: the e-mails to it.
    Address(String),
}

/// A filter of counters; a counter must match all fields.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LimitFilter {
    /// Policy of the counters.
    pub policy: Option<String>,
    /// Client, user, space or address of the counters.
    pub subject: Option<LimitSubject>,
}

impl LimitFilter {
    /// Creates a filter that selects all counters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters! {
    LimitFilter {
        text policy,
        option subject: LimitSubject,
    }
}

impl LimitFilter {
    /// Returns a description for the audit log.
    pub(crate) fn described(&self) -> String {
        let subject = self.subject.as_ref().map(|subject| match subject {
            LimitSubject::Client(client) => format!("client {client}"),
            LimitSubject::User(user) => format!("user {user}"),
            LimitSubject::Space(space) => format!("space {space}"),
            LimitSubject::Address(_) => "an e-mail address".to_owned(),
        });
        let policy = self.policy.as_ref().map(|policy| format!("policy {policy}"));
        let parts: Vec<String> = policy.into_iter().chain(subject).collect();
        if parts.is_empty() { "all counters".to_owned() } else { parts.join(", ") }
    }
}
