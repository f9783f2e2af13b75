//! The kinds of rate limits.

use crate::limits::window::Window;
use crate::policy::Policy;

/// A kind of rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LimitKind {
    /// Invites that a user creates, by generating or regenerating.
    Create,
    /// Failed attempts of a client.
    Failed,
    /// Failed attempts of all clients at codes of one prefix and length, over a code's
    /// lifetime.
    Guesses,
    /// E-mails that are sent for a user.
    Mails,
    /// E-mails that are sent to an address, per day.
    MailsAddress,
    /// E-mails that are sent for a space.
    MailsSpace,
    /// Attempts of a client to redeem an invite.
    Use,
    /// Validations by a client.
    Validate,
}

impl LimitKind {
    /// All kinds, in the order of their names.
    pub const ALL: [LimitKind; 8] = [
        LimitKind::Create,
        LimitKind::Failed,
        LimitKind::Guesses,
        LimitKind::Mails,
        LimitKind::MailsAddress,
        LimitKind::MailsSpace,
        LimitKind::Use,
        LimitKind::Validate,
    ];

    /// Returns the name in JSON output and bucket names.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LimitKind::Create => "create",
            LimitKind::Failed => "failed",
            LimitKind::Guesses => "guesses",
            LimitKind::Mails => "mails",
            LimitKind::MailsAddress => "mails_address",
            LimitKind::MailsSpace => "mails_space",
            LimitKind::Use => "use",
            LimitKind::Validate => "validate",
        }
    }

    /// Returns a policy's limit per window; `None` if it is not limited.
    #[must_use]
    pub fn limit(self, policy: &Policy) -> Option<i64> {
        match self {
            LimitKind::Create => policy.limit_create,
            LimitKind::Failed => policy.limit_failed,
            LimitKind::Guesses => None,
            LimitKind::Mails => policy.limit_mails,
            LimitKind::MailsAddress => policy.limit_mails_address,
            LimitKind::MailsSpace => policy.limit_mails_space,
            LimitKind::Use => policy.limit_use,
            LimitKind::Validate => policy.limit_validate,
        }
    }

    /// Returns the length of the window.
    pub(crate) fn window(self) -> Window {
        if self == LimitKind::MailsAddress { Window::Day } else { Window::Hour }
    }

    /// Returns the bucket of a counter.
    pub(crate) fn bucket(self, policy: &str, subject: &str) -> String {
        format!("{}:{policy}:{subject}", self.as_str())
    }
}
