//! The reasons of refusals and failures, with their HTTP statuses and exit codes.

/// Reason of a refusal or a failure. Scripts can rely on the words: none is changed or removed, but
/// new ones may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The invite has expired.
    Expired,
    /// The invite has reached its usage limit.
    UsedUp,
    /// The invite was revoked.
    Revoked,
    /// The standing code was replaced by a newer one.
    Replaced,
    /// The invite is not valid yet.
    NotStarted,
    /// The invite is bound to another e-mail address.
    EmailMismatch,
    /// The user is already a member of the space.
    AlreadyMember,
    /// The policy does not allow used invites to be revoked.
    UsedCannotRevoke,
    /// The invitation was resent as often as its policy allows.
    ResendLimit,
    /// The actor lacks the permission.
    Forbidden,
    /// Too many attempts, invites or e-mails in a window of a rate limit.
    RateLimited,
    /// The invite, space, user or operation does not exist.
    NotFound,
    /// The slot is held by an open invite (the standing code of the space, or the invitation of the
    /// address), or a space with the same ID already exists.
    Duplicate,
    /// The code format has no free code left.
    NoFreeCode,
    /// The invite is stored, but its e-mail was not sent.
    MailFailed,
    /// The input is invalid.
    InvalidInput,
    /// The database or a file failed.
    DatabaseFailed,
    /// The database file does not exist.
    DatabaseMissing,
    /// The database cannot be reached, or is locked by another process.
    Unavailable,
}

impl Reason {
    /// All reasons, in the order of the documentation.
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

    /// Returns the word for JSON and scripts, such as `used_up`.
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

    /// Returns the HTTP status, as in the seed systems.
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

    /// Returns the exit code of the command line: 4 to 6 for refusals, 1 and 10 for
    /// failures of the database, 2 for invalid input, 3 for e-mails.
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
