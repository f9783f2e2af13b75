//! The closed list of reasons, with their HTTP statuses and exit codes.

/// Why something did not happen: the closed list. The statuses are those of
/// the seed systems' own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The invite is past its end.
    Expired,
    /// The invite reached its last use.
    UsedUp,
    /// An operator took the invite back.
    Revoked,
    /// A newer standing code took its place.
    Replaced,
    /// The invite is valid from a later instant.
    NotStarted,
    /// The invite is bound to another e-mail address.
    EmailMismatch,
    /// The user is a member of the space already.
    AlreadyMember,
    /// The policy keeps used invites from being revoked.
    UsedCannotRevoke,
    /// The invitation was sent again as often as its policy allows.
    ResendLimit,
    /// The user that is acted for has no role that may.
    Forbidden,
    /// Too many attempts, invites or e-mails in a window of a rate limit.
    RateLimited,
    /// No such invite, space, user or operation.
    NotFound,
    /// A live invite holds the place already, or the name is taken.
    Duplicate,
    /// Every code that the format can make is taken.
    NoFreeCode,
    /// The invite is stored, and its e-mail was not sent.
    MailFailed,
    /// What was given cannot be right.
    InvalidInput,
    /// The database or a file failed.
    DatabaseFailed,
    /// The database file does not exist.
    DatabaseMissing,
    /// The database cannot be reached, or another process holds it.
    Unavailable,
}

impl Reason {
    /// Every reason, in the order of the documentation.
    pub const ALL: [Reason; 19] = [
        Reason::Expired,
        Reason::UsedUp,
        Reason::Revoked,
        Reason::Replaced,
        Reason::NotStarted,
        Reason::EmailMismatch,
        Reason::AlreadyMember,
        Reason::UsedCannotRevoke,
        Reason::ResendLimit,
        Reason::Forbidden,
        Reason::RateLimited,
        Reason::NotFound,
        Reason::Duplicate,
        Reason::NoFreeCode,
        Reason::MailFailed,
        Reason::InvalidInput,
        Reason::DatabaseFailed,
        Reason::DatabaseMissing,
        Reason::Unavailable,
    ];

    /// The word that JSON and scripts see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Expired => "expired",
            Reason::UsedUp => "used_up",
            Reason::Revoked => "revoked",
            Reason::Replaced => "replaced",
            Reason::NotStarted => "not_started",
            Reason::EmailMismatch => "email_mismatch",
            Reason::AlreadyMember => "already_member",
            Reason::UsedCannotRevoke => "used_cannot_revoke",
            Reason::ResendLimit => "resend_limit",
            Reason::Forbidden => "forbidden",
            Reason::RateLimited => "rate_limited",
            Reason::NotFound => "not_found",
            Reason::Duplicate => "duplicate",
            Reason::NoFreeCode => "no_free_code",
            Reason::MailFailed => "mail_failed",
            Reason::InvalidInput => "invalid_input",
            Reason::DatabaseFailed => "database_failed",
            Reason::DatabaseMissing => "database_missing",
            Reason::Unavailable => "unavailable",
        }
    }

    /// The HTTP status that the seed systems answer with.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            Reason::Forbidden => 403,
            Reason::NotFound => 404,
            Reason::Duplicate | Reason::NoFreeCode => 409,
            Reason::RateLimited => 429,
            Reason::DatabaseFailed | Reason::DatabaseMissing => 500,
            Reason::MailFailed => 502,
            Reason::Unavailable => 503,
            _ => 400,
        }
    }

    /// The exit code that tells "no" (4, 5, 6) from "broken" (1, 10).
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Reason::InvalidInput => 2,
            Reason::MailFailed => 3,
            Reason::NotFound => 5,
            Reason::Duplicate | Reason::NoFreeCode => 6,
            Reason::DatabaseFailed | Reason::DatabaseMissing => 1,
            Reason::Unavailable => 10,
            _ => 4,
        }
    }
}
